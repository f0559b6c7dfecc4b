"""One file of the spool: records that are only ever added, each sealed, and read again after a crash at any byte.

| Bytes | What |
|---|---|
| 8, 8, 8, 32 | `TPSPOOL1`, the segment's number, when it was begun (ms since 1970), salt; big-endian |
| 16 | AES-256-GCM tag over these 56 |
| 4, n | length of a sealed record, and it; as many as there are |

A segment's key is HMAC-SHA-256 of its salt under the spool's key, and a record's nonce is its place. So no nonce is used twice under one key, as long as
a segment that failed, or was left by a crash, is never written to again. Source: NIST SP 800-38D, section 8.2.1; RFC 2104.
"""

from __future__ import annotations

import hmac
import mmap
import os
import secrets
import struct
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from turnpike.ingest.feeding import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MAX_RECORD_BYTES = MAX_BODY_BYTES + 2**16
_MAGIC = b"TPSPOOL1"
_HEAD = struct.Struct(">8sQQ32s")
_LENGTH = struct.Struct(">I")
_TAG_BYTES, _NONCE_BYTES, _SALT_BYTES = 16, 12, 32
HEADER_BYTES = _HEAD.size + _TAG_BYTES
RECORD_OVERHEAD_BYTES = _LENGTH.size + _TAG_BYTES
_HEAD_NONCE = b"\xff" * _NONCE_BYTES
_JOINED_BYTES = 2**20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """Where records begin that were just written, and the file's size with them."""

    starts: array[int]
    size: int


