"""A short video of vehicles passing one camera one after another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from turnpike.plates.services import formats_of
from turnpike.simulation.backdrop import backdrop_of, light_backdrop
from turnpike.simulation.ground import LANE_M
from turnpike.simulation.lens import develop, soften
from turnpike.simulation.light import Light, light_at
from turnpike.simulation.models import Passing, VideoPass, VideoTruth, View
from turnpike.simulation.scene import paint_passing, to_image
from turnpike.simulation.vehicle_brush import Pose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

    from turnpike.simulation.models import ScenePlate, Town, TownVehicle
    from turnpike.simulation.perspective import CameraView

PACE_M_S = 7.5
"""About 17 mph, a busy street."""
NEAR_M, FAR_M, GONE_M = 5.0, 50.0, 2.6
HEADWAY_S = 2.6
"""When a follower's plate becomes legible, the one before it has left the picture and hides nothing."""
LEGIBLE_PX = 60
MARGIN_PX = 4


@dataclass(frozen=True, slots=True)
class _Drive:
    """A vehicle that is `NEAR_M` before the camera at `near_s`, coming (front) or going (rear)."""

    vehicle: TownVehicle
    view: View
    near_s: float

    def pose_at(self, at_s: float) -> Pose:
        coming = self.view is View.FRONT
        travelled = (at_s - self.near_s) * PACE_M_S
        # Nobody holds the middle of the lane to the centimetre.
        drift = 0.05 * np.sin(at_s * 0.9 + self.near_s * 2.1)
        x_m = LANE_M / 2 + drift if coming else -LANE_M / 2 + drift
        return Pose(float(x_m), NEAR_M - travelled if coming else NEAR_M + travelled)


def render_video(
    town: Town,
    path: Path,
    seed: int,
    *,
    day: date,
    seconds: float = 8,
    fps: int = 25,
    size: tuple[int, int] = (1280, 720),
) -> VideoTruth:
    """Write an H.264 video to `path` and return its truth, in which `path` is the file's name.

    The camera is the most central that sees the front of the stolen vehicle, and the time is when it passes
    there: the second of those that come; another leaves in the other lane.
    """
    rng = np.random.default_rng([seed, 9])
    passing = video_passing(town)
    camera = town.camera(passing.camera_id)
    drives = _drives(town, rng)
    stolen_s = next(drive.near_s for drive in drives if drive.vehicle == town.stolen)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    starts_at = midnight + timedelta(seconds=passing.offset_s - round(stolen_s))
    light = light_at(starts_at, camera.latitude, camera.longitude)
    backdrop = backdrop_of(camera, size)
    still = soften(to_image(light_backdrop(backdrop, light, rng)))
    frames = round(seconds * fps)
    seen: dict[TownVehicle, list[int]] = {drive.vehicle: [] for drive in drives}

    def pictures() -> Iterator[Image.Image]:
        for index in range(frames):
            picture = still.copy()
            for plate, vehicle in _paint_traffic(picture, drives, index / fps, backdrop.view, light):
                if is_legible(plate, size):
                    seen[vehicle].append(index)
            yield develop(picture, light, rng)

    encode(path, pictures(), fps, size, starts_at=starts_at)
    passes = tuple(
        VideoPass(vehicle, numbers[0], numbers[-1]) for vehicle, numbers in seen.items() if numbers
    )
    return VideoTruth(path.name, camera.camera_id, starts_at, fps, frames, passes)


def video_passing(town: Town) -> Passing:
    """The stolen vehicle's passing that shows its front nearest to the market, or else its first at all."""
    passings = [
        passing for drive in town.journeys if drive.vehicle == town.stolen for passing in drive.passes
    ]
    fronts = [passing for passing in passings if passing.view is View.FRONT]
    away_m = {camera.camera_id: math.hypot(camera.x_m, camera.y_m) for camera in town.cameras}
    fronts.sort(key=lambda passing: away_m[passing.camera_id])
    return (fronts or passings or [Passing(town.cameras[0].camera_id, 12 * 3600, 1, 20)])[0]


def is_legible(plate: ScenePlate, size: tuple[int, int]) -> bool:
    """Whether the plate is wholly in the picture and wide enough to be read."""
    x, y, width, height = plate.box
    return (
        width >= LEGIBLE_PX
        and x >= MARGIN_PX
        and y >= MARGIN_PX
        and x + width <= size[0] - MARGIN_PX
        and y + height <= size[1] - MARGIN_PX
    )


def encode(
    path: Path, pictures: Iterator[Image.Image], fps: int, size: tuple[int, int], *, starts_at: datetime
) -> None:
    """Write RGB pictures as H.264 in the container that the path's suffix names; same pictures, same file.

    `starts_at` (aware) stands in the container as the time of its first picture.
    """
    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = starts_at.astimezone(UTC).isoformat()
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "21", "preset": "veryfast", "threads": "1"}
        stream.time_base = Fraction(1, fps)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
        container.mux(stream.encode(None))


def _drives(town: Town, rng: np.random.Generator) -> tuple[_Drive, ...]:
    others = [car for car in town.vehicles if car != town.stolen and _is_current(car)] or [town.stolen]
    chosen = [others[int(index)] for index in rng.permutation(len(others))[:3]]
    comers = [*chosen[:1], town.stolen, *chosen[1:2]]
    drives = [_Drive(car, View.FRONT, 2.2 + HEADWAY_S * index) for index, car in enumerate(comers)]
    drives += [_Drive(car, View.REAR, 2.9) for car in chosen[2:3]]
    return tuple(drives)


def _is_current(car: TownVehicle) -> bool:
    return any(form.era == "current" for form in formats_of(car.plate))


def _paint_traffic(
    picture: Image.Image, drives: tuple[_Drive, ...], at_s: float, view: CameraView, light: Light
) -> Iterator[tuple[ScenePlate, TownVehicle]]:
    """Paint all vehicles that are on the road just now, farthest first."""
    placed = [(drive, drive.pose_at(at_s)) for drive in drives]
    for drive, pose in sorted(placed, key=lambda item: -item[1].z_m):
        if GONE_M < pose.z_m < FAR_M:
            yield paint_passing(picture, drive.vehicle, drive.view, pose, view, light), drive.vehicle
