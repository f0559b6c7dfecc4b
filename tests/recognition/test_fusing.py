"""Several looks at one plate to one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.recognition.fusing import Consensus
from turnpike.recognition.models import Candidate, Reading

TEXTS = st.sampled_from(["AB12CDE", "AB12CDF", "A812CDE", "XY34ZFG", "AB12"])


def look(text, confidence=0.9, **others):
    return Reading(
        text, text, confidence, (0, 0, 100, 25), tuple(Candidate(*item) for item in others.items())
    )


def together(*looks, **how):
    consensus = Consensus()
    for one in looks:
        consensus.add(one, **how)
    return consensus.ranked()


@pytest.mark.parametrize("confidence", [0.3, 0.6, 0.9, 0.99])
def test_one_look_is_as_sure_as_it_was(confidence):
    (only,) = together(look("AB12CDE", confidence))
    assert only.text == "AB12CDE"
    assert only.confidence == pytest.approx(confidence, abs=0.01)


def test_looks_that_agree_are_surer_than_each():
    doubtful = [look("AB12CDE", 0.45, AB12CDF=0.3)] * 3
    assert (
        together(*doubtful[:1])[0].confidence
        < together(*doubtful[:2])[0].confidence
        < together(*doubtful)[0].confidence
    )
    assert together(*doubtful)[0].confidence > 0.6


@given(TEXTS, st.floats(0.5, 1.0), st.integers(3, 8))
def test_one_misread_look_does_not_flip_those_that_agree(wrong, confidence, agreeing):
    ranked = together(*[look("AB12CDE", 0.95)] * agreeing, look(wrong, confidence))
    assert ranked[0].text == "AB12CDE"
    assert ranked[0].confidence > 0.9


@pytest.mark.parametrize(("sure", "other"), [(0.8, 0.1), (0.9, 0.08), (0.95, 0.04)])
def test_two_that_agree_are_not_flipped_by_a_sure_one_for_what_they_also_named(sure, other):
    ranked = together(*[look("AB12CDE", sure, AB12CDF=other)] * 2, look("AB12CDF", 0.99))
    assert ranked[0].text == "AB12CDE"


def test_what_no_look_has_first_wins_where_all_have_it_second():
    ranked = together(
        look("AB12COE", 0.5, AB12CDE=0.4),
        look("A812CDE", 0.5, AB12CDE=0.4),
        look("AB12CDF", 0.5, AB12CDE=0.4),
    )
    assert ranked[0].text == "AB12CDE"


def test_looks_that_contradict_each_other_leave_it_open():
    assert together(look("AB12CDE", 0.9), look("XY34ZFG", 0.9))[0].confidence < 0.85


def test_a_vehicle_that_stands_is_not_looked_at_anew():
    moving = together(*[look("AB12CDE", 0.6, AB12CDF=0.3)] * 4)
    standing = together(*[look("AB12CDE", 0.6, AB12CDF=0.3)] * 4, is_new_view=False)
    assert standing[0].confidence < moving[0].confidence
    hours = together(*[look("AB12CDE", 0.6, AB12CDF=0.3)] * 50_000, is_new_view=False)
    assert len(hours) == 2
    assert 0 < hours[1].confidence < hours[0].confidence <= 1


@given(st.lists(st.tuples(TEXTS, st.floats(0, 1), TEXTS, st.floats(0, 0.5), st.booleans()), max_size=40))
def test_shares_are_probabilities_whatever_is_seen(looks):
    consensus = Consensus()
    for text, confidence, other, less, is_new_view in looks:
        consensus.add(look(text, confidence, **{other: min(less, 1 - confidence)}), is_new_view=is_new_view)
    ranked = consensus.ranked()
    assert sum(one.confidence for one in ranked) <= 1 + 1e-9
    assert [one.confidence for one in ranked] == sorted((one.confidence for one in ranked), reverse=True)
    assert bool(ranked) == bool(looks)


def test_a_look_without_text_says_nothing():
    assert together(look("", 0.0)) == ()
