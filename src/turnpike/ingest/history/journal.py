"""What an import has done, piece by piece and synced: so that after a kill it goes on where it was, and loads nothing twice.

A piece is intended before it is loaded and done afterwards. One that was only intended may be in the store or not: there it is looked
for by the hash that its batches carry.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from turnpike.ingest.history.errors import FileRefused
from turnpike.ingest.history.fields import ColumnPlan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_SUFFIX = ".journal"
_RUN_BYTES = 8


class Mark(msgspec.Struct, frozen=True):
    """A place in a file: its bytes or rows up to there, its lines, and the SHA-256 of what lies before."""

    ends_at: int
    lines: int
    digest: bytes


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """An import of a file that begins as its first `head_bytes` tell."""

    run: str
    at: str
    kind: str
    head_bytes: int
    head_sha256: bytes
    plan: ColumnPlan
    camera: str
    encoding: str


class Using(msgspec.Struct, frozen=True, tag="using"):
    """What a run takes the file's names of cameras for: a piece that is done once more must be understood as it was."""

    cameras: dict[str, str]


class Intended(msgspec.Struct, frozen=True, tag="intended"):
    """A piece that is about to be loaded; by `now_ms` its rows are too old or too new, also when it is done once more."""

    mark: Mark
    now_ms: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A piece that is loaded: what was in it, and how long the list of refused rows is with it."""

    mark: Mark
    loaded: int
    why: dict[int, int]
    first_lines: dict[int, list[int]]
    cameras: dict[str, int]
    left_empty: dict[str, int]
    blank: int
    repeated_hour: int
    first_ms: int
    last_ms: int
    refused_bytes: int


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The end of the file was reached."""

    at: str


_Line = Begun | Using | Intended | Done | Finished
_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A piece that was intended and is not known to be done, with the cameras of that run."""

    intended: Intended
    cameras: dict[str, str]


@dataclass(slots=True)
class Journal:
    """One import's journal, open for writing."""

    path: Path
    begun: Begun
    done: list[Done]
    doubtful: list[Doubtful]
    finished_at: str = ""

    @property
    def refused_path(self) -> Path:
        """Where the lines of refused rows are listed, unless another place is told."""
        return self.path.with_suffix(".refused.csv")

    @property
    def ended_at(self) -> Mark | None:
        """How far it is done."""
        return self.done[-1].mark if self.done else None

    def use(self, cameras: dict[str, str]) -> None:
        """Note the cameras of this run."""
        _append(self.path, Using(cameras))

    def intend(self, piece: Intended) -> None:
        """Note that a piece is about to be loaded; on the disk on return."""
        _append(self.path, piece)

    def note_done(self, piece: Done) -> None:
        """Note that a piece is loaded; on the disk on return."""
        _append(self.path, piece)
        self.done.append(piece)

    def finish(self, at: datetime) -> None:
        """Note that the file's end was reached."""
        self.finished_at = at.isoformat(timespec="seconds")
        _append(self.path, Finished(self.finished_at))

    def payload_sha256(self, mark: Mark, part: int) -> bytes:
        """What the batches of a part of a piece carry as the hash of their payload: nothing else of this import or another has it."""
        told = f"{self.begun.run} {mark.ends_at} {part} ".encode() + mark.digest
        return hashlib.sha256(told).digest()


def begin(
    folder: Path, *, at: datetime, kind: str, head: bytes, plan: ColumnPlan, camera: str, encoding: str
) -> Journal:
    """A new journal in that folder, which is made if need be and closed to others."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    run = secrets.token_hex(_RUN_BYTES)
    begun = Begun(
        run=run,
        at=at.isoformat(timespec="seconds"),
        kind=kind,
        head_bytes=len(head),
        head_sha256=hashlib.sha256(head).digest(),
        plan=plan,
        camera=camera,
        encoding=encoding,
    )
    journal = Journal(folder / f"{at:%Y%m%dT%H%M%S}-{run}{_SUFFIX}", begun, [], [])
    _append(journal.path, begun)
    return journal


def find(folder: Path, *, kind: str, head: bytes) -> Journal | None:
    """The newest journal of a file that begins so.

    Raises:
        FileRefused: a journal was altered.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}"), reverse=True):
        lines = _lines(path)
        begun = next(lines, None)
        if not isinstance(begun, Begun) or begun.kind != kind or len(head) < begun.head_bytes:
            continue
        if hashlib.sha256(head[: begun.head_bytes]).digest() == begun.head_sha256:
            return _opened(path, begun, lines)
    return None


def _opened(path: Path, begun: Begun, lines: Iterator[_Line]) -> Journal:
    journal, cameras = Journal(path, begun, [], []), dict[str, str]()
    for line in lines:
        if isinstance(line, Using):
            cameras = line.cameras
        elif isinstance(line, Intended):
            journal.doubtful.append(Doubtful(line, cameras))
        elif isinstance(line, Done):
            journal.doubtful = [one for one in journal.doubtful if one.intended.mark != line.mark]
            journal.done.append(line)
        elif isinstance(line, Finished):
            journal.finished_at = line.at
    return journal


def _lines(path: Path) -> Iterator[_Line]:
    """The whole lines; what a crash left of a last one is cut off."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fsync(file.fileno())
    for line in content[:whole].splitlines():
        try:
            yield _decode(line)
        except msgspec.MsgspecError as error:
            raise FileRefused(f"{path} was altered; move it away to import its file anew.") from error


def _append(path: Path, line: _Line) -> None:
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(_encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
