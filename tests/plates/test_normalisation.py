"""Every writing of a plate becomes one text, and nothing else becomes a plate."""

# ruff: noqa: RUF001 - look-alike characters are the subject
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.plates.services import PlateError, normalise

SIGNS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
PLATES = st.text(sorted(SIGNS), min_size=1, max_size=16)


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("ab12 cde", "AB12CDE"),
        (" AB12-CDE. ", "AB12CDE"),
        ("AB·12–CDE", "AB12CDE"),
        ("AB\u00a012\u2009CDE\u200b\n", "AB12CDE"),
        ("ＡＢ１２　ｃｄｅ", "AB12CDE"),
        ("А123ВС 77", "A123BC77"),  # Cyrillic capitals
        ("о777оо", "O777OO"),  # Cyrillic small letters
        ("ΑΒΕ-1234", "ABE1234"),  # Greek
        ("M-ÄÖ 1", "MAO1"),
        ("ÅÆØ1", "AAEO1"),
        ("łđı1", "LDI1"),
        ("straße1", "STRASSE1"),
        ("٣٤ AB ९", "34AB9"),
        ("①❷Ⓐ𝐁𝐜ª", "12ABCA"),
        ("A\u0301B1", "AB1"),  # a combining accent
        ("🇬🇧 AB12 CDE", "AB12CDE"),
        ("ABCD1234EFGH5678", "ABCD1234EFGH5678"),
    ],
)
def test_a_writing_becomes_its_plate(written, plate):
    assert normalise(written) == plate


@pytest.mark.parametrize("written", ["", "  ", "-.·", "\u200b", "🚗", "?*"])
def test_nothing_left_is_refused(written):
    with pytest.raises(PlateError, match="at least one letter or digit"):
        normalise(written)


def test_over_sixteen_is_refused():
    with pytest.raises(PlateError, match="at most 16"):
        normalise("ABCD1234EFGH5678 9")


def test_a_flood_is_refused_unread():
    with pytest.raises(PlateError, match="at most 256"):
        normalise("-" * 300 + "AB12CDE")


@pytest.mark.parametrize("written", ["京A12345", "Ш123АВ", "AB١٢ ب", "Σ1"])
def test_a_letter_that_cannot_be_folded_is_refused_not_dropped(written):
    with pytest.raises(PlateError, match="Latin letters"):
        normalise(written)


@given(st.text(max_size=300))
def test_the_result_is_short_capital_ascii_and_stable(text):
    try:
        plate = normalise(text)
    except PlateError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        return
    assert 1 <= len(plate) <= 16
    assert set(plate) <= SIGNS
    assert normalise(plate) == plate


@given(PLATES, st.sampled_from([" ", "-", ".", "\u2011", "\u3000", "·", "_"]))
def test_separators_and_case_never_matter(plate, separator):
    assert normalise(separator.join(plate.lower())) == plate


@given(PLATES)
def test_full_width_is_the_same_plate(plate):
    assert normalise("".join(chr(ord(sign) + 0xFEE0) for sign in plate)) == plate


@pytest.mark.parametrize("written", ["X9Y8Z7" * 3, "X9Y8Z7 京", "X9Y8Z7 " * 40])
def test_an_error_never_quotes_the_text(written):
    with pytest.raises(PlateError) as refusal:
        normalise(written)
    assert "X9Y8" not in str(refusal.value)
