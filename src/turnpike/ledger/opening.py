"""Opening many entries at once, in order, without letting a missing one pass; those whose contents were erased say nothing and are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.ledger.entries import LedgerEntry, opened
from turnpike.ledger.errors import ContentsErased, LedgerTampered
from turnpike.ledger.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_ROWS_AT_ONCE = 1_000
_INDEXES_AT_ONCE = 500
"""Fewer than SQLite takes values in one question."""


def opened_between(start: int, stop: int, *, newest_first: bool = False) -> Iterator[LedgerEntry]:
    """The entries of index `start` up to `stop`, exclusive, both within the log; who shows them must first `record` the look.

    Those whose contents were erased are left out.

    Raises:
        LedgerTampered: one is missing, or cannot be opened.
    """
    rows = Entry.objects.filter(index__gte=start, index__lt=stop).order_by(
        "-index" if newest_first else "index"
    )
    expected = iter(range(stop - 1, start - 1, -1) if newest_first else range(start, stop))
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        due = next(expected)
        if row.index != due:
            raise _missing(due)
        try:
            yield opened(row)
        except ContentsErased:
            continue
    left = next(expected, None)
    if left is not None:
        raise _missing(left)


def opened_at(indexes: Sequence[int]) -> tuple[LedgerEntry, ...]:
    """The entries of these indexes, in that order; who shows them must first `record` the look.

    Those whose contents were erased are left out.

    Raises:
        LedgerTampered: one is missing, or cannot be opened.
    """
    found: dict[int, LedgerEntry | None] = {}
    for first in range(0, len(indexes), _INDEXES_AT_ONCE):
        some = indexes[first : first + _INDEXES_AT_ONCE]
        found |= {row.index: _still_opened(row) for row in Entry.objects.filter(index__in=some)}
    absent = next((index for index in indexes if index not in found), None)
    if absent is not None:
        raise _missing(absent)
    return tuple(entry for index in indexes if (entry := found[index]) is not None)


def first_at(at: datetime, size: int) -> int:
    """The index of the first entry written at `at` or after, `size` where there is none, by opening a handful of entries.

    Entries are written one after another under one clock; one that was set back can move the answer by as much.

    Raises:
        LedgerTampered: an entry is missing, or cannot be opened.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        # Contents are erased oldest first: what says no time any more is older than what does.
        told = opened_at((middle,))
        if not told or told[0].at < at:
            low = middle + 1
        else:
            high = middle
    return low


def leaf_of(index: int) -> bytes:
    """The 32-byte leaf hash of what is stored for the entry; `verify` holds each against contents and tree.

    Raises:
        LedgerTampered: the entry is missing.
    """
    row = Entry.objects.filter(index=index).first()
    if row is None:
        raise _missing(index)
    return row.leaf


def _still_opened(row: Entry) -> LedgerEntry | None:
    try:
        return opened(row)
    except ContentsErased:
        return None


def _missing(index: int) -> LedgerTampered:
    return LedgerTampered(f"Ledger entry {index} is missing.")
