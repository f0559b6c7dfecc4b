"""What share of the log is what: counted whole where it is short, else in a sample with a seed that the commissioner gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from turnpike.access.services import Action, Outcome, Purpose, authorise, grounds
from turnpike.ledger.services import AuditEvent, LedgerEntry, Receipt, first_at, opened_at, record, state
from turnpike.oversight.drawing import drawn
from turnpike.oversight.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from turnpike.accounts.services import User

MOST_COUNTED = 5_000
"""Of one page. Source: ours; then a share of a half is known to 1.4 per cent to each side, in a quarter of a second."""
GROUPS = {
    "consultation": "Looks: searches, reads, pictures, alerts, lists, the log itself",
    "disclosure": "Disclosures and exports",
    "collection": "Collection of reads",
    "alteration": "Changes to lists, cameras, agreements",
    "erasure": "Erasure",
    "access": "Requests, decisions, policy",
    "account": "Accounts and sign-ins",
    "log": "Keeping of the log",
}
"""In words, by what stands before an event's dot."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table: what was counted, and its share."""

    what: str
    share: Share


@dataclass(frozen=True, slots=True)
class Table:
    """Shares of one denominator, which `of` names."""

    title: str
    of: str
    figures: tuple[Figure, ...]

    @property
    def denominator(self) -> int:
        """How many were counted in all."""
        return self.figures[0].share.of if self.figures else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The tables, and what they were counted in: `counted` of the `of` entries from `first` up to `stop`, exclusive."""

    tables: tuple[Table, ...]
    counted: int
    first: int
    stop: int
    size: int
    """How long the log was when they were drawn."""
    erased: int
    """How many more were drawn that say nothing any more, since their contents were erased."""
    receipt: Receipt

    @property
    def of(self) -> int:
        """How many entries there are in those days."""
        return self.stop - self.first

    @property
    def is_whole(self) -> bool:
        """Whether all were counted."""
        return self.counted + self.erased == self.of


def count_figures(
    user: User,
    seed: str,
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    size: int | None = None,
) -> Figures:
    """The figures of the log's first `size` entries, those written in `[since_at, until_at)`.

    Raises:
        Denied: the person may not look at the log.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource="ledger")
    there = state().size
    size = there if size is None else min(size, there)
    first = first_at(since_at, size) if since_at else 0
    stop = max(first, first_at(until_at, size) if until_at else size)
    how_many = min(MOST_COUNTED, stop - first)
    receipt = record(
        AuditEvent.LOG_SAMPLED,
        actor=user.username,
        details={
            "seed": seed,
            "first_entry": first,
            "last_entry": stop - 1,
            "how_many": how_many,
            "counted_only": True,
            **grounds(decision),
        },
    )
    is_whole = how_many == stop - first
    indexes = range(first, stop) if is_whole else tuple(islice(drawn(seed, first, stop), how_many))
    opened = opened_at(indexes)
    return Figures(
        _tables(opened, is_whole=is_whole), len(opened), first, stop, size, how_many - len(opened), receipt
    )


def _tables(opened: Iterable[LedgerEntry], *, is_whole: bool) -> tuple[Table, ...]:
    by_event: dict[AuditEvent, list[LedgerEntry]] = {}
    groups: Counter[str] = Counter()
    for entry in opened:
        by_event.setdefault(entry.event, []).append(entry)
        groups[entry.event.value.partition(".")[0]] += 1

    def said(event: AuditEvent, word: Callable[[LedgerEntry], str], order: Iterable[str]) -> dict[str, int]:
        told = Counter(map(word, by_event.get(event, ())))
        return {what: told[what] for what in dict.fromkeys((*order, *sorted(told)))}

    denied = by_event.get(AuditEvent.DECISION_DENIED, ())
    refused = sum(entry.details.get("action") == Action.Search.value for entry in denied)
    searches = len(by_event.get(AuditEvent.SEARCH_INTENDED, ()))
    outcomes = [outcome.label for outcome in Outcome]
    table = partial(_table, is_whole=is_whole)
    return (
        table(
            "What the entries are",
            "entries",
            {
                GROUPS.get(group, group): groups[group]
                for group in (*GROUPS, *sorted(set(groups) - set(GROUPS)))
            },
        ),
        table(
            "Whether a search was let through",
            "searches that were asked for",
            {"Let through": searches, "Denied by a rule": refused},
        ),
        table(
            "What searches were for",
            "searches that were let through",
            said(AuditEvent.SEARCH_INTENDED, _purpose, (purpose.label for purpose in Purpose)),
        ),
        table(
            "What searches found",
            "searches that were answered",
            said(
                AuditEvent.SEARCH_RETURNED,
                _found,
                ("Nothing", "1 read", "2 to 10 reads", "More than 10 reads"),
            ),
        ),
        table(
            "What came of requests",
            "requests whose outcome was told",
            said(AuditEvent.REQUEST_OUTCOME, _outcome, outcomes),
        ),
    )


def _table(title: str, of: str, counts: Mapping[str, int], *, is_whole: bool) -> Table:
    total = sum(counts.values())
    figures = (Figure(what, Share(count, total, is_whole=is_whole)) for what, count in counts.items())
    return Table(title, of, tuple(figures))


def _purpose(entry: LedgerEntry) -> str:
    purpose = entry.details.get("purpose")
    return next((one.label for one in Purpose if one.value == purpose), "Another purpose")


def _found(entry: LedgerEntry) -> str:
    returned = entry.details.get("returned")
    if not isinstance(returned, int) or returned == 0:
        return "Nothing"
    if returned == 1:
        return "1 read"
    return "2 to 10 reads" if returned <= 10 else "More than 10 reads"  # noqa: PLR2004 - as the words say


def _outcome(entry: LedgerEntry) -> str:
    outcome = entry.details.get("outcome")
    return next((one.label for one in Outcome if one.value == outcome), "Another outcome")
