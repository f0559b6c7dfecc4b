"""What happens before a camera in one clip: who drives where, what stands in the way, and in what light.

From this both the pictures and their truth follow, so that the truth costs no painting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.traffic_models import PlateSeen
from turnpike.simulation.vehicle_art import plate_corners
from turnpike.simulation.vehicle_body import body_of
from turnpike.simulation.vehicle_brush import Pose
from turnpike.simulation.vehicle_shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.simulation.light import Light
    from turnpike.simulation.models import VehicleKind, View
    from turnpike.simulation.perspective import CameraView
    from turnpike.simulation.traffic_plates import RoadVehicle

LEGIBLE_PX = 60
"""Width of a plate that can be read: 9 pixels to the height of a character. Source: ours, as of the demo world's video."""
MARGIN_PX = 4
COVERED_LEGIBLE = 0.03
"""The share of a plate that may stand behind something while it still counts as legible: about half a character's stroke."""
NEAREST_M, FARTHEST_M = 1.2, 60.0
DRIFT_M = 0.05
_GRID = (26, 6)


@dataclass(frozen=True, slots=True)
class Weather:
    """What the air and the lens add. `exposure_s` is how long the sensor looks."""

    exposure_s: float
    rain: float = 0.0
    """0 to 1: how hard it rains."""
    glare: float = 0.0
    """0 to 1: how much a low sun washes the picture out."""
    infrared: bool = False
    """Whether the camera sees without colours, by its own lamp."""


@dataclass(frozen=True, slots=True)
class Post:
    """Something upright that stands before the road: a pole of `width_m`, with a sign of `sign_m` radius or none."""

    x_m: float
    z_m: float
    width_m: float
    sign_m: float = 0.0
    sign_y_m: float = 0.0

    def outlines(self, view: CameraView) -> list[NDArray[np.float64]]:
        """Its parts as convex polygons (n, 2) in pixels, clockwise: the pole and, if there is one, the sign."""
        half = self.width_m / 2
        corners = [[-half, 9.0], [half, 9.0], [half, 0.0], [-half, 0.0]]
        pole = np.array([[self.x_m + x, y, self.z_m] for x, y in corners])
        parts = [view.project(pole)]
        if self.sign_m > 0:
            turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            disc = np.stack(
                (
                    self.x_m + self.sign_m * np.sin(turn),
                    self.sign_y_m + self.sign_m * np.cos(turn),
                    np.full_like(turn, self.z_m - 0.05),
                ),
                axis=-1,
            )
            parts.append(view.project(disc))
        return parts


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """A vehicle's way past the camera: `z_m` at `times_s`, between which it moves evenly; outside of them it is not there."""

    vehicle: RoadVehicle
    end: View
    x_m: float
    times_s: NDArray[np.float64]
    z_m: NDArray[np.float64]
    lane: int
    speed_mph: float
    yaw: float = 0.0
    phase: float = 0.0

    def pose_at(self, at_s: float) -> Pose | None:
        """Where it is; None where it is not before the camera."""
        if not self.times_s[0] <= at_s <= self.times_s[-1]:
            return None
        z = float(np.interp(at_s, self.times_s, self.z_m))
        if not NEAREST_M < z < FARTHEST_M:
            return None
        # By the way it has come, not by the clock, so that what stands still stays where it is.
        drift = DRIFT_M * float(np.sin(z * 0.11 + self.phase))
        return Pose(self.x_m + drift, z, self.yaw)

    def speed_m_s(self, at_s: float) -> float:
        """How fast it moves just then."""
        step = 0.02
        before, after = np.interp([at_s - step, at_s + step], self.times_s, self.z_m)
        return float(abs(after - before) / (2 * step))


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Everything that a clip is rendered from; `drives` in any order."""

    view: CameraView
    light: Light
    weather: Weather
    drives: tuple[Drive, ...]
    seconds: float
    posts: tuple[Post, ...] = ()
    unseen_s: tuple[float, float] = (0.0, 0.0)
    """From when to when no frame is taken, as by a camera that sends only while something moves."""
    backdrop_seed: int = 1
    radius_m: float = 300.0
    lanes_x_m: tuple[float, ...] = field(default=(-1.43, 1.43))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A vehicle at one instant: its outline (n, 2) and its plate's corners (4, 2) in pixels."""

    drive: Drive
    pose: Pose
    outline: NDArray[np.float64]
    plate: NDArray[np.float64]


