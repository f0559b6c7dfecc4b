"""Files that are on the disk once written, also if the power fails."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_new(path: Path, contents: bytes) -> None:
    """Write a file that only its owner can read, and sync it. Its name is safe once its folder is synced too.

    Raises:
        FileExistsError: there is one of that name.
        OSError: the disk refuses; what was written of it stays for the caller to remove.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder: what was put there, renamed or removed.

    Raises:
        OSError: the disk refuses, or it is no folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
