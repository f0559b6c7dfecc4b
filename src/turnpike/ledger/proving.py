"""Proofs from the kept nodes: some hundred hashes are read, however long the log is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.ledger.entries import unsealed
from turnpike.ledger.errors import ContentsErased, LedgerError, LedgerTampered
from turnpike.ledger.models import Entry, Node, TreeHead
from turnpike.ledger.signing_keys import signer

if TYPE_CHECKING:
    from collections.abc import Sequence

_IN_TILE = 1 << audit.NODE_HEIGHT


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry stands in the newest tree: RFC 6962 path from its leaf to the signed root, 32 bytes each."""

    index: int
    leaf: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]


def inclusion(index: int) -> Inclusion:
    """The proof that entry `index` is in the newest tree, made from what is stored and checked against the signature.

    The entry's own contents are hashed again, where they were not erased; of the others the kept hashes are taken, which `verify`
    derives again.

    Raises:
        LedgerError: the ledger has no such entry.
        LedgerTampered: the entry was altered, or the proof does not lead to the signed root.
    """
    head = TreeHead.objects.filter(id=1).first()
    if head is None or not 0 <= index < head.size:
        raise LedgerError("The ledger has no such entry; ask for one below its size.")
    row = Entry.objects.filter(index=index).first()
    if row is None:
        raise LedgerTampered(f"Ledger entry {index} is missing.")
    with suppress(ContentsErased):  # then its commitment alone is held against the tree
        unsealed(row)
    committed = bytes(row.commitment)
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, signer().verifier)
        path = _StoredTree(head.size).path(index)
        audit.verify_inclusion(
            leaf=committed, index=index, size=checkpoint.size, proof=path, root=checkpoint.root
        )
    except audit.AuditError as error:
        raise LedgerTampered(f"Ledger entry {index} is not in the signed tree.") from error
    return Inclusion(index, audit.leaf_hash(committed), checkpoint.size, checkpoint.root, path)


class _StoredTree:
    """The tree of a size, from the stored commitments and nodes, read 256 at a time and only where a hash is asked for."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def path(self, index: int) -> tuple[bytes, ...]:
        """The hashes from leaf `index` upwards to the root. Source: RFC 6962 section 2.1.1."""
        start, end, path = 0, self._size, []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._root(middle, end))
                end = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        return tuple(reversed(path))

    def _root(self, start: int, end: int) -> bytes:
        """The root over the leaves from `start` to before `end`, which are a subtree."""
        width = end - start
        if width.bit_count() > 1:
            middle = start + _split(width)
            return audit.node_hash(self._root(start, middle), self._root(middle, end))
        level, within = divmod(width.bit_length() - 1, audit.NODE_HEIGHT)
        first = start >> (audit.NODE_HEIGHT * level)
        tile, at = divmod(first, _IN_TILE)
        return _folded(self._tile(level, tile)[at : at + (1 << within)])

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        """The hashes of a level that are whole at this size, from 256 times `number` on, at most 256."""
        if (level, number) not in self._read:
            first = number * _IN_TILE
            end = min(first + _IN_TILE, self._size >> (audit.NODE_HEIGHT * level))
            within = {"index__gte": first, "index__lt": end}
            found = (
                [audit.leaf_hash(one) for one in commitments(first, end)]
                if level == 0
                else [
                    bytes(one)
                    for one in Node.objects.filter(level=level, **within)
                    .order_by("index")
                    .values_list("hash", flat=True)
                ]
            )
            if len(found) != end - first:
                raise LedgerTampered(
                    f"Of the kept nodes of the ledger's tree, level {level}, some from {first} on are missing."
                )
            self._read[level, number] = found
        return self._read[level, number]


def commitments(start: int, stop: int) -> list[bytes]:
    """What the tree holds, 32 bytes each, of the entries of index `start` up to `stop`, exclusive, also where contents were erased.

    Raises:
        LedgerTampered: one is missing.
    """
    rows = Entry.objects.filter(index__gte=start, index__lt=stop).order_by("index")
    found = [bytes(one) for one in rows.values_list("commitment", flat=True)]
    if len(found) != max(0, stop - start):
        raise LedgerTampered(f"Between ledger entries {start} and {stop} one is missing.")
    return found


def _folded(hashes: Sequence[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [audit.node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
