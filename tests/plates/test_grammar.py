"""How likely a text is as a plate: by era, country, position and gap."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from turnpike.plates.services import (
    ALL_LETTERS,
    GAPS,
    LAYOUTS,
    UNKNOWN,
    issued_age_identifiers,
    layouts_of,
    weigh,
)

TODAY = date(2026, 11, 22)
GB = {"GB": 1.0}
CODES = ("GB", *dict.fromkeys(layout.country for layout in LAYOUTS))
EVERYWHERE = {code: 1 / len(CODES) for code in CODES}
SIGNS = ALL_LETTERS + "0123456789"

TEXTS = st.text(SIGNS + " ", max_size=300)
SHARES = st.dictionaries(st.sampled_from((*CODES, UNKNOWN)), st.floats(0.0, 1.0), max_size=6)
MARKS = st.sampled_from(
    [(layout, mark) for layout in LAYOUTS for mark in layout.marks if "X" not in mark]
)  # X allows either and counts as free text
SEEDS = st.integers(0, 2**32 - 1)


def log_of(text, countries=GB, today=TODAY):
    return weigh(text, countries, today).log_probability


def filled(layout, mark, rng):
    """A text of that mark, spaces at its gaps."""
    choices = {"L": list(layout.letters), "D": list("0123456789"), **{sign: [" "] for sign in GAPS}}
    return "".join(str(rng.choice(choices.get(symbol, [symbol]))) for symbol in mark)


def skeleton(text):
    return "".join("D" if sign.isdigit() else "L" for sign in text if sign not in GAPS)


@pytest.mark.parametrize(
    ("text", "era"),
    [
        ("AB12 CDE", "current"),
        ("A123 BCD", "prefix"),
        ("ABC 123D", "suffix"),
        ("Q123 ABC", "q"),
        ("ABZ 1234", "northern ireland"),
        ("1234 AZ", "northern ireland"),
        ("101 D 123", "diplomatic"),
        ("12 AB 34", "military"),
        ("AB 1234", "dateless"),
        ("ABC 123", "dateless"),
        ("012 ABC", "trade"),
    ],
)
def test_each_british_era_is_known_by_its_text(text, era):
    prior = weigh(text, GB, TODAY)
    assert (prior.country, prior.grammar) == ("GB", era)


@pytest.mark.parametrize(
    "text", ["IB12 CDE", "AB12 CQE", "AB01 CDE", "A023 BCD", "ABC 123Z", "ABCDEFG", "A1B2C3D"]
)
def test_what_no_british_era_allows_is_free_text(text):
    prior = weigh(text, GB, TODAY)
    assert (prior.country, prior.grammar) == (UNKNOWN, "free text")


def test_a_mark_that_is_not_yet_issued_is_unlikely_but_not_impossible():
    """In November 2026 the newest age identifier is 76; 27 comes in March."""
    assert log_of("AB76 CDE") == log_of("AB26 CDE") == log_of("AB02 CDE")
    assert log_of("AB27 CDE") < log_of("AB76 CDE") - 2
    assert log_of("AB27 CDE", today=date(2027, 3, 1)) == log_of("AB76 CDE")
    assert weigh("AB27 CDE", GB, TODAY).grammar == "current"


@pytest.mark.parametrize(
    ("today", "newest", "not_yet"),
    [
        (date(2001, 9, 1), "51", "02"),
        (date(2026, 2, 28), "75", "26"),
        (date(2026, 3, 1), "26", "76"),
        (date(2026, 8, 31), "26", "76"),
        (date(2026, 9, 1), "76", "27"),
        (date(2026, 11, 22), "76", "27"),
        (date(2050, 9, 1), "00", "01"),
    ],
)
def test_age_identifiers_are_issued_each_march_and_september(today, newest, not_yet):
    assert newest in issued_age_identifiers(today)
    assert not_yet not in issued_age_identifiers(today)


@settings(deadline=None)
@given(st.dates(date(2001, 9, 1), date(2099, 12, 31)), st.dates(date(2001, 9, 1), date(2099, 12, 31)))
def test_what_was_issued_stays_issued_and_01_never_is(one, other):
    earlier, later = (issued_age_identifiers(day) for day in sorted((one, other)))
    assert earlier <= later
    assert "01" not in later
    assert all(len(identifier) == 2 for identifier in later)


def test_the_gap_decides_between_an_o_and_a_0():
    """`236 OKT` and `2360 KT` are both dateless marks; a British plate draws O and 0 alike."""
    assert log_of("236 OKT") > log_of("236 0KT") + 2
    assert log_of("2360 KT") > log_of("236O KT") + 2
    assert weigh("236 OKT", GB, TODAY).grammar == weigh("2360 KT", GB, TODAY).grammar == "dateless"


@pytest.mark.parametrize(
    ("country", "right", "wrong"),
    [
        ("GB", "LO12 ABC", "L012 ABC"),
        ("GB", "AB12 COD", "AB12 C0D"),
        ("GB", "AB10 CDE", "AB1O CDE"),
        ("GB", "AB11 CDE", "ABI1 CDE"),
        ("GB", "A11 BCD", "AI1 BCD"),
        ("SK", "BO 101AI", "B0 101AI"),
        ("SK", "BA 101IO", "BA 10110"),
        ("SK", "BA 101AI", "BA I0IAI"),
        ("CZ", "1A1 0101", "IA1 0101"),
        ("CZ", "1AI 0101", "1AI O101"),
        ("DE", "B OI 1010", "B 0I 1010"),
        ("DE", "IO A 101", "10 A 101"),
        ("DE", "B AB 1010", "B AB IO1O"),
        ("BR", "IOI 1010", "101 1010"),
        ("BR", "ABO 1010", "AB0 1010"),
        ("BR", "BRA0O17", "BRAOO17"),
        ("BR", "BRA1I01", "BRAII01"),
    ],
)
def test_position_decides_between_look_alikes(country, right, wrong):
    assert weigh(right, {country: 1.0}, TODAY).country == country
    assert log_of(right, {country: 1.0}) > log_of(wrong, {country: 1.0}) + 1
    # With a little doubt about the country as well.
    doubted = {**{code: 0.1 / len(CODES) for code in CODES}, country: 0.9}
    assert log_of(right, doubted) > log_of(wrong, doubted) + 1


def test_a_gap_is_likelier_where_it_belongs_than_nowhere_and_nowhere_than_elsewhere():
    marks = ("AB12 CDE", "AB12CDE", "AB1 2CDE", "A B1 2C DE")
    weights = [log_of(mark) for mark in marks]
    assert all(one > other for one, other in pairwise(weights))
    assert {weigh(mark, GB, TODAY).grammar for mark in marks[:3]} == {"current"}


def test_within_an_era_every_mark_is_as_likely_as_the_next():
    assert log_of("AB12 CDE") == log_of("XY68 ZAB")
    assert log_of("ABC 123D") == log_of("XYW 987Y")


def test_a_layout_s_marks_share_what_their_country_gives_them():
    """A closed set: one Finnish layout of three, each mark of it as likely as the next."""
    rng = np.random.default_rng(7)
    (layout,) = layouts_of("FI")
    marks = [filled(layout, "LL-DDD", rng) for _ in range(20)]
    total = math.exp(log_of(marks[0], {"FI": 1.0})) * 26**2 * 1000 * len(layout.marks)
    assert {round(log_of(mark, {"FI": 1.0}), 9) for mark in marks} == {
        round(log_of(marks[0], {"FI": 1.0}), 9)
    }
    # Free text has the rest, and a little of these marks too.
    assert 0.85 <= total < 0.87


@pytest.mark.parametrize("countries", [GB, EVERYWHERE, {UNKNOWN: 1.0}], ids=["GB", "everywhere", "unknown"])
def test_the_shortest_texts_together_are_no_more_than_everything(countries):
    whole = [*SIGNS, *("".join(pair) for pair in product(SIGNS, repeat=2))]
    total = sum(math.exp(log_of(text, countries)) for text in whole)
    assert 0.001 < total <= 1


def test_free_text_of_a_length_adds_up_to_that_length_s_share():
    pairs = ["".join(pair) for pair in product(SIGNS, repeat=2)]
    assert sum(math.exp(log_of(text, {UNKNOWN: 1.0})) for text in pairs) == pytest.approx(0.01)


@settings(deadline=None)
@given(TEXTS, SHARES)
def test_any_text_has_a_weight(text, countries):
    prior = weigh(text, countries, TODAY)
    if not text.strip():
        assert prior.log_probability == -math.inf
        return
    assert -700 < prior.log_probability <= 0.01 + math.log(max(1.0, sum(countries.values())))
    assert prior.country in (*CODES, UNKNOWN)
    assert prior.grammar
    if prior.country != UNKNOWN:
        assert countries[prior.country] > 0


@settings(deadline=None)
@given(st.text(SIGNS, min_size=2, max_size=11), st.sampled_from(CODES))
def test_unknown_text_keeps_a_probability(text, code):
    """What no grammar foresees can still be read as it stands."""
    alone = 26 if text.isalpha() else 36  # letters alone are rare, but each such text is one of fewer
    least = math.log(0.15 * 0.01 * (0.02 if text.isalpha() else 0.98)) - len(text) * math.log(alone)
    assert log_of(text, {code: 1.0}) >= least - 1e-9


def test_letters_alone_are_unlikely_where_no_grammar_has_them():
    """On a British plate `1LUX` and `ILUX` look the same, and only the first is a mark."""
    assert log_of("1LUX", {"GB": 1.0}) > log_of("ILUX", {"GB": 1.0}) + math.log(10)
    assert log_of("QUEENS", {"": 1.0}) < log_of("QUEEN5", {"": 1.0})


@pytest.mark.parametrize(
    ("short", "long"), [("J7 VXL", "J723 VXL"), ("L12 VXL", "L123 VXL"), ("VXL 7J", "VXL 723J")]
)
def test_short_numbers_of_old_series_are_commoner_each_than_long_ones(short, long):
    assert log_of(short, {"GB": 1.0}) > log_of(long, {"GB": 1.0})


def test_not_even_the_longest_text_is_too_much():
    assert -700 < log_of("A1 " * 200) < -600


@settings(deadline=None)
@given(TEXTS.filter(str.strip), SHARES, st.sampled_from((*CODES, UNKNOWN)), st.floats(0.0, 1.0))
def test_another_likely_country_never_makes_a_text_less_likely(text, countries, code, share):
    more = {**countries, code: countries.get(code, 0.0) + share}
    assert log_of(text, more) >= log_of(text, countries) - 1e-12


@settings(deadline=None)
@given(MARKS, SEEDS)
def test_a_country_s_own_marks_are_likelier_than_the_same_characters_shuffled(chosen, seed):
    layout, mark = chosen
    rng = np.random.default_rng(seed)
    own = filled(layout, mark, rng)
    signs = [sign for sign in own if sign != " "]
    rng.shuffle(signs)
    following = iter(signs)
    shuffled = "".join(" " if sign == " " else next(following) for sign in own)
    known = {skeleton(_plain(m)) for other in layouts_of(layout.country) for m in other.marks}
    assume(skeleton(shuffled) not in known)
    countries = {layout.country: 1.0}
    assert log_of(own, countries) > log_of(shuffled, countries) + 0.5
    assert weigh(own, countries, TODAY).country == layout.country
    assert weigh(shuffled, countries, TODAY).country == UNKNOWN


def _plain(mark):
    """A text of that mark's skeleton."""
    return "".join("1" if symbol == "D" else symbol for symbol in mark)