def moments_s(stage: Stage, fps: float) -> tuple[float, ...]:
    """When the clip's frames are taken, from its beginning."""
    first, last = stage.unseen_s
    times = (index / fps for index in range(int(stage.seconds * fps)))
    return tuple(at_s for at_s in times if not first <= at_s < last)


def placed_at(stage: Stage, at_s: float) -> list[Placed]:
    """Who is on the road at that time, farthest first: the order in which they are painted."""
    placed = []
    for drive in stage.drives:
        pose = drive.pose_at(at_s)
        if pose is not None:
            outline = hull(stage.view.project(pose.place(_skin(drive.vehicle.worn.kind, drive.end))))
            plate = stage.view.project(pose.place(plate_corners(drive.vehicle.worn, drive.end)))
            placed.append(Placed(drive, pose, outline, plate))
    return sorted(placed, key=lambda one: -one.pose.z_m)


def plates_seen(stage: Stage, frame: int, placed: Sequence[Placed]) -> list[tuple[Drive, PlateSeen]]:
    """Of each vehicle whose plate is at least partly in the picture: where it lies and whether it is legible."""
    posts = [part for post in stage.posts for part in post.outlines(stage.view)]
    found = []
    for index, one in enumerate(placed):
        box = _box_of(one.plate)
        if not _touches(box, stage.view.size):
            continue
        nearer = [other.outline for other in placed[index + 1 :]] + posts
        covered = _covered(one.plate, nearer)
        legible = covered <= COVERED_LEGIBLE and box[2] >= LEGIBLE_PX and _inside(box, stage.view.size)
        found.append((one.drive, PlateSeen(frame, box, round(covered, 3), legible)))
    return found


def hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The convex outline (n, 2) of points (m, 2). Source: Andrew 1979, the monotone chain."""
    ordered = np.unique(points, axis=0).tolist()
    halves: list[list[list[float]]] = []
    for run in (ordered, ordered[::-1]):
        chain: list[list[float]] = []
        for point in run:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        halves.append(chain[:-1])
    return np.array(halves[0] + halves[1])


def _turn(one: list[float], two: list[float], three: list[float]) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


@lru_cache(maxsize=16)
def _skin(kind: VehicleKind, end: View) -> NDArray[np.float64]:
    """A few points of the body that make up its outline."""
    faces = body_of(SHAPES[kind, end], steps=1, across_steps=8).faces
    half = SHAPES[kind, end].rows[3][2] - 0.04
    wheels = np.array([[-half, 0.0, 0.6], [half, 0.0, 0.6]])
    return np.vstack((np.unique(faces.reshape(-1, 3).round(3), axis=0), wheels))


def _covered(plate: NDArray[np.float64], nearer: Sequence[NDArray[np.float64]]) -> float:
    across, down = np.meshgrid(*((np.arange(count) + 0.5) / count for count in _GRID))
    across, down = across[..., None], down[..., None]
    first, second, third, fourth = plate
    points = (first * (1 - across) + second * across) * (1 - down) + (
        fourth * (1 - across) + third * across
    ) * down
    points = points.reshape(-1, 2)
    hidden = np.zeros(len(points), np.bool_)
    for outline in nearer:
        hidden |= _within(points, outline)
    return float(hidden.mean())


def _within(points: NDArray[np.float64], outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie in a convex outline, whichever way it turns."""
    if np.any(points.max(axis=0) < outline.min(axis=0)) or np.any(points.min(axis=0) > outline.max(axis=0)):
        return np.zeros(len(points), np.bool_)
    edge = np.roll(outline, -1, axis=0) - outline
    away = points[:, None] - outline[None]
    side = edge[None, :, 0] * away[..., 1] - edge[None, :, 1] * away[..., 0]
    return np.asarray(np.all(side >= 0, axis=1) | np.all(side <= 0, axis=1))


def _box_of(quad: NDArray[np.float64]) -> tuple[int, int, int, int]:
    low, high = np.floor(quad.min(axis=0)).astype(int), np.ceil(quad.max(axis=0)).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _touches(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    x, y, width, height = box
    return x < size[0] and y < size[1] and x + width > 0 and y + height > 0


def _inside(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    x, y, width, height = box
    return (
        x >= MARGIN_PX
        and y >= MARGIN_PX
        and x + width <= size[0] - MARGIN_PX
        and y + height <= size[1] - MARGIN_PX
    )
