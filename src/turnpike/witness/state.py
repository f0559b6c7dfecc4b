"""What a witness must never forget: of each log, the newest checkpoint that it cosigned."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.witness.errors import WitnessFolderError

if TYPE_CHECKING:
    from pathlib import Path


class State:
    """The newest cosigned checkpoint of each log, in one file that is replaced as a whole."""

    def __init__(self, path: Path, notes: dict[str, str]) -> None:
        self._path, self._notes = path, notes

    @classmethod
    def begin(cls, path: Path) -> State:
        """A state that has seen nothing, on the disk."""
        state = cls(path, {})
        state._write(state._notes)
        return state

    @classmethod
    def read(cls, path: Path) -> State:
        """The state on the disk.

        Raises:
            WitnessFolderError: it is missing or damaged. A witness without its state would sign a second past of a log.
        """
        try:
            told = json.loads(path.read_bytes())["logs"]
            state = cls(path, {str(origin): str(note) for origin, note in told.items()})
            for origin in state.origins:
                state.seen(origin)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, audit.AuditError) as error:
            raise WitnessFolderError(
                f"{path} is missing or damaged, so that this witness can no longer know what it signed. It must not sign again:"
                " begin a new one, with a new name and key, and tell the logs' keepers."
            ) from error
        return state

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs of which something was cosigned."""
        return tuple(sorted(self._notes))

    def note(self, origin: str) -> str | None:
        """The newest checkpoint of that log, with the log's signatures and ours."""
        return self._notes.get(origin)

    def seen(self, origin: str) -> audit.Checkpoint:
        """The newest state of that log; the empty log's where there is none."""
        note = self._notes.get(origin)
        if note is None:
            return audit.Checkpoint(origin, 0, audit.EMPTY_ROOT)
        return audit.unverified_checkpoint(note)

    def put(self, origin: str, note: str) -> None:
        """Remember a checkpoint; when this returns, it is on the disk and survives a power cut.

        Raises:
            OSError: it could not be written; what was remembered before still stands.
        """
        notes = self._notes | {origin: note}
        self._write(notes)
        self._notes = notes

    def _write(self, notes: dict[str, str]) -> None:
        write_durably(self._path, json.dumps({"logs": notes}, indent=1, ensure_ascii=False).encode() + b"\n")


def write_durably(path: Path, data: bytes) -> None:
    """Put a file in place as a whole, for its owner alone: either what was there before, or all of `data`, is there after a power cut."""
    unfinished = path.with_name(path.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
