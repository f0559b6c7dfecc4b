"""How sure a share is that was counted in a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054
"""The normal distribution's quantile at 97.5 %, for two sides of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with `low` and `high` of its 95 % interval, from 0 to 1; of none, nothing is known: 0 to 1."""

    count: int
    of: int
    is_whole: bool = False
    """Whether all there are were counted, so that nothing is estimated and the interval is the share itself."""

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError("A share counts some of what there is: from 0 to all of it.")

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self._interval()[0]

    @property
    def high(self) -> float:
        """Its upper end."""
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        if self.is_whole and self.of:
            return self.count / self.of, self.count / self.of
        return wilson(self.count, self.of)


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share that was counted in a sample.

    Source: E. B. Wilson, “Probable inference, the law of succession, and statistical inference”, JASA 22 (1927), 209 to 212.
    """
    if of == 0:
        return 0.0, 1.0
    share, weight = count / of, _Z * _Z / of
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * math.sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    # At the ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == of else min(1.0, middle + half)
    return low, high
