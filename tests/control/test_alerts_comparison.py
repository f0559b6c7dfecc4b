"""Two plates, character by character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.control.plate_comparison import compare
from turnpike.plates.services import display

PLATES = st.text("AB10OQI", min_size=1, max_size=8)


@given(PLATES, PLATES)
def test_nothing_is_lost_or_added(wanted, read):
    compared = compare(wanted=wanted, read=read)
    assert "".join(at.wanted for at in compared) == display(wanted)
    assert "".join(at.read for at in compared if at.wanted != " ") == read
    assert all(at.differs for at in compared if not (at.wanted and at.read))


@given(PLATES)
def test_a_plate_does_not_differ_from_itself(plate):
    assert not any(at.differs for at in compare(wanted=plate, read=plate))


@pytest.mark.parametrize(
    ("wanted", "read", "places"),
    [("AB12CDE", "A812CDE", [1]), ("AB12CDE", "AB12CD", [7]), ("A1", "A12", [3])],
)
def test_it_says_where_they_differ(wanted, read, places):
    compared = compare(wanted=wanted, read=read)
    assert [number for number, at in enumerate(compared) if at.differs] == places
