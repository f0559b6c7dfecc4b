"""The file that names the cameras of one roadside process."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from turnpike.capture import services as capture
from turnpike.edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_CAMERAS = 32
"""Source: ours; two cores read about eight at five frames a second."""
_Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}\Z")]


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    source: Annotated[str, msgspec.Meta(min_length=1)]
    key_file: Annotated[str, msgspec.Meta(min_length=1)]
    outbox: str = ""
    every: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.2
    lanes: str = ""
    make: str = ""


class _Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    camera: Annotated[list[_Row], msgspec.Meta(min_length=1, max_length=MOST_CAMERAS)]


@dataclass(frozen=True, slots=True)
class CameraRow:
    """One camera of the file: where it is read, where its key, outbox, lanes and make classifier lie (None for none), and a frame each `every_s` seconds."""

    name: str
    source: str
    key_file: Path
    outbox: Path
    every_s: float
    lanes: Path | None
    make: Path | None


def load_cameras(path: Path) -> tuple[CameraRow, ...]:
    """The cameras of a file in TOML, a `[[camera]]` each; other files that it names are relative to its folder.

    Raises:
        EdgeError: with all that has to be mended.
    """
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise EdgeError(f"The cameras file cannot be read: {error.strerror}; name another.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EdgeError(f"The cameras file is no TOML: {error}.") from error
    try:
        rows = msgspec.convert(content, _Whole).camera
    except msgspec.ValidationError as error:
        raise EdgeError(
            f"The cameras file has to be mended: {error}. See docs/guides/roadside.md."
        ) from error
    cameras = tuple(_camera(row, path.parent) for row in rows)
    if faults := list(_faults(cameras)):
        raise EdgeError("The cameras file has to be mended: " + " ".join(faults))
    return cameras


def _camera(row: _Row, folder: Path) -> CameraRow:
    return CameraRow(
        name=row.name,
        source=row.source,
        key_file=folder / row.key_file,
        outbox=folder / (row.outbox or f"{row.name}.outbox.sqlite3"),
        every_s=row.every,
        lanes=folder / row.lanes if row.lanes else None,
        make=folder / row.make if row.make else None,
    )


def _faults(cameras: tuple[CameraRow, ...]) -> Iterator[str]:
    names: set[str] = set()
    outboxes: set[Path] = set()
    for camera in cameras:
        if camera.name in names:
            yield f"Two cameras are called {camera.name}; call one otherwise."
        if camera.outbox.resolve() in outboxes:
            yield f"{camera.name} has another camera's outbox; give it one of its own."
        names.add(camera.name)
        outboxes.add(camera.outbox.resolve())
        try:
            is_stream = capture.classify(camera.source) is capture.SourceKind.STREAM
        except capture.CaptureError as error:
            yield f"{camera.name}: {error}"
            continue
        if not is_stream:
            yield f"{camera.name} is no stream; several cameras in one process are rtsp:// or rtsps:// addresses."
        for wanted in (camera.key_file, camera.lanes, camera.make):
            if wanted is not None and not wanted.is_file():
                yield f"{camera.name}: there is no file {wanted}."
