"""The tree: its hashes, its root, and where its tiles stand.

Source: RFC 6962 section 2.1 for the hashes, RFC 9162 section 2.1.3.2 for checking inclusion, C2SP tlog-tiles for the tiles.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HASH_BYTES = 32
TILE_HASHES = 256
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**63 - 1


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(nodes: Sequence[bytes]) -> bytes:
    """The root over nodes of one height; the last may stand for fewer leaves. Of none, the empty tree's."""
    level = list(nodes)
    while len(level) > 1:
        pairs = len(level) // 2
        odd = level[2 * pairs :]
        level = [node_hash(level[2 * at], level[2 * at + 1]) for at in range(pairs)] + odd
    return level[0] if level else EMPTY_ROOT


def tile_path(kind: int | str, number: int, width: int = TILE_HASHES) -> str:
    """Where a tile stands: `kind` is its level, or `entries`."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < TILE_HASHES else "")


def tiles(size: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """Number and width of each tile of that level in a tree of that size; none where the tree is not that high."""
    hashes = size >> (8 * level)
    for number in range(hashes // TILE_HASHES):
        yield number, TILE_HASHES
    if hashes % TILE_HASHES:
        yield hashes // TILE_HASHES, hashes % TILE_HASHES


def tile_paths(size: int) -> Iterator[str]:
    """Every file under `tile/` that a log of that size has, and no other."""
    level = 0
    while size >> (8 * level):
        for number, width in tiles(size, level):
            yield tile_path(level, number, width)
            if level == 0:
                yield tile_path("entries", number, width)
        level += 1


def leads_to(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the hashes lead from the leaf's hash at that index to the root of a tree of that size."""
    if not 0 <= index < size:
        return False
    computed, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position % 2 == 1 or position == last:
            computed = node_hash(sibling, computed)
            while position % 2 == 0 and position != 0:
                position, last = position // 2, last // 2
        else:
            computed = node_hash(computed, sibling)
        position, last = position // 2, last // 2
    return last == 0 and computed == root
