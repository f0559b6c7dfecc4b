"""`turnpike import`: another system's reads, from a file of CSV or Parquet, into the store."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from turnpike import config
from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import AlreadyServed, owned_store, prepare_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnpike.ingest.services import history

    type_file = history.CsvFile | history.ParquetFile

_FILE = typer.Argument(
    help="CSV (also packed with gzip or zstd) or Parquet; - for CSV from stdin.", metavar="FILE"
)
_MAP = typer.Option(
    [], "--map", metavar="FIELD=COLUMN", help="Which column is what, such as plate=VRM; once for each."
)
_CAMERA = typer.Option("", help="The camera of all rows, where no column names it.")
_CAMERAS = typer.Option(None, help="CSV of name and camera: what the file calls cameras, and their ids here.")
_REGISTER = typer.Option(None, help="CSV of cameras to register first, unless they are.")
_ZONE = typer.Option("", help="Zone of times without an offset, such as Europe/London.")
_FORMAT = typer.Option(
    "", help="iso, day-first, month-first, seconds, milliseconds, or a pattern of strptime."
)
_SCALE = typer.Option(0, help="What stands for certainty in the confidences: 1, 100 or 1000.")
_ENCODING = typer.Option("utf-8", help="How the text is written, such as cp1252.")
_SOFTWARE = typer.Option("", help="The system that made the reads, with its version.")
_REASON = typer.Option("", help="Why they are imported; for the log.")
_CASE = typer.Option("", help="The case that they are for,")
_AUTHORITY = typer.Option("", help="or on whose authority: a decision, an impact assessment.")
_DRY = typer.Option(False, "--dry-run", help="Check the whole file, show its first rows, and load nothing.")
_REFUSED = typer.Option(None, help="Write the refused rows themselves there (CSV, for its owner only).")
_ANEW = typer.Option(False, "--anew", help="Load all of it, even if it was imported before.")
_JSON = typer.Option(False, "--json", help="One JSON object about what was done.")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the options say of how the file is to be understood."""

    maps: list[str]
    camera: str
    time_zone: str
    time_format: str
    confidence_of: int


def import_(
    file: str = _FILE,
    *,
    maps: list[str] = _MAP,
    camera: str = _CAMERA,
    cameras: Path | None = _CAMERAS,
    register_cameras: Path | None = _REGISTER,
    time_zone: str = _ZONE,
    time_format: str = _FORMAT,
    confidence_of: int = _SCALE,
    encoding: str = _ENCODING,
    software: str = _SOFTWARE,
    reason: str = _REASON,
    case: str = _CASE,
    authority: str = _AUTHORITY,
    dry_run: bool = _DRY,
    refused: Path | None = _REFUSED,
    anew: bool = _ANEW,
    as_json: bool = _JSON,
) -> None:
    """Load reads that another system collected; interrupted, the same command goes on. History raises no alerts."""
    prepare_records()
    from turnpike.ingest.services import history

    asks = _can_ask(file)
    if not dry_run:
        reason, authority = _why(reason, case, authority, asks=asks)
    if register_cameras and not dry_run:
        number = history.register_cameras(register_cameras, shell_actor())
        print(f"{number} cameras registered.", file=sys.stderr)
    names = history.camera_names(cameras)
    if camera and camera not in names:
        raise InputError("There is no camera of that id; `turnpike camera list` shows them.")
    told = _Told(maps, camera, time_zone, time_format, confidence_of)
    with history.open_file(None if file == "-" else Path(file), encoding=encoding) as opened:
        task = history.Task(
            plan=_plan(opened, told, asks=asks, anew=anew),
            cameras=names,
            actor=shell_actor(),
            reason=reason,
            authority=authority,
            software=software or "not told",
            camera_id=camera,
            encoding=encoding,
            refused_rows=refused,
            is_anew=anew,
        )
        _carry_out(opened, task, asks=asks, dry_run=dry_run, as_json=as_json)


def _carry_out(opened: type_file, task: history.Task, *, asks: bool, dry_run: bool, as_json: bool) -> None:
    """Show the first rows, check or load all, and tell what became of them."""
    import msgspec

    from turnpike.cli.import_asking import first_rows, in_words
    from turnpike.ingest.services import history

    if not as_json:
        print(first_rows(opened, task), file=sys.stderr)
    if dry_run:
        with _progress("checked") as tell:
            report = history.check_history(opened, task, tell=tell)
    else:
        report = _load(opened, task, asks=asks)
    typer.echo(msgspec.json.encode(report).decode() if as_json else in_words(report, dry_run=dry_run))


def _can_ask(file: str) -> bool:
    return file != "-" and sys.stdin.isatty()


def _folder() -> Path:
    return config.load().data_dir / "imports"


