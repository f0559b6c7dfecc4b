"""Entries and reads for tests of hotlists and alerts: real rows, made through the services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from turnpike.access import services as access
from turnpike.hotlists import services as hotlists
from turnpike.reads.services import ReadId, StoredRead

if TYPE_CHECKING:
    from types import SimpleNamespace

CAPTURED_AT = datetime(2026, 11, 22, 14, 3, 7, 120_000, tzinfo=UTC)
CASE = "CR/04711/26"
_slots = count()


def stolen_list(people: SimpleNamespace) -> hotlists.Hotlist:
    """A list without entries, and the case that its entries are of."""
    case = access.CaseFacts(
        CASE, access.Category.BURGLARY, True, frozenset({"investigator", "both", "other"})
    )
    access.record_case(case, actor="tests")
    return hotlists.create_list(
        people.authoriser, slug="stolen", name="Stolen vehicles", purpose="Vehicles reported as stolen."
    )


def propose(people: SimpleNamespace, plate: str = "AB12CDE", **changes: Any) -> hotlists.Entry:
    """An entry that waits, by the investigator unless another `user` is given."""
    facts: dict[str, Any] = {
        "list_slug": "stolen",
        "plate": plate,
        "case_reference": CASE,
        "reason": "Taken from outside the owner's house",
        "legal_basis": hotlists.LegalBasis.LAW_ENFORCEMENT,
        "source": "Crime report 42/1187",
        "owner": "Roads policing",
        "priority": hotlists.Priority.HIGH,
        "weed_at": timezone.now() + timedelta(days=28),
    }
    return hotlists.propose_entry(changes.pop("user", people.investigator), **facts | changes)


def wanted(people: SimpleNamespace, plate: str = "AB12CDE", **changes: Any) -> hotlists.Entry:
    """An entry that alerts."""
    return hotlists.authorise_entry(people.authoriser, propose(people, plate, **changes).pk)


def stored_read(plate: str = "AB12CDE", **changes: Any) -> StoredRead:
    """A read, as ingest hands it to the matcher once it is stored; no two have one id."""
    facts: dict[str, Any] = {
        "read_id": ReadId(1_795_000_000_000_000, next(_slots)),
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
