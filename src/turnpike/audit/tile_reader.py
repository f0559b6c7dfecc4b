"""Roots and proofs of any size and entry, from tiles: about log2(size) look-ups each, most in memory.

Proofs are RFC 6962's, the same that `proofs` makes from all leaves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from turnpike.audit.errors import AuditError
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, node_hash
from turnpike.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, heights_of, width_at

if TYPE_CHECKING:
    from collections.abc import Callable

_CACHED_TILES = 4096  # of a million entries: 64 MiB


class TileSource(Protocol):
    """Where tiles are read: a folder, a bundle, a server."""

    def tile(self, tile: Tile) -> bytes:
        """The first `tile.width` hashes of the tile that stands there, 32 bytes each.

        Raises:
            AuditError: it is not there, or damaged.
        """
        ...


class TreeReader:
    """Computes from a source of tiles. Safe for several threads.

    `cached_tiles` full tiles are kept, 16 KiB each. What the source gives is believed: who doubts it derives
    the root and compares it with a signed one.
    """

    def __init__(self, source: TileSource, *, cached_tiles: int = _CACHED_TILES) -> None:
        """Reads from `source` what is asked for, and nothing before."""

        def heights(level: int, number: int, width: int) -> tuple[bytes, ...]:
            return heights_of(source.tile(Tile(level, number, width)))

        cached = lru_cache(maxsize=cached_tiles)(heights)
        self._heights: Callable[[int, int, int], tuple[bytes, ...]] = cached
        self.forget: Callable[[], None] = cached.cache_clear
        """Drops what is kept, after the source was written anew."""

    def root(self, size: int) -> bytes:
        """The 32-byte root of the tree of the first `size` leaves.

        Raises:
            AuditError: the source does not hold as many, or the size is negative.
        """
        if size < 0:
            raise AuditError("A tree's size is not negative; ask for one from 0 to the log's size.")
        return self._range_root(0, size) if size else EMPTY_ROOT

    def hash_at(self, height: int, index: int) -> bytes:
        """The 32-byte node `index` of `height` above the leaves: over leaves index·2^height and on, 2^height of them.

        Raises:
            AuditError: the source does not hold all those leaves.
        """
        if height < 0 or index < 0:
            raise AuditError("A node's height and index are not negative; ask for one of the tree.")
        return self._node(height, index, (index + 1) << height)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The hashes, from the leaf upwards, that lead from leaf `index` to the root of `size` leaves.

        Raises:
            AuditError: the index is not below the size, or the source does not hold as many leaves.
        """
        if not 0 <= index < size:
            raise AuditError("No entry has that position; ask for one below the log's size.")
        return tuple(self._path(index, 0, size))

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """The hashes that show that the tree of `old_size` leaves is a beginning of that of `new_size`.

        Raises:
            AuditError: the old size is negative or above the new, or the source does not hold as many leaves.
        """
        if not 0 <= old_size <= new_size:
            raise AuditError("The log was never of that size; ask for one up to its present size.")
        if old_size in (0, new_size):
            return ()
        # The last of the full subtrees that make up the old tree; alone, it is the old root and known.
        height = (old_size & -old_size).bit_length() - 1
        known = old_size.bit_count() == 1
        last = () if known else (self._node(height, (old_size >> height) - 1, new_size),)
        return (*last, *self._path(old_size - 1, height, new_size))

    def _path(self, index: int, from_height: int, size: int) -> list[bytes]:
        """The siblings on the way from the node of `from_height` over leaf `index` to the root."""
        path = []
        for height in range(from_height, (size - 1).bit_length()):
            sibling = (index >> height) ^ 1
            start = sibling << height
            if start + (1 << height) <= size:
                path.append(self._node(height, sibling, size))
            elif start < size:
                path.append(self._range_root(start, size))
        return path

    def _range_root(self, start: int, end: int) -> bytes:
        """The root over leaves from `start` to before `end`, the tree's end; `start` is a subtree's first."""
        subtrees = []
        while start < end:
            height = (end - start).bit_length() - 1
            subtrees.append(self._node(height, start >> height, end))
            start += 1 << height
        root = subtrees.pop()
        while subtrees:
            root = node_hash(subtrees.pop(), root)
        return root

    def _node(self, height: int, index: int, size: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        number = index >> (TILE_HEIGHT - above)
        at = (index & ((TILE_WIDTH - 1) >> above)) * HASH_BYTES
        return self._heights(level, number, width_at(size, level, number))[above][at : at + HASH_BYTES]
