"""The demo world on disk: pictures, a video, and `world.json` with the truth about them.

FOLDER/pictures/CAMERA/2026-03-02T08-14-33Z.jpg   the time also in EXIF, in UTC
FOLDER/video/CAMERA.mp4
FOLDER/world.json                                 written last: without it the world is incomplete
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PIL import Image

from turnpike.simulation.errors import WorldFolderError
from turnpike.simulation.light import sun_elevation_degrees
from turnpike.simulation.models import (
    DemoWorld,
    Passing,
    PictureTruth,
    Town,
    TownVehicle,
    VideoTruth,
)
from turnpike.simulation.scene import render_scene
from turnpike.simulation.town import make_town
from turnpike.simulation.video import render_video, video_passing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PICTURES = 24
VIDEO_SECONDS = 8.0
STOLEN_PICTURES = 4
DARK_SHARE = 0.25
DUSK_DEGREES = -3.0
MAKING = 1
"""Raised when worlds are drawn differently: one of an older making is refused."""
JPEG_QUALITY = 88
WORLD_FILE = "world.json"

_DATE_TIME, _EXIF_IFD = 0x0132, 0x8769
_DATE_TIME_ORIGINAL, _OFFSET_TIME_ORIGINAL = 0x9003, 0x9011


@dataclass(frozen=True, slots=True)
class _WorldFile:
    making: int
    seed: int
    day: date
    town: Town
    pictures: tuple[PictureTruth, ...]
    videos: tuple[VideoTruth, ...]


def write_demo_world(
    folder: Path,
    seed: int,
    progress: Callable[[str, int, int], None],
    *,
    today: date | None = None,
    pictures: int = PICTURES,
    video_seconds: float = VIDEO_SECONDS,
) -> DemoWorld:
    """Write the demo world of `seed`, its traffic on the day before `today` (of UTC, when None).

    A complete world of the same seed is left as it is, whatever its day and size. `progress` is told what is being
    made, how many are done and how many there will be.

    Raises:
        WorldFolderError: the folder holds the world of another seed.
    """
    if (folder / WORLD_FILE).exists():
        world = load_demo_world(folder)
        if world.seed != seed:
            raise WorldFolderError(f"{folder} holds the world of seed {world.seed}; give another folder.")
        return world
    day = _day_begun(folder, (today or datetime.now(UTC).date()) - timedelta(days=1))
    town = make_town(seed)
    chosen = _choose(town, day, pictures, np.random.default_rng([seed, 3]))
    written: list[PictureTruth] = []
    for done, (passing, vehicle) in enumerate(chosen):
        progress("pictures", done, len(chosen))
        written.append(_write_picture(folder, town, passing, vehicle, day))
    progress("pictures", len(chosen), len(chosen))
    progress("video", 0, 1)
    video = _write_video(folder, town, day, video_seconds)
    progress("video", 1, 1)
    world = DemoWorld(folder, seed, day, town, tuple(written), (video,))
    _write_truth(world)
    return world


def load_demo_world(folder: Path) -> DemoWorld:
    """The world that `write_demo_world` left in the folder.

    Raises:
        WorldFolderError: there is none, it is incomplete, or another version of Turnpike made it.
    """
    try:
        found = msgspec.json.decode((folder / WORLD_FILE).read_bytes(), type=_WorldFile)
    except FileNotFoundError as error:
        raise WorldFolderError(f"{folder} holds no demo world; make one with `turnpike simulate`.") from error
    except (msgspec.DecodeError, OSError) as error:
        raise WorldFolderError(
            f"{folder / WORLD_FILE} cannot be read; empty the folder and make it anew."
        ) from error
    if found.making != MAKING:
        raise WorldFolderError(f"{folder} was made by another version; empty the folder and make it anew.")
    files = [picture.path for picture in found.pictures] + [video.path for video in found.videos]
    if not all((folder / path).is_file() for path in files):
        raise WorldFolderError(f"Files are missing from {folder}; empty the folder and make it anew.")
    return DemoWorld(folder, found.seed, found.day, found.town, found.pictures, found.videos)


def write_jpeg(
    image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], path: Path, captured_at: datetime
) -> None:
    """Write an RGB picture with its time (aware) in EXIF, in UTC; its folder is made."""
    utc = captured_at.astimezone(UTC)
    exif = Image.Exif()
    exif[_DATE_TIME] = f"{utc:%Y:%m:%d %H:%M:%S}"
    original = exif.get_ifd(_EXIF_IFD)
    original[_DATE_TIME_ORIGINAL] = f"{utc:%Y:%m:%d %H:%M:%S}"
    original[_OFFSET_TIME_ORIGINAL] = "+00:00"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, quality=JPEG_QUALITY, exif=exif)


def picture_name(captured_at: datetime) -> str:
    """The file name of a picture taken at that instant: `2026-03-02T08-14-33Z.jpg`."""
    return f"{captured_at.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}.jpg"


def _day_begun(folder: Path, day: date) -> date:
    """The day of a world that was begun here and not finished, so that its pictures are all of one day; else `day`."""
    begun = folder / ".begun"
    if begun.exists():
        return date.fromisoformat(begun.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    begun.write_text(day.isoformat())
    return day


def _write_picture(
    folder: Path, town: Town, passing: Passing, vehicle: TownVehicle, day: date
) -> PictureTruth:
    captured_at = _midnight(day) + timedelta(seconds=passing.offset_s)
    camera = town.camera(passing.camera_id)
    # The picture's own chance, so that choosing other pictures does not change this one.
    rng = np.random.default_rng([town.seed, 4, passing.offset_s])
    scene = render_scene(passing, vehicle, camera, captured_at, rng=rng)
    path = f"pictures/{camera.camera_id}/{picture_name(captured_at)}"
    write_jpeg(scene.image, folder / path, captured_at)
    return PictureTruth(path, camera.camera_id, captured_at, vehicle, passing, scene.plates)


def _write_video(folder: Path, town: Town, day: date, seconds: float) -> VideoTruth:
    camera_id = video_passing(town).camera_id
    path = f"video/{camera_id}.mp4"
    (folder / "video").mkdir(parents=True, exist_ok=True)
    truth = render_video(town, folder / path, town.seed, day=day, seconds=seconds)
    return replace(truth, path=path)


def _write_truth(world: DemoWorld) -> None:
    content = _WorldFile(MAKING, world.seed, world.day, world.town, world.pictures, world.videos)
    draft = world.folder / f".{WORLD_FILE}.draft"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
    os.replace(draft, world.folder / WORLD_FILE)  # noqa: PTH105 - the atomic rename by its usual name


def _choose(town: Town, day: date, count: int, rng: np.random.Generator) -> list[tuple[Passing, TownVehicle]]:
    """The passings that get a picture, by camera and time: some of the stolen vehicle, few in the dark."""
    passings = [(passing, drive.vehicle) for drive in town.journeys for passing in drive.passes]
    filmed = video_passing(town)
    stolen = [item for item in passings if item[1] == town.stolen and item[0] != filmed]
    others = [item for item in passings if item[1] != town.stolen]
    others = [others[int(index)] for index in rng.permutation(len(others))]
    dark = [item for item in others if _is_dark(town, item[0], day)][: round(count * DARK_SHARE)]
    light = [item for item in others if not _is_dark(town, item[0], day)]
    chosen = stolen[: min(STOLEN_PICTURES, count - len(dark))] + dark
    counts = {camera.camera_id: 0 for camera in town.cameras}
    for passing, _ in chosen:
        counts[passing.camera_id] += 1
    while light and len(chosen) < count:
        # The camera with fewest pictures comes next, so that each has some.
        item = min(light, key=lambda item: counts[item[0].camera_id])
        light.remove(item)
        chosen.append(item)
        counts[item[0].camera_id] += 1
    unique = {(passing.camera_id, passing.offset_s): (passing, vehicle) for passing, vehicle in chosen}
    return [unique[key] for key in sorted(unique)]


def _is_dark(town: Town, passing: Passing, day: date) -> bool:
    at = _midnight(day) + timedelta(seconds=passing.offset_s)
    return sun_elevation_degrees(at, town.latitude, town.longitude) < DUSK_DEGREES


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
