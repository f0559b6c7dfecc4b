"""Looking at the log: decided like every look, and written into it before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.services import Action, Decision, authorise, grounds
from turnpike.ledger.services import (
    AuditEvent,
    Inclusion,
    LedgerEntry,
    LedgerState,
    Receipt,
    entries,
    entry,
    inclusion,
    record,
    state,
    verify,
)

if TYPE_CHECKING:
    from turnpike.accounts.services import User

__all__ = ["PAGE_ENTRIES", "EntryView", "LogPage", "verify_now", "view_entry", "view_log"]

PAGE_ENTRIES = 50
_LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, newest first, and the receipt of this look at them."""

    entries: tuple[LedgerEntry, ...]
    erased: int
    """How many of them are left out, since their contents were erased."""
    receipt: Receipt
    newer_before: int | None
    """What to ask for to see the entries after these; None where these are the newest."""
    older_before: int | None
    """What to ask for to see the entries before these; None where there are none."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry, the proof that it is in the log, and the receipt of this look at it."""

    index: int
    entry: LedgerEntry | None
    """None where its contents were erased."""
    inclusion: Inclusion
    receipt: Receipt


def view_log(user: User, *, before: int | None = None, limit: int = PAGE_ENTRIES) -> LogPage:
    """The newest entries, or those of an index below `before`; this look is an entry of its own, written first.

    Raises:
        Denied: the person is no auditor.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource=_LEDGER)
    size = state().size
    end = size if before is None else max(0, min(before, size))
    first = max(0, end - limit)
    receipt = _record_look(user, decision, first, end - 1)
    found = entries(before=end, limit=end - first)
    return LogPage(
        entries=found,
        erased=end - first - len(found),
        receipt=receipt,
        newer_before=min(end + limit, size) if end < size else None,
        older_before=first or None,
    )


def view_entry(user: User, index: int) -> EntryView | None:
    """One entry with its proof; nothing where the log is not that long. Errors as `view_log`."""
    decision = authorise(user, Action.ViewLog, resource=_LEDGER)
    if not 0 <= index < state().size:
        return None
    receipt = _record_look(user, decision, index, index)
    return EntryView(index, entry(index), inclusion(index), receipt)


def verify_now(user: User) -> LedgerState:
    """Derive the whole log again from its stored contents; shows no contents, so that it leaves no entry.

    Raises:
        Denied: the person is no auditor.
        LedgerTampered: naming the first entry, or the checkpoint, that does not agree.
    """
    authorise(user, Action.ViewLog, resource=_LEDGER)
    return verify()


def _record_look(user: User, decision: Decision, first: int, last: int) -> Receipt:
    return record(
        AuditEvent.LEDGER_VIEWED,
        actor=user.username,
        details={"first_entry": first, "last_entry": last, **grounds(decision)},
    )
