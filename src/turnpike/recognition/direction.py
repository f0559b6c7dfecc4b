"""Which way a vehicle went, told by how its plate grew or shrank and moved down or up the picture.

A camera beside or above a road looks along it, so what comes nearer grows and sinks in the picture, and what leaves does the
reverse. Of what crosses from side to side, stands still, or goes to and fro, nothing is told.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.recognition.models import Direction, TrackPoint

SIZE_NOISE = 0.06
"""By what share a plate's measured width is out from frame to frame. Source: ours, boxes found on rendered traffic, rounded up."""
SURE = 3.0
"""How many times its noise a change must be."""
SUNK_WIDTHS = 0.4
"""How far down or up, in plate widths, a plate must go to tell a direction by that alone."""
AGAINST_WIDTHS = 0.4
"""As far the other way, and what its size tells is not believed."""
STEEP = 0.7
"""Of a plate that does not change its size: how far it goes down or up for each step sideways, at least."""
ONE_WAY = 0.5
"""How much of all change goes the one way, from 0 (to and fro) to 1, at least."""
_ENDS = 5
_MOST_POINTS = 256
_ALONE = 3


def direction_of(track: Sequence[TrackPoint]) -> Direction:
    """The way that a plate went, seen from the camera; empty where its track is too short, too still or too crooked to tell."""
    if len({point.captured_at for point in track}) < 2:  # noqa: PLR2004 - one instant has no direction
        return ""
    points = _thinned(sorted(track, key=lambda point: point.captured_at))
    boxes = np.array([point.box for point in points], np.float64)
    sizes = np.log(np.maximum(boxes[:, 2], 1.0))
    width = max(1.0, float(np.median(boxes[:, 2])))
    across, down = (boxes[:, :2] + boxes[:, 2:] / 2).T / width
    few = len(points) < _ALONE
    ends = min(_ENDS, max(1, len(points) // 3))
    growth, sunk, aside = (_change(values, ends) for values in (sizes, down, across))
    least = SURE * SIZE_NOISE * math.sqrt(2 / ends)
    if abs(growth) >= least:
        told, agrees = growth, sunk * math.copysign(1, growth)
        steady = agrees > -AGAINST_WIDTHS and _one_way(sizes, SIZE_NOISE) * growth > ONE_WAY * abs(growth)
        steady = steady and (not few or agrees > 0)
    else:
        told = sunk
        steady = (
            abs(sunk) >= SUNK_WIDTHS
            and abs(sunk) >= STEEP * abs(aside)
            and _one_way(down, SUNK_WIDTHS / 2) * sunk > ONE_WAY * abs(sunk)
            # A steep camera's plates grow little, yet never the wrong way.
            and growth * sunk > -least / 2 * abs(sunk)
            and not few
        )
    if not steady:
        return ""
    return "towards" if told > 0 else "away"


def _thinned(points: list[TrackPoint]) -> list[TrackPoint]:
    if len(points) <= _MOST_POINTS:
        return points
    kept = np.linspace(0, len(points) - 1, _MOST_POINTS).round().astype(int)
    return [points[at] for at in kept]


def _change(values: NDArray[np.float64], ends: int) -> float:
    """From the first few to the last few, each by their median, so that one bad box tells nothing."""
    return float(np.median(values[-ends:]) - np.median(values[:ends]))


def _one_way(values: NDArray[np.float64], noise: float) -> float:
    """From -1 (all falls) to 1 (all rises), over all pairs that differ by more than noise; those standing still do not count."""
    earlier, later = np.triu_indices(len(values), 1)
    steps = values[later] - values[earlier]
    steps = steps[np.abs(steps) > noise]
    return float(np.sign(steps).mean()) if len(steps) else 0.0
