"""Scores to texts: what the picture says, weighed with how likely it is as a plate."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.plates.services import UNKNOWN, weigh
from turnpike.recognition import decoding
from turnpike.recognition.decoding import (
    ALPHABET,
    GRAMMAR_WEIGHT,
    SHAPE_DOUBT,
    best_path,
    decode,
    probabilities,
)

TODAY = date(2026, 11, 22)
GB = {"GB": 1.0}
NO_GRAMMAR = {UNKNOWN: 1.0}
NOTHING = "-"
SEEDS = st.integers(0, 2**32 - 1)


def row(**likely):
    """One step's probabilities: of signs by name, `_` for the gap; the blank has the rest."""
    found = np.zeros(len(ALPHABET) + 1)
    for name, share in likely.items():
        found[ALPHABET.index(name[-1].replace("_", " ")) + 1] = share
    found[0] = 1 - found.sum()
    return found


def seen(path, **doubted):
    """A sure step for each sign of `path`: `-` is blank, a lower-case letter stands for the row of its name."""
    rows = []
    for sign in path:
        if sign in doubted:
            rows.append(doubted[sign])
        else:
            rows.append(row() if sign == NOTHING else row(**{f"_{sign}".replace(" ", "_"): 1.0}))
    return np.array(rows)


def spelled(text, **doubted):
    """As `seen`, with a blank between any two signs."""
    return seen(NOTHING.join(text), **doubted)


def first(shares, countries=GB):
    return decode(shares, countries, TODAY)[0]


EITHER_O = row(_O=0.5, _0=0.5)
EITHER_I = row(_I=0.5, _1=0.5)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("AB12", "AB12"),
        ("AABBBB1122", "AB12"),
        ("1-1", "11"),
        ("11", "1"),
        ("11--1", "11"),
        ("A-1---1-1-B", "A111B"),
        ("AB12 -CDE", "AB12 CDE"),
        ("AB  - 12", "AB 12"),
        (" AB ", "AB"),
        ("-", ""),
        (" - ", ""),
    ],
)
def test_repeats_are_one_sign_unless_a_blank_parts_them(path, text):
    assert best_path(seen(path)) == text
    decoded = decode(seen(path), NO_GRAMMAR, TODAY)
    assert (decoded[0].written if decoded else "") == text


def test_the_raw_read_is_the_picture_alone():
    """Even where the grammar then chooses another."""
    shares = spelled("AB12 CoD", o=row(_0=0.51, _O=0.49))
    assert best_path(shares) == "AB12 C0D"
    assert (first(shares).text, first(shares).written) == ("AB12COD", "AB12 COD")


def test_an_alphabet_of_digits_letters_and_the_gap():
    assert len(ALPHABET) == len(set(ALPHABET)) == 37
    assert ALPHABET[-1] == " "


@settings(deadline=None)
@given(SEEDS, st.floats(0, 1e4))
def test_scores_of_any_size_become_probabilities(seed, size):
    scores = (np.random.default_rng(seed).normal(size=(5, len(ALPHABET) + 1)) * size).astype(np.float32)
    shares = probabilities(scores)
    assert shares.dtype == np.float64
    assert np.all(shares >= 0)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert np.all(np.diff(np.take_along_axis(shares, np.argsort(scores, axis=1), axis=1)) >= 0)


def test_a_step_of_logits_is_told_by_their_differences():
    scores = np.log(np.array([[1, 2, 5], [10, 20, 50]], np.float32))
    np.testing.assert_allclose(probabilities(scores), [[0.125, 0.25, 0.625]] * 2, rtol=1e-6)


def by_all_paths(shares):
    """Each text's probability, by walking every path there is."""
    shares = shares.copy()
    for pair in ("O0", "I1"):
        a, b = (ALPHABET.index(sign) + 1 for sign in pair)
        least = SHAPE_DOUBT * (shares[:, a] + shares[:, b])
        shares[:, a], shares[:, b] = np.maximum(shares[:, a], least), np.maximum(shares[:, b], least)
    shares[:, 1:][shares[:, 1:] < decoding._LEAST_LIKELY] = 0
    found: dict[str, float] = defaultdict(float)
    for path in product(*(np.flatnonzero(step) for step in shares)):
        likely = math.prod(step[code] for step, code in zip(shares, path, strict=True))
        kept = [code for code, before in zip(path, (0, *path), strict=False) if code not in (0, before)]
        found[" ".join("".join(ALPHABET[code - 1] for code in kept).split())] += likely
    return found


