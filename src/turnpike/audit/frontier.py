"""The edge of a growing tree: all that appending and the root need, in about log2(size) hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit.errors import AuditError
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIZE_BYTES = 8
NODE_HEIGHT = 8
"""Every how many levels of the tree a node is kept: each is the root of 256 below it. Source: C2SP tlog-tiles."""
MAX_TREE_SIZE = 2**63 - 1
"""Source: other implementations hold a size in a signed 64-bit integer."""


@dataclass(frozen=True, slots=True)
class WholeNode:
    """The root of 256 to the power of `level` leaves, all there: the `index`-th such from the left."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """A compact range from the first leaf: the roots of the full subtrees, largest and leftmost first.

    `hashes` has one 32-byte hash for each 1 in the binary form of `size`. Source: the compact ranges of
    transparency-dev's merkle documentation, which follow from RFC 6962's splitting at powers of two.

    Raises:
        AuditError: when `hashes` do not belong to `size`.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_TREE_SIZE:
            raise AuditError("A tree's size is from 0 to 2^63 - 1; restore the frontier from the entries.")
        if len(self.hashes) != self.size.bit_count() or any(len(part) != HASH_BYTES for part in self.hashes):
            raise AuditError("The frontier's hashes do not fit its size; restore it from the entries.")

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf, whose data (not its hash) is `leaf`."""
        return self.extend((leaf,))[0]

    def extend(self, leaves: Iterable[bytes]) -> tuple[Frontier, tuple[WholeNode, ...]]:
        """The frontier with these leaves after it, and the nodes, every eighth level, that they make whole, lowest first."""
        hashes, size = list(self.hashes), self.size
        nodes: list[WholeNode] = []
        for leaf in leaves:
            last, before, height = leaf_hash(leaf), size, 0
            while before & 1:  # the new subtree is as large as the one before it: join them
                last, before, height = node_hash(hashes.pop(), last), before >> 1, height + 1
                if height % NODE_HEIGHT == 0:
                    nodes.append(WholeNode(height // NODE_HEIGHT, before, last))
            hashes.append(last)
            size += 1
        return Frontier(size, tuple(hashes)), tuple(nodes)

    def root(self) -> bytes:
        """The 32-byte root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *larger, root = self.hashes
        for subtree in reversed(larger):
            root = node_hash(subtree, root)
        return root

    def to_bytes(self) -> bytes:
        """The size as 8 bytes, most significant first, then the hashes."""
        return self.size.to_bytes(_SIZE_BYTES) + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Frontier:
        """What `to_bytes` made.

        Raises:
            AuditError: when it did not.
        """
        if len(stored) < _SIZE_BYTES:
            raise AuditError("The stored frontier is cut short; restore it from the entries.")
        hashes = tuple(
            stored[start : start + HASH_BYTES] for start in range(_SIZE_BYTES, len(stored), HASH_BYTES)
        )
        return cls(int.from_bytes(stored[:_SIZE_BYTES]), hashes)
