"""Which of the spool's messages are done with: a file that is added to and, when most of it is of segments that are gone, written anew.

A line of it is a count, a checksum and so many pairs of segment and record, so that what is settled together is noted together or not at all:
a pass of which only a part came again would become a second read.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

from turnpike.ingest.spool_segments import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_LINE = struct.Struct(">II")
_PAIR = struct.Struct(">QI")
_COMPACT_FROM_BYTES = 2**20
"""A smaller file is left as it is. Source: ours; it is read in milliseconds."""


class Marks:
    """The file of marks; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = 0
        self._compacted_size = 0

    def read(self) -> Mapping[int, Sequence[int]]:
        """The settled records by segment; what a crash tore off the end is left out, and cut off.

        Raises:
            OSError: the disk refuses.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            content = b""
        found: dict[int, list[int]] = defaultdict(list)
        at = 0
        while at + _LINE.size <= len(content):
            count, checksum = _LINE.unpack_from(content, at)
            pairs = content[at + _LINE.size : at + _LINE.size + count * _PAIR.size]
            if not count or len(pairs) != count * _PAIR.size or zlib.crc32(pairs) != checksum:
                break
            for segment, record in _PAIR.iter_unpack(pairs):
                found[segment].append(record)
            at += _LINE.size + len(pairs)
        if at < len(content):
            os.truncate(self._path, at)
        self._size = at
        return found

    def add(self, settled: Sequence[tuple[int, int]]) -> None:
        """Note these (segment, record), all or none; on return they are on the disk.

        Raises:
            OSError: the disk refuses.
        """
        line = _line(settled)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.seek(self._size)
            # What an earlier failure may have left beyond is written over or cut off.
            file.truncate()
            if file.write(line) != len(line):
                raise OSError("The disk took only a part of what was settled.")
            os.fdatasync(descriptor)
        self._size += len(line)

    @property
    def is_long(self) -> bool:
        """Whether writing it anew is worth it."""
        return self._size > max(_COMPACT_FROM_BYTES, 2 * self._compacted_size)

    def compact(self, settled: Iterable[tuple[int, int]]) -> None:
        """Write these alone, in the place of all that was noted.

        Raises:
            OSError: the disk refuses; the old file stands.
        """
        line = _line(list(settled))
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line)
            file.flush()
            os.fsync(descriptor)
        draft.replace(self._path)
        sync_folder(self._path.parent)
        self._size = self._compacted_size = len(line)


def _line(settled: Sequence[tuple[int, int]]) -> bytes:
    pairs = b"".join(_PAIR.pack(segment, record) for segment, record in settled)
    return _LINE.pack(len(settled), zlib.crc32(pairs)) + pairs if settled else b""
