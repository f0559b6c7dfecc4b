"""Holding everything that is stored of the ledger against the signed tree, trusting nothing but the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from turnpike.audit import services as audit
from turnpike.ledger.entries import open_contents, readable
from turnpike.ledger.errors import ContentsErased, LedgerTampered, SlipError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.key_claims import is_told, keys_told, tells_of_keys
from turnpike.ledger.models import Entry, Node, TreeHead
from turnpike.ledger.reading import LedgerState
from turnpike.ledger.receipts import looker_of
from turnpike.ledger.signing_keys import open_signed, signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnpike.ledger.entries import LedgerEntry

_ROWS_AT_ONCE = 2_048
_SIGNATURE = "\u2014 "
"""What a note's signature lines begin with. Source: C2SP signed-note."""


def verify(
    tell: Callable[[int, int], None] | None = None, *, kept: audit.Checkpoint | None = None
) -> LedgerState:
    """Derive every leaf, node and the root again from the stored contents, and hold them against the signature.

    Contents that are missing must be named by an entry that says so, written before they went. It takes no lock: entries written
    meanwhile are left for the next time. `tell` is given how many entries are done and how many there are, every few thousand and at
    the end; `kept` is an earlier checkpoint, of which the log must still hold every entry unchanged.

    Raises:
        LedgerTampered: naming the first entry, or the checkpoint, that does not agree.
    """
    walk = _Walk(tell, kept)
    while True:
        # Read before the head: entry and head move in one transaction, so that no honest entry is ever beyond it.
        last = Entry.objects.aggregate(last=Max("index"))["last"]
        head = TreeHead.objects.filter(id=1).first()
        size = head.size if head else 0
        if last is not None and last >= size:
            raise LedgerTampered(f"Ledger entry {size} is beyond the signed tree: it was added from outside.")
        if head is None:
            walk.hold_size(0)
            return LedgerState(0, "")
        walk.hold_size(size)
        # What is erased, and a key that changes, while this runs is named by an entry that came after the size was read: then that one is read too.
        has_more = walk.frontier.size < size
        walk.up_to(size)
        if is_told(walk.keys):
            _check_head(walk.frontier, head)
            unexplained = walk.unexplained()
            if unexplained is None:
                return LedgerState(size, head.checkpoint)
            fault = f"The contents of ledger entry {unexplained} are missing, and no entry says that they were erased by rule."
        else:
            fault = "The record of the log's keys is not what the log itself says of them: it was altered."
        if not has_more:
            raise LedgerTampered(fault)


def kept_checkpoint(text: str) -> audit.Checkpoint:
    """The checkpoint in a note of this log that somebody kept; blank lines and ends of lines may have suffered on the way.

    Raises:
        SlipError: it is none, or this log's key did not sign it.
    """
    try:
        return open_signed(_as_note(text))
    except audit.AuditError as error:
        raise SlipError(
            "This is no checkpoint that a key of this log has signed; paste it whole, with its last line. If it is whole, keep it: "
            "the log does not own up to the key that signed it."
        ) from error


def _as_note(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(_SIGNATURE)]
    signed = [line for line in lines if line.startswith(_SIGNATURE)]
    return "".join(f"{line}\n" for line in (*said, "", *signed))


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
    looker: bytes | None


class _Walk:
    """The log derived again from its beginning, in steps."""

    def __init__(self, tell: Callable[[int, int], None] | None, kept: audit.Checkpoint | None) -> None:
        self.frontier = audit.Frontier()
        self.keys: list[str] | None = None
        self._tell = tell
        self._kept = kept
        self._gone: list[range] = []
        self._erased: list[range] = []

    def up_to(self, size: int) -> None:
        """Derive the entries up to that size."""
        while self.frontier.size < size:
            start = self.frontier.size
            stop = min(start + _ROWS_AT_ONCE, size)
            if self._kept is not None and start < self._kept.size < stop:
                stop = self._kept.size
            rows = _rows(start, stop)
            self.frontier, nodes = self.frontier.extend(self._checked(row) for row in rows)
            _check_nodes(nodes)
            self._hold_root()
            if self._tell is not None:
                self._tell(self.frontier.size, size)

    def hold_size(self, size: int) -> None:
        """The log is at least as long as the checkpoint that was kept."""
        if self._kept is not None and self._kept.size > size:
            raise LedgerTampered(
                f"The log has {size} entries, fewer than the {self._kept.size} of the checkpoint that was kept: its end was cut off."
            )

    def _hold_root(self) -> None:
        kept = self._kept
        if kept is not None and self.frontier.size == kept.size and self.frontier.root() != kept.root:
            raise LedgerTampered(
                f"The log's first {kept.size} entries are not those of the checkpoint that was kept: it is another log, or was rewritten."
            )

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
            _check_looker(row, None)
        else:
            entry = readable(row.index, contents)
            _check_looker(row, looker_of(entry.actor) if entry.event.is_look else None)
            erased = erased_by(entry)
            if erased:
                self._erased.append(erased)
            if tells_of_keys(entry):
                self.keys = keys_told(entry)
        return row.commitment


def erased_by(entry: LedgerEntry) -> range:
    """Which entries' contents this entry says were erased by rule; none where it says nothing of the kind."""
    start, until = entry.details.get("from"), entry.details.get("until")
    # It speaks of what came before it, so that nothing can be excused in advance.
    if (
        entry.event is AuditEvent.CONTENTS_ERASED
        and isinstance(start, int)
        and isinstance(until, int)
        and 0 <= start <= until <= entry.index
    ):
        return range(start, until)
    return range(0)


def _check_looker(row: _Stored, expected: bytes | None) -> None:
    if row.looker != expected:
        raise LedgerTampered(
            f"Ledger entry {row.index} is kept as another person's look than its contents say."
        )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def _rows(start: int, stop: int) -> Iterator[_Stored]:
    """Entry and salt of each in one statement, so that an erasure is seen whole or not at all."""
    columns = ("index", "commitment", "sealed", "salted__salt", "looker")
    rows = Entry.objects.filter(index__gte=start, index__lt=stop).order_by("index").values_list(*columns)
    expected = start
    for index, commitment, sealed, salt, looker in rows:
        if index != expected:
            break
        yield _Stored(index, bytes(commitment), bytes(sealed), _bytes(salt), _bytes(looker))
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
