"""The folder that holds all that a centre stores, closed to others, and the keys in it."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
from typing import TYPE_CHECKING

from turnpike.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
KEY_NAMES = ("django", "event-keys", "ledger-sealing", "ledger-signing", "quarantine", "spool")
REPLACED_KEYS = frozenset({"spool"})
"""Made anew where they are missing: what they seal lasts a day at most, and a centre from before they existed has none."""

_log = logging.getLogger(__name__)


def own(folder: Path) -> Path:
    """The folder, made if need be and closed to others (mode 0700).

    Raises:
        ConfigurationError: the folder is somebody else's, or one that many share.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = folder.stat()
    if stat.S_IMODE(state.st_mode) & 0o077:
        if state.st_uid != os.geteuid() or state.st_mode & stat.S_ISVTX:
            raise ConfigurationError(
                f"{folder} is shared with others; set TURNPIKE_DATA_DIR to a folder of your own."
            )
        folder.chmod(0o700)
        _log.warning("%s could be entered by others; it is now closed to them (mode 0700).", folder)
    return folder


def stored_key(folder: Path, name: str, *, is_new: bool) -> bytes:
    """The 32-byte secret called `name`, one of `KEY_NAMES`, in the folder of keys (mode 0600).

    All are made together, once, where `is_new` says that the centre holds nothing yet: a key made later in the place of a
    lost one would look sound and open nothing. Only one of `REPLACED_KEYS` is made later.

    Raises:
        ConfigurationError: the key is lost or damaged.
    """
    if is_new and not folder.exists():
        _make_keys(folder)
    path = folder / f"{name}.key"
    if name in REPLACED_KEYS and folder.exists() and not path.exists():
        _make_key(path)
    try:
        key = path.read_bytes()
    except FileNotFoundError as error:
        lost = " If there is none, see docs/audit-log.md." if name == "ledger-signing" else ""
        raise ConfigurationError(f"{path} is missing; restore it from your backup.{lost}") from error
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{path} is not a {KEY_BYTES}-byte key; restore it from your backup.")
    return key


def _make_keys(folder: Path) -> None:
    """All keys, written aside and put in place as one folder: a crash leaves all or none, a race has one winner."""
    draft = folder.with_name(f".keys.{os.getpid()}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True, mode=0o700)
    for name in KEY_NAMES:
        _write_key(draft / f"{name}.key")
    _sync_folder(draft)
    try:
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft)
        # Another process was first; any other failure is one.
        if not folder.exists():
            raise
    _sync_folder(folder.parent)


def _make_key(path: Path) -> None:
    """One key, written aside and linked into its place: whole or not there, and a race has one winner."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    _write_key(draft)
    try:
        path.hardlink_to(draft)
        _log.warning("%s was missing and is made anew; what it had sealed is lost.", path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _write_key(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
