"""How each condition's clip goes: the camera, and who drives past it when.

The cameras are what a fixed one for plates is: over or beside one or two lanes, with a long lens that looks at some twenty metres
of road. Source: ours, after the usual advice of makers for such cameras (mounted at 4 to 6 m, a plate at least 60 to 130 pixels wide,
an exposure of 1/1000 s by day and 1/500 s by night).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.light import Light, light_of
from turnpike.simulation.models import View
from turnpike.simulation.perspective import CameraView
from turnpike.simulation.traffic_driving import FAR_M, GONE_M, MPH, even_drive, lane_of, nearside_x_m
from turnpike.simulation.traffic_models import Condition
from turnpike.simulation.traffic_occluding import occluded
from turnpike.simulation.traffic_plates import RoadVehicle, draw_vehicles, look_alike_of
from turnpike.simulation.traffic_stage import Drive, Stage, Weather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from turnpike.simulation.traffic_occluding import Draw

DAY_EXPOSURE_S, DULL_EXPOSURE_S, NIGHT_EXPOSURE_S = 1 / 1000, 1 / 700, 1 / 500
LEAD_IN_S, LEAD_OUT_S = 0.5, 0.6
"""Before the first vehicle comes into view, and after the last has left it."""


def stage_of(condition: Condition, seed: int, size: tuple[int, int]) -> Stage:
    """What a clip of that condition and seed is made of; the same for the same."""
    rng = np.random.default_rng([seed, list(Condition).index(condition), 31])
    return _PLANS[condition](rng, size)


def overhead_view(rng: np.random.Generator, size: tuple[int, int], *, towards_x_m: float = 0.0) -> CameraView:
    """A camera at 4.4 to 5.4 m, near the middle of the road or leaning to `towards_x_m`: plates show from about 30 m to 12 m."""
    focal = float(rng.uniform(2.7, 3.05)) * size[0]
    height = float(rng.uniform(4.4, 5.4))
    near = float(rng.uniform(11.6, 12.8))
    x = float(rng.uniform(-0.9, 0.9))
    # So that the middle of what is looked at stands in the middle of the picture.
    shift = focal * (x - towards_x_m) / 17.0
    pitch = math.atan2(height - 0.6, near) - math.atan2(size[1] / 2 - 16, focal)
    return CameraView(size, focal, height, pitch, x, shift)


def begun(drives: Sequence[Drive]) -> tuple[tuple[Drive, ...], float]:
    """The same drives with the first coming into view soon after the clip begins, and how long the clip lasts then."""
    start = min(in_view_s(drive)[0] for drive in drives) - LEAD_IN_S
    moved = tuple(replace(drive, times_s=drive.times_s - start) for drive in drives)
    return moved, max(in_view_s(drive)[1] for drive in moved) + LEAD_OUT_S


def in_view_s(drive: Drive) -> tuple[float, float]:
    """About when its plate is within the reach of the lens."""
    near, far = 9.0, 34.0
    at = sorted(float(np.interp(m, *_rising(drive))) for m in (near, far))
    return at[0], at[1]


def _rising(drive: Drive) -> tuple[np.ndarray, np.ndarray]:
    rising = drive.z_m[-1] >= drive.z_m[0]
    return (drive.z_m, drive.times_s) if rising else (drive.z_m[::-1], drive.times_s[::-1])


def _end(rng: np.random.Generator) -> View:
    return View.FRONT if rng.random() < 0.5 else View.REAR  # noqa: PLR2004 - a fair coin


def _day(rng: np.random.Generator) -> Light:
    return light_of(float(rng.uniform(12, 60)))


def _stage(
    rng: np.random.Generator,
    view: CameraView,
    light: Light,
    weather: Weather,
    drives: Sequence[Drive],
) -> Stage:
    moved, seconds = begun(drives)
    return Stage(
        view,
        light,
        weather,
        moved,
        seconds,
        backdrop_seed=int(rng.integers(1, 1_000_000)),
        radius_m=float(rng.choice((300.0, 1_000.0, 1_600.0))),
    )


def _file(
    rng: np.random.Generator,
    count: int,
    *,
    mph: tuple[float, float],
    headway_s: tuple[float, float],
    end: View | None = None,
    vehicles: list[RoadVehicle] | None = None,
) -> list[Drive]:
    """Vehicles one behind another in one lane, at nearly one speed."""
    end = end or _end(rng)
    speed, at_s, drives = float(rng.uniform(*mph)), 0.0, []
    for vehicle in vehicles or draw_vehicles(count, rng):
        own = speed * float(rng.uniform(0.985, 1.015))
        drives.append(even_drive(vehicle, end, nearside_x_m(end), speed_mph=own, at_s=at_s, rng=rng))
        at_s += float(rng.uniform(*headway_s))
    return drives


def _steady(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    drives = _file(rng, 5, mph=(20, 40), headway_s=(1.8, 3.0))
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _fast(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    end, drives = _end(rng), []
    for lane, vehicle in enumerate(draw_vehicles(6, rng)):
        side = nearside_x_m(end) * (1 if lane % 2 else -1)
        at_s = lane * 0.75 + float(rng.uniform(-0.15, 0.15))
        speed = float(rng.uniform(62, 75) if lane % 2 == 0 else rng.uniform(50, 62))
        drives.append(even_drive(vehicle, end, side, speed_mph=speed, at_s=at_s, rng=rng))
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _queue(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    """They roll up, stand, and roll on, twice; each does what the one before does, a second later."""
    end, speed = _end(rng), float(rng.uniform(4.0, 7.0))
    stops = sorted(float(m) for m in (rng.uniform(14, 19), rng.uniform(20, 26)))
    if end is View.FRONT:
        stops = stops[::-1]
    first, last = (FAR_M, GONE_M) if end is View.FRONT else (GONE_M, FAR_M)
    times, places = [0.0], [first]
    for stop in stops:
        times.append(times[-1] + abs(stop - places[-1]) / speed + 0.8)
        places.append(stop)
        times.append(times[-1] + float(rng.uniform(10, 22)))
        places.append(stop)
    times.append(times[-1] + abs(last - places[-1]) / speed)
    places.append(last)
    drives, behind_s, back_m = [], 0.0, 0.0
    for vehicle in draw_vehicles(5, rng):
        away = back_m if end is View.FRONT else -back_m
        z, at = np.array(places) + away, np.array(times) + behind_s
        # It goes on until it has left, and comes from where it is not yet seen.
        lead = abs(last - z[-1]) / speed
        z, at = np.append(z, last), np.append(at, at[-1] + max(lead, 0.01))
        phase = float(rng.uniform(0, 6.3))
        x_m = nearside_x_m(end)
        mph = speed / MPH
        drives.append(Drive(vehicle, end, x_m, at, z, lane_of(x_m), mph, float(rng.normal(0, 0.012)), phase))
        behind_s += float(rng.uniform(0.8, 1.2))
        back_m += float(rng.uniform(6.9, 9.5))
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _parked(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    """One stands at the kerb all the while; others go past it."""
    vehicles = draw_vehicles(6, rng)
    end = _end(rng)
    passing = _file(rng, 5, mph=(18, 32), headway_s=(2.5, 6.0), end=end, vehicles=vehicles[1:])
    moved, seconds = begun(passing)
    x = -math.copysign(2.5, nearside_x_m(end))
    z = float(rng.uniform(17.5, 21.5))
    stands = Drive(
        vehicles[0], _end(rng), x, np.array([-1.0, seconds + 1.0]), np.array([z, z]), lane_of(x), 0.0
    )
    view = overhead_view(rng, size, towards_x_m=x * 0.35)
    stage = _stage(rng, view, _day(rng), Weather(DAY_EXPOSURE_S), passing)
    return replace(stage, drives=(*moved, stands), seconds=seconds)


def _overtaking(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    """In two lanes of one direction a faster vehicle draws level with a slower one while both plates show."""
    end, drives, at_s = _end(rng), [], 0.0
    vehicles = draw_vehicles(6, rng)
    for slower, faster in zip(vehicles[::2], vehicles[1::2], strict=True):
        speed = float(rng.uniform(24, 38))
        level_m = float(rng.uniform(14, 23))
        for vehicle, own, x_m in (
            (slower, speed, nearside_x_m(end)),
            (faster, speed * float(rng.uniform(1.25, 1.8)), -nearside_x_m(end)),
        ):
            drives.append(even_drive(vehicle, end, x_m, speed_mph=own, at_s=at_s, rng=rng, there_m=level_m))
        at_s += float(rng.uniform(3.2, 4.2))
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _occlusion(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    draw: Draw = occluded(rng, size)
    stage = _stage(rng, draw.view, _day(rng), Weather(DAY_EXPOSURE_S), draw.drives)
    return replace(stage, posts=draw.posts)


def _following_close(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    """Headways of 0.6 to 1 second, and among them two whose plates look alike."""
    vehicles = draw_vehicles(4, rng, kinds=(0.5, 0.25, 0.22, 0.03))
    for index, vehicle in enumerate(vehicles):
        twin = look_alike_of(vehicle, rng)
        if twin is not None and twin.worn.plate not in {one.worn.plate for one in vehicles}:
            vehicles.insert(index + 1, twin)
            break
    drives = _file(rng, 0, mph=(38, 60), headway_s=(0.6, 1.0), vehicles=vehicles)
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _two_way(rng: np.random.Generator, *, mph: tuple[float, float]) -> list[Drive]:
    coming = _file(rng, 3, mph=mph, headway_s=(1.6, 2.6), end=View.FRONT)
    taken = {drive.vehicle.worn.plate for drive in coming}
    vehicles = draw_vehicles(3, rng)
    while taken & {one.worn.plate for one in vehicles}:
        vehicles = draw_vehicles(3, rng)
    return coming + _file(rng, 3, mph=mph, headway_s=(1.6, 2.6), end=View.REAR, vehicles=vehicles)


def _both_directions(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    drives = _two_way(rng, mph=(20, 42))
    return _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), drives)


def _night(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    weather = Weather(NIGHT_EXPOSURE_S, infrared=bool(rng.random() < 0.5))  # noqa: PLR2004 - a fair coin
    drives = _two_way(rng, mph=(22, 45))
    return _stage(rng, overhead_view(rng, size), light_of(-16.0), weather, drives)


def _rain(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    drives = _two_way(rng, mph=(20, 45))
    weather = Weather(DULL_EXPOSURE_S, rain=float(rng.uniform(0.4, 1.0)))
    return _stage(rng, overhead_view(rng, size), light_of(float(rng.uniform(4, 12))), weather, drives)


def _dusk(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    drives = _two_way(rng, mph=(20, 45))
    weather = Weather(DULL_EXPOSURE_S, glare=float(rng.uniform(0.3, 1.0)))
    return _stage(rng, overhead_view(rng, size), light_of(float(rng.uniform(-3, 4))), weather, drives)


def _coming_back(rng: np.random.Generator, size: tuple[int, int]) -> Stage:
    """Two go past; a minute or more later one of them comes back the other way, and is a second pass."""
    vehicles = draw_vehicles(3, rng)
    end = _end(rng)
    other = View.REAR if end is View.FRONT else View.FRONT
    drives = _file(rng, 0, mph=(20, 40), headway_s=(1.8, 2.6), end=end, vehicles=vehicles[:2])
    later = _file(
        rng,
        0,
        mph=(20, 40),
        headway_s=(1.8, 2.6),
        end=other,
        vehicles=[vehicles[2], vehicles[int(rng.integers(2))]],
    )
    away_s = float(rng.uniform(62, 90))
    later = [replace(drive, times_s=drive.times_s + away_s) for drive in later]
    stage = _stage(rng, overhead_view(rng, size), _day(rng), Weather(DAY_EXPOSURE_S), [*drives, *later])
    gone_s = max(in_view_s(drive)[1] for drive in stage.drives[:2]) + LEAD_OUT_S
    comes_s = min(in_view_s(drive)[0] for drive in stage.drives[2:]) - LEAD_IN_S
    return replace(stage, unseen_s=(gone_s, comes_s))


_PLANS: dict[Condition, Callable[[np.random.Generator, tuple[int, int]], Stage]] = {
    Condition.STEADY: _steady,
    Condition.FAST: _fast,
    Condition.QUEUE: _queue,
    Condition.PARKED: _parked,
    Condition.OVERTAKING: _overtaking,
    Condition.OCCLUSION: _occlusion,
    Condition.FOLLOWING_CLOSE: _following_close,
    Condition.BOTH_DIRECTIONS: _both_directions,
    Condition.NIGHT: _night,
    Condition.RAIN: _rain,
    Condition.DUSK: _dusk,
    Condition.COMING_BACK: _coming_back,
}