@pytest.mark.parametrize(("letter", "in_use"), [("G", False), ("A", True)])
def test_letters_that_a_country_leaves_out_are_unlikely_there(letter, in_use):
    used, other = log_of("1AB 2345", {"CZ": 1.0}), log_of(f"1{letter}B 2345", {"CZ": 1.0})
    assert (other == used) is in_use
    assert other <= used
    assert weigh(f"1{letter}B 2345", {"CZ": 1.0}, TODAY).country == "CZ"


def test_a_fixed_letter_must_be_that_letter():
    """German electric cars' marks end in E; South Africa's Gauteng ones in GP."""
    assert weigh("HH AB 123E", {"DE": 1.0}, TODAY).country == "DE"
    assert weigh("HH AB 123F", {"DE": 1.0}, TODAY).country == UNKNOWN
    assert weigh("ABC 123 GP", {"ZA": 1.0}, TODAY).country == "ZA"
    assert weigh("ABC 123 GQ", {"ZA": 1.0}, TODAY).country == UNKNOWN


def test_the_likeliest_country_accounts_for_a_mark_of_several():
    """Sweden's and Lithuania's marks look alike."""
    assert weigh("ABC 123", {"SE": 0.7, "LT": 0.3}, TODAY).country == "SE"
    assert weigh("ABC 123", {"SE": 0.2, "LT": 0.8}, TODAY).country == "LT"


def test_every_layout_is_found_under_its_country():
    assert [layout for code in dict.fromkeys(CODES) for layout in layouts_of(code)] == sorted(
        LAYOUTS, key=lambda layout: CODES.index(layout.country)
    )
    assert [layout.marks[0] for layout in layouts_of("ES")] == ["DDDD LLL", "LL-DDDD-LL"]
    assert layouts_of("GB") == layouts_of("XX") == layouts_of("") == ()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.country} {layout.marks[0]}")
def test_layouts_are_written_in_known_signs(layout):
    assert set(layout.letters) <= set(ALL_LETTERS)
    assert len(set(layout.letters)) == len(layout.letters)
    for mark in layout.marks:
        assert set(mark) <= set(SIGNS + GAPS), mark
        assert mark.strip(GAPS) == mark, mark
        assert 3 <= len([sign for sign in mark if sign not in GAPS]) <= 10, mark
