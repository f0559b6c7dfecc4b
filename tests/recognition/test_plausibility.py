"""Plates told from the rest of what is written in a street."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.plates.services import BRITISH, display
from turnpike.recognition.plausibility import plate_in, text_of_crop

CURRENT, PREFIX = (next(form for form in BRITISH if form.era == era) for era in ("current", "prefix"))
british = st.one_of(*(st.from_regex(form.pattern, fullmatch=True) for form in (CURRENT, PREFIX)))


@pytest.mark.parametrize(
    ("written", "text", "country"),
    [
        ("AB12 CDE", "AB12CDE", "GB"),
        ("GB AB12 CDE", "AB12CDE", "GB"),
        ("UK|AB12CDE", "AB12CDE", "GB"),
        ("GBAB12CDE", "AB12CDE", "GB"),
        ("©AB12 CDE", "AB12CDE", "GB"),
        ("[M5-XSX)", "M5XSX", "GB"),
        ("BA-738DE", "BA738DE", None),
        ("SK|BL-123AB", "BL123AB", "SK"),
        ("3B2 9485", "3B29485", None),
        ("RK:003AB", "RK003AB", None),
        ("W=053011", "W053011", None),
    ],
)
def test_a_plate_is_found_without_what_stands_before_it(written, text, country):
    plate = plate_in(written)
    assert plate is not None
    assert (plate.text, plate.country) == (text, country)


@pytest.mark.parametrize(
    "written",
    [
        "RENAULT", "2019", "30", "12345", "020 7946 0123", "07700900123", "£4.99", "50%", "A12", "M25", "A1234", "E40", "M6T",
        "10 MPH", "500M", "1500KG", "12:30", "8AM", "www.cars4u.com", "ceed 1.6", "Berlingo2", "", "---", "東京12", "T0Y0TA", "V12",
        "FOR SALE 07700900123",
    ],
)  # fmt: skip
def test_other_writing_is_no_plate(written):
    assert plate_in(written) is None


@pytest.mark.parametrize(
    ("written", "text"), [("MAO6 RRV", "MA06RRV"), ("FRI2UBB", "FR12UBB"), ("0E11 LKK", "OE11LKK")]
)
def test_the_place_decides_between_look_alikes_on_british_plates(written, text):
    plate = plate_in(written)
    assert plate is not None
    assert plate.text == text


def test_a_plate_parted_elsewhere_is_not_made_british():
    plate = plate_in("RK-340AO")  # not RK34 OAO
    assert plate is not None
    assert (plate.text, plate.country) == ("RK340AO", None)


@pytest.mark.parametrize(
    ("written", "text"),
    [("NR-587A0", "NR587AO"), ("NR-708A1", "NR708AI"), ("NR 3020Z", "NR3020Z"), ("NR-58730", "NR58730")],
)
def test_only_an_end_that_no_country_has_is_exchanged_elsewhere(written, text):
    plate = plate_in(written)
    assert plate is not None
    assert plate.text == text


@given(british, st.data())
def test_british_plates_survive_any_exchange_of_look_alikes(text, data):
    swaps = {"O": "0", "0": "O", "I": "1", "1": "I"}
    places = [at for at, character in enumerate(text) if character in swaps]
    swapped = set(data.draw(st.lists(st.sampled_from(places), max_size=2))) if places else set()
    written = "".join(swaps[c] if at in swapped else c for at, c in enumerate(text))
    plate = plate_in(written)
    # An exchange may give another British plate, which then is what stands there.
    assert plate is not None
    assert plate.country == "GB"
    assert plate.text.translate(str.maketrans("OI", "01")) == text.translate(str.maketrans("OI", "01"))


@given(british)
def test_british_plates_are_read_as_they_stand(text):
    for written in (text, display(text), f"({display(text)}", f"GB {display(text)}"):
        plate = plate_in(written)
        assert plate is not None
        assert plate.text == text


@given(st.text(max_size=300))
def test_no_writing_breaks_it(written):
    plate = plate_in(written)
    assert plate is None or 2 <= len(plate.text) <= 9


def test_a_crop_is_a_plate_of_any_era():
    assert text_of_crop("ILUX") == "1LUX"
    assert text_of_crop("AB12CDE") == "AB12CDE"
    assert text_of_crop("BL123AB") == "BL123AB"
