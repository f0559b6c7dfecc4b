"""Files that are whole and on the disk once written, or not there: what the published log is made of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from turnpike.durable import sync_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MODE = 0o644  # the published log is for everybody


def write_durably(files: Mapping[Path, bytes]) -> None:
    """Writes each file aside, syncs it, puts it in its place and syncs the folders; an old file is replaced.

    After a crash each path holds its old contents, or none, or all the new ones, whichever path; after the
    return all hold the new ones, even if the power fails. One writer at a time: drafts have fixed names.

    Raises:
        OSError: the disk refuses.
    """
    folders = {path.parent for path in files}
    for folder in folders:
        make_folder(folder)
    for path, contents in files.items():
        descriptor = os.open(_draft(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(descriptor)
    for path in files:
        os.replace(_draft(path), path)  # noqa: PTH105 - one seam for the test that cuts the power
    for folder in folders:
        sync_folder(folder)


def make_folder(folder: Path) -> None:
    """Makes the folder and those above it that are not there, each synced into the one above.

    Raises:
        OSError: the disk refuses.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")
