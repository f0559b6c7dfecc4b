"""`turnpike evaluate`: the reader's figures on an operator's own labelled pictures."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from turnpike.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnpike.evaluation.services import Demand, Evaluation, Manifest, Rate

DEFAULT_FAILURES = 200
MOST_FAILURES = 2_000
_STDOUT = "-"
_MOST_ROWS = 30


def evaluate(
    manifest: Path = typer.Argument(
        metavar="MANIFEST",
        help="CSV: path,text and, where you have them, x,y,w,h,country,camera,captured_at,condition.",
    ),
    *,
    captured: float = typer.Option(
        0.98, min=0.01, max=0.9999, help="Asked for: this share of plates captured."
    ),
    read: float = typer.Option(
        0.95, min=0.01, max=0.9999, help="Asked for: this share of those captured read right."
    ),
    confidence_level: float = typer.Option(0.95, min=0.5, max=0.9999, help="How sure the verdict has to be."),
    crops: bool = typer.Option(False, help="Each picture is one plate, cut out."),
    skip_bad: bool = typer.Option(
        False, help="Leave pictures out, counted, whose lines in the manifest are wrong."
    ),
    json_file: str | None = typer.Option(
        None, "--json", metavar="FILE", help="Write everything as JSON; - for stdout."
    ),
    html_file: Path | None = typer.Option(
        None, "--html", metavar="FILE", help="Write a report with the failures shown."
    ),
    failures: int = typer.Option(
        DEFAULT_FAILURES, min=0, max=MOST_FAILURES, help="Most failures to show; the rest are counted."
    ),
    require: bool = typer.Option(
        False, help="Exit 1 unless what is asked for is met, in all and by each camera."
    ),
) -> None:
    """Evaluate the reader on labelled pictures: figures with exact intervals, and a verdict by camera."""
    from turnpike.evaluation.services import Demand, as_json, html_report, read_manifest

    labelled = read_manifest(manifest, crops=crops, skip_bad=skip_bad)
    for output in (None if json_file in {None, _STDOUT} else Path(str(json_file)), html_file):
        if output is not None:
            _check_output(output, manifest, labelled)
    evaluation = _evaluated(
        labelled, Demand(captured, read, confidence_level), crops=crops, failures=failures
    )
    if html_file is not None:
        _write(html_file, html_report(evaluation))
    if json_file == _STDOUT:
        print(json.dumps(as_json(evaluation)))
    else:
        if json_file is not None:
            _write(Path(json_file), [json.dumps(as_json(evaluation), indent=1), "\n"])
        _print(evaluation)
    if require and not evaluation.is_met:
        raise typer.Exit(1)


def _evaluated(manifest: Manifest, demand: Demand, *, crops: bool, failures: int) -> Evaluation:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from turnpike.evaluation.services import evaluate as run
    from turnpike.recognition.services import load_engine

    engine = load_engine()
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(manifest.pictures))
        return run(
            manifest,
            engine,
            demand,
            crops=crops,
            failures=failures,
            seen=lambda: progress.advance(task),
        )


def _check_output(output: Path, manifest: Path, labelled: Manifest) -> None:
    """Refuse before hours of reading, not after."""
    if output.resolve() in {manifest.resolve(), *(picture.path for picture in labelled.pictures)}:
        raise InputError(
            "The report would overwrite the manifest or one of its pictures; give it another name."
        )
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise InputError("The report cannot be written there; give a file's name in a folder that exists.")
    if not os.access(output.absolute().parent, os.W_OK):
        raise InputError("The report cannot be written there; choose a folder that you may write to.")


def _write(path: Path, parts: Iterable[str]) -> None:
    """Whole or not at all, for its owner only: it shows plates."""
    unfinished: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.absolute().parent, delete=False
        ) as file:
            unfinished = Path(file.name)
            file.writelines(parts)
        unfinished.replace(path)
        unfinished = None
    except OSError as error:
        raise InputError("The report could not be written; is the disk full?") from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)


def _print(evaluation: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from turnpike.evaluation.services import HEADINGS, notes_on, printable, verdict_sentence

    console = Console(markup=False, highlight=False)
    figures, level = evaluation.figures, evaluation.demand.level
    table = Table("Camera", "Captured", "Read right, of those captured", "Verdict")
    cameras = evaluation.groups["camera"]
    for group in cameras[:_MOST_ROWS]:
        if group.verdict is not None:
            table.add_row(
                Text(printable(group.name)),
                _in_lines(group.figures.captured),
                _in_lines(group.figures.read),
                HEADINGS[group.verdict.standing],
            )
    table.add_section()
    standing = HEADINGS[evaluation.verdict.standing]
    table.add_row("all", _in_lines(figures.captured), _in_lines(figures.read), standing)
    console.print(table)
    if len(cameras) > _MOST_ROWS:
        console.print(f"{len(cameras) - _MOST_ROWS:,} more cameras are in the reports (--json, --html).")
    more = Table("Figure", "", show_header=False)
    for name, value in _further(evaluation):
        more.add_row(name, value)
    console.print(more)
    console.print(f"{standing}. {verdict_sentence(evaluation.verdict, level)}")
    for note in notes_on(evaluation):
        print(note, file=sys.stderr)


def _in_lines(rate: Rate) -> str:
    """The share, its counts and its range on a line each, so that four columns fit a terminal."""
    from turnpike.evaluation.services import NOT_MEASURED, interval, percent

    if rate.share is None:
        return NOT_MEASURED
    return f"{percent(rate.share)}\n{rate.count:,} of {rate.of:,}\n{interval(rate)}"


def _further(evaluation: Evaluation) -> Iterable[tuple[str, str]]:
    from turnpike.evaluation.services import NOT_MEASURED, percent, rate_text

    figures = evaluation.figures

    def number(value: float | None) -> str:
        return NOT_MEASURED if value is None else f"{value:.3f}"

    def share(value: float | None) -> str:
        return NOT_MEASURED if value is None else percent(value)

    return (
        ("Read right, of all", rate_text(figures.read_exact)),
        ("… O/Q/0 and I/1 as one", rate_text(figures.read_folded)),
        ("Boxes found", rate_text(figures.boxes_found)),
        ("Wrong reads a picture", number(figures.wrong_reads_per_picture)),
        ("Stray boxes a picture", number(figures.stray_boxes_per_picture)),
        ("Calibration error", number(evaluation.calibration.error)),
        ("Usable at 99 % precision", share(evaluation.coverage_at_99)),
        ("Usable at 95 % precision", share(evaluation.coverage_at_95)),
    )
