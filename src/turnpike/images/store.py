"""The folder of pack files: one file a batch, in one folder a day."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.durable import sync_folder, write_new
from turnpike.images.errors import PatchError, PatchStoreError
from turnpike.images.packs import MAX_SLOT, find, pack
from turnpike.images.patches import MAX_PATCH_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


class PatchStore:
    """Plate patches by batch and slot under one folder; safe to use from several threads and processes.

    A batch is the instant of its group commit in microseconds since 1970 (UTC); its patches lie in
    `FOLDER/YYYY-MM-DD/BATCH.patches`, by the UTC day of that instant, so that a day's patches, drafts left by a
    crash included, go by removing one folder. Folders are mode 0700, files 0600.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known_days: set[date] = set()

    def write(self, batch: int, patches: Mapping[int, bytes]) -> None:
        """Keeps `patches`, from slot to JPEG, as those of `batch`; on return they are on the disk.

        The file appears whole or not at all. Writing the same again changes nothing; no patches, no file.

        Raises:
            PatchError: the batch is no instant, a slot is not in 0 to 2^32 - 1, a patch is empty or over 64
                KiB, or the batch has other patches already.
            PatchStoreError: the disk refuses.
        """
        day = _day(batch)
        for slot, patch in patches.items():
            if not 0 <= slot <= MAX_SLOT:
                raise PatchError(f"A patch's slot is from 0 to {MAX_SLOT}.")
            if not 0 < len(patch) <= MAX_PATCH_BYTES:
                raise PatchError(
                    "A patch to keep comes from check_patch or cut_patch: not empty, not over 64 KiB."
                )
        if not patches:
            return
        try:
            self._make_day(day)
            self._write_pack(self._path(batch, day), pack(batch, patches))
        except OSError as error:
            raise PatchStoreError(
                f"Plate patches cannot be kept ({error.strerror}); see to the disk under {self._folder}."
            ) from error

    def read(self, batch: int, slot: int) -> bytes | None:
        """The JPEG kept for `slot` of `batch`, or None where there is none.

        Raises:
            PatchError: what was kept is damaged.
            PatchStoreError: the disk refuses.
        """
        try:
            descriptor = os.open(self._path(batch, _day(batch)), os.O_RDONLY | os.O_CLOEXEC)
            try:
                return find(descriptor, batch, slot)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PatchStoreError(
                f"Plate patches cannot be read ({error.strerror}); see to the disk under {self._folder}."
            ) from error

    def _path(self, batch: int, day: date) -> Path:
        return self._folder / day.isoformat() / f"{batch}.patches"

    def _make_day(self, day: date) -> None:
        """Makes the day's folder and its way up, durably, the first time this process writes to that day."""
        if day in self._known_days:
            return
        folder = self._folder / day.isoformat()
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        for parent in (folder.parent, folder.parent.parent):
            sync_folder(parent)
        self._known_days.add(day)

    @staticmethod
    def _write_pack(path: Path, contents: bytes) -> None:
        if path.exists():
            if path.read_bytes() != contents:
                raise PatchError("This batch has other patches already; a batch is written once.")
            sync_folder(path.parent)  # the first writer may have died before it did
            return
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            write_new(draft, contents)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _day(batch: int) -> date:
    if not 0 <= batch < _END:
        raise PatchError("A batch is an instant in microseconds since 1970; this one is none.")
    return (_EPOCH + timedelta(microseconds=batch)).date()
