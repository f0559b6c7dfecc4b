"""From what was heard to the figures that the rules judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.delays import quantile_ms
from turnpike.cameras.health import LEAST_JUDGED, Figures
from turnpike.cameras.hearing import SLOT_MS, SLOTS
from turnpike.cameras.rhythm import HOUR_MS, HOURS_A_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from turnpike.cameras.hearing import Hearing

_RECENT_SLOTS = 4
"""The running ten minutes and the half hour before."""
_LOW = 0.05


def figures(ear: Hearing, now_ms: int, active: Collection[str]) -> Figures:
    """What is known of each camera that `ear` knows, in the order of its `index`; `active` are those that are not closed."""
    with ear.guard:
        cameras, hour = len(ear.index), now_ms // HOUR_MS
        reads = ear.last_hour(ear.reads)
        read_ms, sign_ms = ear.read_ms[:cameras].copy(), ear.sign_ms[:cameras].copy()
        of_day = hour % HOURS_A_DAY
        return Figures(
            active=np.fromiter((camera_id in active for camera_id in ear.index), np.bool_, cameras),
            read_ms=read_ms,
            sign_ms=sign_ms,
            since_ms=ear.since_ms,
            reads=reads,
            back=ear.back[:cameras].copy(),
            day_reads=ear.by_hour[:, :cameras].sum(axis=0).astype(np.float64),
            usual_reads=_usual_of_last_hour(ear, now_ms),
            expected=ear.rhythm.expected(np.maximum(read_ms, ear.since_ms), now_ms),
            delay_ms=_typical(ear, cameras),
            floor_ms=_floor(ear, cameras),
            confidence=_mean(ear.last_hour(ear.confidence), reads),
            usual_confidence=ear.rhythm.confidence[:, of_day].astype(np.float64),
            unread=ear.last_hour(ear.unread),
            usual_unread=ear.rhythm.unread[:, of_day].astype(np.float64),
            aside=ear.last_hour(ear.aside),
            aside_for_time=ear.last_hour(ear.aside_for_time),
        )


def _usual_of_last_hour(ear: Hearing, now_ms: int) -> NDArray[np.float64]:
    """What the slots' span usually brings: the running one is not over, and five before it are."""
    begin_ms = max((ear.slot - SLOTS + 1) * SLOT_MS, ear.since_ms)
    return ear.rhythm.expected(np.full(len(ear.index), begin_ms, np.int64), now_ms)


def _typical(ear: Hearing, cameras: int) -> NDArray[np.float64]:
    """The median delay lately; of the whole hour where lately too few came, NaN where that is too few as well."""
    recent = [(ear.slot - back) % SLOTS for back in range(_RECENT_SLOTS)]
    lately = quantile_ms(_beside(ear, recent, cameras), 0.5, LEAST_JUDGED)
    whole = quantile_ms(_beside(ear, range(SLOTS), cameras), 0.5, LEAST_JUDGED)
    return np.where(np.isnan(lately), whole, lately)


def _floor(ear: Hearing, cameras: int) -> NDArray[np.float64]:
    """Of each slot with enough reads the lowest twentieth, and the median of these; of the whole hour where no slot has enough."""
    of_slots = np.sort(
        [quantile_ms(ear.delays[slot, :cameras], _LOW, LEAST_JUDGED) for slot in range(SLOTS)], axis=0
    )  # NaN comes last
    known = (~np.isnan(of_slots)).sum(axis=0)
    columns = np.arange(cameras)
    low, high = of_slots[np.maximum(known - 1, 0) // 2, columns], of_slots[known // 2 % SLOTS, columns]
    whole = quantile_ms(_beside(ear, range(SLOTS), cameras), _LOW, LEAST_JUDGED)
    return np.where(known > 0, (low + high) / 2, whole)


def _beside(ear: Hearing, slots: Iterable[int], cameras: int) -> NDArray[np.int32]:
    """The samples of these slots, a row a camera."""
    return np.concatenate([ear.delays[slot, :cameras] for slot in slots], axis=1)


def _mean(total: NDArray[np.float64], number: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.full(len(total), np.nan)
    return np.divide(total, number, out=mean, where=number >= LEAST_JUDGED)
