"""What a technician is told of one camera at the roadside: how it stands, and what became of every frame. No plate is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from turnpike.durable import sync_folder, write_new
from turnpike.edge.errors import EdgeError

if TYPE_CHECKING:
    from pathlib import Path

STALE_S = 20.0
"""After so long without a status nobody writes one. Source: ours, four times what lies between two."""
_SUFFIX = ".status.json"


class SourceState(StrEnum):
    """How a source stands."""

    LIVE = "live"
    FROZEN = "frozen"
    """It sends one picture again and again."""
    AWAY = "away"
    """No frame comes."""
    FAILED = "failed"
    """A fault ended it, which the log tells; of several cameras it is tried again."""
    ENDED = "ended"


class EdgeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One camera up to `written_at` (UTC, RFC 3339, as all its instants); empty where there was none yet.

    `frames` counts what became of the stream's frames and of those that were looked at, `places` what became of each place like a plate; `passes` were read,
    `unbelieved` seen and not believed, `failures` pictures or reads that had to be left out. `sent` were taken by the centre since the start; `waiting` were not yet. `age_ms` is how old a live
    frame was, in the middle of the last few, when its readings were there.
    """

    camera: str
    state: SourceState
    since: str
    written_at: str
    frames: dict[str, int]
    places: dict[str, int]
    summary: str
    passes: int
    unbelieved: int
    failures: int
    sent: int
    waiting: int
    age_ms: int = 0
    last_frame_at: str = ""
    last_pass_at: str = ""

    @property
    def is_stale(self) -> bool:
        """Whether whoever writes it has ended, by a kill or for want of power, and told nobody."""
        if self.state is SourceState.ENDED:
            return False
        written_at = datetime.fromisoformat(self.written_at)
        return (datetime.now(UTC) - written_at).total_seconds() > STALE_S


def status_path(outbox: Path) -> Path:
    """Where the status of the camera with that outbox stands."""
    return outbox.with_name(outbox.name + _SUFFIX)


def write_status(outbox: Path, status: EdgeStatus) -> None:
    """Put it beside the outbox, whole or not at all, for its owner's eyes.

    Raises:
        OSError: the disk refuses.
    """
    path = status_path(outbox)
    # One name, so that what a kill leaves is written over.
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    try:
        write_new(unfinished, msgspec.json.format(msgspec.json.encode(status)))
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def read_status(outbox: Path) -> EdgeStatus:
    """The last status of the camera with that outbox.

    Raises:
        EdgeError: there is none, or it cannot be read.
    """
    try:
        return msgspec.json.decode(status_path(outbox).read_bytes(), type=EdgeStatus)
    except FileNotFoundError as error:
        raise EdgeError(
            f"There is no status beside {outbox}; is this the outbox, and did `turnpike edge` run?"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise EdgeError(f"The status beside {outbox} cannot be read; start `turnpike edge` again.") from error
