"""The auditor's search over the log: opened entry by entry, newest first, so much at a time.

Contents stand sealed, so that no index can answer; what is asked and how far is written down before an entry is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.services import Action, authorise, grounds
from turnpike.ledger.services import AuditEvent, first_at, opened_between, record, state

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.accounts.services import User
    from turnpike.ledger.services import Detail, LedgerEntry, Receipt

PAGE_FOUND = 50
MOST_OPENED = 20_000
"""Of one page. Source: ours; about half a second's work on two cores."""


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """What is looked for; whatever is empty or None asks nothing. `kind` is an event or the group before its dot."""

    kind: str = ""
    since_at: datetime | None = None
    until_at: datetime | None = None
    person: str = ""
    number: str = ""
    text: str = ""

    def fits(self, entry: LedgerEntry) -> bool:
        """Whether the entry is one of those."""
        if self.kind and self.kind not in (entry.event.value, entry.event.value.partition(".")[0]):
            return False
        if not (self.person or self.number or self.text):
            return True
        said = [part.casefold() for detail in entry.details.values() for part in _parts(detail)]
        if self.person and self.person.casefold() not in (entry.actor.casefold(), *said):
            return False
        if self.number and self.number.casefold() not in said:
            return False
        return not self.text or _holds((entry.actor.casefold(), *said), self.text.casefold())


@dataclass(frozen=True, slots=True)
class LogFound:
    """One page of what fits, newest first: the entries from `first` up to `stop`, exclusive, were opened."""

    entries: tuple[LedgerEntry, ...]
    receipt: Receipt
    first: int
    stop: int
    begin: int
    """Where the days asked about begin; the search is over when `first` is there."""
    end: int
    """Where they end, exclusive."""
    erased: int
    """How many of those opened say nothing any more, since their contents were erased."""

    @property
    def older_before(self) -> int | None:
        """What to ask for to look on; None where all was looked at."""
        return self.first if self.first > self.begin else None

    @property
    def opened(self) -> int:
        """How many entries this page took."""
        return self.stop - self.first


def search_log(user: User, question: LogQuestion, *, before: int | None = None) -> LogFound:
    """The newest entries that fit, or those of an index below `before`: at most `PAGE_FOUND`, and `MOST_OPENED` are opened.

    Raises:
        Denied: the person may not look at the log.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource="ledger")
    size = state().size
    begin = first_at(question.since_at, size) if question.since_at else 0
    end = first_at(question.until_at, size) if question.until_at else size
    stop = max(begin, min(end, size if before is None else before))
    first = max(begin, stop - MOST_OPENED)
    details: dict[str, Detail] = {"first_entry": first, "last_entry": stop - 1, **_asked(question)}
    receipt = record(AuditEvent.LOG_SEARCHED, actor=user.username, details={**details, **grounds(decision)})
    found: list[LedgerEntry] = []
    readable = 0
    for entry in opened_between(first, stop, newest_first=True):
        readable += 1
        if question.fits(entry):
            found.append(entry)
            if len(found) == PAGE_FOUND:
                first = entry.index
                break
    erased = stop - first - readable
    return LogFound(tuple(found), receipt, first, stop, begin, max(begin, end), erased)


def _asked(question: LogQuestion) -> dict[str, Detail]:
    asked: dict[str, Detail] = {
        "kind": question.kind,
        "since_at": question.since_at.isoformat() if question.since_at else "",
        "until_at": question.until_at.isoformat() if question.until_at else "",
        "person": question.person,
        "number": question.number,
        "text": question.text,
    }
    return {name: value for name, value in asked.items() if value}


def _parts(detail: Detail) -> list[str]:
    return [str(part) for part in detail] if isinstance(detail, list) else [str(detail)]


def _holds(said: tuple[str, ...], text: str) -> bool:
    """Whether some part holds the text, however it is spaced: a plate is looked for as it is written on a vehicle too."""
    tight = "".join(text.split())
    return any(text in part or tight in part for part in said)
