"""What keeps the log from being published: kept with its beginning, told in the log once, and not each second again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.models import LogFault
from turnpike.ledger.writing import record

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.ledger.entries import Detail

PUBLICATION = ""
"""The subject of what keeps the log as a whole from being published; every other subject is a witness's name."""
_TOLD_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong since when (UTC), and why. `witness` is empty where the log as a whole is not published."""

    witness: str
    since_at: datetime
    why: str


def open_faults() -> tuple[Fault, ...]:
    """Those that last, the publication's own first."""
    rows = LogFault.objects.filter(is_over=False).order_by("subject")
    return tuple(Fault(row.subject, row.since_at, row.why) for row in rows)


def note_fault(subject: str, why: str, *, now: datetime, published_size: int, at_once: bool = False) -> None:
    """Keep that it goes wrong. After `log_alarm_minutes`, or at once, one entry of the log tells it, and for an hour no other.

    Raises:
        LedgerError: the entry could not be written; it is tried again with the next call.
    """
    row = LogFault.objects.filter(subject=subject).first()
    if row is None or row.is_over:
        told_at = row.told_at if row else None
        row = LogFault(subject=subject, since_at=now, why=why, told_at=told_at)
        row.save()
    elif row.why != why:
        row.why = why
        row.save(update_fields=["why"])
    if row.is_told or not (
        at_once or now - row.since_at >= timedelta(minutes=config.load().log_alarm_minutes)
    ):
        return
    if row.told_at is not None and now - row.told_at < _TOLD_AGAIN_AFTER:
        return
    details: dict[str, Detail] = {
        "since_at": row.since_at.isoformat(timespec="seconds"),
        "why": why,
        "published_size": published_size,
    }
    if subject == PUBLICATION:
        record(AuditEvent.LOG_NOT_PUBLISHED, actor="system", details=details)
    else:
        record(AuditEvent.LOG_WITNESS_MISSING, actor="system", details={"witness": subject, **details})
    row.told_at, row.is_told = now, True
    row.save(update_fields=["told_at", "is_told"])


def clear_fault(subject: str) -> None:
    """Keep that it goes well again; where the fault was told, an entry tells that too.

    Raises:
        LedgerError: the entry could not be written; it is tried again with the next call.
    """
    row = LogFault.objects.filter(subject=subject, is_over=False).first()
    if row is None:
        return
    if row.is_told:
        since_at = row.since_at.isoformat(timespec="seconds")
        if subject == PUBLICATION:
            record(AuditEvent.LOG_PUBLISHED_AGAIN, actor="system", details={"since_at": since_at})
        else:
            record(
                AuditEvent.LOG_WITNESS_BACK,
                actor="system",
                details={"witness": subject, "since_at": since_at},
            )
    row.is_over, row.is_told = True, False
    row.save(update_fields=["is_over", "is_told"])


def forget_others(witnesses: frozenset[str]) -> None:
    """Drop what is kept of witnesses that are not asked any more."""
    LogFault.objects.exclude(subject__in=witnesses | {PUBLICATION}).delete()
