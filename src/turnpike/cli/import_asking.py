"""What `turnpike import` asks on the terminal, and what it shows there."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from turnpike.plates.services import mask

if TYPE_CHECKING:
    from turnpike.ingest.services import history

    type_file = history.CsvFile | history.ParquetFile

_SHOWN_ROWS = 8
_NONE = "-"
_LINES_TOLD = 5
_WIDTH = 120


def ask_plan(opened: type_file, *, camera_told: bool, told_zone: str) -> history.ColumnPlan:
    """Which column is what, and how values are written; asked once, and remembered by whoever called."""
    from turnpike.ingest.services import history

    typer.echo(f"Columns: {', '.join(opened.columns)}", err=True)
    guessed = history.guessed_columns(opened.columns)
    columns: dict[str, str] = {}
    needed = {history.Field.PLATE, history.Field.CAPTURED_AT, history.Field.CAMERA}
    for field in history.Field:
        if field is history.Field.CAMERA and camera_told:
            continue
        if field not in needed and field.value not in guessed:
            continue  # --map names it all the same
        column = typer.prompt(
            f"Which column is {history.TITLES[field]}? ({_NONE} for none)",
            default=guessed.get(field.value, _NONE),
            err=True,
        ).strip()
        if column != _NONE:
            history.column_places(column, opened.columns)
            columns[field.value] = column
    if missing := [field for field in needed - {history.Field.CAMERA} if field.value not in columns]:
        raise history.PlanRefused(f"Nothing can be imported without {history.TITLES[missing[0]]}.")
    formats = ", ".join(f"{name} ({example})" for name, example in history.TIME_FORMATS.items())
    time_format = typer.prompt(
        f"How are the times written: {formats}, or a pattern of strptime?",
        default=history.suggested_format(opened, columns) or None,
        err=True,
    )
    zone = told_zone
    if not zone and history.needs_zone(opened, columns, time_format):
        zone = typer.prompt("In which zone are the times, such as Europe/London or UTC?", err=True)
        history.check_zone(zone)
    scale = 1
    if history.Field.CONFIDENCE in columns:
        scale = typer.prompt(
            "What stands for certainty in the confidences: 1, 100 or 1000?",
            default=history.suggested_scale(opened, columns),
            type=int,
            err=True,
        )
    return history.ColumnPlan(columns, time_format, zone, scale)


def first_rows(opened: type_file, task: history.Task) -> str:
    """The first rows as they are understood: a plate is as many bullets as it has characters."""
    from turnpike.ingest.services import history

    rows, checked = history.preview(opened, task)
    table = Table(
        "Line", "Plate", "Passed (UTC)", "Camera", "Sure", "Lane", "Direction", title="The first rows"
    )
    lines = rows.lines[checked.taken].tolist()
    for line, read in list(zip(lines, checked.reads.slice(0, _SHOWN_ROWS).to_pylist(), strict=False)):
        at = read["captured_at"].astimezone(UTC)
        table.add_row(
            str(line),
            mask(read["plate"]),
            f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}",
            read["camera_id"],
            f"{read['confidence_thousandths'] / 1000:.3f}",
            str(read["lane"] or ""),
            read["direction"],
        )
    refused = [
        (line, why) for line, why in zip(rows.lines.tolist(), checked.why.tolist(), strict=True) if why
    ]
    said = [f"line {line}: {history.SENTENCES[history.Why(why)]}" for line, why in refused[:_SHOWN_ROWS]]
    return "\n".join([_drawn(table), *said])


def in_words(report: history.ImportReport, *, dry_run: bool) -> str:
    """What became of the file, for a person."""
    words = "could be loaded" if dry_run else "loaded"
    reads, cameras = _some(report.loaded, "read"), _some(len(report.cameras), "camera")
    lines = [f"{reads} of {cameras} {words}, {_some(report.refused, 'row')} refused."]
    if report.loaded_before:
        lines.append(f"{report.loaded_before:,} of them were loaded by an earlier run.")
    if report.captured_from:
        first, last = (_day(text) for text in (report.captured_from, report.captured_until))
        lines.append(f"They passed from {first} to {last} (UTC).")
    if report.refusals:
        table = Table("Refused because", "Rows", "First lines")
        for refused in report.refusals:
            table.add_row(
                refused.why, f"{refused.rows:,}", ", ".join(map(str, refused.first_lines[:_LINES_TOLD]))
            )
        lines.append(_drawn(table))
    lines += [
        f"{field} was left empty in {rows:,} reads: it could not be used."
        for field, rows in report.left_empty.items()
    ]
    if report.repeated_hour:
        lines.append(
            f"{report.repeated_hour:,} reads of the hour that autumn repeats were taken for the first."
        )
    if report.refused and report.refused_list:
        lines.append(f"All refused rows: {report.refused_list}")
    if not dry_run:
        lines.append(
            f"{report.reads_per_s:,} reads a second. No alert was raised: history is not matched against hotlists."
        )
    return "\n".join(lines)


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def _drawn(table: Table) -> str:
    written = io.StringIO()
    Console(file=written, width=_WIDTH).print(table)
    return written.getvalue().rstrip("\n")
