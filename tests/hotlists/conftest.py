from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from turnpike.hotlists import services as hotlists
from turnpike.reads.services import ReadId, StoredRead

CAPTURED_AT = datetime(2026, 11, 22, 14, 3, 7, 120_000, tzinfo=UTC)


@pytest.fixture
def stolen(db):
    """A list without entries."""
    return hotlists.create_list(
        "tests", slug="stolen", name="Stolen vehicles", purpose="Vehicles reported as stolen."
    )


@pytest.fixture
def propose(people, stolen):
    """Propose an entry as the investigator, with what is not named filled in."""

    def make(plate="AB12CDE", **changes) -> hotlists.Entry:
        return hotlists.propose_entry(
            changes.pop("user", people.investigator),
            **{
                "list_slug": stolen.slug,
                "plate": plate,
                "reason": "Taken from outside the owner's house",
                "legal_basis": hotlists.LegalBasis.LAW_ENFORCEMENT,
                "source": "Crime report 42/1187",
                "owner": "Roads policing",
                "priority": hotlists.Priority.HIGH,
                "weed_at": timezone.now() + timedelta(days=28),
            }
            | changes,
        )

    return make


@pytest.fixture
def wanted(propose, people):
    """An entry that alerts."""

    def make(plate="AB12CDE", **changes) -> hotlists.Entry:
        return hotlists.authorise_entry(people.authoriser, propose(plate, **changes).pk)

    return make


@pytest.fixture
def read():
    """A stored read of a plate."""
    slots = iter(range(2**16))

    def make(plate="AB12CDE", **changes) -> StoredRead:
        facts = {
            "read_id": ReadId(1_795_000_000_000_000, next(slots)),
            "camera_id": "bridge-north",
            "plate": plate,
            "raw_text": plate,
            "confidence": 0.94,
            "candidates": (),
            "country": "GB",
            "lane": 1,
            "direction": "towards",
            "captured_at": CAPTURED_AT,
            "clock_error_ms": 0,
            "frames_agreeing": 3,
            "colour": "",
            "make": "",
            "has_patch": False,
            "received_at": CAPTURED_AT + timedelta(milliseconds=400),
            "software": "turnpike",
            "model": "test",
            "adapter": "turnpike",
        }
        return StoredRead(**facts | changes)

    return make
