"""A day's drives over the town's streets, and which cameras each of them passes.

Source for the shape of the day: National Travel Survey, trips in progress by hour on a weekday: peaks about
08:00 and 17:00, few between midnight and 05:00.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike.simulation.models import Journey, Passing, TownVehicle, VehicleKind
from turnpike.simulation.street_plan import HOMES, STREETS, WORKPLACES, Street, street_length_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

DAY_S = 86_400
HOUR_S = 3_600
METRES_PER_SECOND_PER_MPH = 0.44704
COMMUTER_SHARE = 0.7
EVENING_SHARE = 0.35
# Chosen so that it crosses the town through the middle: the cameras there see it.
STOLEN_STOPS = (
    "Sedgeholme",
    "market",
    "ring south",
    "ring west",
    "market",
    "ring east",
    "ring north",
    "Sedgeholme",
)


@dataclass(frozen=True, slots=True)
class _Leg:
    street: Street
    forward: bool


def day_of(vehicle: TownVehicle, watched: Mapping[str, str], rng: np.random.Generator) -> tuple[Journey, ...]:
    """The vehicle's drives of one day; `watched` maps street names to the camera on them."""
    home = HOMES[int(rng.integers(0, len(HOMES)))]
    work = [place for place in WORKPLACES if place != home][int(rng.integers(0, len(WORKPLACES) - 1))]
    if vehicle.kind is VehicleKind.VAN:
        stops = [home, *(str(place) for place in rng.permutation(WORKPLACES)[:5] if place != home), home]
        start_s = rng.normal(8 * HOUR_S, HOUR_S / 2)
        return round_trip(vehicle, stops, start_s, 1.3 * HOUR_S, watched, rng)
    drives: tuple[Journey, ...] = ()
    if rng.random() < COMMUTER_SHARE:
        out_s = rng.normal(7.75 * HOUR_S, 0.6 * HOUR_S)
        drives += (drive(vehicle, home, work, out_s, watched, rng),)
        drives += (drive(vehicle, work, home, rng.normal(17.2 * HOUR_S, 0.8 * HOUR_S), watched, rng),)
    else:
        drives += round_trip(
            vehicle, [home, work, home], rng.uniform(9 * HOUR_S, 14 * HOUR_S), HOUR_S, watched, rng
        )
    if rng.random() < EVENING_SHARE:
        drives += round_trip(
            vehicle,
            [home, "market", home],
            rng.normal(19.3 * HOUR_S, 0.6 * HOUR_S),
            1.5 * HOUR_S,
            watched,
            rng,
        )
    return drives


def stolen_day(
    vehicle: TownVehicle, watched: Mapping[str, str], rng: np.random.Generator
) -> tuple[Journey, ...]:
    """The stolen vehicle's day: through the town and round it, from late morning on."""
    return round_trip(vehicle, list(STOLEN_STOPS), 10.6 * HOUR_S, 0.6 * HOUR_S, watched, rng)


def round_trip(
    vehicle: TownVehicle,
    stops: list[str],
    start_s: float,
    pause_s: float,
    watched: Mapping[str, str],
    rng: np.random.Generator,
) -> tuple[Journey, ...]:
    """Drives from stop to stop, with a pause of about `pause_s` at each."""
    drives: list[Journey] = []
    at_s = start_s
    for here, there in itertools.pairwise(stops):
        drives.append(drive(vehicle, here, there, at_s, watched, rng))
        at_s += sum(street_length_m(leg.street) / _speed(leg.street) for leg in _route(here, there))
        at_s += pause_s * rng.uniform(0.7, 1.4)
    return tuple(drives)


def drive(
    vehicle: TownVehicle,
    here: str,
    there: str,
    start_s: float,
    watched: Mapping[str, str],
    rng: np.random.Generator,
) -> Journey:
    """One drive by the quickest way; passings after midnight are left out."""
    passes: list[Passing] = []
    at_s = max(0.0, start_s)
    for leg in _route(here, there):
        mph = leg.street.mph * rng.uniform(0.85, 1.1)
        whole_s = street_length_m(leg.street) / (mph * METRES_PER_SECOND_PER_MPH)
        camera_id = watched.get(leg.street.name)
        if camera_id is not None:
            share = leg.street.site if leg.forward else 1 - leg.street.site
            # A camera looks from its street's start to its end: who drives the same way shows the rear.
            passes.append(
                Passing(camera_id, int(at_s + whole_s * share), 2 if leg.forward else 1, round(mph))
            )
        at_s += whole_s
    return Journey(vehicle, tuple(passing for passing in passes if passing.offset_s < DAY_S))


def _speed(street: Street) -> float:
    return street.mph * METRES_PER_SECOND_PER_MPH


@lru_cache(maxsize=512)
def _route(here: str, there: str) -> tuple[_Leg, ...]:
    """The quickest way between two junctions. Source: Dijkstra 1959."""
    queue: list[tuple[float, int, str, tuple[_Leg, ...]]] = [(0.0, 0, here, ())]
    order = 0
    reached: set[str] = set()
    while queue:
        spent_s, _, junction, legs = heapq.heappop(queue)
        if junction == there:
            return legs
        if junction in reached:
            continue
        reached.add(junction)
        for street in STREETS:
            if junction not in (street.start, street.end):
                continue
            forward = junction == street.start
            order += 1
            further_s = spent_s + street_length_m(street) / _speed(street)
            after = street.end if forward else street.start
            heapq.heappush(queue, (further_s, order, after, (*legs, _Leg(street, forward))))
    return ()
