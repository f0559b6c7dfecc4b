"""How large a synthetic nation is, when it drives, and where its chance comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.errors import NationSizeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NATION_READS_A_DAY = 55_000_000
NATION_CAMERAS = 13_000
"""Source: DESIGN section 1, 13,000 cameras and 55 to 60 million reads a day."""
NATION_VEHICLES = 40_000_000
"""Source: DfT VEH0101, about 41 million vehicles licensed in the United Kingdom."""

_SMALLER = 0.6
"""Half the reads are of more than half the vehicles and cameras: both fall with this power of the reads a day. Source:
ours, so that 1.3 million reads a day are of 4.3 million vehicles, near the 3.2 million of the force in DESIGN section 1."""
LEAST_VEHICLES, MOST_VEHICLES = 500, 60_000_000
LEAST_CAMERAS, MOST_CAMERAS = 8, 100_000
MOST_DAYS = 3_660
MOST_READS = 10**11

_GOLDEN = 0x9E3779B97F4A7C15
_WORD = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class NationPlan:
    """What to simulate; the same plan gives the same reads.

    Raises:
        NationSizeError: a number is out of its range, which the sentence says.
    """

    reads: int
    """How many, exactly: 1 to 10^11, misreads and second reads of one passing included."""
    days: int = 365
    """1 to 3,660."""
    seed: int = 7
    """0 to 2^63 - 1."""
    first_day: date = date(2026, 1, 1)
    cameras: int = 0
    """8 to 100,000; 0 for as many as would make so many reads a day, 13,000 at a nation's 55 million."""
    vehicles: int = 0
    """Vehicles at home here, 500 to 60 million; 0 for as many as would make so many reads a day, 40 million at a nation's.
    Where they are fewer than a nation's 40 million, some of the rest pass through."""

    def __post_init__(self) -> None:
        """Refuse what is no nation."""
        _check("reads", self.reads, 1, MOST_READS)
        _check("days", self.days, 1, MOST_DAYS)
        _check("seed", self.seed, 0, 2**63 - 1)
        if self.cameras:
            _check("cameras", self.cameras, LEAST_CAMERAS, MOST_CAMERAS)
        if self.vehicles:
            _check("vehicles", self.vehicles, LEAST_VEHICLES, MOST_VEHICLES)
        if not 1970 <= self.first_day.year < 2190:  # noqa: PLR2004 - what the store can hold, with room for the days
            raise NationSizeError("The first day must be from the years 1970 to 2189.")

    @property
    def starts_ms(self) -> int:
        """The first day's midnight, in milliseconds since 1970."""
        midnight = datetime(self.first_day.year, self.first_day.month, self.first_day.day, tzinfo=UTC)
        return int(midnight.timestamp()) * 1000

    @property
    def camera_count(self) -> int:
        """As asked, or as follows from the reads."""
        return self.cameras or self._scaled(NATION_CAMERAS, LEAST_CAMERAS)

    @property
    def vehicle_count(self) -> int:
        """As asked, or as follows from the reads."""
        return self.vehicles or self._scaled(NATION_VEHICLES, LEAST_VEHICLES)

    def _scaled(self, of_a_nation: int, least: int) -> int:
        share = self.reads / self.days / NATION_READS_A_DAY
        return max(least, min(of_a_nation, round(of_a_nation * float(share**_SMALLER))))


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number's own 64 bits of chance, the same always; `numbers` stay as they are.

    Source: the finaliser of splitmix64 (Steele, Lea and Flood 2014).
    """
    bits = numbers + np.uint64(_GOLDEN)
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def salt(seed: int, purpose: int) -> np.uint64:
    """What to lay over numbers before they are mixed, so that each purpose and seed has a chance of its own."""
    number = np.array([(seed * 1_000_003 + purpose) % _WORD], np.uint64)
    return np.uint64(mixed(mixed(number))[0])


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise NationSizeError(f"A nation's {name} must be from {least:,} to {most:,}.")
