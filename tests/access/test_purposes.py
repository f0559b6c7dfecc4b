"""What a request must say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.access.errors import RequestError
from turnpike.access.purposes import (
    MAX_REASON_CHARACTERS,
    Purpose,
    check_case_reference,
    check_purpose,
    check_reason,
    meaningful_characters,
)


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "   \n ",
        "inv",
        "investigation",
        "police investigation enquiries for the crime investigation of crime",
        "inv inv inv inv inv inv inv inv inv inv",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababababababab",
        "......................................",
        "burglary burglary burglary burglary",
        "as per job request please",
    ],
)
def test_a_reason_that_says_nothing_is_refused(reason):
    with pytest.raises(RequestError) as refusal:
        check_reason(reason)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    "reason",
    [
        "Burglary in Mill Lane at 02:10; witness gave part of the plate",
        "Missing 14-year-old last seen getting into this car",
        "  Stolen overnight\nfrom Harbour Street car park ",
        "Włamanie do domu przy ulicy Długiej",
    ],
)
def test_a_reason_that_says_what_happened_is_kept_in_one_line(reason):
    assert check_reason(reason) == " ".join(reason.split())


def test_an_endless_reason_is_refused():
    words = " ".join(f"word{number}" for number in range(MAX_REASON_CHARACTERS))
    with pytest.raises(RequestError, match="Shorten"):
        check_reason(words)


@given(st.text(max_size=60), st.text(max_size=60))
def test_repeating_a_reason_makes_it_say_no_more(one, other):
    reason = f"{one} {other}"
    assert meaningful_characters(f"{reason} {reason}") == meaningful_characters(reason)
    assert meaningful_characters(reason) <= len(reason.casefold())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("cr/01234/26", "CR/01234/26"), (" 42 / 1234567.26 ", "42 / 1234567.26"), ("OP-LARK 7", "OP-LARK 7")],
)
def test_a_case_reference_is_kept_in_capitals(typed, kept):
    assert check_case_reference(typed) == kept


@pytest.mark.parametrize("typed", ["", "case", "1", "n/a", "CR_01234", "x" * 40 + "1", "12345-", "Ⅻ1234"])
def test_what_is_no_case_reference_is_refused(typed):
    with pytest.raises(RequestError) as refusal:
        check_case_reference(typed)
    assert refusal.value.field == "case_reference"


def test_purposes_are_a_closed_list_with_labels():
    assert check_purpose("missing_person") is Purpose.MISSING_PERSON
    with pytest.raises(RequestError):
        check_purpose("curiosity")
    assert all(purpose.label for purpose in Purpose)


def test_no_purpose_is_about_protest_or_a_protected_characteristic():
    said = " ".join(f"{purpose.value} {purpose.label}" for purpose in Purpose).casefold()
    for word in ("protest", "demonstration", "religio", "race", "union", "politic", "belief"):
        assert word not in said
