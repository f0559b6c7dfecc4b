"""Entries as sorted arrays behind a prefilter: whole columns of plates are looked up in them at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.hotlists.plate_columns import Packed, keys_of
from turnpike.plates.services import MAX_PLATE_CHARACTERS, PARTNERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS_AN_ENTRY = 16
"""At least so many bits of prefilter an entry; they let one read in twelve to thirty through for nothing.
Source: measured at a million entries; twice as many cost more in the processor's cache than they save."""
_LEAST_BIT_POWER = 10


def _partner_table() -> NDArray[np.bool_]:
    """Whether the first character is taken for the second, by their codes; shape (256, 256)."""
    table = np.zeros((256, 256), np.bool_)
    for character, partners in PARTNERS.items():
        table[ord(character), [ord(partner) for partner in partners]] = True
    return table


_IS_PARTNER = _partner_table()


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """Pairs that agree: the position in the column asked for, the row of the table, whether to the letter; each (k,)."""

    positions: NDArray[np.int64]
    rows: NDArray[np.int64]
    is_exact: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class EntryTable:
    """Entries by the key of their plate: four arrays of one order, 40 bytes an entry, and the prefilter's 2 to 4.

    `weed_us` is the weed instant in microseconds since 1970. Unchangeable.
    """

    entry_ids: NDArray[np.int64]
    plates: Packed
    weed_us: NDArray[np.int64]
    prefilter: NDArray[np.uint8]
    """A bit for each value of the keys' upper bits: whether any entry's key has it."""

    @classmethod
    def of(
        cls, entry_ids: NDArray[np.int64], words: NDArray[np.uint64], weed_us: NDArray[np.int64]
    ) -> EntryTable:
        """Entries in any order, with the words of their plates. The arrays are taken over and put in order."""
        keys = keys_of(words)
        order = np.argsort(keys, kind="stable")
        # In place and one after another, so that a long list is never there twice.
        for column in (keys, entry_ids, words, weed_us):
            column[:] = column[order]
        return cls(entry_ids, Packed(words, keys), weed_us, _prefilter(keys))

    @classmethod
    def empty(cls) -> EntryTable:
        """One without entries."""
        return cls.of(np.empty(0, np.int64), np.empty((0, 2), np.uint64), np.empty(0, np.int64))

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entry_ids)

    @property
    def memory_bytes(self) -> int:
        """What its arrays take."""
        arrays = (self.entry_ids, self.plates.words, self.plates.keys, self.weed_us, self.prefilter)
        return sum(array.nbytes for array in arrays)

    def without(self, entry_ids: NDArray[np.int64]) -> EntryTable:
        """The same less those entries, which it need not have."""
        if not len(entry_ids) or not self.size:
            return self
        stays = ~np.isin(self.entry_ids, entry_ids)
        keys = self.plates.keys[stays]
        plates = Packed(self.plates.words[stays], keys)
        return EntryTable(self.entry_ids[stays], plates, self.weed_us[stays], _prefilter(keys))

    def merged(self, other: EntryTable) -> EntryTable:
        """The entries of both, which share none."""
        if not other.size:
            return self
        at = np.searchsorted(self.plates.keys, other.plates.keys, side="right")
        keys = np.insert(self.plates.keys, at, other.plates.keys)
        return EntryTable(
            np.insert(self.entry_ids, at, other.entry_ids),
            Packed(np.insert(self.plates.words, at, other.plates.words, axis=0), keys),
            np.insert(self.weed_us, at, other.weed_us),
            _prefilter(keys),
        )

    def find(self, asked: Packed) -> Finds:
        """Every pair of a plate and an entry that are alike or one confusable character apart."""
        positions = self._let_through(asked.keys)
        keys = asked.keys[positions]
        first = np.searchsorted(self.plates.keys, keys, side="left")
        alike = np.searchsorted(self.plates.keys, keys, side="right") - first
        # Each position as often as there are entries of its key, and those one after another.
        positions = np.repeat(positions, alike)
        rows = np.repeat(first, alike) + _counted_up(alike)
        return self._compared(asked, positions, rows)

    def _let_through(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The positions of the keys that an entry may have."""
        if not self.size:
            return np.empty(0, np.int64)
        slots = (keys >> _shift(self.prefilter)).view(np.int64)
        bits = self.prefilter[slots >> 3]
        bits >>= (slots & 7).astype(np.uint8)
        bits &= 1
        return np.flatnonzero(bits)

    def _compared(self, asked: Packed, positions: NDArray[np.int64], rows: NDArray[np.int64]) -> Finds:
        wanted, read = _characters(self.plates.words[rows]), _characters(asked.words[positions])
        differs = wanted != read
        how_many = differs.sum(axis=1)
        is_exact = how_many == 0
        pair, where = np.arange(len(rows)), differs.argmax(axis=1)
        is_near = (how_many == 1) & _IS_PARTNER[wanted[pair, where], read[pair, where]]
        agree = is_exact | is_near
        return Finds(positions[agree], rows[agree], is_exact[agree])


def _characters(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return words.view(np.uint8).reshape(-1, MAX_PLATE_CHARACTERS)


def _counted_up(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For counts 2, 0, 3: 0 1 0 1 2."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def _shift(prefilter: NDArray[np.uint8]) -> np.uint64:
    """How far a key is shifted to be a bit's place in the prefilter."""
    return np.uint64(64 - (len(prefilter) * 8 - 1).bit_length())


def _prefilter(keys: NDArray[np.uint64]) -> NDArray[np.uint8]:
    power = max((len(keys) * _BITS_AN_ENTRY - 1).bit_length(), _LEAST_BIT_POWER)
    filled = np.zeros(1 << (power - 3), np.uint8)
    if not len(keys):
        return filled
    slots = keys >> np.uint64(64 - power)
    # Sorted as the keys are, so that the bits of one byte stand together.
    places = slots >> np.uint64(3)
    bits = np.left_shift(np.uint8(1), (slots & np.uint64(7)).astype(np.uint8))
    starts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
    filled[places[starts].view(np.int64)] = np.bitwise_or.reduceat(bits, starts)
    return filled
