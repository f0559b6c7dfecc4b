"""Reads and batches to store."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from turnpike.plates.services import parse_pattern
from turnpike.reads.services import NewBatch, NewRead, ReadQuery

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def a_read(event_key: int = 1, **fields: Any) -> NewRead:
    """A plain read; `fields` say what is particular about it."""
    plain = {"plate": "AB12CDE", "raw_text": "AB12CDE", "confidence": 0.9, "captured_at": NOON}
    return NewRead(**{**plain, "event_key": event_key, **fields})


def a_batch(*reads: NewRead, camera_id: str = "north", **fields: Any) -> NewBatch:
    """What `camera_id` sent."""
    plain: dict[str, Any] = {
        "software": "edge 0.1.0",
        "model": "reader 1",
        "adapter": "turnpike",
        "payload_sha256": hashlib.sha256(repr(reads).encode()).digest(),
        "received_at": NOON + timedelta(seconds=1),
    }
    return NewBatch(camera_id=camera_id, reads=reads, **{**plain, **fields})


def a_query(pattern: str = "*AB*", **fields: Any) -> ReadQuery:
    """A search of the hours around noon."""
    plain = {"captured_from": NOON - timedelta(hours=1), "captured_until": NOON + timedelta(hours=1)}
    return ReadQuery(parse_pattern(pattern), **{**plain, **fields})
