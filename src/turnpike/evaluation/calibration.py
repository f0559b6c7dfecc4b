"""What a reader's confidence is worth: whether it is right as often as it says, and what a threshold would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.evaluation.rates import Rate
from turnpike.evaluation.tallies import CONFIDENCE_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.evaluation.tallies import ConfidenceTally

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Reads whose confidence is from `low` up to `high`; `mean_confidence` is None where there are none."""

    low: float
    high: float
    right: Rate
    mean_confidence: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """`error` is how far confidence and share of right reads lie apart, in the mean over the reads (0-1).

    `error_with_unread` counts what was found and not read as said with confidence 0, as ../shared/tools/evaluate.py does. Both are
    None without reads.
    """

    bins: tuple[Bin, ...]
    error: float | None
    error_with_unread: float | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """If only reads of `confidence` and more are used: the share of them that is right, and of all labelled plates that are read right."""

    confidence: float
    precision: float
    coverage: float


def calibration_of(tally: ConfidenceTally, level: float) -> Calibration:
    """Ten bins of equal width, and the expected calibration error over them.

    Source: M. P. Naeini, G. F. Cooper and M. Hauskrecht, “Obtaining well calibrated probabilities using Bayesian binning”, AAAI 2015.
    """
    width = CONFIDENCE_STEPS // BINS
    right, reads, said = [0] * BINS, [0] * BINS, [0] * BINS
    for counter, is_right in ((tally.right, True), (tally.wrong, False)):
        for step, number in counter.items():
            place = min(BINS - 1, step // width)
            reads[place] += number
            said[place] += step * number
            right[place] += number * is_right
    gap = sum(abs(said[place] / CONFIDENCE_STEPS - right[place]) for place in range(BINS))
    total = sum(reads)
    bins = tuple(
        Bin(
            place / BINS,
            (place + 1) / BINS,
            Rate.counted(right[place], reads[place], level),
            said[place] / CONFIDENCE_STEPS / reads[place] if reads[place] else None,
        )
        for place in range(BINS)
    )
    return Calibration(
        bins, gap / total if total else None, gap / (total + tally.unread) if total + tally.unread else None
    )


def precision_curve(tally: ConfidenceTally, plates: int) -> tuple[CurvePoint, ...]:
    """A point for each confidence that occurs, the highest first; `plates` have a text labelled."""
    points, right, reads = [], 0, 0
    for step in sorted({*tally.right, *tally.wrong}, reverse=True):
        right += tally.right[step]
        reads += tally.right[step] + tally.wrong[step]
        points.append(CurvePoint(step / CONFIDENCE_STEPS, right / reads, right / plates if plates else 0.0))
    return tuple(points)


def coverage_at(curve: Sequence[CurvePoint], precision: float) -> float | None:
    """The most plates (0-1) that a threshold gives while so many of the reads are right; 0 where none does, None without reads."""
    if not curve:
        return None
    return max((point.coverage for point in curve if point.precision >= precision), default=0.0)
