"""Columns of plates as 16 bytes a plate, and the number that each one's look-alikes share with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from turnpike.plates.services import MAX_PLATE_CHARACTERS, PARTNERS

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

PlateColumn: TypeAlias = "Sequence[str] | NDArray[np.bytes_] | pa.Array | pa.ChunkedArray"
"""Normalised plates, one a read: texts, a numpy column of bytes (`S7`), or an Arrow column of strings, be it of a
dictionary. None, and what is longer than a plate can be, agrees with nothing."""

_WORDS = 2
_WORD = np.dtype("<u8")
_TEXT = np.dtype(f"S{MAX_PLATE_CHARACTERS}")
_ROOMIER = np.dtype(f"S{MAX_PLATE_CHARACTERS + _WORD.itemsize}")
_NO_PLATE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""A word that no entry has: its signs are not of ASCII."""
_SPREAD = np.array([0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0xD6E8_FEB8_6659_FD93], np.uint64)
"""Odd numbers whose bits look like chance. Source: the first two are those of SplitMix64 and xxHash64, the last one
Steele and Vigna's for 64-bit mixing; any odd ones give right finds, worse ones only more to look at again."""

_FIRST_CHARACTERS = (
    np.array([b"\xff" * length for length in range(MAX_PLATE_CHARACTERS + 1)], _TEXT)
    .view(_WORD)
    .reshape(-1, _WORDS)
)
"""For each length, the bits of so many characters."""


def _skeleton_table() -> bytes:
    """For `bytes.translate`: each character to the least of all that a chain of confusions can reach.

    Plates one confusable character apart so have one skeleton; the reverse does not hold (6 and C share
    one through G), which is why each find is looked at again.
    """
    table = bytearray(range(256))
    for character in sorted(PARTNERS):
        reached, fresh = {character}, {character}
        while fresh:
            fresh = {partner for known in fresh for partner in PARTNERS[known]} - reached
            reached |= fresh
        table[ord(character)] = ord(min(reached))
    return bytes(table)


_SKELETON = _skeleton_table()


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Plates ready to be looked up.

    `words` uint64 (n, 2): the characters, the first one lowest, padded with zeros. `keys` uint64 (n,): a hash of the
    skeleton, one of all plates that a chain of confusions leads to; two skeletons may, rarely, share one.
    """

    words: NDArray[np.uint64]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        """How many plates there are."""
        return len(self.keys)


def pack(plates: PlateColumn) -> Packed:
    """The plates in their order."""
    words = words_of(plates)
    return Packed(words, keys_of(words))


def keys_of(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The key of each plate."""
    skeletons = np.frombuffer(words.tobytes().translate(_SKELETON), _WORD).reshape(-1, _WORDS)
    keys: NDArray[np.uint64] = skeletons[:, 0] * _SPREAD[0]
    keys += skeletons[:, 1] * _SPREAD[1]
    # The upper bits choose the place in the prefilter, so that they must depend on every character.
    keys ^= keys >> np.uint64(32)
    keys *= _SPREAD[2]
    return keys


def words_of(plates: PlateColumn) -> NDArray[np.uint64]:
    """The characters of each plate."""
    if isinstance(plates, np.ndarray):
        return _of_bytes(plates)
    if isinstance(plates, Sequence):
        return _of_bytes(_encoded(plates))
    return _of_arrow(plates)


def _encoded(plates: Sequence[str]) -> NDArray[np.bytes_]:
    try:
        return np.array(plates, _ROOMIER)
    except UnicodeEncodeError:
        # A sign that no plate has becomes "?", which no entry has.
        return np.array([plate.encode("ascii", "replace") for plate in plates], _ROOMIER)


def _of_bytes(column: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    if column.dtype.itemsize <= _TEXT.itemsize:
        return np.ascontiguousarray(column, _TEXT).view(_WORD).reshape(-1, _WORDS)
    # One word more than a plate can have tells what is too long, however long it is.
    words = np.ascontiguousarray(column, _ROOMIER).view(_WORD).reshape(-1, _WORDS + 1)
    fitting = np.ascontiguousarray(words[:, :_WORDS])
    fitting[words[:, _WORDS] != 0] = _NO_PLATE
    return fitting


def _of_arrow(column: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        parts = [_of_arrow(chunk) for chunk in column.chunks]
        return np.concatenate(parts) if parts else np.empty((0, _WORDS), np.uint64)
    if pa.types.is_dictionary(column.type):
        # One entry more for the reads without a plate.
        known = np.concatenate([_of_arrow(column.dictionary), np.full((1, _WORDS), _NO_PLATE)])
        words: NDArray[np.uint64] = known[
            pc.fill_null(column.indices, len(known) - 1).to_numpy(zero_copy_only=False)
        ]
        return words
    return _of_strings(column.cast(pa.large_binary()))


def _of_strings(column: pa.LargeBinaryArray) -> NDArray[np.uint64]:
    if not len(column):
        return np.empty((0, _WORDS), np.uint64)
    _, offsets_buffer, texts = column.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[column.offset : column.offset + len(column) + 1]
    begins, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    held = np.zeros(int(offsets[-1] - offsets[0]) + _TEXT.itemsize, np.uint8)
    if texts is not None:
        # Room behind the last text, so that 16 bytes can be taken wherever one begins.
        held[: -_TEXT.itemsize] = np.frombuffer(texts, np.uint8)[offsets[0] : offsets[-1]]
    anywhere = np.ndarray((len(held) - _TEXT.itemsize + 1,), f"V{_TEXT.itemsize}", held, strides=(1,))
    words: NDArray[np.uint64] = anywhere[begins].view(_WORD).reshape(-1, _WORDS)
    words &= _FIRST_CHARACTERS[np.minimum(lengths, MAX_PLATE_CHARACTERS)]
    words[lengths > MAX_PLATE_CHARACTERS] = _NO_PLATE
    if column.null_count:
        words[column.is_null().to_numpy(zero_copy_only=False)] = _NO_PLATE
    return words
