"""Entries drawn by chance, with a seed that the commissioner gives, and shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from turnpike.access.services import Action, authorise, grounds
from turnpike.ledger.services import AuditEvent, LedgerEntry, Receipt, opened_at, record, state
from turnpike.oversight.drawing import drawn
from turnpike.oversight.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.accounts.services import User

MOST_SHOWN = 100
MOST_DRAWN = 2_000
"""Of one page: what a rare kind is looked for in. Source: ours; an interval of some two per cent to each side of a half."""
_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn from the log's first `size` entries: of `drawn` entries, those of the kind asked for."""

    entries: tuple[LedgerEntry, ...]
    size: int
    drawn: int
    erased: int
    """How many of those drawn say nothing any more, since their contents were erased."""
    receipt: Receipt

    @property
    def share(self) -> Share:
        """How many of those drawn that still say something were of the kind."""
        return Share(len(self.entries), self.drawn - self.erased, is_whole=self.drawn == self.size)

    @property
    def indexes(self) -> str:
        """The entries' indexes as the bundle's form takes them."""
        return ", ".join(str(entry.index) for entry in self.entries)


def draw_sample(user: User, seed: str, *, how_many: int, kind: str = "", size: int | None = None) -> Sample:
    """`how_many` entries (at most `MOST_SHOWN`) of the kind, an event or the group before its dot, or of all.

    They are drawn from the log's first `size` entries, all that there are unless told, so that a sample can be drawn again. Of a rare
    kind there may be fewer: after `MOST_DRAWN` it ends.

    Raises:
        Denied: the person may not look at the log.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource="ledger")
    there = state().size
    size = there if size is None else min(size, there)
    receipt = record(
        AuditEvent.LOG_SAMPLED,
        actor=user.username,
        details={
            "seed": seed,
            "first_entry": 0,
            "last_entry": size - 1,
            "how_many": how_many,
            "kind": kind,
            **grounds(decision),
        },
    )
    found: list[LedgerEntry] = []
    opened = erased = 0
    for entry in _opened(seed, size):
        opened += 1
        if entry is None:
            erased += 1
        elif kind in ("", entry.event.value, entry.event.value.partition(".")[0]):
            found.append(entry)
            if len(found) == how_many:
                break
    return Sample(tuple(found), size, opened, erased, receipt)


def _opened(seed: str, size: int) -> Iterator[LedgerEntry | None]:
    indexes = islice(drawn(seed, 0, size), MOST_DRAWN)
    while some := tuple(islice(indexes, _AT_ONCE)):
        told = {entry.index: entry for entry in opened_at(some)}
        yield from map(told.get, some)
