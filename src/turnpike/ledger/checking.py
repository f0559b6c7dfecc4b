"""Reading the ledger, and holding its stored contents against the signed tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from turnpike.audit import services as audit
from turnpike.ledger.entries import LedgerEntry, opened, signer, unsealed
from turnpike.ledger.errors import LedgerError, LedgerTampered, SlipError
from turnpike.ledger.models import Entry, TreeHead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TELL_EVERY = 1_000
_SIGNATURE = "\u2014 "
"""What a note's signature lines begin with. Source: C2SP signed-note."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The newest tree: its size in entries, and its signed checkpoint (C2SP tlog-checkpoint text)."""

    size: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry stands in the newest tree: RFC 6962 path from its leaf to the signed root, 32 bytes each."""

    index: int
    leaf: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]


def entries(*, before: int | None = None, limit: int = 50) -> tuple[LedgerEntry, ...]:
    """The newest entries, newest first; with `before`, those of a lower index.

    Who shows them must first `record` that they were looked at.
    """
    rows = Entry.objects.order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    return tuple(opened(row) for row in rows[:limit])


def entry(index: int) -> LedgerEntry | None:
    """One entry, opened, or nothing where the ledger is not that long."""
    row = Entry.objects.filter(index=index).first()
    return opened(row) if row else None


def state() -> LedgerState:
    """The newest tree's size and signed checkpoint."""
    head = TreeHead.objects.filter(id=1).first()
    return LedgerState(head.size, head.checkpoint) if head else LedgerState(0, "")


def inclusion(index: int) -> Inclusion:
    """The proof that entry `index` is in the newest tree, made from the stored contents and checked.

    It derives every leaf again, so that it takes some microseconds an entry.

    Raises:
        LedgerError: the ledger has no such entry.
        LedgerTampered: the proof does not lead to the signed root.
    """
    head = TreeHead.objects.filter(id=1).first()
    if head is None or not 0 <= index < head.size:
        raise LedgerError("The ledger has no such entry; ask for one below its size.")
    committed = list(_commitments(head.size))
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, signer().verifier)
        path = audit.inclusion_proof(committed, index)
        audit.verify_inclusion(
            leaf=committed[index], index=index, size=checkpoint.size, proof=path, root=checkpoint.root
        )
    except audit.AuditError as error:
        raise LedgerTampered(f"Ledger entry {index} is not in the signed tree.") from error
    return Inclusion(index, audit.leaf_hash(committed[index]), checkpoint.size, checkpoint.root, path)


def verify(
    tell: Callable[[int, int], None] | None = None, *, kept: audit.Checkpoint | None = None
) -> LedgerState:
    """Derive every leaf and the root again from the stored contents, and hold them against the signature.

    It takes no lock: entries written meanwhile are left for the next time. `tell` is given how many entries are done and how many
    there are, every thousand and at the end; `kept` is an earlier checkpoint, of which the log must still hold every entry unchanged.

    Raises:
        LedgerTampered: naming the first entry, or the checkpoint, that does not agree.
    """
    # Read before the head: entry and head move in one transaction, so that no honest entry is ever beyond it.
    last = Entry.objects.aggregate(last=Max("index"))["last"]
    head = TreeHead.objects.filter(id=1).first()
    size = head.size if head else 0
    if last is not None and last >= size:
        raise LedgerTampered(f"Ledger entry {size} is beyond the signed tree: it was added from outside.")
    if kept is not None and kept.size > size:
        raise LedgerTampered(
            f"The log has {size} entries, fewer than the {kept.size} of the checkpoint that was kept: its end was cut off."
        )
    if head is None:
        return LedgerState(0, "")
    frontier = audit.Frontier()
    for committed in _commitments(size):
        frontier = frontier.append(committed)
        _hold_to(kept, frontier)
        if tell is not None and frontier.size % _TELL_EVERY == 0:
            tell(frontier.size, size)
    if frontier.size != size:
        raise LedgerTampered(f"Ledger entry {frontier.size} and what follows it is missing.")
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, signer().verifier)
    except audit.AuditError as error:
        raise LedgerTampered("The ledger's checkpoint is not signed by its key.") from error
    if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
        raise LedgerTampered("The ledger's entries do not add up to its signed checkpoint.")
    if tell is not None:
        tell(size, size)
    return LedgerState(size, head.checkpoint)


def _hold_to(kept: audit.Checkpoint | None, frontier: audit.Frontier) -> None:
    if kept is not None and frontier.size == kept.size and frontier.root() != kept.root:
        raise LedgerTampered(
            f"The log's first {kept.size} entries are not those of the checkpoint that was kept: it is another log, or was rewritten."
        )


def kept_checkpoint(text: str) -> audit.Checkpoint:
    """The checkpoint in a note of this log that somebody kept; blank lines and ends of lines may have suffered on the way.

    Raises:
        SlipError: it is none, or this log's key did not sign it.
    """
    try:
        return audit.open_checkpoint(_as_note(text), signer().verifier)
    except audit.AuditError as error:
        raise SlipError(
            "This is no checkpoint that this log's key has signed; paste it whole, with its last line. If it is whole, keep it: "
            "the key that this log signs with now is another."
        ) from error


def _as_note(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(_SIGNATURE)]
    signed = [line for line in lines if line.startswith(_SIGNATURE)]
    return "".join(f"{line}\n" for line in (*said, "", *signed))


def _commitments(size: int) -> Iterator[bytes]:
    rows = Entry.objects.filter(index__lt=size).order_by("index")
    for expected, row in enumerate(rows.iterator(chunk_size=1_000)):
        if row.index != expected:
            raise LedgerTampered(f"Ledger entry {expected} is missing.")
        committed = audit.commitment(bytes(row.salt), unsealed(row))
        if audit.leaf_hash(committed) != bytes(row.leaf):
            raise LedgerTampered(
                f"Ledger entry {row.index} does not match its leaf: its contents were altered."
            )
        yield committed
