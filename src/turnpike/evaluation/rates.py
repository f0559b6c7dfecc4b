"""Shares with their exact intervals, and whether they meet what is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from turnpike.exact_intervals import USUAL_LEVEL, chance_of_at_least, exact_interval

VAGUE = 0.2
"""An interval wider than this, of 0 to 1, tells too little to be compared with another. Source: ours."""
MOST_FORETOLD = 1_000_000
_KEPT_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with the exact interval of its share."""

    count: int
    of: int
    low: float
    high: float

    @classmethod
    def counted(cls, count: int, of: int, level: float) -> Rate:
        """With its interval at `level`.

        Raises:
            ValueError: `count` is not from 0 to `of`.
        """
        return cls(count, of, *exact_interval(count, of, level))

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def is_vague(self) -> bool:
        """Whether too few were counted to tell."""
        return self.high - self.low > VAGUE


class Standing(StrEnum):
    """What the figures say of a demand; the values are part of the JSON report."""

    MEETS = "meets"
    FAILS = "does not meet"
    TOO_FEW = "too few plates to tell"


@dataclass(frozen=True, slots=True)
class Demand:
    """The least shares that are asked for, of labelled plates captured and of these read right, and how sure to be (all 0-1).

    Source of the defaults: what is usually asked of fixed cameras, 98 % captured and 95 % of these right.
    """

    captured: float = 0.98
    read: float = 0.95
    level: float = USUAL_LEVEL


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rate against what is asked for.

    `more` is about how many more would have to be counted to tell, if they turn out as those before; None where it is told already,
    or cannot be foretold because the share is too near to the demand.
    """

    rate: Rate
    demand: float
    standing: Standing
    more: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both rates judged; `more_plates` as a judgement's `more`, in labelled plates."""

    captured: Judgement
    read: Judgement
    standing: Standing
    more_plates: int | None


def verdict_of(plates: int, captured: int, read_right: int, demand: Demand) -> Verdict:
    """The verdict on so many labelled plates, by the intervals' ends and never by the shares themselves.

    Not met once one demand is not met; met once both are. A camera that misses a demand is said to meet it in at most half of the
    chances that `demand.level` leaves (2.5 in 100), and one that meets both is said not to in at most all of them.

    Raises:
        ValueError: of less than none, or more than all.
    """
    first = _judged(captured, plates, demand.captured, demand.level)
    second = _judged(read_right, captured, demand.read, demand.level)
    both = (first.standing, second.standing)
    if Standing.FAILS in both:
        return Verdict(first, second, Standing.FAILS, None)
    if both == (Standing.MEETS, Standing.MEETS):
        return Verdict(first, second, Standing.MEETS, None)
    needed = []
    if first.standing is Standing.TOO_FEW:
        needed.append(first.more)
    if second.standing is Standing.TOO_FEW:
        share = captured / plates if captured else 1.0
        needed.append(None if second.more is None else math.ceil(second.more / share))
    more = None if None in needed else max(number for number in needed if number is not None)
    return Verdict(first, second, Standing.TOO_FEW, None if more is None else _rounded_up(more))


def _judged(count: int, of: int, demand: float, level: float) -> Judgement:
    rate = Rate.counted(count, of, level)
    standing = _standing(count, of, demand, level)
    more = _more_needed(count, of, demand, level) if standing is Standing.TOO_FEW else None
    return Judgement(rate, demand, standing, more)


def _standing(count: int, of: int, demand: float, level: float) -> Standing:
    """By the exact interval's ends: its lower one is at least the demand, or its upper one below it."""
    tail = (1 - level) / 2
    if chance_of_at_least(count, of, demand) <= tail:
        return Standing.MEETS
    if 1 - (chance_of_at_least(count + 1, of, demand) if count < of else 0.0) < tail:
        return Standing.FAILS
    return Standing.TOO_FEW


def _more_needed(count: int, of: int, demand: float, level: float) -> int | None:
    """How many more, of which the same share counts, would tell; of none, as if all counted."""
    share = count / of if of else 1.0
    rounded = math.floor if share >= demand else math.ceil

    def tells(number: int) -> bool:
        # A hair to the safe side, so that 0.95 x 20 is 19 and not 18.99…
        hair = 1e-9 if rounded is math.floor else -1e-9
        supposed = min(number, rounded(share * number + hair))
        return _standing(supposed, number, demand, level) is not Standing.TOO_FEW

    low, high = of, max(1, of)
    while not tells(high):
        low, high = high, 2 * high
        if high > MOST_FORETOLD:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return high - of


def _rounded_up(number: int) -> int:
    """To two digits: “about 184” would claim to know what it cannot."""
    unit: int = 10 ** max(0, len(str(number)) - _KEPT_DIGITS)
    return -(-number // unit) * unit
