"""Who drives: vehicles by how often they are out, each with its hour of the day, its home and its ways.

A vehicle is a number. All about it follows from the number and the seed, so nothing is kept of forty million of them.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.nation_plan import NATION_VEHICLES, mixed, salt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nation_hours import Timetable
    from turnpike.simulation.nation_places import NationPlaces
    from turnpike.simulation.nation_plan import NationPlan

_HOURS = 48
"""Habits: so many groups of vehicles that set out one after another, and come home half a day's traffic later."""
_SPREAD = 1.6
"""Spread of how often vehicles are out (of the logarithm). Source: ours; a tenth of them make half the journeys."""
_BUSIEST = 30.0
"""Times the mean, at most. Source: ours; a taxi is read some forty times a day where the mean is 1.4."""
_ALL_DAY = 4.0
"""Journeys a day from which a vehicle is out at any hour, as taxis, buses and vans are. Source: ours."""
_PASSING_THROUGH = 0.08
"""Share of journeys by vehicles from elsewhere, in a plan that is small beside a nation. Source: ours."""
_KNOTS = 20_000
_TABLE = 65_536
_LOW16 = np.uint64(0xFFFF)
_U8, _U16, _U32, _U48 = np.uint64(8), np.uint64(16), np.uint64(32), np.uint64(48)

_HABITUAL_WEEKDAY, _HABITUAL_WEEKEND = 0.72, 0.30
"""Share of journeys at the vehicle's own hour. Source: ours; the rest are at any."""
_SATURDAY = 5
_ERRANDS = (0.70, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.01)
"""How often a vehicle takes its usual way, and each of its eight others. Source: ours."""
WAY_CAMERAS = 8
"""A way passes so many cameras; a short journey a few of them, always the same."""
_FARTHEST = 7
"""Towns from home to work at most, so that from camera to camera it is one at most."""


class Drivers:
    """Draws the vehicle of each journey, and says which cameras it passes."""

    def __init__(self, plan: NationPlan, places: NationPlaces, timetable: Timetable) -> None:
        self._plan, self._places, self._timetable = plan, places, timetable
        self._ranks = _by_popularity(plan)
        self._group = int(self._ranks[-1]) + 1
        # Of one group, so many are out all day: they stand first.
        journeys_a_day = timetable.journeys / plan.days / _HOURS / _TABLE / np.diff(self._ranks)
        self._all_day = float(self._ranks[np.count_nonzero(journeys_a_day > _ALL_DAY)])
        self._journey_salt = [salt(plan.seed, 200 + kind) for kind in range(16)]
        self._vehicle_salt, self._way_salt = salt(plan.seed, 220), salt(plan.seed, 221)
        self._home = places.town_by_chance(_TABLE)
        self._errand = np.repeat(np.arange(len(_ERRANDS), dtype=np.uint8), _shares(_ERRANDS, 256))
        self._distance = _distances()

    def vehicles(
        self, kind: int, numbers: NDArray[np.int64], slots: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.bool_]]:
        """Of each journey of that kind, begun in `slots`: its vehicle, its own chance, and whether it leads home."""
        chance = mixed(numbers.view(np.uint64) ^ self._journey_salt[kind])
        place = (chance >> _U48).astype(np.int64)
        within = ((chance >> _U16) & np.uint64(0xFFFFFFFF)).astype(np.float64) * 2.0**-32
        lower = self._ranks[place]
        rank = (lower + (self._ranks[place + 1] - lower) * within).astype(np.int64)
        twice = self._timetable.through_day(slots) * 2
        home = twice >= 1
        habit = ((twice - home) * _HOURS).astype(np.int64)
        more = mixed(chance)
        # At its own hour or a little beside it, else at any.
        beside = (
            (more & np.uint64(7)).astype(np.int64)
            + ((more >> np.uint64(3)) & np.uint64(7)).astype(np.int64)
            - 7
        ) // 4
        any_hour = (((more >> _U16) & _LOW16) * np.uint64(_HOURS) >> _U16).astype(np.int64)
        day = slots * self._timetable.slot_s // 86_400 + self._plan.first_day.weekday()
        limit = np.where(
            day % 7 < _SATURDAY, int(_HABITUAL_WEEKDAY * 65_536), int(_HABITUAL_WEEKEND * 65_536)
        )
        usual = ((more >> _U48).astype(np.int64) < limit) & (rank >= self._all_day)
        hour = np.where(usual, (habit + beside) % _HOURS, any_hour)
        home ^= ~usual & ((more >> np.uint64(6)) & np.uint64(1)).astype(bool)
        return hour * self._group + rank, more, home

    def own_chance(self, vehicles: NDArray[np.int64]) -> NDArray[np.uint64]:
        """64 bits of each vehicle's own."""
        return mixed(vehicles.view(np.uint64) ^ self._vehicle_salt)

    def cameras(
        self,
        own: NDArray[np.uint64],
        chance: NDArray[np.uint64],
        far: NDArray[np.bool_],
        on_way: NDArray[np.int64],
    ) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """The camera of each passing, and chance that is the same whenever this vehicle passes it on this way.

        `own` and `chance` are the vehicle's and the journey's; `on_way` 0 to 7 counts from home.
        """
        errand = self._errand[((chance >> _U32) & np.uint64(0xFF)).astype(np.intp)].astype(np.uint64)
        way = mixed(own + (errand * np.uint64(2) + far) * np.uint64(0xD1342543DE82EF95) ^ self._way_salt)
        home = self._home[(own >> _U48).astype(np.intp)].astype(np.int64)
        towns_away = self._distance[far.astype(np.intp) * 256 + (way >> np.uint64(56)).astype(np.intp)]
        town = home + (towns_away * on_way) // (WAY_CAMERAS - 1)
        last = self._places.town_count - 1
        town = np.abs(town)
        town = np.clip(np.where(town > last, 2 * last - town, town), 0, last)
        spot = mixed(way + on_way.view(np.uint64))
        # Squared, so that a town's first cameras are its busy ones.
        share = (spot >> _U32).astype(np.float64) * 2.0**-32
        camera = self._places.first_camera[town] + (
            share * share * self._places.cameras_of_town[town]
        ).astype(np.int64)
        return camera.astype(np.int32), spot


