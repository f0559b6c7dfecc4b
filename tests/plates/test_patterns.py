"""What people may search for, checked against two other matchers."""

# ruff: noqa: RUF001 - look-alike characters are the subject
from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from turnpike.plates.services import PlateError, parse_pattern

# Few letters, so that stars have something to go wrong on.
PLATES = st.text("AB1", min_size=1, max_size=16)
TEXTS = st.text("AB1?*", min_size=1, max_size=16)


@pytest.mark.parametrize(
    ("text", "pattern", "like", "prefix"),
    [
        ("ab12 cde", "AB12CDE", "AB12CDE", "AB12CDE"),
        ("AB1? CDE", "AB1?CDE", "AB1_CDE", "AB1"),
        ("AB*", "AB*", "AB%", "AB"),
        ("* CDE", "*CDE", "%CDE", ""),
        ("AB**E", "AB*E", "AB%E", "AB"),
        ("AB* ?-*E", "AB?*E", "AB_%E", "AB"),
        ("ＡＢ？＊１", "AB?*1", "AB_%1", "AB"),
        ("А*В", "A*B", "A%B", "A"),  # Cyrillic
        ("AB%_\\'1", "AB1", "AB1", "AB1"),  # nothing that SQL would read as more
    ],
)
def test_a_typed_pattern(text, pattern, like, prefix):
    parsed = parse_pattern(text)
    assert parsed.text == pattern
    assert parsed.like == like
    assert parsed.literal_prefix == prefix
    assert parsed.is_exact == (pattern == prefix)


@pytest.mark.parametrize("text", ["", "*", "???????", "A*", "?1*?", "* - *", "A"])
def test_too_wide_a_pattern_is_refused(text):
    with pytest.raises(PlateError, match="at least 2 letters or digits"):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A" * 17, "at most 16"),
        ("AB" + "?" * 15, "at most 16"),
        ("AB" + "*" * 255, "256"),
        ("京AB*", "Latin"),
    ],
)
def test_what_cannot_be_a_pattern(text, sentence):
    with pytest.raises(PlateError, match=sentence):
        parse_pattern(text)


def parsed_or_skipped(text):
    try:
        return parse_pattern(text)
    except PlateError:
        assume(False)
        raise


@given(TEXTS, PLATES)
def test_matching_agrees_with_fnmatch_and_with_like(text, plate):
    pattern = parsed_or_skipped(text)
    assert pattern.matches(plate) == fnmatchcase(plate, text)
    as_sql = re.compile(pattern.like.replace("_", ".").replace("%", ".*"))
    assert pattern.matches(plate) == bool(as_sql.fullmatch(plate))


@given(PLATES, st.data())
def test_a_plate_with_holes_matches_itself(plate, data):
    holes = data.draw(st.lists(st.sampled_from(["", "?", "*"]), min_size=len(plate), max_size=len(plate)))
    text = "".join(hole or sign for hole, sign in zip(holes, plate, strict=True))
    pattern = parsed_or_skipped(text)
    assert pattern.matches(plate)
    assert plate.startswith(pattern.literal_prefix)


@given(TEXTS)
def test_parsing_is_idempotent_and_canonical(text):
    pattern = parsed_or_skipped(text)
    assert parse_pattern(pattern.text) == pattern
    assert "**" not in pattern.text
    assert "*?" not in pattern.text


def test_many_stars_take_no_time():
    pattern = parse_pattern("A*" * 15 + "B")
    assert not pattern.matches("A" * 100_000)
