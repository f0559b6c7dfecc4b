"""An evaluation as one HTML file that needs nothing else: no address, no script, its pictures inside.

All that others wrote (file names, labels, cameras) reaches the page through Jinja2's escaping, and a content security policy
lets the file load nothing and run nothing, should that ever fail.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from turnpike import __version__
from turnpike.evaluation import charts, words
from turnpike.evaluation.machine import machine
from turnpike.evaluation.models import FailureKind
from turnpike.evaluation.notes import notes_on
from turnpike.evaluation.rates import Standing
from turnpike.recognition.services import BELIEVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.evaluation.figures import Evaluation
    from turnpike.evaluation.models import Failure
    from turnpike.evaluation.rates import Rate

MOST_PICTURE_BYTES = 20 * 2**20
MOST_ROWS = 500
"""Rows of a table by camera or country; the JSON report has all."""
MOST_LINES = 50
_TOO_LARGE = "Left out, so that the report does not grow too large."
_BUFFERED = 200


def html_report(evaluation: Evaluation) -> Iterator[str]:
    """The report, a piece at a time."""
    style = (files("turnpike.evaluation") / "jinja2/evaluation/report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment().get_template("evaluation/report.html")
    stream = template.stream(
        evaluation=evaluation,
        notes=tuple(notes_on(evaluation)),
        failures=tuple(_pictured(evaluation.failures)),
        reliability=charts.reliability(evaluation.calibration.bins),
        curve=charts.precision(evaluation.curve),
        thresholds=charts.thresholds(evaluation.curve),
        taken=tuple(sorted(one.captured_at for one in evaluation.manifest.pictures if one.captured_at)),
        kinds=FailureKind,
        standings=Standing,
        style=style,
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        software=f"turnpike/{__version__}",
        believed=BELIEVED,
        machine=machine(),
        most_rows=MOST_ROWS,
        most_lines=MOST_LINES,
    )
    stream.enable_buffering(_BUFFERED)
    return iter(stream)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("turnpike.evaluation", "jinja2"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _percent,
        "interval": _interval,
        "asked": words.asked,
        "printable": words.printable,
        "unbroken": words.unbroken,
    }
    environment.globals |= {
        "sentence": words.verdict_sentence,
        "headings": words.HEADINGS,
        "kind_names": words.KINDS,
        "not_measured": words.NOT_MEASURED,
    }
    return environment


def _percent(share: float) -> str:
    return words.unbroken(words.percent(share))


def _interval(rate: Rate) -> str:
    return words.unbroken(words.interval(rate))


def _pictured(failures: tuple[Failure, ...]) -> Iterator[tuple[Failure, str, str]]:
    """Each failure with its picture as a data address, or why there is none."""
    room = MOST_PICTURE_BYTES
    for failure in failures:
        room -= len(failure.picture)
        if failure.picture and room >= 0:
            yield failure, f"data:image/jpeg;base64,{base64.b64encode(failure.picture).decode()}", ""
        else:
            yield failure, "", failure.why_no_picture or _TOO_LARGE
