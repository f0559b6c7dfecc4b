"""When a nation drives: how many vehicles set out in each minute, and which block of the stream that falls into.

A journey passes a camera every so many minutes. Everything is counted here beforehand, by whole numbers, so that any
block of reads can be made by itself, in little memory, and the number of reads comes out exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.errors import NationSizeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nation_plan import NationPlan

DAY_S = 86_400
REPEATS_IN = 40
"""One passing in so many is read twice, by the next lane or the next camera. Source: ours."""
BLOCK_READS = 131_072
_SLOTS_S = (60, 30, 20, 15, 10, 5, 2, 1)
_LEAD_S = 3_600
"""Journeys that began up to this long before the first midnight are on the road when it strikes."""

_WEEKDAY = (5, 3, 3, 4, 9, 26, 62, 108, 112, 88, 80, 82, 84, 85, 90, 102, 118, 124, 98, 68, 47, 34, 24, 13)
_SATURDAY = (11, 7, 6, 6, 8, 14, 25, 40, 62, 84, 98, 106, 108, 102, 95, 90, 86, 80, 68, 52, 38, 29, 25, 18)
_SUNDAY = (13, 8, 6, 5, 6, 9, 15, 24, 40, 64, 86, 96, 98, 94, 90, 88, 86, 78, 66, 52, 38, 28, 20, 12)
"""Traffic of each hour of the day. Source: the shape of DfT TRA0307 (traffic by time of day and day of week) and of TRA0306;
the numbers are ours, rounded."""
_DAYS = (1.0, 1.01, 1.02, 1.03, 1.06, 1.0, 1.0)
"""Monday to Sunday, beside the hours' own sums. Source: ours, Friday the busiest."""
_SEASON = 0.05
_WEATHER = 0.03
"""How far a day's traffic swings with the month and by chance. Source: ours; DfT TRA0305 has most months within 5 %."""


@dataclass(frozen=True, slots=True)
class JourneyKind:
    """Journeys that pass `cameras` cameras, one every `stride_s` seconds; `share` is of all passings."""

    cameras: int
    stride_s: int
    share: float
    far: bool
    """True from town to town, false about one's own."""


JOURNEYS: tuple[JourneyKind, ...] = (
    JourneyKind(2, 120, 0.18, far=False),
    JourneyKind(3, 180, 0.14, far=False),
    JourneyKind(5, 240, 0.12, far=True),
    JourneyKind(8, 360, 0.10, far=True),
)
"""The rest of the passings are by themselves. Source: ours; about one read a seen journey, 55 million reads a day being fewer
than the car journeys of a day."""
ALONE = len(JOURNEYS)
"""The kind of what passes one camera only."""


@dataclass(frozen=True, slots=True)
class Block:
    """Slots `[first, last)`: what is captured in them is made together."""

    first: int
    last: int


