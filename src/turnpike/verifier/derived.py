"""The tree derived again from the commitments and, apart from them, from its lowest tiles; where they part, one was altered.

Each is held against the signed root, so that the one that was altered is named and not the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Altered, Fault
from .tree import HASH_BYTES, TILE_HASHES, fold, leaf_hash, tile_path, tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from .archive import Archive

_LENGTH_BYTES = 2
ENTRY_BYTES = 32
"""Of a commitment: HMAC-SHA-256."""


@dataclass(slots=True)
class Source:
    """One way to the root: the roots of full tiles so far, and of the tile that is not full."""

    full: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)
    is_whole: bool = True

    def add(self, hashes: list[bytes] | None, width: int) -> None:
        """Take the next tile's leaf hashes; nothing where they could not be read."""
        if hashes is None:
            self.is_whole = False
        elif width == TILE_HASHES:
            self.full.append(fold(hashes))
        else:
            self.rest = hashes

    def root(self) -> bytes | None:
        """The root, where every tile could be read."""
        if not self.is_whole:
            return None
        return fold([*self.full, *([fold(self.rest)] if self.rest else [])])


@dataclass(frozen=True, slots=True)
class Derived:
    """What came of it: the faults; the roots of full tiles, where the tree is known; the leaves that part."""

    faults: tuple[Fault, ...]
    full: tuple[bytes, ...] | None
    is_signed: bool
    """Whether one of the two ways leads to the root that was asked for."""


def commitments(archive: Archive, number: int, width: int) -> list[bytes]:
    """The commitments of a tile of entries.

    Raises:
        Altered: the file is missing, or not that many entries of the one right length.
    """
    where = tile_path("entries", number, width)
    raw = archive.read(where)
    found: list[bytes] = []
    whole = (_LENGTH_BYTES + ENTRY_BYTES) * width
    for at in range(0, min(len(raw), whole), _LENGTH_BYTES + ENTRY_BYTES):
        entry = raw[at + _LENGTH_BYTES : at + _LENGTH_BYTES + ENTRY_BYTES]
        first = number * TILE_HASHES + len(found)
        if raw[at : at + _LENGTH_BYTES] != ENTRY_BYTES.to_bytes(_LENGTH_BYTES):
            raise Altered(where, f"entry {first} does not begin as an entry does: it was altered.")
        if len(entry) != ENTRY_BYTES:
            raise Altered(where, f"it is cut short: entry {first} and what follows it is missing.")
        found.append(entry)
    if len(found) < width:
        first = number * TILE_HASHES + len(found)
        raise Altered(where, f"it is cut short: entry {first} and what follows it is missing.")
    if len(raw) > whole:
        raise Altered(where, f"something was added after its {width} entries.")
    return found


def hashes_of(archive: Archive, level: int, number: int, width: int) -> list[bytes]:
    """The hashes of a tile.

    Raises:
        Altered: the file is missing, or not of the length that it must have.
    """
    where = tile_path(level, number, width)
    raw = archive.read(where)
    if len(raw) != HASH_BYTES * width:
        does = "is cut short" if len(raw) < HASH_BYTES * width else "was added to"
        raise Altered(where, f"it {does}: {width} hashes of {HASH_BYTES} bytes are expected.")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def derive(
    archive: Archive, size: int, signed_root: bytes | None, progress: Callable[[int], None]
) -> Derived:
    """Derive the tree of `size` entries twice and hold it against the signed root, where that is known.

    Two hashes an entry, some microseconds; 256 entries at a time are in memory, and 32 bytes for each of those.
    """
    faults: list[Fault] = []
    entries, tree = Source(), Source()
    parted: list[tuple[int, bytes, bytes]] = []
    for number, width in tiles(size):
        leaves = _read(
            faults, lambda n, w: [leaf_hash(one) for one in commitments(archive, n, w)], number, width
        )
        stored = _read(faults, lambda n, w: hashes_of(archive, 0, n, w), number, width)
        entries.add(leaves, width)
        tree.add(stored, width)
        if leaves is not None and stored is not None and leaves != stored:
            first = number * TILE_HASHES
            pairs = enumerate(zip(leaves, stored, strict=True))
            parted += [(first + at, one, other) for at, (one, other) in pairs if one != other]
        progress(number * TILE_HASHES + width)
    roots = (entries.root(), tree.root())
    faults += _parted(parted, roots, signed_root, size)
    known = _known(entries, tree, signed_root)
    if not faults and signed_root is not None and signed_root not in roots:
        faults.append(
            Fault(
                "checkpoint",
                f"the {size} entries do not add up to the signed root: entries were replaced, added or left out together with"
                " their hashes. Hold the bundle against an older one (--since) to learn where.",
            )
        )
    if known is not None:
        faults += _upper(archive, size, known.full)
    is_signed = signed_root is not None and signed_root in roots
    return Derived(tuple(faults), tuple(known.full) if known else None, is_signed)


