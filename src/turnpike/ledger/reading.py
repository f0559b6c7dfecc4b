"""Reading the ledger."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from turnpike.ledger.entries import LedgerEntry, opened, unsealed
from turnpike.ledger.errors import ContentsErased, LedgerError
from turnpike.ledger.models import Entry, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROWS_AT_ONCE = 500
_NO_SUCH = "The ledger has no such entry; ask for one below its size."


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The newest tree: its size in entries, and its signed checkpoint (C2SP tlog-checkpoint text)."""

    size: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class OpenedContents:
    """What opens one entry to whoever has its proof: the 32-byte salt, and the exact bytes that were committed to."""

    index: int
    salt: bytes
    contents: bytes


def entries(*, before: int | None = None, limit: int = 50) -> tuple[LedgerEntry, ...]:
    """The newest entries, newest first; with `before`, those of a lower index.

    Those whose contents were erased count, and are left out: fewer than `limit` may come though there are older ones. Who shows them
    must first `record` that they were looked at.
    """
    rows = Entry.objects.order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    return tuple(_still_readable(rows[:limit]))


def entry(index: int) -> LedgerEntry | None:
    """One entry, opened, or nothing where the ledger is not that long or its contents were erased."""
    return next(_still_readable(Entry.objects.filter(index=index)), None)


def contents(index: int) -> OpenedContents:
    """What opens one entry. Who hands it out must first `record` so.

    Raises:
        ContentsErased: its contents were erased.
        LedgerError: the ledger has no such entry.
        LedgerTampered: they were altered.
    """
    row = Entry.objects.filter(index=index).first()
    if row is None:
        raise LedgerError(_NO_SUCH)
    return _contents_of(row)


def still_open(indexes: Iterable[int]) -> Iterator[OpenedContents]:
    """What opens each of these entries, in their order, without those whose contents were erased. Who hands it out must first `record` so.

    Raises:
        LedgerError: the ledger has no entry of such an index.
        LedgerTampered: one was altered.
    """
    rest = iter(indexes)
    while some := tuple(islice(rest, _ROWS_AT_ONCE)):
        rows = Entry.objects.in_bulk(some)
        for index in some:
            if index not in rows:
                raise LedgerError(_NO_SUCH)
            with suppress(ContentsErased):
                yield _contents_of(rows[index])


def _contents_of(row: Entry) -> OpenedContents:
    committed, salt = unsealed(row), row.salt
    assert salt is not None  # noqa: S101 - nothing is unsealed without one
    return OpenedContents(row.index, salt, committed)


def is_erased(index: int) -> bool:
    """Whether that entry's contents are gone; whether by rule, `verify` says."""
    row = Entry.objects.filter(index=index).first()
    return row is not None and row.salt is None and not row.sealed


def state() -> LedgerState:
    """The newest tree's size and signed checkpoint."""
    head = TreeHead.objects.filter(id=1).first()
    return LedgerState(head.size, head.checkpoint) if head else LedgerState(0, "")


def _still_readable(rows: Iterable[Entry]) -> Iterator[LedgerEntry]:
    for row in rows:
        try:
            yield opened(row)
        except ContentsErased:
            continue
