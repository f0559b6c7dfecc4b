"""A secret list of test searches held against the log, in memory: found, differing, or not found.

The list is the commissioner's; the force, which reads the log, learns how long it is and what came of it, never what stands in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from turnpike.access.services import Action, authorise, grounds
from turnpike.ledger.services import (
    AuditEvent,
    LedgerEntry,
    Receipt,
    first_at,
    leaf_of,
    opened_at,
    opened_between,
    record,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from turnpike.accounts.services import User
    from turnpike.oversight.canary_list import Canary

MOST_OPENED = 50_000
"""Of one page. Source: ours; about a second's work on two cores."""
TOLERANCE = timedelta(minutes=5)
"""By how much a noted time may be off. Source: ours; people note minutes, from watches of their own."""
_NEAR = timedelta(days=1)
"""Within it the same search by the same person at another time is told as nearest. Source: ours."""
_MOST_NOTED = 5_000


class Verdict(StrEnum):
    """What the log says of one test search."""

    MISSING = "missing"
    DIFFERING = "differing"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found of one test search so far: the entry that fits or comes nearest, and how that differs."""

    canary: Canary
    verdict: Verdict
    entry: int | None = None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers so far; of the entries from `begin` up to `end`, exclusive, those from `first` up to `stop` were opened for this page."""

    answers: tuple[Answer, ...]
    first: int
    stop: int
    begin: int
    end: int
    erased: int
    """How many of those opened for this page say nothing any more, since their contents were erased."""
    noted: str
    """What the next page must know of this one: entries that may be one of the list."""
    receipt: Receipt

    @property
    def is_over(self) -> bool:
        """Whether all was looked at; before that, what is missing may still come."""
        return self.stop >= self.end

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many of each."""
        return _counts(self.answers)


def compare(
    user: User,
    canaries: Sequence[Canary],
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    after: int = 0,
    noted: str = "",
) -> Comparison:
    """Hold the list against the searches of those days, at most `MOST_OPENED` entries from index `after` on.

    `noted` is what the page before said. A receipt on the list is held against its own entry, wherever that stands.

    Raises:
        Denied: the person may not look at the log.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource="ledger")
    size = state().size
    begin = first_at(since_at, size) if since_at else 0
    end = max(begin, first_at(until_at, size) if until_at else size)
    first = min(max(begin, after), end)
    stop = min(end, first + MOST_OPENED)
    asked = record(
        AuditEvent.SEARCHES_COMPARED,
        actor=user.username,
        details={
            "first_entry": first,
            "last_entry": stop - 1,
            "how_many": len(canaries),
            **grounds(decision),
        },
    )
    opened = list(opened_between(first, stop))
    near = _near(canaries, chain(opened_at(_indexes(noted, size)), opened))
    answers = _answers(canaries, near, size)
    counts = {verdict.value: count for verdict, count in _counts(answers).items()}
    receipt = record(
        AuditEvent.COMPARISON_RETURNED,
        actor=user.username,
        details={"intent": asked.index, "is_over": stop >= end, **counts},
    )
    told = " ".join(str(entry.index) for entry in near[:_MOST_NOTED])
    return Comparison(answers, first, stop, begin, end, stop - first - len(opened), told, receipt)


def _counts(answers: Iterable[Answer]) -> Mapping[Verdict, int]:
    told = Counter(answer.verdict for answer in answers)
    return {verdict: told[verdict] for verdict in Verdict}


def _indexes(noted: str, size: int) -> tuple[int, ...]:
    """The entries of the page before; it comes from a form, so that anything may stand there."""
    parts = [part for part in noted.split()[:_MOST_NOTED] if part.isascii() and part.isdecimal()]
    return tuple(sorted({int(part) for part in parts if len(part) < len(str(2**63)) and int(part) < size}))


def _near(canaries: Sequence[Canary], entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The searches among these that may be one of the list, or one of it altered."""
    people = {canary.person.casefold() for canary in canaries}
    patterns = {canary.pattern for canary in canaries}
    found: dict[int, LedgerEntry] = {}
    for entry in entries:
        if entry.event is not AuditEvent.SEARCH_INTENDED:
            continue
        # Most searches are neither theirs nor for one of these.
        if entry.actor.casefold() not in people and entry.details.get("pattern") not in patterns:
            continue
        if any(_difference(canary, entry) is not None for canary in canaries):
            found[entry.index] = entry
    return list(found.values())


def _answers(canaries: Sequence[Canary], near: Sequence[LedgerEntry], size: int) -> tuple[Answer, ...]:
    """Each search of the list has an entry of its own: one that was made twice must stand in the log twice."""
    answers = {canary.row: _by_receipt(canary, size) for canary in canaries if canary.entry is not None}
    pairs = [
        (differs, abs(entry.at - canary.at), canary, entry)
        for canary in canaries
        if canary.row not in answers
        for entry in near
        if (differs := _difference(canary, entry)) is not None
    ]
    taken = {answer.entry for answer in answers.values()}
    for differs, _, canary, entry in sorted(pairs, key=lambda pair: (len(pair[0]), pair[1])):
        if canary.row not in answers and entry.index not in taken:
            taken.add(entry.index)
            verdict = Verdict.DIFFERING if differs else Verdict.FOUND
            answers[canary.row] = Answer(canary, verdict, entry.index, differs)
    return tuple(answers.get(canary.row, Answer(canary, Verdict.MISSING)) for canary in canaries)


def _difference(canary: Canary, entry: LedgerEntry) -> tuple[str, ...] | None:
    """How the entry differs from the search that was noted; None where it is another search altogether."""
    is_theirs = entry.actor.casefold() == canary.person.casefold()
    is_same = entry.details.get("pattern") == canary.pattern
    off = abs(entry.at - canary.at)
    if not (is_theirs or is_same) or off > (_NEAR if is_theirs and is_same else TOLERANCE):
        return None
    return _told(is_theirs=is_theirs, is_same=is_same, off=off)


def _told(*, is_theirs: bool, is_same: bool, off: timedelta) -> tuple[str, ...]:
    said = (
        (is_theirs, "the log names another person"),
        (is_same, "the log names another plate or pattern"),
        (off <= TOLERANCE, f"the log's time is {_minutes(off)} off"),
    )
    return tuple(words for holds, words in said if not holds)


def _by_receipt(canary: Canary, size: int) -> Answer:
    """Hold a noted receipt against the entry that it names."""
    index = canary.entry
    if index is None or index >= size:
        return Answer(canary, Verdict.MISSING, None, ("the log does not reach the receipt's entry",))
    if leaf_of(index) != bytes.fromhex(canary.leaf):
        return Answer(
            canary, Verdict.DIFFERING, index, ("the entry's hash is not the receipt's: it was replaced",)
        )
    (entry,) = opened_at((index,))
    intent = entry.details.get("intent")
    if entry.event is AuditEvent.SEARCH_RETURNED and isinstance(intent, int) and intent < index:
        (entry,) = opened_at((intent,))
    if entry.event is not AuditEvent.SEARCH_INTENDED:
        return Answer(canary, Verdict.DIFFERING, index, ("the receipt's entry is no search",))
    differs = _told(
        is_theirs=entry.actor.casefold() == canary.person.casefold(),
        is_same=entry.details.get("pattern") == canary.pattern,
        off=abs(entry.at - canary.at),
    )
    return Answer(canary, Verdict.DIFFERING if differs else Verdict.FOUND, entry.index, differs)


def _minutes(off: timedelta) -> str:
    minutes = round(off / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004 - two hours
