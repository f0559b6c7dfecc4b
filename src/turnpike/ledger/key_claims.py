"""What the log itself says of its keys, so that an altered key record is found as any other altered byte is.

Each entry that tells of a change has the whole record as it was then. The record's table is working memory for it: what
stands there and in no entry, and waits for none, was put there from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from turnpike.ledger.entries import Detail
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.models import LogKey

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.ledger.entries import LedgerEntry

_KEYS = "keys_record"
_TELL_OF_KEYS = frozenset({AuditEvent.LOG_KEYS_KEPT, AuditEvent.LOG_KEY_ROTATED, AuditEvent.LOG_KEY_REVOKED})


class Untold(msgspec.Struct, frozen=True):
    """An entry that is still to be written: its change is made, in one transaction with this."""

    event: str
    actor: str
    details: dict[str, Detail]


def leave_to_tell(row: LogKey, event: AuditEvent, actor: str, details: dict[str, Detail]) -> None:
    """Keep beside a key what the log is to be told of it, with the record as it stands now; `settle_keys` writes it."""
    told = Untold(event.value, actor, with_keys(details))
    LogKey.objects.filter(public_key=row.public_key).update(untold=msgspec.json.encode(told).decode())


def with_keys(details: dict[str, Detail]) -> dict[str, Detail]:
    """The details of an entry with the record as it stands now."""
    return {**details, _KEYS: _record()}


def tells_of_keys(entry: LedgerEntry) -> bool:
    """Whether the entry has the key record in it; then it is kept for good, as those are that say what was erased."""
    return entry.event in _TELL_OF_KEYS and _KEYS in entry.details


def keys_told(entry: LedgerEntry) -> list[str]:
    """The record in such an entry."""
    told = entry.details[_KEYS]
    return told if isinstance(told, list) else []


def is_told(told: list[str] | None) -> bool:
    """Whether the record is what the log last said of it, or what waits to be said. `told` is None where it said nothing yet."""
    rows, record = LogKey.objects.all(), _record()
    waiting = [_waiting(row.untold) for row in rows if row.untold]
    return record in waiting if waiting else record == (told or [])


def _waiting(untold: str) -> list[str] | None:
    try:
        told = msgspec.json.decode(untold, type=Untold)
        if AuditEvent(told.event) not in _TELL_OF_KEYS:
            return None
    except ValueError:  # msgspec's own are such
        return None
    keys = told.details.get(_KEYS)
    return keys if isinstance(keys, list) else None


def _record() -> list[str]:
    return [
        msgspec.json.encode(
            [
                row.public_key,
                row.from_size,
                _iso(row.from_at),
                _iso(row.until_at),
                _iso(row.revoked_at),
                row.revoked_size,
                row.reason,
                _iso(row.exposed_at),
                row.succession,
            ]
        ).decode()
        for row in LogKey.objects.all()
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
