"""A witness's folder: `witness.toml`, `key`, `state.json` and what was refused, each a file that can be read as it is."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.witness.errors import WitnessFolderError
from turnpike.witness.state import State, write_durably

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SETTINGS, _KEY, _STATE = "witness.toml", "key", "state.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{2,200}")
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """What `witness.toml` says: the witness's name, where it listens, and each log with the keys that may sign for it."""

    name: str
    host: str
    port: int
    logs: Mapping[str, tuple[audit.Verifier, ...]]


def init(folder: Path, name: str, log_keys: Sequence[str], *, host: str, port: int) -> str:
    """Make a witness's folder; its public key.

    Raises:
        WitnessFolderError: there is one already, or the name or a log's key is not right.
    """
    if not _NAME.fullmatch(name):
        raise WitnessFolderError(
            "A witness's name is like an address without https://: witness.example.org/w1."
        )
    _logs(log_keys)
    if folder.exists() and any(folder.iterdir()):
        raise WitnessFolderError(f"{folder} is not empty; a witness begins in a folder of its own.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seed = secrets.token_bytes(_SEED_BYTES)
    lines = "".join(f'  "{key.strip()}",\n' for key in log_keys)
    settings = f'name = "{name}"\nhost = "{host}"\nport = {port}\n# Each log that is witnessed, by the key that its keeper publishes.\nlogs = [\n{lines}]\n'
    write_durably(folder / _SETTINGS, settings.encode())
    write_durably(folder / _KEY, seed.hex().encode() + b"\n")
    # Last, so that a folder with a state is whole.
    State.begin(folder / _STATE)
    return cosigner(folder).public_key


def settings(folder: Path) -> Settings:
    """What `witness.toml` says.

    Raises:
        WitnessFolderError: it is missing or wrong.
    """
    try:
        told = tomllib.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
        found = Settings(str(told["name"]), str(told["host"]), int(told["port"]), _logs(told["logs"]))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise WitnessFolderError(
            f"{folder / _SETTINGS} is missing or wrong ({error}); `turnpike witness init` makes one, and docs/witness.md describes it."
        ) from error
    if not found.logs:
        raise WitnessFolderError(f"{folder / _SETTINGS} names no log; put a log's key into `logs`.")
    return found


def cosigner(folder: Path) -> audit.Cosigner:
    """The witness's key.

    Raises:
        WitnessFolderError: it is missing, damaged, or others can read it.
    """
    path = folder / _KEY
    try:
        if path.stat().st_mode & 0o077:
            raise WitnessFolderError(
                f"{path} can be read by others; give it to its account alone (chmod 600)."
            )
        seed = bytes.fromhex(path.read_text(encoding="ascii"))
        name = str(tomllib.loads((folder / _SETTINGS).read_text(encoding="utf-8"))["name"])
        return audit.Cosigner(name, seed)
    except (OSError, ValueError, KeyError, audit.AuditError) as error:
        raise WitnessFolderError(
            f"{path} is missing or damaged; begin anew with another name, since a witness never has two keys."
        ) from error


def state(folder: Path) -> State:
    """What the witness cosigned last.

    Raises:
        WitnessFolderError: it is missing or damaged.
    """
    return State.read(folder / _STATE)


def refused(folder: Path) -> list[Path]:
    """The requests that were kept as evidence against a log, oldest first."""
    return sorted((folder / "refused").glob("*.txt"))


def keep_refused(folder: Path, body: bytes, most: int = 1_000) -> None:
    """Keep a request that a log signed and that does not continue what it signed before; the first thousand, each once."""
    kept = folder / "refused"
    kept.mkdir(mode=0o700, exist_ok=True)
    path = kept / f"{hashlib.sha256(body).hexdigest()}.txt"
    if not path.exists() and len(refused(folder)) < most:
        write_durably(path, body)


class Lock:
    """That one process alone serves a folder: two would each follow a past of its own.

    Raises:
        WitnessFolderError: another does.
    """

    def __init__(self, folder: Path) -> None:
        # The folder itself is locked, so that nothing is left behind by a process that was killed.
        self._held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._held)
            raise WitnessFolderError(f"Another witness serves {folder} already; stop it first.") from error

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._held)


def _logs(keys: Sequence[str]) -> dict[str, tuple[audit.Verifier, ...]]:
    logs: dict[str, tuple[audit.Verifier, ...]] = {}
    for key in keys:
        try:
            verifier = audit.Verifier.parse(key)
        except audit.AuditError as error:
            raise WitnessFolderError(f"{key!r} is no log's key: {error}") from error
        logs[verifier.name] = (*logs.get(verifier.name, ()), verifier)
    return logs
