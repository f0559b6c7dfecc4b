"""Where the marks of a report's two charts stand; each chart has a table of the same beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.evaluation.calibration import Bin, CurvePoint

SIDE = 300
LEFT = 52
TOP = 12
MOST_POINTS = 400
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)


@dataclass(frozen=True, slots=True)
class Mark:
    """A bin's mark: its middle, the ends of its interval, and how large it is drawn (px)."""

    x: float
    y: float
    low: float
    high: float
    radius: float


@dataclass(frozen=True, slots=True)
class Line:
    """A curve as SVG wants its points, and where the y axis begins (0-1)."""

    points: str
    least: float


def reliability(bins: Sequence[Bin]) -> tuple[Mark, ...]:
    """A mark for each bin that has reads: what was said across, what was right upward."""
    most = max((one.right.of for one in bins), default=0)
    return tuple(
        Mark(
            x=_across(one.mean_confidence),
            y=_up(one.right.share),
            low=_up(one.right.low),
            high=_up(one.right.high),
            radius=round(3 + 5 * (one.right.of / most) ** 0.5, 1),
        )
        for one in bins
        if one.mean_confidence is not None and one.right.share is not None
    )


def precision(curve: Sequence[CurvePoint]) -> Line:
    """How many plates are read right, across, and how many of the reads are right, upward, as the threshold falls."""
    thinned = [*curve[:: max(1, len(curve) // MOST_POINTS)], *curve[-1:]]
    lowest = min((point.precision for point in thinned), default=0.0)
    least = 0.8 if lowest >= 0.8 else 0.5 if lowest >= 0.5 else 0.0  # noqa: PLR2004 - where an axis begins
    points = (
        f"{_across(point.coverage)},{_up((point.precision - least) / (1 - least))}" for point in thinned
    )
    return Line(" ".join(points), least)


def thresholds(curve: Sequence[CurvePoint]) -> tuple[tuple[float, CurvePoint], ...]:
    """What each of some round thresholds gives; none for those above every read."""
    found = []
    for threshold in THRESHOLDS:
        above = [point for point in curve if point.confidence >= threshold]
        if above:
            found.append((threshold, above[-1]))
    return tuple(found)


def _across(share: float) -> float:
    return round(LEFT + SIDE * share, 1)


def _up(share: float) -> float:
    return round(TOP + SIDE * (1 - share), 1)