def _read(
    faults: list[Fault], way: Callable[[int, int], list[bytes]], number: int, width: int
) -> list[bytes] | None:
    try:
        return way(number, width)
    except Altered as altered:
        faults.append(altered.fault)
        return None


def _known(entries: Source, tree: Source, signed_root: bytes | None) -> Source | None:
    """The way that leads to the signed root; without such a root, the one that could be read."""
    for source in (entries, tree):
        if source.is_whole and signed_root in (None, source.root()):
            return source
    return None


def _parted(
    parted: list[tuple[int, bytes, bytes]],
    roots: tuple[bytes | None, bytes | None],
    signed_root: bytes | None,
    size: int,
) -> list[Fault]:
    owners = {stored: index for index, _, stored in parted}
    by_leaf = {leaf: index for index, leaf, _ in parted}
    found = []
    for index, leaf, stored in parted:
        number = index // TILE_HASHES
        width = min(TILE_HASHES, size - number * TILE_HASHES)
        if signed_root is not None and signed_root == roots[1]:
            place = owners.get(leaf)
            moved = f" what stands there belongs to entry {place}." if place is not None else ""
            found.append(
                Fault(f"{tile_path('entries', number, width)}, entry {index}", f"it was altered.{moved}")
            )
        elif signed_root is not None and signed_root == roots[0]:
            place = by_leaf.get(stored)
            moved = f" what stands there belongs to entry {place}." if place is not None else ""
            found.append(
                Fault(f"{tile_path(0, number, width)}, entry {index}", f"its hash was altered.{moved}")
            )
        else:
            found.append(
                Fault(
                    f"entry {index}", "the entry and its hash in the tree no longer agree: one was altered."
                )
            )
    return found


def _upper(archive: Archive, size: int, full: list[bytes]) -> list[Fault]:
    """The tiles above the lowest, each held against what was derived."""
    faults: list[Fault] = []
    derived, level = full, 1
    while derived:
        for number, width in tiles(size, level):
            expected = derived[number * TILE_HASHES : number * TILE_HASHES + width]
            try:
                stored = hashes_of(archive, level, number, width)
            except Altered as altered:
                faults.append(altered.fault)
                continue
            faults += [
                Fault(f"{tile_path(level, number, width)}, hash {at}", "it was altered.")
                for at, (one, other) in enumerate(zip(expected, stored, strict=True))
                if one != other
            ]
        whole = len(derived) // TILE_HASHES
        derived = [fold(derived[at * TILE_HASHES : (at + 1) * TILE_HASHES]) for at in range(whole)]
        level += 1
    return faults


def root_at(archive: Archive, present: int, full: tuple[bytes, ...], size: int) -> bytes:
    """The root that the tree, at present of `present` entries, had when it was of `size`, derived from its entries.

    Raises:
        Altered: the entries that it takes cannot be read.
    """
    number, rest = divmod(size, TILE_HASHES)
    if not rest:
        return fold(full[:number])
    width = min(TILE_HASHES, present - number * TILE_HASHES)
    leaves = [leaf_hash(one) for one in commitments(archive, number, width)]
    return fold([*full[:number], fold(leaves[:rest])])