def first_on_way(own: NDArray[np.uint64], cameras: int) -> NDArray[np.int64]:
    """Where on its way a vehicle's journeys past so many cameras begin: the same each time."""
    choices = WAY_CAMERAS - cameras + 1
    return (((own >> _U8) & np.uint64(0xFF)) * np.uint64(choices) >> _U8).astype(np.int64)


def _by_popularity(plan: NationPlan) -> NDArray[np.float64]:
    """Where on the scale of vehicles, the busiest first, each 65,536th of all journeys begins and ends.

    The scale is that of one group of vehicles with the same habit; all are alike in this.
    """
    at_home = plan.vehicle_count / _HOURS
    nation = max(plan.vehicle_count, NATION_VEHICLES) / _HOURS
    parts = np.linspace(0, 1, _KNOTS + 1)[1:-1] ** 3
    normal = NormalDist()
    often = np.array([np.exp(_SPREAD * -normal.inv_cdf(float(part)) - _SPREAD**2 / 2) for part in parts])
    often = np.minimum(often, _BUSIEST)
    scale = np.concatenate([[0.0], parts, [1.0]]) * at_home
    rates = np.concatenate([[_BUSIEST], often, [often[-1]]])
    mass = np.concatenate([[0.0], np.cumsum((rates[1:] + rates[:-1]) / 2 * np.diff(scale))])
    through = _PASSING_THROUGH * (1 - at_home / nation)
    steps = np.linspace(0, 1, 257)[1:]
    # Those from nearer by are here oftener than those from far.
    scale = np.concatenate([scale, at_home + (nation - at_home) * steps**3])
    mass = np.concatenate([mass / mass[-1] * (1 - through), 1 - through + through * steps])
    ranks = np.interp(np.arange(_TABLE + 1) / _TABLE, mass, scale)
    return np.minimum(ranks, np.nextafter(np.ceil(nation), 0))


def _distances() -> NDArray[np.int64]:
    """Towns from one end of a way to the other, signed: 256 chances near home, then 256 farther."""
    rng = np.random.default_rng(104)
    near = np.repeat([-1, 0, 1], (64, 128, 64))
    far = np.clip(np.rint(rng.normal(0, 4, 256)), -_FARTHEST, _FARTHEST)
    return np.concatenate([near, far]).astype(np.int64)


def _shares(shares: tuple[float, ...], total: int) -> NDArray[np.int64]:
    """Shares as whole numbers that make up `total`."""
    upper = np.rint(np.cumsum(shares) / sum(shares) * total).astype(np.int64)
    return np.diff(upper, prepend=0)