def _why(reason: str, case: str, authority: str, *, asks: bool) -> tuple[str, str]:
    """The reason, and the case or authority."""
    from turnpike.access.services import check_case_reference

    if case and authority:
        raise typer.BadParameter("Give --case or --authority, not both.")
    if asks and not reason:
        reason = typer.prompt("Why are they imported (for the log)?", err=True)
    if asks and not (case or authority):
        authority = typer.prompt("On whose authority (a decision, an impact assessment)?", err=True)
    if not reason.strip() or not (case or authority.strip()):
        raise InputError(
            "Say why, --reason, and for which --case or on whose --authority: both stand in the log."
        )
    return reason.strip(), f"case {check_case_reference(case)}" if case else authority.strip()


def _load(opened: type_file, task: history.Task, *, asks: bool) -> history.ImportReport:
    from turnpike.ingest.services import history

    _, checked = history.preview(opened, task)
    goes_on = None if task.is_anew else history.begun_before(opened, _folder())
    if goes_on is not None:
        print(_known(goes_on.finished_at, goes_on.begun.at), file=sys.stderr)
    elif not checked.reads.num_rows and len(checked.why):
        raise InputError("None of the first rows can be used; mend the mapping, and look at --dry-run.")
    elif asks and not typer.confirm("Load all rows so?", err=True):
        raise typer.Exit(1)
    history.remember(_folder(), opened.columns, task.plan)
    try:
        with owned_store() as store, _progress("loaded") as tell:
            report = history.import_history(opened, task, store, _folder(), tell=tell)
            if report.loaded > report.loaded_before:
                print("Bringing the store into order …", file=sys.stderr)
                store.merge()
    except AlreadyServed as error:
        raise InputError(
            "A server owns the store: stop `turnpike serve`, import, and start it again. Cameras with an outbox send later what they read meanwhile."
        ) from error
    return report


def _known(finished_at: str, begun_at: str) -> str:
    if finished_at:
        return f"This file was imported by {finished_at}: only what was added to it since is loaded (--anew loads all of it)."
    return f"The import of this file that began at {begun_at} goes on."


def _plan(opened: type_file, told: _Told, *, asks: bool, anew: bool) -> history.ColumnPlan:
    """As the options say; else as it was begun or told before; else as asked for, or as Turnpike's own names say."""
    from turnpike.cli.import_asking import ask_plan
    from turnpike.ingest.services import history

    begun = None if anew else history.begun_before(opened, _folder())
    before = begun.begun.plan if begun else history.remembered(_folder(), opened.columns)
    maps = history.read_maps(told.maps)
    columns = maps or (before.columns if before else history.own_columns(opened.columns))
    if told.camera:
        columns = {field: column for field, column in columns.items() if field != history.Field.CAMERA}
    is_whole = {history.Field.PLATE, history.Field.CAPTURED_AT} <= columns.keys() and (
        history.Field.CAMERA in columns or bool(told.camera)
    )
    if asks and not maps and not before:
        return ask_plan(opened, camera_told=bool(told.camera), told_zone=told.time_zone)
    if not is_whole:
        raise history.PlanRefused(
            "Say which column is what: --map plate=COLUMN --map captured_at=COLUMN --map camera=COLUMN (or --camera CAMERA); the file's first line names them."
        )
    same = before if before and columns == before.columns else None
    return _written(opened, told, columns, same)


def _written(
    opened: type_file, told: _Told, columns: dict[str, str], before: history.ColumnPlan | None
) -> history.ColumnPlan:
    """How values are written: as told, as before, or as it seems where only one way fits."""
    from turnpike.ingest.services import history

    time_format = told.time_format or (
        before.time_format if before else history.suggested_format(opened, columns)
    )
    if not time_format:
        raise history.PlanRefused("It cannot be told how the times are written; say --time-format.")
    zone = told.time_zone or (before.time_zone if before else "")
    if not zone and "%" not in time_format and history.needs_zone(opened, columns, time_format):
        raise history.PlanRefused(
            "The file's times have no offset; say their zone: --time-zone Europe/London."
        )
    scale = told.confidence_of or (before.confidence_of if before else 0)
    if not scale:
        has_confidence = history.Field.CONFIDENCE in columns
        scale = history.suggested_scale(opened, columns) if has_confidence else 1
    return history.ColumnPlan(columns, time_format, zone, scale)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int], None]]:
    """Reads so far and their pace, on stderr."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    begun = time.perf_counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"0 reads {what}")

        def tell(reads: int) -> None:
            pace = reads / max(time.perf_counter() - begun, 1e-3)
            bars.update(task, description=f"{reads:,} reads {what}, {pace:,.0f} a second")

        yield tell