class Timetable:
    """How many journeys of each kind begin in each slot of a plan's days.

    Journeys of a kind are numbered in the order in which they begin, those before the first midnight below 0.
    """

    def __init__(self, plan: NationPlan) -> None:
        passings = -(-plan.reads * REPEATS_IN // (REPEATS_IN + 1))
        self.slot_s = _slot_s(passings / plan.days / DAY_S)
        self._lead = _LEAD_S // self.slot_s
        self.slots = plan.days * DAY_S // self.slot_s
        weights = self._weights(plan)
        upper = np.concatenate([[0.0], np.cumsum(weights)])
        before = upper[self._lead]
        self._passings = np.floor((upper - before) / (upper[-1] - before) * passings).astype(np.int64)
        self._begun = [
            np.floor(self._passings * (kind.share / kind.cameras)).astype(np.int64) for kind in JOURNEYS
        ]
        self._begun.append(self._alone())
        # Where in its day's traffic each slot lies, 0 to 1.
        day = weights[self._lead :].reshape(plan.days, -1)
        through = (np.cumsum(day, axis=1) - day / 2) / day.sum(axis=1, keepdims=True)
        self._through = np.concatenate([through[0, -self._lead :], through.ravel()])

    def blocks(self) -> list[Block]:
        """All of them in order of time, each of about `BLOCK_READS`, and of one slot at least."""
        number = self._passings[self._lead : -1] // BLOCK_READS
        firsts = np.concatenate([[0], np.flatnonzero(np.diff(number)) + 1, [self.slots]])
        return [Block(first, last) for first, last in pairwise(firsts.tolist())]

    def begun(self, kind: int, slot: int) -> int:
        """How many journeys of that kind have begun before `slot`, which may lie before the first midnight."""
        return int(self._begun[kind][slot + self._lead])

    def begun_in(self, kind: int, first: int, last: int) -> NDArray[np.int64]:
        """How many begin in each slot of `[first, last)`."""
        upper = self._begun[kind][first + self._lead : last + self._lead + 1]
        begun: NDArray[np.int64] = upper[1:] - upper[:-1]
        return begun

    @property
    def journeys(self) -> int:
        """All that begin in the plan's days, passings by themselves among them."""
        return sum(int(begun[-1] - begun[self._lead]) for begun in self._begun)

    def steps(self, kind: int) -> tuple[int, int]:
        """How many cameras journeys of that kind pass, and every how many slots."""
        if kind == ALONE:
            return 1, 0
        return JOURNEYS[kind].cameras, JOURNEYS[kind].stride_s // self.slot_s

    def passings_before(self, slot: int) -> int:
        """How many cameras were passed before `slot`, from the first midnight on; second reads are not counted."""
        total = 0
        for kind in range(ALONE + 1):
            cameras, stride = self.steps(kind)
            for passing in range(cameras):
                total += self.begun(kind, slot - passing * stride) - self.begun(kind, -passing * stride)
        return total

    def through_day(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        """Which share of its day's traffic has gone by when each of `slots` is half over."""
        through: NDArray[np.float64] = self._through[slots + self._lead]
        return through

    def repeats(self, passings_before: int, passings: int) -> int:
        """How many of the passings after the first `passings_before` are read twice."""
        return (passings_before + passings) // REPEATS_IN - passings_before // REPEATS_IN

    def _alone(self) -> NDArray[np.int64]:
        """What is left for passings by themselves, so that every slot has its number, or the next ones make up for it."""
        wanted = np.diff(self._passings[self._lead :])
        for number, kind in enumerate(JOURNEYS):
            stride = kind.stride_s // self.slot_s
            for passing in range(kind.cameras):
                wanted = wanted - self.begun_in(number, -passing * stride, self.slots - passing * stride)
        left = np.maximum.accumulate(np.maximum(np.cumsum(wanted), 0))
        return np.concatenate([np.zeros(self._lead + 1, np.int64), left])

    def _weights(self, plan: NationPlan) -> NDArray[np.float64]:
        """Traffic of each slot, those of the hour before the first midnight first."""
        rng = np.random.default_rng([plan.seed, 103])
        days = np.arange(-1, plan.days)
        weekday = (plan.first_day.weekday() + days) % 7
        season = 1 + _SEASON * np.cos((days + plan.first_day.timetuple().tm_yday - 196) * 2 * np.pi / 365.25)
        of_day = np.array(_DAYS)[weekday] * season * (1 + _WEATHER * rng.uniform(-1, 1, len(days)))
        shapes = np.array([_WEEKDAY] * 5 + [_SATURDAY, _SUNDAY], np.float64)
        of_hour = (shapes[weekday] * of_day[:, None]).ravel()
        # Sloping from the middle of one hour to the middle of the next.
        first = DAY_S - _LEAD_S
        at_s = (np.arange(self._lead + self.slots) + 0.5) * self.slot_s + first
        weights: NDArray[np.float64] = np.interp(at_s, (np.arange(len(of_hour)) + 0.5) * 3_600, of_hour)
        return weights


def _slot_s(passings_per_s: float) -> int:
    """The longest slot that a block of memory holds at the busiest time."""
    busiest = passings_per_s * 3
    for seconds in _SLOTS_S:
        if seconds * busiest <= 2 * BLOCK_READS:
            return seconds
    raise NationSizeError("That is more than 80,000 reads a second; spread them over more days.")
