"""One pack file: the patches of one batch.

    header   8s  magic "TPPATCH" and a zero byte
             H   version, 1
             H   scheme of the patches: 0 as they are; others will say how they are encrypted
             Q   batch, so that a file under another's name is noticed
             I   number of patches
    index    per patch, by rising slot:  I slot, I length, I CRC-32 of the patch, Q offset in the file
    check    I   CRC-32 of header and index
    patches  one after another

All little-endian. A reader refuses a version or scheme that it does not know. CRCs find what a disk
damages; they are no protection from a person.
"""

from __future__ import annotations

import os
import struct
import zlib
from bisect import bisect_left
from typing import TYPE_CHECKING

from turnpike.images.errors import PatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SLOT = 2**32 - 1

_MAGIC = b"TPPATCH\0"
_VERSION = 1
_PLAIN = 0
_HEADER = struct.Struct("<8sHHQI")
_ENTRY = struct.Struct("<IIIQ")
_CHECK = struct.Struct("<I")


def pack(batch: int, patches: Mapping[int, bytes]) -> bytes:
    """The bytes of the pack file of `batch`; the same for the same patches in whatever order."""
    header = _HEADER.pack(_MAGIC, _VERSION, _PLAIN, batch, len(patches))
    slots = sorted(patches)
    offset = _HEADER.size + len(slots) * _ENTRY.size + _CHECK.size
    index = bytearray()
    for slot in slots:
        patch = patches[slot]
        index += _ENTRY.pack(slot, len(patch), zlib.crc32(patch), offset)
        offset += len(patch)
    head = header + bytes(index)
    return b"".join([head, _CHECK.pack(zlib.crc32(head)), *(patches[slot] for slot in slots)])


def find(descriptor: int, batch: int, slot: int) -> bytes | None:
    """The patch of `slot` in the open pack file `descriptor` of `batch`, or None where it has none.

    Raises:
        PatchError: the file is damaged, another batch's, or of a version that this program does not know.
    """
    header = os.pread(descriptor, _HEADER.size, 0)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise _damaged()
    _, version, scheme, named_batch, count = _HEADER.unpack(header)
    if (version, scheme) != (_VERSION, _PLAIN):
        raise PatchError("The patches were kept by a newer program; read them with that one.")
    if named_batch != batch or os.fstat(descriptor).st_size < _HEADER.size + count * _ENTRY.size:
        raise _damaged()
    rest = os.pread(descriptor, count * _ENTRY.size + _CHECK.size, _HEADER.size)
    index, check = rest[: -_CHECK.size], rest[-_CHECK.size :]
    if _CHECK.pack(zlib.crc32(header + index)) != check:
        raise _damaged()
    at = bisect_left(range(count), slot, key=lambda entry: _ENTRY.unpack_from(index, entry * _ENTRY.size)[0])
    if at == count:
        return None
    found, length, crc, offset = _ENTRY.unpack_from(index, at * _ENTRY.size)
    if found != slot:
        return None
    patch = os.pread(descriptor, length, offset)
    if zlib.crc32(patch) != crc:
        raise _damaged()
    return patch


def _damaged() -> PatchError:
    return PatchError("The kept patches of this batch are damaged; restore their file from a backup.")
