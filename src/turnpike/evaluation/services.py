"""A manifest to figures, and figures to reports, for every other folder."""

from __future__ import annotations

from turnpike.evaluation.errors import EvaluationError, ManifestUnsound
from turnpike.evaluation.figures import DEFAULT_FAILURES, Evaluation, Figures, Group, evaluate
from turnpike.evaluation.html_report import html_report
from turnpike.evaluation.json_report import SCHEMA, as_json
from turnpike.evaluation.manifest import read_manifest
from turnpike.evaluation.models import Failure, FailureKind, Manifest
from turnpike.evaluation.notes import notes_on
from turnpike.evaluation.rates import Demand, Rate, Standing, Verdict, verdict_of
from turnpike.evaluation.running import Examiner
from turnpike.evaluation.words import (
    HEADINGS,
    NOT_MEASURED,
    interval,
    percent,
    printable,
    rate_text,
    verdict_sentence,
)

__all__ = [
    "DEFAULT_FAILURES",
    "HEADINGS",
    "NOT_MEASURED",
    "SCHEMA",
    "Demand",
    "Evaluation",
    "EvaluationError",
    "Examiner",
    "Failure",
    "FailureKind",
    "Figures",
    "Group",
    "Manifest",
    "ManifestUnsound",
    "Rate",
    "Standing",
    "Verdict",
    "as_json",
    "evaluate",
    "html_report",
    "interval",
    "notes_on",
    "percent",
    "printable",
    "rate_text",
    "read_manifest",
    "verdict_of",
    "verdict_sentence",
]
