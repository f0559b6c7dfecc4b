"""The published log in a folder: tiles, entry bundles and a checkpoint, as an HTTP server may hand them out.

The records database is the truth and the folder a copy, which is brought up to it. The order holds at any
byte of a crash: tiles are on the disk before the size that counts them, and the size before the checkpoint
that names it. What stands beyond the size is written again, the same.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from turnpike.audit.checkpoints import unverified_checkpoint
from turnpike.audit.durable_files import make_folder, write_durably
from turnpike.audit.errors import AuditError
from turnpike.audit.hashing import HASH_BYTES, leaf_hash
from turnpike.audit.tile_reader import TreeReader
from turnpike.audit.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    read_bundle,
    tile_root,
    width_at,
    write_bundle,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_ENTRIES_AT_ONCE = TILE_WIDTH**2
_SIZE, _LOCK, _CHECKPOINT = ".size", ".lock", "checkpoint"


class TileFolder:
    """A log's folder. Any number of readers, in any process, beside one writer; a second writer waits."""

    def __init__(self, path: Path) -> None:
        """The folder need not be there; the first writing makes it."""
        self._path = path
        self.reader = TreeReader(self)
        """Roots and proofs of all that the folder holds."""

    def size(self) -> int:
        """How many entries the folder holds; those that no checkpoint names yet are counted.

        Raises:
            AuditError: the file that says it is damaged.
        """
        try:
            stored = (self._path / _SIZE).read_text("ascii")
        except FileNotFoundError:
            return 0
        except ValueError:
            stored = ""
        if not stored.removesuffix("\n").isdecimal():
            raise AuditError(f"The published log's file {_SIZE} is damaged; have the folder written anew.")
        return int(stored)

    def extend(self, leaf_data: Sequence[bytes], *, at: int | None = None) -> int:
        """Appends entries, each synced to the disk on return, and returns the new size.

        With `at`, only if the folder has that size: who read `leaf_data` from there is not too late.

        Raises:
            AuditError: the folder has another size, an entry is too long, or the last tiles are damaged.
        """
        with self._one_writer():
            size = self.size()
            if at not in (None, size):
                raise AuditError(f"The published log has {size} entries, not {at}; read on from there.")
            return self._append(size, leaf_data)

    def write_up_to(self, size: int, leaf_data: Callable[[int, int], Sequence[bytes]]) -> int:
        """Brings the folder up to `size` entries and returns its size, which may be larger already.

        `leaf_data(start, stop)` gives the data of those leaves; at most 65536 are asked for at once, and each
        piece is synced before the next, so that a crash costs one piece.

        Raises:
            AuditError: it gives another number, an entry is too long, or the last tiles are damaged.
        """
        with self._one_writer():
            written = self.size()
            while written < size:
                stop = min(size, (written // _ENTRIES_AT_ONCE + 1) * _ENTRIES_AT_ONCE)
                piece = leaf_data(written, stop)
                if len(piece) != stop - written:
                    raise AuditError(f"Entries {written} to {stop - 1} of the log are not all there.")
                written = self._append(written, piece)
            return written

    def start_anew(self) -> None:
        """Counts what is there as nothing, so that the next writing replaces all of it: after damage.

        The checkpoint stays: a log that was published does not shrink.
        """
        with self._one_writer():
            write_durably({self._path / _SIZE: b"0\n"})
            self.reader.forget()

    def tile(self, tile: Tile) -> bytes:
        """The first `tile.width` hashes of a tile, 32 bytes each, also where it has become wider since.

        Raises:
            AuditError: the folder holds fewer, or the file is lost or damaged.
        """
        hashes, stands = self._read(tile)
        if len(hashes) != stands * HASH_BYTES:
            raise _damaged(tile)
        return hashes[: tile.width * HASH_BYTES]

    def entries(self, number: int) -> tuple[bytes, ...]:
        """The data of the leaves of bundle `number`: those from 256·number, 1 to 256 of them.

        Raises:
            AuditError: the folder holds none of them, or the file is lost or damaged.
        """
        bundle, stands = self._read(Tile(None, number, 1))
        entries = read_bundle(bundle)
        if len(entries) != stands:
            raise _damaged(Tile(None, number, stands))
        return entries

    def entry(self, index: int) -> bytes:
        """The data of leaf `index`.

        Raises:
            AuditError: the folder does not hold it, or the file is lost or damaged.
        """
        if not 0 <= index < self.size():
            raise AuditError("No entry has that position; ask for one below the log's size.")
        return self.entries(index // TILE_WIDTH)[index % TILE_WIDTH]

    def hash_at(self, height: int, index: int) -> bytes:
        """Node `index` of `height` above the leaves, 32 bytes; see `TreeReader.hash_at`.

        Raises:
            AuditError: the folder does not hold all its leaves, or a file is lost or damaged.
        """
        return self.reader.hash_at(height, index)

    def file(self, path: str) -> bytes | None:
        """What to serve at `path` (`checkpoint`, `tile/…`), or `None` where nothing is or no such path can be."""
        if path != _CHECKPOINT:
            try:
                Tile.parse(path)
            except AuditError:
                return None
        try:
            return (self._path / path).read_bytes()
        except FileNotFoundError:
            return None

    def checkpoint(self) -> str | None:
        """The signed note of the last published checkpoint, or `None` before the first."""
        stored = self.file(_CHECKPOINT)
        return None if stored is None else stored.decode()

    def write_checkpoint(self, note: str) -> None:
        """Publishes a signed checkpoint: replaces the last one, synced. Signatures are the caller's to check.

        Raises:
            AuditError: it is no checkpoint, is older than the published one, names more entries than the
                folder holds, or another root than theirs.
        """
        checkpoint = unverified_checkpoint(note)
        with self._one_writer():
            published = self.checkpoint()
            if published is not None and unverified_checkpoint(published).size > checkpoint.size:
                raise AuditError(
                    "A checkpoint of more entries is published already; sign one of the present."
                )
            if checkpoint.size > self.size() or self.reader.root(checkpoint.size) != checkpoint.root:
                raise AuditError(
                    "The checkpoint's root is not that of the published tiles; bring the folder up to it first."
                )
            write_durably({self._path / _CHECKPOINT: note.encode()})

    def _append(self, size: int, leaf_data: Sequence[bytes]) -> int:
        if not leaf_data:
            return size
        files = self._bundles(size, leaf_data)
        level, new = 0, [leaf_hash(data) for data in leaf_data]
        grown = []
        while new:
            before = size >> TILE_HEIGHT * level
            if before % TILE_WIDTH:
                grown.append(Tile(level, before // TILE_WIDTH))
            full = self._tiles(level, before, new, files)
            level, new = level + 1, full
        write_durably(files)
        size += len(leaf_data)
        write_durably({self._path / _SIZE: b"%d\n" % size})
        self._drop_partial(size, grown)
        return size

    def _bundles(self, size: int, leaf_data: Sequence[bytes]) -> dict[Path, bytes]:
        """The files of the bundles that change."""
        number, held = divmod(size, TILE_WIDTH)
        data = [*(self.entries(number)[:held] if held else ()), *leaf_data]
        files = {}
        for at in range(0, len(data), TILE_WIDTH):
            piece = data[at : at + TILE_WIDTH]
            tile = Tile(None, number + at // TILE_WIDTH, len(piece))
            files[self._path / tile.path] = write_bundle(piece)
        return files

    def _tiles(self, level: int, before: int, new: list[bytes], files: dict[Path, bytes]) -> list[bytes]:
        """Adds the files of the tiles of `level` that change, and returns the roots of those that became full."""
        number, held = divmod(before, TILE_WIDTH)
        hashes = (self.tile(Tile(level, number, held)) if held else b"") + b"".join(new)
        roots = []
        for at in range(0, len(hashes), TILE_WIDTH * HASH_BYTES):
            piece = hashes[at : at + TILE_WIDTH * HASH_BYTES]
            tile = Tile(level, number + at // (TILE_WIDTH * HASH_BYTES), len(piece) // HASH_BYTES)
            files[self._path / tile.path] = piece
            if tile.is_full:
                roots.append(tile_root(piece))
        return roots

    def _drop_partial(self, size: int, grown: list[Tile]) -> None:
        """Removes the narrower files of tiles that are full now; readers of those take the full one."""
        for tile in grown:
            if width_at(size, tile.level or 0, tile.number) == TILE_WIDTH:
                for level in (tile.level, None) if tile.level == 0 else (tile.level,):
                    path = self._path / Tile(level, tile.number).path
                    shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)

    def _read(self, tile: Tile) -> tuple[bytes, int]:
        """The file of the tile as wide as it stands, and that width."""
        tried = -1
        while True:
            size = self.size()
            stands = width_at(size, tile.level or 0, tile.number)
            if stands < tile.width:
                raise AuditError("The published log does not go so far; bring it up to date first.")
            try:
                return (self._path / Tile(tile.level, tile.number, stands).path).read_bytes(), stands
            except FileNotFoundError:
                if size == tried:
                    raise _damaged(tile) from None
                tried = size  # it may have become wider, and this file been dropped, just now

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        make_folder(self._path)
        descriptor = os.open(self._path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _damaged(tile: Tile) -> AuditError:
    return AuditError(
        f"The published log's file {tile.path} is lost or damaged; have the folder written anew."
    )
