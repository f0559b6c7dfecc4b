"""Delays as small even samples: of each camera and ten minutes a few dozen are enough to tell a quantile, and exact ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLED = 32
"""Of each camera and slot. Source: ours; a median of an hour's 192 is out by a tenth of the delays' spread."""
NONE = np.iinfo(np.int32).max
"""Where there is no sample; sorting puts it last."""
_LONGEST_MS = 24 * 86_400_000


def sample(
    kept: NDArray[np.int32],
    rows: NDArray[np.int64],
    delay_ms: NDArray[np.int64],
    before: NDArray[np.int64],
    chance: np.random.Generator,
) -> None:
    """Put delays into `kept` (cameras, `SAMPLED`), each of the camera in `rows`; `before` is how many each camera had.

    Whatever comes has the same chance to stay: Vitter's algorithm R, for all cameras at once.
    """
    order = np.argsort(rows, kind="stable")
    rows, delay_ms = rows[order], delay_ms[order]
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    lengths = np.diff(first, append=len(rows))
    so_far = before[rows] + np.arange(len(rows)) - np.repeat(first, lengths)
    place = np.where(so_far < SAMPLED, so_far, chance.integers(0, so_far + 1))
    stays = place < SAMPLED
    kept[rows[stays], place[stays]] = np.clip(delay_ms[stays], -_LONGEST_MS, _LONGEST_MS)


def quantile_ms(samples: NDArray[np.int32], share: float, least: int) -> NDArray[np.float64]:
    """The delay below which that share of each row's lies, in ms; NaN for a row of fewer than `least` samples."""
    in_order = np.sort(samples, axis=1)
    known = (samples != NONE).sum(axis=1)
    place = share * np.maximum(known - 1, 0)
    rows, low = np.arange(len(samples)), np.floor(place).astype(np.int64)
    below = in_order[rows, low].astype(np.float64)
    above = in_order[rows, np.minimum(low + 1, np.maximum(known - 1, 0))]
    return np.where(known >= max(least, 1), below + (above - below) * (place - low), np.nan)
