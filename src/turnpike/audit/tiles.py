"""The log's published form, as arithmetic: which tiles a tree of a size has, their paths and their contents.

A tile holds up to 256 hashes of 32 bytes. Those of level 0 are leaf hashes; each of level 1 is the root of a
full tile of level 0, and so on. An entry bundle holds the data of the up to 256 leaves of a tile of level 0.
Tiles that are full never change; the one at the right edge of each level is partial and has its width in its path.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from turnpike.audit.errors import AuditError
from turnpike.audit.frontier import Frontier
from turnpike.audit.hashing import HASH_BYTES, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY_BYTES = 2**16 - 1
"""Source: C2SP tlog-tiles: an entry's length is a big-endian uint16."""
MAX_LEVEL = 7
"""The highest level that a tree of at most 2^63 - 1 leaves has hashes in."""

_LENGTH_BYTES = 2
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-7])/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile or, with level `None`, an entry bundle stands, and how many hashes or entries it holds.

    Raises:
        AuditError: the level is above 7, the number negative, or the width not from 1 to 256.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= (self.level or 0) <= MAX_LEVEL or self.number < 0 or not 1 <= self.width <= TILE_WIDTH:
            raise AuditError("The log has no such tile; ask for one of a level from 0 to 7 and width to 256.")

    @property
    def path(self) -> str:
        """Such as `tile/0/x001/x234/067` or, partial, `tile/entries/005.p/17`."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{'/'.join(reversed(groups))}{partial}"

    @property
    def is_full(self) -> bool:
        """Whether it will never change."""
        return self.width == TILE_WIDTH

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile that `path` names.

        Raises:
            AuditError: it names none, or not in the one way to write it.
        """
        found = _PATH.fullmatch(path)
        if found:
            number = int(found["number"].replace("x", "").replace("/", ""))
            width = int(found["width"] or TILE_WIDTH)
            if 1 <= width <= TILE_WIDTH:
                tile = cls(None if found["level"] == "entries" else int(found["level"]), number, width)
                if tile.path == path:
                    return tile
        raise AuditError("That is no path of a tile; a tile is named as in C2SP tlog-tiles.")


def width_at(size: int, level: int, number: int) -> int:
    """How many hashes tile `number` of `level` holds in a tree of `size` leaves: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and entry bundle of a tree of `size` leaves: bundles first, then tiles, each level in order."""
    for level in (None, *range(MAX_LEVEL + 1)):
        hashes = size >> TILE_HEIGHT * (level or 0)
        for number in range(-(-hashes // TILE_WIDTH)):
            yield Tile(level, number, width_at(size, level or 0, number))


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry with its length before it, 2 bytes, most significant first.

    Raises:
        AuditError: an entry is longer than 65535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise AuditError(f"A log's entry has at most {MAX_ENTRY_BYTES} bytes; keep more beside the tree.")
        parts.append(len(entry).to_bytes(_LENGTH_BYTES) + entry)
    return b"".join(parts)


def read_bundle(bundle: bytes) -> tuple[bytes, ...]:
    """The entries in a bundle, in their order.

    Raises:
        AuditError: it is cut short.
    """
    entries, start = [], 0
    while start < len(bundle):
        end = start + _LENGTH_BYTES + int.from_bytes(bundle[start : start + _LENGTH_BYTES])
        if start + _LENGTH_BYTES > len(bundle) or end > len(bundle):
            raise AuditError("An entry bundle is cut short; fetch it again.")
        entries.append(bundle[start + _LENGTH_BYTES : end])
        start = end
    return tuple(entries)


def heights_of(hashes: bytes) -> tuple[bytes, ...]:
    """The complete nodes over a tile's `hashes`, by height above them from 0 (the hashes) to at most 8.

    Each is the hashes of its height, 32 bytes each, from left to right. A node over which the tile ends is none.
    """
    heights = [hashes]
    while len(heights[-1]) >= 2 * HASH_BYTES:
        below = heights[-1]
        heights.append(
            b"".join(
                node_hash(below[at : at + HASH_BYTES], below[at + HASH_BYTES : at + 2 * HASH_BYTES])
                for at in range(0, len(below) - HASH_BYTES, 2 * HASH_BYTES)
            )
        )
    return tuple(heights)


def tile_root(hashes: bytes) -> bytes:
    """The 32-byte root of a full tile, which stands in the level above."""
    return heights_of(hashes)[-1]


def write_tree(leaf_data: Iterable[bytes], write: Callable[[Tile, bytes], None]) -> bytes:
    """Hands every tile and entry bundle of the tree of these leaves to `write`, each once it is whole; its 32-byte root.

    One tile a level is in memory, however many leaves there are.

    Raises:
        AuditError: an entry is longer than 65535 bytes.
    """
    frontier, higher = Frontier(), dict[int, bytes]()
    rest = iter(leaf_data)
    while some := tuple(islice(rest, TILE_WIDTH)):
        number = frontier.size // TILE_WIDTH
        write(Tile(None, number, len(some)), write_bundle(some))
        write(Tile(0, number, len(some)), b"".join(map(leaf_hash, some)))
        frontier, nodes = frontier.extend(some)
        for node in nodes:
            hashes = higher.get(node.level, b"") + node.hash
            if len(hashes) == TILE_WIDTH * HASH_BYTES:
                write(Tile(node.level, node.index // TILE_WIDTH), hashes)
                hashes = b""
            higher[node.level] = hashes
    for level, hashes in higher.items():
        if hashes:
            number = (frontier.size >> TILE_HEIGHT * level) // TILE_WIDTH
            write(Tile(level, number, len(hashes) // HASH_BYTES), hashes)
    return frontier.root()
