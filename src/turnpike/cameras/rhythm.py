"""What is usual for each camera: reads by the hour of the week, confidence and unread plates by the hour of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Number = TypeVar("_Number", np.uint16, np.float32)

WEEKS = 4
HOURS_A_WEEK, HOURS_A_DAY = 168, 24
HOUR_MS = 3_600_000
UNKNOWN = 65_535
"""In `counts`: of this hour nothing is known. A greater count is kept as one less."""
_LOOKED_BACK_HOURS = 48
"""How far `expected` adds up. Source: ours; a camera that usually reads is called silent long before."""
_LEARNT = 1 / 14
"""How much of a usual share a new day replaces. Source: ours; what lasts a fortnight has become usual."""
LEAST_LEARNT = 30
"""Of so many reads a mean is learnt, and judged. Source: ours; its error is then a fifth of the spread of one."""


class Rhythm:
    """One row a camera, in the order of whoever keeps this; hours are numbered from 1970 in UTC.

    `counts` (cameras, 4 weeks, 168 hours, uint16) has the reads received in each hour; the usual is their median, so that one
    bank holiday or one broken day changes nothing. `confidence` and `unread` (cameras, 24, float32, NaN where not known)
    follow slowly, each hour of the day by itself, since night is darker than day.
    """

    def __init__(self) -> None:
        self.counts: NDArray[np.uint16] = np.full((0, WEEKS, HOURS_A_WEEK), UNKNOWN, np.uint16)
        self.confidence: NDArray[np.float32] = np.full((0, HOURS_A_DAY), np.nan, np.float32)
        self.unread: NDArray[np.float32] = np.full((0, HOURS_A_DAY), np.nan, np.float32)
        self._usual: NDArray[np.float32] = np.full((0, HOURS_A_WEEK), np.nan, np.float32)

    def grow(self, cameras: int) -> None:
        """Make room for so many cameras; of those that are new nothing is known."""
        more = cameras - len(self.counts)
        self.counts = _longer(self.counts, more, UNKNOWN)
        self.confidence = _longer(self.confidence, more, np.nan)
        self.unread = _longer(self.unread, more, np.nan)
        self._usual = _longer(self._usual, more, np.nan)

    def refresh(self) -> None:
        """Find the usual anew after `counts` was filled from elsewhere."""
        for hour in range(HOURS_A_WEEK):
            self._usual[:, hour] = _median(self.counts[:, :, hour])

    def learn(
        self, hour: int, reads: NDArray[np.int64], confidence: NDArray[np.float64], unread: NDArray[np.int64]
    ) -> None:
        """Take over a whole hour: `confidence` is the mean of its reads. Cameras with negative `reads` learn nothing."""
        known = reads >= 0
        week, of_week = divmod(hour, HOURS_A_WEEK)
        self.counts[known, week % WEEKS, of_week] = np.minimum(reads[known], UNKNOWN - 1)
        self._usual[:, of_week] = _median(self.counts[:, :, of_week])
        of_day = hour % HOURS_A_DAY
        enough = reads >= LEAST_LEARNT
        _follow(self.confidence[:, of_day], confidence, enough)
        passes = np.maximum(reads, 0) + unread
        share = np.divide(unread, passes, out=np.zeros(len(passes)), where=passes > 0)
        _follow(self.unread[:, of_day], share, known & (passes >= LEAST_LEARNT))

    def usual(self, hour: int) -> NDArray[np.float64]:
        """How many reads each camera usually sends in that hour; NaN where not known."""
        return self._usual[:, hour % HOURS_A_WEEK].astype(np.float64)

    def expected(self, from_ms: NDArray[np.int64], until_ms: int) -> NDArray[np.float64]:
        """How many reads each camera would usually have sent from its instant until the common one; NaN where not known.

        What lies more than two days back is not counted.
        """
        total = np.zeros(len(from_ms))
        seen = np.zeros(len(from_ms), np.bool_)
        last = until_ms // HOUR_MS
        for hour in range(last, last - _LOOKED_BACK_HOURS, -1):
            begin, end = hour * HOUR_MS, min((hour + 1) * HOUR_MS, until_ms)
            share = np.clip(end - np.maximum(from_ms, begin), 0, None) / HOUR_MS
            usual = self.usual(hour)
            seen |= (share > 0) & ~np.isnan(usual)
            total += np.nan_to_num(usual) * share
        return np.where(seen | (from_ms >= until_ms), total, np.nan)


def _longer(array: NDArray[_Number], more: int, value: float) -> NDArray[_Number]:
    return np.concatenate([array, np.full((more, *array.shape[1:]), value, array.dtype)])


def _median(counts: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Of each row's known counts, which sorting puts before the unknown ones."""
    in_order = np.sort(counts, axis=1)
    known = (counts != UNKNOWN).sum(axis=1)
    rows = np.arange(len(counts))
    low, high = in_order[rows, np.maximum(known - 1, 0) // 2], in_order[rows, known // 2 % counts.shape[1]]
    return np.where(known > 0, (low.astype(np.float64) + high) / 2, np.nan)


def _follow(usual: NDArray[np.float32], now: NDArray[np.float64], which: NDArray[np.bool_]) -> None:
    moved = np.where(np.isnan(usual), now, usual + (now - usual) * _LEARNT)
    usual[which] = moved[which]
