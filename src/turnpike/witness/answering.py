"""What a witness answers to a log's new checkpoint. Source: C2SP tlog-witness, `add-checkpoint`."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.witness.folder import Lock, cosigner, keep_refused, settings, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type and body."""

    status: int
    kind: str
    body: bytes


def _now() -> datetime:
    return datetime.now(UTC)


class Witness:
    """One witness over one folder, which no other process may serve meanwhile.

    Raises:
        WitnessFolderError: the folder is damaged, or another process serves it.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = _now) -> None:
        self._folder, self._clock = folder, clock
        self._lock = Lock(folder)
        self._settings, self._cosigner, self._state = settings(folder), cosigner(folder), state(folder)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.release()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign the log's checkpoint in `body`, where it continues the one that was cosigned before.

        The new state is on the disk before the answer is given; check and change are one turn.
        """
        try:
            asked = audit.AddCheckpoint.parse(body)
            claimed = asked.checkpoint
        except audit.AuditError as error:
            return _refusal(400, str(error))
        keys = self._settings.logs.get(claimed.origin)
        if keys is None:
            return _refusal(404, "This witness does not know the log.")
        if not _is_signed(asked.note, keys):
            return _refusal(403, "No key that this witness trusts for the log signed the checkpoint.")
        with self._turn:
            return self._decide(asked, claimed, body)

    def newest(self, origin: str) -> str | None:
        """The newest checkpoint of a log that was cosigned here, with the cosignature."""
        return self._state.note(origin)

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that are witnessed."""
        return tuple(self._settings.logs)

    @property
    def public_key(self) -> str:
        """The witness's key, as it is published."""
        return self._cosigner.public_key

    def _decide(self, asked: audit.AddCheckpoint, signed: audit.Checkpoint, body: bytes) -> Answer:
        seen = self._state.seen(signed.origin)
        if asked.old_size != seen.size:
            return Answer(409, audit.SIZE_TYPE, audit.write_size(seen.size))
        if signed.size == seen.size and signed.root != seen.root:
            # The log signed two different trees of one size: both stand in its own hand.
            keep_refused(self._folder, body)
            return Answer(409, audit.SIZE_TYPE, audit.write_size(seen.size))
        try:
            audit.verify_consistency(
                old_size=seen.size,
                new_size=signed.size,
                proof=asked.proof,
                old_root=seen.root,
                new_root=signed.root,
            )
        except audit.TamperError as error:
            keep_refused(self._folder, body)
            return _refusal(422, f"The checkpoint does not continue the one cosigned before: {error}")
        cosignature = self._cosigner.cosign(asked.note, self._clock())
        try:
            self._state.put(signed.origin, audit.add_signatures(asked.note, [cosignature]))
        except OSError:
            return _refusal(
                500, "This witness cannot write its state, so it signs nothing; its keeper must look."
            )
        return Answer(200, TEXT, cosignature.line.encode())


def _is_signed(note: str, keys: tuple[audit.Verifier, ...]) -> bool:
    """Whether one of the keys signed the checkpoint."""
    for key in keys:
        try:
            audit.open_checkpoint(note, key)
        except audit.AuditError:
            continue
        return True
    return False


def _refusal(status: int, sentence: str) -> Answer:
    return Answer(status, TEXT, sentence.encode() + b"\n")
