"""Traffic of which something hides a plate for a moment: a van in the next lane, a lamp post, a sign."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.light import light_of
from turnpike.simulation.models import View
from turnpike.simulation.perspective import CameraView
from turnpike.simulation.traffic_driving import LANE_X_M, even_drive
from turnpike.simulation.traffic_plates import draw_vehicles
from turnpike.simulation.traffic_stage import LEGIBLE_PX, Post, Stage, Weather, placed_at, plates_seen

if TYPE_CHECKING:
    from turnpike.simulation.traffic_plates import RoadVehicle
    from turnpike.simulation.traffic_stage import Drive

LONGEST_HIDDEN_S = 1.5
EVENTS = 3
EVENT_APART_S = 4.6
_ONLY_VANS = (0.0, 0.0, 0.0, 1.0)
_NO_VANS = (0.5, 0.25, 0.25, 0.0)
_STEP_S = 0.1
_MOST_TRIES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """A camera at the roadside, who drives past it, and what stands between."""

    view: CameraView
    drives: tuple[Drive, ...]
    posts: tuple[Post, ...]


def occluded(rng: np.random.Generator, size: tuple[int, int]) -> Draw:
    """By chance one of: vans that come between, a lamp post, a sign on its pole."""
    side = 1 if rng.random() < 0.5 else -1  # noqa: PLR2004 - a fair coin
    view = _roadside_view(rng, size, side)
    chance = rng.random()
    if chance < 0.55:  # noqa: PLR2004 - a little more than half
        return Draw(view, tuple(_vans_between(rng, view, side)), ())
    with_sign = chance > 0.8  # noqa: PLR2004 - a fifth
    return Draw(view, tuple(_past_a_post(rng, side)), (_post(rng, view, side, with_sign=with_sign),))


def _roadside_view(rng: np.random.Generator, size: tuple[int, int], side: int) -> CameraView:
    """Low beside the road, so that what is in the near lane can hide what is in the far one."""
    focal = float(rng.uniform(2.35, 2.6)) * size[0]
    height, x = float(rng.uniform(2.2, 2.6)), side * float(rng.uniform(3.2, 3.8))
    near = float(rng.uniform(10.5, 11.5))
    pitch = math.atan2(height - 0.6, near) - math.atan2(size[1] / 2 - 16, focal)
    return CameraView(size, focal, height, pitch, x, focal * (x + side * LANE_X_M) / 18.0)


def _vans_between(rng: np.random.Generator, view: CameraView, side: int) -> list[Drive]:
    """Pairs of a car in the far lane and a van in the near one that hides it for a moment."""
    hidden = draw_vehicles(EVENTS, rng, kinds=_NO_VANS)
    vans = draw_vehicles(EVENTS, rng, kinds=_ONLY_VANS)
    one_way = bool(rng.random() < 0.6)  # noqa: PLR2004 - a little more than half
    drives: list[Drive] = []
    for index, (car, van) in enumerate(zip(hidden, vans, strict=True)):
        drives += _event(rng, view, side, (car, van), index * EVENT_APART_S, one_way=one_way)
    return drives


def _event(
    rng: np.random.Generator,
    view: CameraView,
    side: int,
    vehicles: tuple[RoadVehicle, RoadVehicle],
    at_s: float,
    *,
    one_way: bool,
) -> list[Drive]:
    """Tried until the van does hide the car's plate between two moments in which it can be read."""
    car, van = vehicles
    far_x, near_x = -side * LANE_X_M, side * LANE_X_M
    pair: list[Drive] = []
    for _ in range(_MOST_TRIES):
        # Traffic keeps left: what is on the right of the picture comes, unless both lanes go one way.
        end = View.FRONT if far_x > 0 else View.REAR
        other = end if one_way else (View.REAR if end is View.FRONT else View.FRONT)
        speed = float(rng.uniform(18, 32))
        van_speed = speed * float(rng.uniform(1.15, 1.9) if one_way else rng.uniform(0.6, 1.0))
        there = float(rng.uniform(14, 18))
        pair = [
            even_drive(car, end, far_x, speed_mph=speed, at_s=at_s, rng=rng, there_m=there),
            even_drive(van, other, near_x, speed_mph=van_speed, at_s=at_s, rng=rng, there_m=there * 0.42),
        ]
        if _hides_a_while(view, pair):
            return pair
    return pair


def _hides_a_while(view: CameraView, pair: list[Drive]) -> bool:
    start, end = pair[0].times_s[0], pair[0].times_s[-1]
    moved = Stage(view, light_of(30), Weather(0.001), tuple(pair), float(end - start))
    seen: list[tuple[float, bool, float]] = []
    for at_s in np.arange(start, end, _STEP_S):
        for drive, plate in plates_seen(moved, 0, placed_at(moved, float(at_s))):
            if drive is pair[0] and plate.box[2] >= LEGIBLE_PX:
                seen.append((float(at_s), plate.legible, plate.covered))
    legible = [at_s for at_s, can, _ in seen if can]
    hidden = [at_s for at_s, can, covered in seen if not can and covered > 0.5]  # noqa: PLR2004 - most of it
    if len(legible) * _STEP_S < 0.5 or not hidden:  # noqa: PLR2004 - seconds; enough for two frames
        return False
    between = legible[0] < hidden[0] and hidden[-1] < legible[-1]
    return between and hidden[-1] - hidden[0] <= LONGEST_HIDDEN_S


def _past_a_post(rng: np.random.Generator, side: int) -> list[Drive]:
    drives, at_s = [], 0.0
    end = View.FRONT if side < 0 else View.REAR
    speed = float(rng.uniform(14, 32))
    for vehicle in draw_vehicles(5, rng):
        drives.append(even_drive(vehicle, end, -side * LANE_X_M, speed_mph=speed, at_s=at_s, rng=rng))
        at_s += float(rng.uniform(2.4, 3.4))
    return drives


def _post(rng: np.random.Generator, view: CameraView, side: int, *, with_sign: bool) -> Post:
    """Where the far lane's plates are hidden by it half way through the picture."""
    hidden_m, z = float(rng.uniform(14, 18)), float(rng.uniform(6.0, 8.0))
    part = z / hidden_m
    x = view.x_m + (-side * LANE_X_M - view.x_m) * part
    y = view.height_m + (0.6 - view.height_m) * part
    width = float(rng.uniform(0.09, 0.16))
    return Post(x, z, width, float(rng.uniform(0.2, 0.3)) if with_sign else 0.0, y)
