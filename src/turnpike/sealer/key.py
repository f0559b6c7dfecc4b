"""The sealer's one key: made at its first start, in a folder that nobody else can enter, and never sent anywhere."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from turnpike.sealer.errors import SealerFolderError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
KEY_FILE = "relations.key"


def own_key(folder: Path) -> bytes:
    """The 32-byte key in `folder` (0700, the file 0600), made where there is none.

    A key that is lost and made anew opens nothing of what the old one sealed, which the sealer says when it is asked.

    Raises:
        SealerFolderError: others can reach the folder or the key, or the key is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / KEY_FILE
    if not path.exists():
        _make(path)
    for private in (folder, path):
        if stat.S_IMODE(private.stat().st_mode) & 0o077:
            raise SealerFolderError(f"{private} can be reached by others; run chmod -R go-rwx on it.")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise SealerFolderError(f"{path} is not a {KEY_BYTES}-byte key; restore it from your backup.")
    return key


def _make(path: Path) -> None:
    """Written aside and then linked, so that of two that start at once one key wins, and a crash leaves no half."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    made_in = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(made_in)
    finally:
        os.close(made_in)
