"""Delays as counts in bins, so that a quantile of any span can be told without one delay being kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALE_MS = 250.0
_STEP = 0.25
_HALF = 57
BINS = 2 * _HALF + 1
"""From two days early to two days late: even steps of 60 ms about nought, then each a quarter longer than the one before."""


def bin_of(delay_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bin of each delay, 0 to `BINS` - 1; what is out of range is in the last on its side."""
    place = np.rint(np.arcsinh(delay_ms / _SCALE_MS) / _STEP)
    return np.clip(place, -_HALF, _HALF).astype(np.int64) + _HALF


def quantile_ms(counts: NDArray[np.integer], share: float) -> NDArray[np.float64]:
    """The delay below which that share of each row's lies, in ms; NaN for a row that counts nothing.

    `counts` has the bins along its last axis. It is out by half a bin at most: 30 ms about nought, an eighth of a long delay.
    """
    running = np.cumsum(counts, axis=-1, dtype=np.int64)
    total = running[..., -1]
    wanted = np.maximum(total * share, 0.5)
    at = np.argmax(running >= wanted[..., np.newaxis], axis=-1)
    inside = np.take_along_axis(np.asarray(counts), at[..., np.newaxis], axis=-1)[..., 0]
    below = np.take_along_axis(running, at[..., np.newaxis], axis=-1)[..., 0] - inside
    part = np.divide(wanted - below, inside, out=np.full(total.shape, 0.5), where=inside > 0)
    found = np.sinh((at - _HALF - 0.5 + part) * _STEP) * _SCALE_MS
    return np.where(total > 0, found, np.nan)
