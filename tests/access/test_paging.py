"""Pages of a list: every row once, in order, whatever stands in the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.access import paging
from turnpike.access.models import Case, Request
from turnpike.access.paging import page_by_instant, page_by_key

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def requests(people):
    """Seven requests, of which three were opened in one instant."""
    for number in range(7):
        opened_at = NOON + timedelta(minutes=max(0, number - 2))
        Request.objects.create(
            number=f"R-{number}",
            requester=people.investigator,
            operator=people.investigator,
            opened_at=opened_at,
            expires_at=opened_at,
        )
    return Request.objects.all()


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_every_row_comes_once_and_in_order(requests, monkeypatch, size, newest_first):
    monkeypatch.setattr(paging, "PAGE_ROWS", size)
    for page_of in (
        lambda cursor: page_by_instant(requests, "opened_at", cursor, newest_first=newest_first),
        lambda cursor: page_by_key(requests, cursor, newest_first=newest_first),
    ):
        seen, cursor, pages = [], "", 0
        while pages == 0 or cursor:
            page = page_of(cursor)
            assert page.is_first == (pages == 0)
            assert len(page) <= size
            seen += [one.number for one in page]
            cursor, pages = page.further, pages + 1
        expected = [f"R-{number}" for number in range(7)]
        assert seen == (expected[::-1] if newest_first else expected)
        assert pages == -(-7 // size)


@given(st.text(max_size=60))
def test_a_cursor_that_is_none_begins_at_the_first(text):
    assert page_by_key(Case.objects.all(), text) == ()
    assert page_by_instant(Request.objects.all(), "opened_at", text) == ()


@pytest.mark.parametrize(
    "cursor", ["x", "2026-11-21", "2026-11-21T12:00:00~R-1", "~", f"{NOON.isoformat()}~"]
)
def test_what_is_half_a_cursor_shows_the_first_page(requests, cursor):
    page = page_by_instant(requests, "opened_at", cursor)
    assert page.is_first
    assert len(page) == 7