def pictures(signs, steps):
    """Arrays of that many steps, on the blank and `signs` alone."""
    weights = st.lists(st.integers(0, 12), min_size=len(signs) + 1, max_size=len(signs) + 1).filter(any)

    def filled(rows):
        shares = np.zeros((len(rows), len(ALPHABET) + 1))
        codes = [0, *(ALPHABET.index(sign) + 1 for sign in signs)]
        shares[:, codes] = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
        return shares

    return st.lists(weights, min_size=1, max_size=steps).map(filled)


def agrees_with_all_paths(shares):
    expected = by_all_paths(shares)
    decoded = decode(shares, NO_GRAMMAR, TODAY)
    for one in decoded:
        assert math.exp(one.sight) == pytest.approx(expected[one.written], rel=1e-9)
    best = max(expected, key=lambda written: expected[written])
    if best:
        assert best.replace(" ", "") in [one.text for one in decoded]
    elif decoded:
        assert expected[decoded[0].written] >= 1e-4 * expected[best]


@pytest.mark.parametrize("signs", ["AB ", "O0A", "1I "], ids=["a gap", "O and 0", "1 and I"])
def test_the_beam_is_every_path_where_it_has_room_for_all(signs):
    @settings(max_examples=40, deadline=None)
    @given(pictures(signs, 4))
    def every_path(shares):
        agrees_with_all_paths(shares)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_BEAM", 10_000)
        every_path()


@settings(max_examples=40, deadline=None)
@given(st.one_of(pictures("1", 5), pictures("A ", 3), pictures("O0", 3)))
def test_the_beam_as_it_is_has_room_for_a_few_signs(shares):
    agrees_with_all_paths(shares)


@settings(max_examples=40, deadline=None)
@given(pictures("A1I ", 4))
def test_a_narrow_beam_never_makes_a_text_likelier(shares):
    expected = by_all_paths(shares)
    for one in decode(shares, NO_GRAMMAR, TODAY):
        assert math.exp(one.sight) <= expected[one.written] * (1 + 1e-9)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from([GB, NO_GRAMMAR, {"SK": 0.5, UNKNOWN: 0.5}]))
def test_what_is_decoded_is_ordered_and_shares_one_probability(seed, countries):
    rng = np.random.default_rng(seed)
    shares = probabilities((rng.normal(size=(int(rng.integers(1, 30)), 38)) * 4).astype(np.float32))
    decoded = decode(shares, countries, TODAY)
    assert sum(one.probability for one in decoded) <= 1 + 1e-9
    assert all(one.probability >= other.probability for one, other in pairwise(decoded))
    assert len({one.text for one in decoded}) == len(decoded) <= 10
    for one in decoded:
        assert one.text
        assert one.text == one.written.replace(" ", "")
        prior = weigh(one.written, countries, TODAY)
        assert (one.country, one.grammar) == (prior.country, prior.grammar)


def test_the_prior_is_weighed_by_its_exponent():
    """Two texts that the picture finds alike are parted by the root of their priors."""
    one, other = decode(spelled("AB2b CDE", b=row(_3=0.5, _Z=0.5)), GB, TODAY)
    priors = [weigh(found.written, GB, TODAY).log_probability for found in (one, other)]
    assert one.text == "AB23CDE"
    assert math.log(one.probability / other.probability) == pytest.approx(
        GRAMMAR_WEIGHT * (priors[0] - priors[1]), abs=1e-6
    )


def test_two_readings_with_their_gaps_elsewhere_are_one_text():
    shares = np.array([row(_A=1.0), row(), row(_2=1.0), row(__=0.5), row(_B=1.0)])
    (found,) = decode(shares, NO_GRAMMAR, TODAY)
    assert found.text == "A2B"
    assert found.probability == pytest.approx(1)
    assert found.written in {"A2B", "A2 B"}


@pytest.mark.parametrize(
    ("share", "written"), [(0.9, "AB22 CDE"), (0.4, "AB22 CDE"), (0.2, "AB22CDE"), (0.01, "AB22CDE")]
)
def test_a_text_is_written_with_the_gaps_that_the_picture_and_the_grammar_like_best(share, written):
    found = first(spelled("AB22gCDE", g=row(__=share)))
    assert (found.text, found.written) == ("AB22CDE", written)


@pytest.mark.parametrize(
    ("read", "countries", "text"),
    [
        ("AB12 CoD", GB, "AB12COD"),
        ("Lo12 ABC", GB, "LO12ABC"),
        ("AB1o CDE", GB, "AB10CDE"),
        ("ABi2 CDE", GB, "AB12CDE"),
        ("oB 123Ai", {"SK": 1.0}, "OB123AI"),
        ("Bo 123AB", {"SK": 1.0}, "BO123AB"),
        ("BA oo1CD", {"SK": 1.0}, "BA001CD"),
        ("iAi 2345", {"CZ": 1.0}, "1A12345"),
        ("ABC 1oi2", {"BR": 1.0}, "ABC1012"),
        ("AiC1A23", {"BR": 1.0}, "AIC1A23"),
        ("236 oKT", GB, "236OKT"),
        ("236o KT", GB, "2360KT"),
    ],
)
def test_the_grammar_decides_what_the_picture_cannot(read, countries, text):
    assert first(spelled(read, o=EITHER_O, i=EITHER_I), countries).text == text