class Segment:
    """One file. `readable` is false where it was sealed with another key or is no segment: it lies there until its time is over."""

    def __init__(self, path: Path, number: int, begun_at: datetime, cipher: AESGCM | None) -> None:
        self.path = path
        self.number = number
        self.begun_at = begun_at
        self.size = HEADER_BYTES
        self._cipher = cipher
        self._starts = array("Q")
        self._settled = bytearray()
        self.unsettled = 0
        self._descriptor: int | None = None

    @property
    def readable(self) -> bool:
        """Whether this spool's key opens it."""
        return self._cipher is not None

    def __len__(self) -> int:
        """How many records."""
        return len(self._starts)

    @classmethod
    def begin(cls, folder: Path, number: int, key: bytes, begun_at: datetime) -> Segment:
        """A new file of that number, empty and open for adding; its name is on the disk.

        Raises:
            OSError: the disk refuses.
        """
        salt = secrets.token_bytes(_SALT_BYTES)
        head = _HEAD.pack(_MAGIC, number, (begun_at - _EPOCH) // timedelta(milliseconds=1), salt)
        cipher = _cipher(key, salt)
        segment = cls(folder / f"{number:012d}.seg", number, begun_at, cipher)
        segment._descriptor = os.open(
            segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        try:
            _write(segment._descriptor, head + cipher.encrypt(_HEAD_NONCE, b"", head))
            sync_folder(folder)
        except OSError:
            segment.close()
            segment.path.unlink(missing_ok=True)
            raise
        return segment

    @classmethod
    def opened(cls, path: Path, key: bytes) -> Segment | None:
        """The segment in a file that an earlier process left; a tail that a crash tore is cut off. None where nothing was acknowledged in it yet.

        Raises:
            OSError: the disk refuses.
        """
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= HEADER_BYTES:
                return None
            head = file.read(HEADER_BYTES)
            magic, number, begun_ms, salt = _HEAD.unpack_from(head)
            cipher = _cipher(key, salt)
            if magic != _MAGIC or not _opens(cipher, _HEAD_NONCE, head[_HEAD.size :], head[: _HEAD.size]):
                left_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                unreadable = cls(path, int(path.stem), left_at, None)
                unreadable.size = size
                return unreadable
            segment = cls(path, number, _EPOCH + timedelta(milliseconds=begun_ms), cipher)
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as mapped:
                segment._find_records(mapped, size)
            if segment.size < size:
                file.truncate(segment.size)
                os.fsync(file.fileno())
        return segment if len(segment) else None

    def write(self, contents: Sequence[bytes]) -> Written:
        """Seal these and put them at the end; on return they are on the disk, and `admit` makes them readable. A segment that failed once is not to be written to again.

        Raises:
            OSError: the disk refuses; what may have been written of them is cut off, where the disk allows that.
        """
        assert self._cipher is not None  # noqa: S101 - only `begin` gives one that is open
        assert self._descriptor is not None  # noqa: S101 - as above
        first, at, starts, parts = len(self._starts), self.size, array("Q"), []
        for place, content in enumerate(contents, first):
            sealed = self._cipher.encrypt(place.to_bytes(_NONCE_BYTES), content, None)
            parts += [_LENGTH.pack(len(sealed)), sealed]
            starts.append(at)
            at += _LENGTH.size + len(sealed)
        try:
            if at - self.size <= _JOINED_BYTES:
                _write(self._descriptor, b"".join(parts))
            else:
                for part in parts:
                    _write(self._descriptor, part)
            _sync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        return Written(starts, at)

    def admit(self, written: Written) -> None:
        """Count what was written among the records."""
        self._starts.extend(written.starts)
        self._settled.extend(bytes(len(written.starts)))
        self.unsettled += len(written.starts)
        self.size = written.size

    def close(self) -> None:
        """Add no more."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def read(self, first: int, until: int) -> list[bytes | None]:
        """The contents of the records from `first` to before `until`; None for one that is damaged.

        Raises:
            OSError: the disk refuses.
        """
        begin, end = self._starts[first], self._end(until - 1)
        with self.path.open("rb", buffering=0) as file:
            sealed = memoryview(os.pread(file.fileno(), end - begin, begin))
        return [
            self._unsealed(
                place, sealed[self._starts[place] + _LENGTH.size - begin : self._end(place) - begin]
            )
            for place in range(first, until)
        ]

    def next_unsettled(self, first: int) -> int:
        """The first record from there on that is not settled; as many as there are records where none is."""
        found = self._settled.find(0, first)
        return len(self._starts) if found < 0 else found

    def run_from(self, first: int, most: int, most_bytes: int) -> int:
        """Until before which record at most so many, and so many bytes, follow one another unsettled; at least one more than `first`."""
        settled = self._settled.find(1, first, first + most)
        until = min(len(self._starts), first + most) if settled < 0 else settled
        while until > first + 1 and self._end(until - 1) - self._starts[first] > most_bytes:
            until = first + (until - first) // 2
        return max(until, first + 1)

    def settle(self, places: Iterable[int]) -> None:
        """Note that these are done with."""
        for place in places:
            if place < len(self._settled) and not self._settled[place]:
                self._settled[place] = 1
                self.unsettled -= 1

    def settled_places(self) -> list[int]:
        """Those that are done with."""
        return [place for place, is_settled in enumerate(self._settled) if is_settled]

    def _end(self, place: int) -> int:
        return self._starts[place + 1] if place + 1 < len(self._starts) else self.size

    def _unsealed(self, place: int, sealed: memoryview) -> bytes | None:
        assert self._cipher is not None  # noqa: S101 - one that is not readable has no records
        try:
            return self._cipher.decrypt(place.to_bytes(_NONCE_BYTES), sealed, None)
        except (InvalidTag, ValueError):
            return None

    def _find_records(self, mapped: mmap.mmap, size: int) -> None:
        """Follow the lengths; then give up from the end what does not open, which nobody was told is here."""
        at = HEADER_BYTES
        while at + _LENGTH.size <= size:
            (length,) = _LENGTH.unpack_from(mapped, at)
            if not _TAG_BYTES <= length <= MAX_RECORD_BYTES or at + _LENGTH.size + length > size:
                break
            self._starts.append(at)
            at += _LENGTH.size + length
        self.size = at
        while self._starts:
            last = len(self._starts) - 1
            if (
                self._unsealed(last, memoryview(mapped[self._starts[last] + _LENGTH.size : self.size]))
                is not None
            ):
                break
            self.size = self._starts.pop()
        self._settled = bytearray(len(self._starts))
        self.unsettled = len(self._starts)


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable.

    Raises:
        OSError: the disk refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"turnpike spool 1 " + salt, "sha256"))


def _opens(cipher: AESGCM, nonce: bytes, sealed: bytes, bound_to: bytes) -> bool:
    try:
        cipher.decrypt(nonce, sealed, bound_to)
    except InvalidTag:
        return False
    return True


def _write(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _sync(descriptor: int) -> None:
    os.fdatasync(descriptor)
