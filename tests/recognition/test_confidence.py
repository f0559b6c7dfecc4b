"""A confidence is a probability, and rises with all that speaks for a reading."""

from __future__ import annotations

import math
from dataclasses import astuple, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.recognition.confidence import Evidence, confidence_of, evidence_of, log_odds
from turnpike.recognition.decoding import Decoded
from turnpike.recognition.networks import Calibration
from turnpike.recognition.plate_reader import Script

KINDS = [field.name for field in fields(Evidence)]
WORTH = st.floats(-7, 7)
EVIDENCE = st.builds(Evidence, WORTH, WORTH, WORTH, WORTH, WORTH, WORTH)
WEIGHTS = st.tuples(*[st.floats(-2, 2)] * len(KINDS))
SHARES = st.floats(0, 1)


def script(probability=0.9, sight=-0.2, no_plate=0.1, country="GB"):
    return Script(
        "AB12 CDE", (Decoded("AB12CDE", "AB12 CDE", probability, sight, country, ""),), no_plate, None
    )


@settings(deadline=None)
@given(EVIDENCE, WEIGHTS, st.floats(-50, 50))
def test_a_confidence_is_a_probability(evidence, weights, constant):
    assert 0 < confidence_of(evidence, Calibration(weights, constant)) < 1


@settings(deadline=None)
@given(EVIDENCE, st.sampled_from(KINDS), st.floats(0.05, 3), st.floats(0, 2))
def test_more_evidence_of_a_kind_that_counts_is_more_confidence(evidence, kind, more, weight):
    weights = [0.0] * len(KINDS)
    weights[KINDS.index(kind)] = weight
    calibration = Calibration(tuple(weights), -1.0)
    better = replace(evidence, **{kind: getattr(evidence, kind) + more})
    one, other = confidence_of(evidence, calibration), confidence_of(better, calibration)
    assert other >= one
    if weight > 0.01:
        assert other > one


def test_the_weights_are_those_of_the_evidence_in_its_order():
    evidence = Evidence(odds=1.0, sight=-2.0, plate=3.0, found=0.5, height=-1.0, foreseen=1.0)
    calibration = Calibration((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), -0.7)
    weighed = 0.1 - 0.4 + 0.9 + 0.2 - 0.5 + 0.6 - 0.7
    assert confidence_of(evidence, calibration) == pytest.approx(1 / (1 + math.exp(-weighed)))
    with pytest.raises(ValueError, match="zip"):
        confidence_of(evidence, Calibration((0.1, 0.2), 0.0))


def test_without_any_weight_the_constant_alone_speaks():
    evidence = Evidence(7, 0, 7, 7, 1, 1)
    assert confidence_of(evidence, Calibration((0.0,) * 6, 0.0)) == 0.5
    assert confidence_of(evidence, Calibration((0.0,) * 6, math.log(9))) == pytest.approx(0.9)


@settings(deadline=None)
@given(SHARES, SHARES)
def test_log_odds_rise_with_the_share_and_are_bounded(one, other):
    low, high = sorted((one, other))
    assert -7 <= log_odds(low) <= log_odds(high) <= 7
    assert log_odds(0.5) == 0
    assert log_odds(1 - 1e-12) == 7
    assert log_odds(0.0) == -7


def test_odds_are_natural_logarithms():
    assert log_odds(0.9) == pytest.approx(math.log(9))
    assert log_odds(0.25) == pytest.approx(-math.log(3))


@settings(deadline=None)
@given(SHARES, st.floats(-400, 0), SHARES, SHARES, st.floats(0, 5000), st.sampled_from(["GB", ""]))
def test_evidence_stays_within_what_calibration_was_fitted_to(
    probability, sight, no_plate, found, height, country
):
    evidence = evidence_of(script(probability, sight, no_plate, country), found, height)
    assert all(-7 <= value <= 7 for value in astuple(evidence))


def test_evidence_says_what_the_networks_and_the_grammar_said():
    evidence = evidence_of(script(), 0.8, 40.0)
    assert evidence.odds == pytest.approx(math.log(9))
    assert evidence.sight == -0.2
    assert evidence.plate == pytest.approx(math.log(9))
    assert evidence.found == pytest.approx(math.log(4))
    assert evidence.height == 1.0
    assert evidence.foreseen == 1.0
    assert evidence_of(script(country=""), 0.8, 40.0).foreseen == 0.0


@pytest.mark.parametrize(
    ("height_px", "height"), [(0, -2), (5, -2), (10, -1), (20, 0), (30, math.log2(1.5)), (40, 1), (900, 1)]
)
def test_height_is_told_in_twofolds_of_20_px(height_px, height):
    assert evidence_of(script(), 0.8, height_px).height == pytest.approx(height)
