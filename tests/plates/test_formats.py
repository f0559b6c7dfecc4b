"""Which formats a text can be, how it is spaced and how it is masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.plates.services import BRITISH, GENERIC, display, formats_of, mask, normalise

PLATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=16)


def eras(plate: str) -> list[str]:
    return [form.era for form in formats_of(plate)]


@pytest.mark.parametrize(
    ("spaced", "era"),
    [
        ("AB12 CDE", "current"),
        ("LN02 ZZZ", "current"),
        ("XA51 ABC", "current"),
        ("BD00 ABC", "current"),
        ("A123 BCD", "prefix"),
        ("Y1 ABC", "prefix"),
        ("Q12 ABC", "q"),
        ("ABC 123D", "suffix"),
        ("ABC 1Y", "suffix"),
        ("ABZ 1234", "northern ireland"),
        ("IIL 1", "northern ireland"),
        ("AZ 1234", "northern ireland"),
        ("1234 IA", "northern ireland"),
        ("101 D 123", "diplomatic"),
        ("123 X 456", "diplomatic"),
        ("07 CE 08", "military"),
        ("QZ 12 IA", "military"),
        ("A 1", "dateless"),
        ("AB 1234", "dateless"),
        ("ABC 123", "dateless"),
        ("1 A", "dateless"),
        ("1234 AB", "dateless"),
        ("123 ABC", "dateless"),
        ("LM 0", "dateless"),
        ("012 AB", "trade"),
        ("00123", "trade"),
    ],
)
def test_the_likeliest_format_and_its_spacing(spaced, era):
    plate = normalise(spaced)
    assert eras(plate)[0] == era
    assert display(plate) == spaced


@pytest.mark.parametrize(
    ("plate", "not_era"),
    [
        ("IB12CDE", "current"),  # I, Q, Z in the memory tag
        ("AQ12CDE", "current"),
        ("AZ12CDE", "current"),
        ("AB12CIE", "current"),  # I, Q among the random letters
        ("AB12CQE", "current"),
        ("AB01CDE", "current"),  # no such age
        ("O123ABC", "prefix"),
        ("U123ABC", "prefix"),
        ("A023ABC", "prefix"),  # no mark is padded
        ("A1234ABC", "prefix"),
        ("Q123ABC", "prefix"),
        ("ABC123O", "suffix"),
        ("ABC123Z", "suffix"),
        ("ABC012D", "suffix"),
        ("ABC1234", "northern ireland"),  # no county code in it
        ("QAZ123", "northern ireland"),
        ("101E123", "diplomatic"),
        ("ABC1234", "dateless"),
        ("AZ123", "dateless"),
        ("AB0123", "dateless"),
        ("ABCD1", "dateless"),
        ("1234ABC", "dateless"),
        ("1234", "trade"),
    ],
)
def test_what_a_format_leaves_out(plate, not_era):
    assert not_era not in eras(plate)


def test_a_text_can_be_several():
    assert eras("123ABC") == ["dateless", "trade"]
    assert eras("12AB34") == ["military"]
    assert eras("AB12CD") == ["military"]
    assert eras("123AZ") == ["northern ireland"]
    assert "military" not in eras("AB12CDE")


@pytest.mark.parametrize("plate", ["B1234XYZ", "1ABC234567", "ABC1234", "WAW12345", "AB123CD", "I1"])
def test_other_countries_fall_back_to_generic(plate):
    assert formats_of(plate) == (GENERIC,)
    assert display(plate) == plate


@pytest.mark.parametrize("plate", ["A", "7", "ABCDEFG", "AB123456789"])
def test_what_not_even_generic_takes(plate):
    assert formats_of(plate) == ()
    assert display(plate) == plate


@given(PLATES)
def test_formats_are_distinct_ordered_and_generic_only_alone(plate):
    forms = formats_of(plate)
    assert len(set(forms)) == len(forms)
    assert GENERIC not in forms or forms == (GENERIC,)
    ranks = [BRITISH.index(form) for form in forms if form is not GENERIC]
    assert ranks == sorted(ranks)


@given(PLATES)
def test_display_only_adds_spaces(plate):
    assert display(plate).replace(" ", "") == plate
    assert normalise(display(plate)) == plate


@given(PLATES)
def test_mask_shows_length_and_nothing_else(plate):
    assert mask(plate) == "•" * len(plate)


def test_eras_are_unique_and_described():
    assert len({form.era for form in BRITISH}) == len(BRITISH) == 9
    assert all(form.country == "GB" and len(form.description) > 20 for form in BRITISH)
