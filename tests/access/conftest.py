"""A request to search under, reads to find, and a ledger that can be made to fail."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from turnpike.access import services as access
from turnpike.ledger import services as ledger
from turnpike.reads.services import NewBatch, NewRead

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"


def new_read(plate, *, minutes=0, **facts):
    return NewRead(
        plate=plate,
        raw_text=plate,
        confidence=0.93,
        captured_at=NOON + timedelta(minutes=minutes),
        event_key=hash((plate, minutes)) & 0xFFFF_FFFF,
        **facts,
    )


@pytest.fixture
def stored(store):
    """Puts reads into the store as one camera's batch; gives their ids as text."""

    def put(*reads, camera_id="mill-lane"):
        batch = NewBatch(camera_id, "reader 1", "model 1", "json", bytes(32), NOON, reads)
        (result,) = store.append([batch])
        return [read_id.text for _, read_id in result.stored]

    return put


@pytest.fixture
def opened(people, case):
    """An open request of the investigator's."""
    case()
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    )


@pytest.fixture
def another_investigator(people):
    from turnpike.accounts.services import Role, Standing, create_account

    trained = Standing(trained_until=date.max)
    return create_account("other", "Other", [Role.INVESTIGATOR], actor="tests", standing=trained)


@pytest.fixture
def second_authoriser(people):
    from turnpike.accounts.services import Role, Standing, create_account

    trained = Standing(trained_until=date.max)
    return create_account("second", "Second", [Role.AUTHORISER], actor="tests", standing=trained)


@pytest.fixture
def search_for(people):
    """Searches the day around noon."""

    def search(number, pattern, *, user=None, **facts):
        span = {"captured_from": NOON - timedelta(hours=1), "captured_until": NOON + timedelta(hours=2)}
        return access.search(user or people.investigator, number, pattern=pattern, **{**span, **facts})

    return search


@pytest.fixture
def recorded():
    """The ledger's entries since the fixture was made, oldest first, as (event, actor, details)."""
    start = ledger.state().size if connection.connection else 0

    def entries():
        found = [entry for entry in ledger.entries(limit=200) if entry.index >= start]
        return [(entry.event, entry.actor, entry.details) for entry in reversed(found)]

    return entries


@pytest.fixture
def break_ledger():
    """Makes the database refuse ledger entries: all from now on, or those after the next `after`."""
    made = []

    def refuse(*, after=0):
        first = ledger.state().size + after
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TRIGGER refuse_entries BEFORE INSERT ON ledger_entry "
                f"WHEN NEW.\"index\" >= {first:d} BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        made.append(first)

    yield refuse
    if made:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse_entries")
