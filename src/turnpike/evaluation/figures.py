"""What was counted, as the figures of a report: each share with its exact interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.evaluation.album import Album
from turnpike.evaluation.calibration import (
    Calibration,
    CurvePoint,
    calibration_of,
    coverage_at,
    precision_curve,
)
from turnpike.evaluation.models import FailureKind
from turnpike.evaluation.rates import Demand, Rate, Verdict, verdict_of
from turnpike.evaluation.running import UNKNOWN, count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnpike.evaluation.models import Failure, Manifest
    from turnpike.evaluation.running import Examiner, UnreadablePicture
    from turnpike.evaluation.tallies import Tally

DEFAULT_FAILURES = 200
MOST_MISTAKES = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of all pictures, or of a group of them. `None` of a mean: there was no picture to tell it by.

    `captured`, `read_folded` and `read_near` are of labelled texts; `read` is of those captured, `read_exact` of all.
    """

    pictures: int
    pictures_unreadable: int
    plates: int
    captured: Rate
    read: Rate
    read_exact: Rate
    read_folded: Rate
    read_near: Rate
    boxes_found: Rate
    wrong_reads: int
    wrong_reads_per_picture: float | None
    stray_boxes: int
    stray_boxes_per_picture: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """One camera, condition, country or band of widths; only cameras have a verdict."""

    name: str
    figures: Figures
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A character that stands there and what it was taken for; empty where it was lost, or added."""

    labelled: str
    read: str
    count: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that a report tells."""

    evaluated_at: datetime
    manifest: Manifest
    model: str
    crops: bool
    demand: Demand
    figures: Figures
    verdict: Verdict
    groups: Mapping[str, tuple[Group, ...]]
    calibration: Calibration
    curve: tuple[CurvePoint, ...]
    coverage_at_99: float | None
    coverage_at_95: float | None
    mistakes: tuple[Mistake, ...]
    failures: tuple[Failure, ...]
    failure_counts: Mapping[FailureKind, int]
    unreadable: tuple[UnreadablePicture, ...]
    boxes_outside: int
    ms_per_picture: float

    @property
    def failures_not_shown(self) -> int:
        """Failures that were counted and are not among `failures`."""
        return sum(self.failure_counts.values()) - len(self.failures)

    @property
    def is_met(self) -> bool:
        """Whether all pictures together, and each camera by itself, meet what is asked for."""
        verdicts = [self.verdict, *(group.verdict for group in self.groups["camera"] if group.verdict)]
        return all(verdict.standing == "meets" for verdict in verdicts)


def evaluate(
    manifest: Manifest,
    engine: Examiner,
    demand: Demand,
    *,
    crops: bool = False,
    failures: int = DEFAULT_FAILURES,
    seen: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Hold `engine` against the labelled pictures; `seen` is called after each picture.

    One picture is in memory at a time, and at most `failures` of each kind with their patches.
    """
    album = Album(failures)
    counted = count(manifest, engine, album, crops=crops, seen=seen)
    whole, level = counted.whole, demand.level
    groups = {
        kind: tuple(
            Group(name, _figures(tally, level), _verdict(tally, demand) if kind == "camera" else None)
            for name, tally in sorted(counted.groups[kind].items(), key=_in_order)
        )
        for kind in ("camera", "condition", "country", "width")
    }
    curve = precision_curve(counted.confidences, whole.plates)
    return Evaluation(
        evaluated_at=datetime.now(UTC),
        manifest=manifest,
        model=engine.name,
        crops=crops,
        demand=demand,
        figures=_figures(whole, level),
        verdict=_verdict(whole, demand),
        groups=groups,
        calibration=calibration_of(counted.confidences, level),
        curve=curve,
        coverage_at_99=coverage_at(curve, 0.99),
        coverage_at_95=coverage_at(curve, 0.95),
        mistakes=tuple(
            Mistake(labelled, read, number)
            for (labelled, read), number in counted.mistakes.most_common(MOST_MISTAKES)
        ),
        failures=album.shown(),
        failure_counts={kind: album.counts[kind] for kind in FailureKind},
        unreadable=tuple(counted.unreadable),
        boxes_outside=counted.boxes_outside,
        ms_per_picture=1000 * counted.reading_s / whole.pictures,
    )


def _figures(tally: Tally, level: float) -> Figures:
    def of_plates(number: int) -> Rate:
        return Rate.counted(number, tally.plates, level)

    return Figures(
        pictures=tally.pictures,
        pictures_unreadable=tally.pictures_unreadable,
        plates=tally.plates,
        captured=of_plates(tally.captured),
        read=Rate.counted(tally.read_right, tally.captured, level),
        read_exact=of_plates(tally.read_right),
        read_folded=of_plates(tally.read_folded),
        read_near=of_plates(tally.read_near),
        boxes_found=Rate.counted(tally.boxes_found, tally.boxes, level),
        wrong_reads=tally.wrong_reads,
        wrong_reads_per_picture=_mean(tally.wrong_reads, tally.pictures_judged),
        stray_boxes=tally.stray_boxes,
        stray_boxes_per_picture=_mean(tally.stray_boxes, tally.pictures_boxed),
    )


def _mean(number: int, of: int) -> float | None:
    return number / of if of else None


def _verdict(tally: Tally, demand: Demand) -> Verdict:
    return verdict_of(tally.plates, tally.captured, tally.read_right, demand)


def _in_order(item: tuple[str, Tally]) -> tuple[bool, list[tuple[int, str]]]:
    """By name, numbers in it as numbers, and what is not known last."""
    name = item[0]
    digits = "".join(sign if sign.isascii() and sign.isdigit() else " " for sign in name).split()
    number = int(digits[0][:9]) if digits and name[:1].isdigit() else -1
    return name == UNKNOWN, [(number, name)]
