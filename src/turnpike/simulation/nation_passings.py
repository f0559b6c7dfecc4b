"""Who passes which camera, when, and in which lane: one block of the stream, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.nation_hours import ALONE, JOURNEYS
from turnpike.simulation.nation_places import AWAY, BOTH_WAYS, TOWARDS
from turnpike.simulation.nation_plan import mixed, salt
from turnpike.simulation.nation_vehicles import first_on_way

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nation_hours import Block, Timetable
    from turnpike.simulation.nation_places import NationPlaces
    from turnpike.simulation.nation_plan import NationPlan
    from turnpike.simulation.nation_vehicles import Drivers

_NEXT_CAMERA = 0.3
"""Of the second reads of one passing, the share by the next camera in place of the next lane. Source: ours."""
_SECOND_READ_MS = (30, 900)
_LINE_MS = 30 * 60_000
_LINE_DOWN = 0.004
"""Each half-hour, one camera in 250 has no line, and sends what it kept when the half-hour is over. Source: ours."""
_CATCH_UP = 60
"""What was kept is sent so many times as fast as it came."""
_CHANGED_LANE = 8
"""Of 32 passings, so many in another lane than the usual one."""
_U3, _THREE, _SEVEN = np.uint64(3), np.uint64(3), np.uint64(7)


@dataclass(frozen=True, slots=True, eq=False)
class Passings:
    """Columns of one length; times are milliseconds since 1970."""

    vehicles: NDArray[np.int64]
    own: NDArray[np.uint64]
    """64 bits of the vehicle's own chance."""
    cameras: NDArray[np.int32]
    lanes: NDArray[np.uint8]
    """From 1."""
    ways: NDArray[np.uint8]
    """`TOWARDS` or `AWAY`."""
    captured_ms: NDArray[np.int64]
    late_ms: NDArray[np.int64]
    """When it arrives, where the camera has no line; else 0."""

    def __len__(self) -> int:
        """How many."""
        return len(self.vehicles)

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Passings:
        """Those rows, in that order."""
        return Passings(*(getattr(self, field.name)[rows] for field in fields(self)))


def together(parts: list[Passings]) -> Passings:
    """All of them, one after another."""
    return Passings(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Passings))
    )


class Traffic:
    """Makes the passings of each block, in any order of blocks."""

    def __init__(
        self, plan: NationPlan, places: NationPlaces, timetable: Timetable, drivers: Drivers
    ) -> None:
        self._plan, self._places, self._timetable, self._drivers = plan, places, timetable, drivers
        self._line_salt = salt(plan.seed, 300)

    def passings(self, block: Block, rng: np.random.Generator) -> Passings:
        """What is captured in `block`, in no order; `rng` is the block's own."""
        journeys = [self._journeys(kind, block) for kind in range(ALONE + 1)]
        first = together(
            [self._pass(kind, *journey, rng) for kind, journey in enumerate(journeys) if len(journey[0])]
        )
        before = self._timetable.passings_before(block.first)
        twice = self._twice(first, self._timetable.repeats(before, len(first)), rng)
        ends_ms = self._plan.starts_ms + block.last * self._timetable.slot_s * 1000
        np.minimum(twice.captured_ms, ends_ms - 1, out=twice.captured_ms)
        return self._with_late(together([first, twice]))

    def _journeys(
        self, kind: int, block: Block
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Each passing of that kind in the block: its journey's number, the slot that began in, the how-manieth it is."""
        cameras, stride = self._timetable.steps(kind)
        numbers, begun, passed = [], [], []
        for passing in range(cameras):
            first, last = block.first - passing * stride, block.last - passing * stride
            number = np.arange(self._timetable.begun(kind, first), self._timetable.begun(kind, last))
            numbers.append(number)
            begun.append(np.repeat(np.arange(first, last), self._timetable.begun_in(kind, first, last)))
            passed.append(np.full(len(number), passing))
        return np.concatenate(numbers), np.concatenate(begun), np.concatenate(passed)

    def _pass(
        self,
        kind: int,
        numbers: NDArray[np.int64],
        begun: NDArray[np.int64],
        passed: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> Passings:
        """What those journeys are at their cameras."""
        vehicles, chance, homeward = self._drivers.vehicles(kind, numbers, begun)
        own = self._drivers.own_chance(vehicles)
        cameras, stride = self._timetable.steps(kind)
        if kind == ALONE:
            # By themselves, vehicles pass any camera of their way, near or far; each some oftener than others.
            far = (own ^ chance) & _THREE == 0
            on_way = (np.minimum(own >> _U3, chance >> _U3) & _SEVEN).astype(np.int64)
        else:
            far = np.full(len(vehicles), JOURNEYS[kind].far)
            start = first_on_way(own, cameras)
            on_way = start + np.where(homeward, cameras - 1 - passed, passed)
        camera, spot = self._drivers.cameras(own, chance, far, on_way)
        lanes, ways = self._lanes(camera, spot, homeward, rng)
        slot_ms = self._timetable.slot_s * 1000
        captured_ms = (
            rng.integers(0, slot_ms, len(vehicles))
            + (begun + passed * stride) * slot_ms
            + self._plan.starts_ms
        )
        return Passings(vehicles, own, camera, lanes, ways, captured_ms, np.zeros(len(vehicles), np.int64))

    def _lanes(
        self,
        cameras: NDArray[np.int32],
        spot: NDArray[np.uint64],
        homeward: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Lane and way of each passing: on a road with both ways, out by the one and home by the other."""
        way, lanes = self._places.way[cameras], self._places.lanes[cameras]
        both = way == BOTH_WAYS
        out = ((spot >> _U3) & np.uint64(1)).astype(bool)
        ways = np.where(both, np.where(homeward ^ out, np.uint8(AWAY), np.uint8(TOWARDS)), way)
        width = np.where(both, lanes >> 1, lanes)
        # Mostly the vehicle's usual lane.
        own_lane = (spot & _SEVEN).astype(np.uint8)
        any_lane = rng.integers(0, 32, len(cameras), dtype=np.uint8)
        lane = np.where(any_lane < _CHANGED_LANE, any_lane, own_lane) % width
        return (1 + lane + np.where(both & (ways == AWAY), width, 0)).astype(np.uint8), ways

    def _twice(self, passings: Passings, count: int, rng: np.random.Generator) -> Passings:
        """Second reads of `count` of them: a moment later, by the next lane or the next camera."""
        spacing = len(passings) / max(count, 1)
        rows = ((np.arange(count) + rng.random(count)) * spacing).astype(np.int64)
        again = passings.at(rows)
        by_camera = rng.random(count) < _NEXT_CAMERA
        lanes = self._places.lanes[again.cameras]
        by_lane = ~by_camera & (lanes > 1)
        again.lanes[by_lane] = np.where(again.lanes == 1, 2, again.lanes - 1)[by_lane]
        other = np.where(again.cameras == self._places.camera_count - 1, again.cameras - 1, again.cameras + 1)
        again.cameras[by_camera] = other[by_camera]
        again.captured_ms[:] += rng.integers(*_SECOND_READ_MS, count)
        return again

    def _with_late(self, passings: Passings) -> Passings:
        """The same, with the times of arrival of what had no line."""
        window, into = np.divmod(passings.captured_ms, _LINE_MS)
        numbers = (window * self._places.camera_count + passings.cameras).view(np.uint64)
        down = np.flatnonzero(mixed(numbers ^ self._line_salt) < np.uint64(int(_LINE_DOWN * 2**64)))
        passings.late_ms[down] = (window[down] + 1) * _LINE_MS + into[down] // _CATCH_UP
        return passings
