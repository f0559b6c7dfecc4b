"""An evaluation as one JSON object; docs/guides/evaluate.md describes it, and `SCHEMA` changes with its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike import __version__
from turnpike.evaluation.machine import machine
from turnpike.evaluation.words import verdict_sentence
from turnpike.recognition.services import BELIEVED

if TYPE_CHECKING:
    from turnpike.evaluation.calibration import Calibration
    from turnpike.evaluation.figures import Evaluation, Figures, Group
    from turnpike.evaluation.models import Failure
    from turnpike.evaluation.rates import Judgement, Rate, Verdict

SCHEMA = "turnpike-evaluation/1"
_DIGITS = 6


def as_json(evaluation: Evaluation) -> dict[str, object]:
    """Everything that the HTML report tells, but the pictures."""
    demand = evaluation.demand
    return {
        "schema": SCHEMA,
        "evaluated_at": evaluation.evaluated_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "software": f"turnpike/{__version__}",
        "model": evaluation.model,
        "machine": machine(),
        "believed_from": BELIEVED,
        "crops": evaluation.crops,
        "manifest": _manifest(evaluation),
        "demand": {"captured": demand.captured, "read": demand.read, "confidence_level": demand.level},
        "verdict": _verdict(evaluation.verdict, demand.level),
        "met": evaluation.is_met,
        "figures": _figures(evaluation.figures),
        "by": {
            kind: [_group(group, demand.level) for group in groups]
            for kind, groups in evaluation.groups.items()
        },
        "calibration": _calibration(evaluation.calibration),
        "coverage": _coverage(evaluation),
        "misread_characters": [
            {"labelled": one.labelled, "read": one.read, "count": one.count} for one in evaluation.mistakes
        ],
        "failures": [_failure(one) for one in evaluation.failures],
        "failure_counts": {kind.value: number for kind, number in evaluation.failure_counts.items()},
        "failures_not_shown": evaluation.failures_not_shown,
        "unreadable": [{"path": one.name, "line": one.line, "why": one.why} for one in evaluation.unreadable],
        "boxes_outside": evaluation.boxes_outside,
        "ms_per_picture": round(evaluation.ms_per_picture, 1),
    }


def _manifest(evaluation: Evaluation) -> dict[str, object]:
    manifest = evaluation.manifest
    taken = [picture.captured_at for picture in manifest.pictures if picture.captured_at]
    return {
        "name": manifest.name,
        "sha256": manifest.sha256,
        "pictures": len(manifest.pictures),
        "plates": manifest.plates,
        "pictures_without_plate": sum(not picture.plates for picture in manifest.pictures),
        "repeated_plates": manifest.repeated_plates,
        "first_captured_at": min(taken).isoformat() if taken else None,
        "last_captured_at": max(taken).isoformat() if taken else None,
        "ignored_columns": list(manifest.ignored_columns),
        "skipped": [{"line": one.line, "why": one.why} for one in manifest.skipped],
    }


def _calibration(calibration: Calibration) -> dict[str, object]:
    return {
        "error": _number(calibration.error),
        "error_with_unread": _number(calibration.error_with_unread),
        "bins": [
            {
                "from": one.low,
                "to": one.high,
                "mean_confidence": _number(one.mean_confidence),
                "right": _rate(one.right),
            }
            for one in calibration.bins
        ],
    }


def _coverage(evaluation: Evaluation) -> dict[str, object]:
    return {
        "at_99": _number(evaluation.coverage_at_99),
        "at_95": _number(evaluation.coverage_at_95),
        "curve": [
            {
                "confidence": point.confidence,
                "precision": _number(point.precision),
                "coverage": _number(point.coverage),
            }
            for point in evaluation.curve
        ],
    }


def _figures(figures: Figures) -> dict[str, object]:
    return {
        "pictures": figures.pictures,
        "pictures_unreadable": figures.pictures_unreadable,
        "plates": figures.plates,
        "captured": _rate(figures.captured),
        "read": _rate(figures.read),
        "read_exact": _rate(figures.read_exact),
        "read_folded": _rate(figures.read_folded),
        "read_within_one": _rate(figures.read_near),
        "boxes_found": _rate(figures.boxes_found),
        "wrong_reads": figures.wrong_reads,
        "wrong_reads_per_picture": _number(figures.wrong_reads_per_picture),
        "stray_boxes": figures.stray_boxes,
        "stray_boxes_per_picture": _number(figures.stray_boxes_per_picture),
    }


def _group(group: Group, level: float) -> dict[str, object]:
    told: dict[str, object] = {"name": group.name, "figures": _figures(group.figures)}
    if group.verdict is not None:
        told["verdict"] = _verdict(group.verdict, level)
        # The three counts of an installation test in the camera register, under the names that they have there.
        told["installation_test"] = {
            "passes": group.figures.plates,
            "captured": group.figures.captured.count,
            "read_right": group.figures.read.count,
        }
    return told


def _verdict(verdict: Verdict, level: float) -> dict[str, object]:
    return {
        "standing": verdict.standing.value,
        "more_plates": verdict.more_plates,
        "sentence": verdict_sentence(verdict, level),
        "captured": _judgement(verdict.captured),
        "read": _judgement(verdict.read),
    }


def _judgement(judgement: Judgement) -> dict[str, object]:
    return {
        "standing": judgement.standing.value,
        "asked": judgement.demand,
        "more": judgement.more,
        "rate": _rate(judgement.rate),
    }


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "count": rate.count,
        "of": rate.of,
        "share": _number(rate.share),
        "low": _number(rate.low),
        "high": _number(rate.high),
        "too_few_to_tell": rate.is_vague,
    }


def _failure(failure: Failure) -> dict[str, object]:
    return {
        "kind": failure.kind.value,
        "path": failure.name,
        "line": failure.line,
        "camera": failure.camera,
        "condition": failure.condition,
        "labelled": failure.labelled,
        "read": failure.read,
        "believed": failure.is_believed,
        "written": failure.raw_text,
        "confidence": failure.confidence,
        "candidates": {one.text: one.confidence for one in failure.candidates},
        "why": failure.why,
    }


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
