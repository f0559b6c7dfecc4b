"""The edge of a growing tree: all that appending and the root need, in about log2(size) hashes."""

from __future__ import annotations

from dataclasses import dataclass

from turnpike.audit.errors import AuditError
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

_SIZE_BYTES = 8
MAX_TREE_SIZE = 2**63 - 1
"""Source: other implementations hold a size in a signed 64-bit integer."""


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
        hashes, last = list(self.hashes), leaf_hash(leaf)
        remaining = self.size
        while remaining & 1:  # the new subtree is as large as the one before it: join them
            last = node_hash(hashes.pop(), last)
            remaining >>= 1
        return Frontier(self.size + 1, (*hashes, last))

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
