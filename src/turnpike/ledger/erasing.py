"""Erasing contents whose time is over: the tree keeps its shape, and nobody can tell any more what such an entry said.

First an entry says which contents go and by which rule, then salts, sealed contents and lookers go in one transaction. A crash between the
two leaves an entry too many and nothing unexplained; the next turn names them again and erases them. Entries that say
what was erased are kept for good: without them what is missing would be tampering. So are those that hold the record of the log's keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from turnpike import config
from turnpike.ledger.entries import opened
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.key_claims import tells_of_keys
from turnpike.ledger.models import Entry, Salt
from turnpike.ledger.writing import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_AT_ONCE = 5_000
"""Entries that one erasure names, so that other writers wait for a fraction of a second at most."""
_ROWS_AT_ONCE = 500


def erase_due(*, actor: str, now: datetime | None = None) -> int:
    """Erase the contents of all entries written more than `log_contents_days` before today began (UTC); how many.

    Raises:
        LedgerError: the erasure could not be recorded, and nothing went.
        LedgerTampered: an entry that is due was altered; it and what follows stay as they are.
    """
    days = config.load().log_contents_days
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    before = today - timedelta(days=days)
    erased = 0
    while due := _due(before):
        record(
            AuditEvent.CONTENTS_ERASED,
            actor=actor,
            details={"from": due[0], "until": due[-1] + 1, "before": before.isoformat(), "days": days},
        )
        _destroy(due)
        erased += len(due)
    if erased:
        _clear_remains()
    return erased


def _due(before: datetime) -> list[int]:
    """The oldest entries that were written before that instant and still have contents, lowest index first."""
    found: list[int] = []
    for row in _with_salts():
        entry = opened(row)
        if entry.event is AuditEvent.CONTENTS_ERASED or tells_of_keys(entry):
            continue
        if entry.at >= before or len(found) == MOST_AT_ONCE:
            break
        found.append(row.index)
    return found


def _with_salts() -> Iterator[Entry]:
    after = -1
    while rows := _some_with_salts(after):
        yield from rows
        after = rows[-1].index


def _some_with_salts(after: int) -> Sequence[Entry]:
    salts = Salt.objects.filter(entry__gt=after).order_by("entry_id").select_related("entry")[:_ROWS_AT_ONCE]
    found = []
    for salt in salts:
        salt.entry.salted = salt
        found.append(salt.entry)
    return found


def _destroy(indexes: Sequence[int]) -> None:
    with transaction.atomic(durable=True):
        for at in range(0, len(indexes), _ROWS_AT_ONCE):
            some = indexes[at : at + _ROWS_AT_ONCE]
            Salt.objects.filter(entry_id__in=some).delete()
            Entry.objects.filter(index__in=some).update(sealed=b"", looker=None)


def _clear_remains() -> None:
    """What is deleted is overwritten in SQLite's file by `secure_delete`; here its older copies go from the write-ahead log.

    PostgreSQL keeps deleted rows until they are vacuumed, and in its own log for as long as that is archived.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif connection.vendor == "postgresql":
            cursor.execute("VACUUM FULL ledger_salt")
            cursor.execute("VACUUM ledger_entry")