@pytest.mark.parametrize("share", [0.96, 1.0])
def test_even_a_sure_0_may_be_an_o_where_only_an_o_can_stand(share):
    """The two are one drawing on British plates: a network that is sure of one has only learnt where they stand."""
    shares = spelled("AB12 CoD", o=row(_0=share))
    assert [one.text for one in decode(shares, GB, TODAY)[:2]] == ["AB12COD", "AB12C0D"]


@pytest.mark.parametrize("countries", [NO_GRAMMAR, {"FI": 1.0}], ids=["unknown", "another country"])
def test_a_sure_0_stays_where_no_grammar_says_otherwise(countries):
    decoded = decode(spelled("AB22 CoD", o=row(_0=1.0)), countries, TODAY)
    assert [one.text for one in decoded] == ["AB22C0D", "AB22COD"]
    assert decoded[1].probability == pytest.approx(SHAPE_DOUBT / (1 + SHAPE_DOUBT), rel=0.02)


@pytest.mark.parametrize(
    ("share", "text"), [(0.5, "AB12CBD"), (0.8, "AB12CBD"), (0.99, "AB12C8D"), (0.999, "AB12C8D")]
)
def test_what_the_picture_tells_well_is_not_overruled(share, text):
    """An 8 where a B belongs is a B as long as the picture allows it."""
    decoded = decode(spelled("AB12 CbD", b=row(_8=share, _B=1 - share)), GB, TODAY)
    assert decoded[0].text == text


def test_what_no_mark_allows_is_read_as_it_stands():
    found = first(spelled("XQZI99Q"))
    assert (found.text, found.country, found.grammar) == ("XQZI99Q", UNKNOWN, "free text")


def test_what_accounts_for_a_text_is_told():
    found = first(spelled("AB12 CDE"))
    assert (found.country, found.grammar) == ("GB", "current")
    assert first(spelled("ABC 123"), {"SE": 1.0}).country == "SE"


def test_two_lines_are_one_text_in_their_order():
    """The reader gives the lower line's steps after the upper's; a sign that ends one and begins the other is there twice."""
    upper, lower = seen("------A-B-1-----"), seen("----1-C-D-E-----")
    found = first(np.vstack([upper, lower]))
    assert (found.text, found.written) == ("AB11CDE", "AB11CDE")
    assert first(np.vstack([upper, seen("-" * 16)])).text == "AB1"
    assert first(np.vstack([seen("-" * 16), upper])).text == "AB1"


@settings(max_examples=30, deadline=None)
@given(pictures("A1 ", 4), st.integers(1, 40))
def test_more_of_a_sure_blank_changes_nothing(shares, more):
    apart = np.vstack([row(), shares, row(), shares])
    longer = np.vstack([*[row()] * more, shares, *[row()] * more, shares, *[row()] * more])
    one, other = (decode(each, GB, TODAY) for each in (longer, apart))
    assert [found.text for found in one] == [found.text for found in other]
    np.testing.assert_allclose(
        [found.probability for found in one], [found.probability for found in other], rtol=1e-9
    )


def test_nothing_is_read_where_nothing_is_written():
    assert decode(seen("-" * 192), GB, TODAY) == ()
    assert decode(np.array([row(_A=1e-5)] * 96), GB, TODAY) == ()
    assert decode(np.array([row(__=1.0)] * 8), GB, TODAY) == ()
    assert best_path(seen("-" * 192)) == ""


def test_a_text_is_told_by_today_s_calendar_unless_another_day_is_given():
    shares = spelled("AB2b CDE", b=row(_7=0.6, _2=0.4))
    assert decode(shares, GB, date(2026, 11, 22))[0].text == "AB22CDE"
    assert decode(shares, GB, date(2027, 3, 1))[0].text == "AB27CDE"
    assert decode(shares, GB)


def test_a_british_plate_leaves_one_and_i_to_the_grammar():
    """Each pair is one drawing there: what the picture says for either is worth little."""
    shares = np.zeros((9, 38))
    shares[:, 0] = 1.0
    for step, sign in zip((1, 3, 5, 7), "ILUX", strict=True):
        shares[step] = 0.0
        shares[step, ALPHABET.index(sign) + 1] = 1.0
    assert decode(shares, GB, TODAY)[0].text == "1LUX"
    assert decode(shares, NO_GRAMMAR, TODAY)[0].text == "ILUX"
