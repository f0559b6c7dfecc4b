"""The seeds of the log's keys, each in a file that only its owner can read.

`ledger-signing.key` is the newest; another that signs beside it is `ledger-signing-<key id>.key`. A seed is found by the public key that it gives,
so that a crash between two renames loses none.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.data_folder import KEY_BYTES
from turnpike.durable import sync_folder, write_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_NEWEST = "ledger-signing.key"


def find_signer(folder: Path, verifier: audit.Verifier) -> audit.Signer | None:
    """The signer of that public key, or nothing where its seed is lost."""
    return next(
        (signer for _, signer in _signers(folder, verifier.name) if signer.verifier == verifier), None
    )


def newest_signer(folder: Path, name: str) -> audit.Signer | None:
    """The signer in `ledger-signing.key`, under that name, or nothing where that file is lost."""
    return next((signer for path, signer in _signers(folder, name) if path.name == _NEWEST), None)


def make_seed(folder: Path, name: str) -> audit.Signer:
    """A new key, on the disk when this returns."""
    signer = audit.Signer(name, secrets.token_bytes(KEY_BYTES))
    write_new(_path(folder, signer), signer.seed)
    sync_folder(folder)
    return signer


def settle(folder: Path, newest: audit.Verifier, ended: Collection[bytes]) -> tuple[bytes, ...]:
    """Give the newest key's seed its name, and destroy those of the public keys in `ended`; those that were destroyed.

    A seed of which nothing is known stays: it may be of a key that comes into force in this moment.
    """
    _name_newest(folder, newest)
    gone = [(path, signer) for path, signer in _signers(folder, newest.name) if signer.verifier.key in ended]
    for path, _ in gone:
        _destroy(path)
    if gone:
        sync_folder(folder)
    return tuple(signer.verifier.key for _, signer in gone)


def _name_newest(folder: Path, newest: audit.Verifier) -> None:
    found = list(_signers(folder, newest.name))
    path = next((path for path, signer in found if signer.verifier.key == newest.key), None)
    if path is None or path.name == _NEWEST:
        return
    for other, signer in found:
        # Under both names first: the file of the newest key is never missing.
        if other.name == _NEWEST and not _path(folder, signer).exists():
            os.link(other, _path(folder, signer))
    path.replace(folder / _NEWEST)
    sync_folder(folder)


def _destroy(path: Path) -> None:
    """Overwrite and remove; a disk that keeps old blocks, and a backup, may still hold it."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _signers(folder: Path, name: str) -> Iterator[tuple[Path, audit.Signer]]:
    for path in sorted(folder.glob("ledger-signing*.key")):
        seed = path.read_bytes()
        if len(seed) == KEY_BYTES:
            yield path, audit.Signer(name, seed)


def _path(folder: Path, signer: audit.Signer) -> Path:
    # Of the key alone: its id depends on the name under which it signs.
    return folder / f"ledger-signing-{signer.verifier.key.hex()[:16]}.key"
