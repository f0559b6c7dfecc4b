"""Holding everything that is stored of the ledger against the signed tree, trusting nothing but the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from turnpike.audit import services as audit
from turnpike.ledger.entries import open_contents, readable
from turnpike.ledger.errors import ContentsErased, LedgerTampered
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.models import Entry, Node, TreeHead
from turnpike.ledger.reading import LedgerState
from turnpike.ledger.signing_keys import signer

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS_AT_ONCE = 2_048
_ERASURE = AuditEvent.CONTENTS_ERASED.value.encode()


def verify() -> LedgerState:
    """Derive every leaf, node and the root again from the stored contents, and hold them against the signature.

    Contents that are missing must be named by an entry that says so, written before they went. It takes no lock: entries written
    meanwhile are left for the next time.

    Raises:
        LedgerTampered: naming the first entry, or the checkpoint, that does not agree.
    """
    walk = _Walk()
    while True:
        # Read before the head: entry and head move in one transaction, so that no honest entry is ever beyond it.
        last = Entry.objects.aggregate(last=Max("index"))["last"]
        head = TreeHead.objects.filter(id=1).first()
        size = head.size if head else 0
        if last is not None and last >= size:
            raise LedgerTampered(f"Ledger entry {size} is beyond the signed tree: it was added from outside.")
        if head is None:
            return LedgerState(0, "")
        # What is erased while this runs is named by an entry that came after the size was read: then that one is read too.
        has_more = walk.frontier.size < size
        walk.up_to(size)
        _check_head(walk.frontier, head)
        unexplained = walk.unexplained()
        if unexplained is None:
            return LedgerState(size, head.checkpoint)
        if not has_more:
            raise LedgerTampered(
                f"The contents of ledger entry {unexplained} are missing, and no entry says that they were erased by rule."
            )


def _check_head(frontier: audit.Frontier, head: TreeHead) -> None:
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, signer().verifier)
    except audit.AuditError as error:
        raise LedgerTampered("The ledger's checkpoint is not signed by its key.") from error
    if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
        raise LedgerTampered("The ledger's entries do not add up to its signed checkpoint.")
    if bytes(head.frontier) != frontier.to_bytes():
        raise LedgerTampered("The ledger's kept frontier was altered: what is written next would not fit.")


@dataclass(frozen=True, slots=True)
class _Stored:
    index: int
    commitment: bytes
    sealed: bytes
    salt: bytes | None


class _Walk:
    """The log derived again from its beginning, in steps."""

    def __init__(self) -> None:
        self.frontier = audit.Frontier()
        self._gone: list[range] = []
        self._erased: list[range] = []

    def up_to(self, size: int) -> None:
        """Derive the entries up to that size."""
        while self.frontier.size < size:
            start = self.frontier.size
            rows = _rows(start, min(start + _ROWS_AT_ONCE, size))
            self.frontier, nodes = self.frontier.extend(self._checked(row) for row in rows)
            _check_nodes(nodes)

    def unexplained(self) -> int | None:
        """The first entry whose contents are missing and that no erasure names."""
        at = 0
        erased = sorted(self._erased, key=lambda one: one.start)
        for gone in self._gone:
            at = max(at, gone.start)
            for one in erased:
                if one.start <= at < one.stop:
                    at = one.stop
            if at < gone.stop:
                return at
        return None

    def _checked(self, row: _Stored) -> bytes:
        try:
            contents = open_contents(row.index, row.commitment, row.salt, row.sealed)
        except ContentsErased:
            if self._gone and self._gone[-1].stop == row.index:
                self._gone[-1] = range(self._gone[-1].start, row.index + 1)
            else:
                self._gone.append(range(row.index, row.index + 1))
        else:
            if _ERASURE in contents:
                self._note_erasure(row.index, contents)
        return row.commitment

    def _note_erasure(self, index: int, contents: bytes) -> None:
        entry = readable(index, contents)
        start, until = entry.details.get("from"), entry.details.get("until")
        # It speaks of what came before it, so that nothing can be excused in advance.
        if (
            entry.event is AuditEvent.CONTENTS_ERASED
            and isinstance(start, int)
            and isinstance(until, int)
            and 0 <= start <= until <= index
        ):
            self._erased.append(range(start, until))


def _rows(start: int, stop: int) -> Iterator[_Stored]:
    """Entry and salt of each in one statement, so that an erasure is seen whole or not at all."""
    columns = ("index", "commitment", "sealed", "salted__salt")
    rows = Entry.objects.filter(index__gte=start, index__lt=stop).order_by("index").values_list(*columns)
    expected = start
    for index, commitment, sealed, salt in rows:
        if index != expected:
            break
        yield _Stored(index, bytes(commitment), bytes(sealed), None if salt is None else bytes(salt))
        expected += 1
    if expected != stop:
        raise LedgerTampered(f"Ledger entry {expected} is missing.")


def _check_nodes(nodes: tuple[audit.WholeNode, ...]) -> None:
    if not nodes:
        return
    highest = max(node.level for node in nodes)
    for level in range(1, highest + 1):
        derived = {node.index: node.hash for node in nodes if node.level == level}
        rows = Node.objects.filter(level=level, index__gte=min(derived), index__lte=max(derived))
        kept = {index: bytes(one) for index, one in rows.values_list("index", "hash")}
        for index, one in derived.items():
            if kept.get(index) != one:
                width = 1 << (audit.NODE_HEIGHT * level)
                raise LedgerTampered(
                    f"The kept node over ledger entries {index * width} to {(index + 1) * width - 1} is not theirs:"
                    " it or one of them was altered."
                )
