"""Which registered camera a file means: by its id, or by the old system's name for it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from turnpike.cameras.services import CameraError, all_cameras, find_camera, register_camera
from turnpike.ingest.history.errors import PlanRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_REGISTERED = ("camera", "name", "latitude", "longitude", "heading_degrees", "purpose", "owner")
_NAMES = ("name", "camera")


def camera_names(names: Path | None) -> dict[str, str]:
    """The id of a registered camera for each name that a file may call one by: its own id, and what a CSV file of `name` and
    `camera` says.

    Raises:
        PlanRefused: the file cannot be read, or names a camera that is not on the register.
    """
    ids = {camera.camera_id: camera.camera_id for camera in all_cameras()}
    if names is None:
        return ids
    told = {}
    for line, row in _rows(names, _NAMES):
        if row["camera"] not in ids:
            raise PlanRefused(f"Line {line} of {names}: no camera of that id is registered.")
        told[row["name"]] = row["camera"]
    return ids | told


def register_cameras(path: Path, actor: str) -> int:
    """Register the cameras of a CSV file that are not on the register yet; how many those were.

    Columns: camera, name, latitude, longitude, heading_degrees, purpose, owner; and lanes and controller where it has them.

    Raises:
        PlanRefused: the file cannot be read, or a line cannot be used; those before it are registered.
    """
    rows = [(line, row) for line, row in _rows(path, _REGISTERED) if find_camera(row["camera"]) is None]
    for line, row in rows:
        try:
            _register(row, actor)
        except (CameraError, ValueError) as error:
            why = str(error) if isinstance(error, CameraError) else "a number is none."
            raise PlanRefused(f"Line {line} of {path}: {why}") from error
    return len(rows)


def _register(row: Mapping[str, str], actor: str) -> None:
    register_camera(
        actor,
        camera_id=row["camera"],
        name=row["name"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        heading_degrees=int(row["heading_degrees"]),
        lanes=int(row.get("lanes") or 1),
        purpose=row["purpose"],
        owner=row["owner"],
        controller=row.get("controller", ""),
    )


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restval="", restkey="")
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise PlanRefused(f"{path} lacks the column {missing[0]}; it takes {', '.join(columns)}.")
            for row in reader:
                yield reader.line_num, {name: (row[name] or "").strip() for name in row if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PlanRefused(f"{path} cannot be read as CSV in UTF-8.") from error
