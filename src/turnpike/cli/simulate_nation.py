"""`turnpike simulate nation`: a nation's reads, into Parquet files or posted to a centre."""

from __future__ import annotations

import csv
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime  # noqa: TC003 - typer reads the annotations
from pathlib import Path  # noqa: TC003 - as above
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.simulation.services import Load, NationPlan

SEED = 7
_DAYS = 365
_READS_PER_MESSAGE = 100
_CONNECTIONS = 8
_LEAST_CAMERAS = 8
_STOPPED = 130
_KEY_COLUMNS = 2


_OUT = typer.Option(
    None, help="Write Parquet: one file where the name ends in .parquet, else a folder of files."
)
_DISCARD = typer.Option(False, "--discard", help="Make the reads and keep none, to see the pace.")
_POST = typer.Option(
    "", metavar="URL", help="Post the reads to the centre at this address, at the present time."
)
_KEYS = typer.Option(None, help="With --post: a file with a camera and its key on each line.")
_PACE = typer.Option(0.0, min=0.0, help="With --post: reads a second; 0 for as fast as it answers.")
_MESSAGE = typer.Option(_READS_PER_MESSAGE, min=1, max=10_000, help="With --post: at most so many.")
_AT_ONCE = typer.Option(_CONNECTIONS, min=1, max=256, help="With --post: how many at once.")
_PATCHES = typer.Option(False, "--patches", help="With --post: send a plate's picture with most reads.")
_FIRST_DAY = typer.Option("2026-01-01", formats=["%Y-%m-%d"], help="The first of the days.")
_CAMERAS = typer.Option(0, min=0, help="How many cameras; 0 for as many as make so many reads.")
_VEHICLES = typer.Option(0, min=0, help="How many vehicles at home; 0 for as many as make so many reads.")


def nation(
    *,
    reads: int = typer.Option(
        ..., help="How many, exactly: 1 to 100 billion. A nation has 55 million a day."
    ),
    days: int = typer.Option(_DAYS, min=1, help="Over how many days they are spread."),
    seed: int = typer.Option(SEED, min=0, help="The same seed and sizes give the same reads."),
    first_day: datetime = _FIRST_DAY,
    cameras: int = _CAMERAS,
    vehicles: int = _VEHICLES,
    out: Path | None = _OUT,
    discard: bool = _DISCARD,
    camera_list: Path | None = typer.Option(None, help="Also write the cameras and their places, as CSV."),
    post: str = _POST,
    keys: Path | None = _KEYS,
    pace: float = _PACE,
    reads_per_message: int = _MESSAGE,
    connections: int = _AT_ONCE,
    patches: bool = _PATCHES,
    as_json: bool = typer.Option(False, "--json", help="One JSON object about what was done."),
) -> None:
    """Make the reads of a nation that does not exist: seeded, of any size, as Parquet or as load over HTTP."""
    from turnpike.simulation.services import Load, NationPlan

    if [bool(out), bool(post), discard].count(True) != 1:
        raise typer.BadParameter("Give one of --out, --post and --discard.")
    if post and keys is None:
        raise typer.BadParameter("Give the cameras' keys with --keys.")
    own_keys = _keys(keys) if keys else ()
    if post and not cameras:
        cameras = max(_LEAST_CAMERAS, len(own_keys))
    day = first_day.date()
    plan = NationPlan(reads=reads, days=days, seed=seed, first_day=day, cameras=cameras, vehicles=vehicles)
    if camera_list:
        _write_cameras(plan, camera_list)
    if out:
        _write(plan, out, as_json=as_json)
    elif discard:
        _discard(plan, as_json=as_json)
    else:
        load = Load(post, own_keys, pace, reads_per_message, connections, patches)
        _post(plan, load, as_json=as_json)


def _write(plan: NationPlan, out: Path, *, as_json: bool) -> None:
    from turnpike.simulation.services import FilesWritten, write_reads

    written, begun = FilesWritten(), time.perf_counter()
    stopped = False
    with _progress("writing", plan.reads) as bar:
        try:
            write_reads(plan, out, written, bar.tell)
        except KeyboardInterrupt:
            stopped = True
    elapsed_s = time.perf_counter() - begun
    if as_json:
        summary = asdict(written) | {"path": str(out), "elapsed_s": round(elapsed_s, 3), "stopped": stopped}
        typer.echo(json.dumps(summary | _sizes(plan)))
    elif written.files:
        files = "1 file" if written.files == 1 else f"{written.files} files"
        typer.echo(
            f"{out}: {written.reads:,} reads of {plan.vehicle_count:,} vehicles by {plan.camera_count:,} cameras"
            f" in {files}, {written.total_bytes / max(written.reads, 1):.1f} bytes each."
        )
    if stopped:
        left = f"what lies in {out} is whole" if written.files else "nothing was kept"
        print(f"Stopped; {left}.", file=sys.stderr)
        raise typer.Exit(_STOPPED)


def _discard(plan: NationPlan, *, as_json: bool) -> None:
    from turnpike.simulation.services import national_reads

    made, begun, begun_cpu = 0, time.perf_counter(), time.process_time()
    with _progress("making", plan.reads) as bar:
        for batch in national_reads(plan):
            made += len(batch)
            bar.tell(made)
    elapsed_s, cpu_s = time.perf_counter() - begun, time.process_time() - begun_cpu
    summary: dict[str, object] = {
        "reads": made,
        "elapsed_s": round(elapsed_s, 3),
        "reads_per_s": round(made / elapsed_s),
        "reads_per_cpu_s": round(made / cpu_s),
    }
    if as_json:
        typer.echo(json.dumps(summary | _sizes(plan)))
    else:
        typer.echo(
            f"{made:,} reads in {elapsed_s:.1f} s: {made / elapsed_s:,.0f} a second,"
            f" {made / cpu_s:,.0f} in a second of processor time."
        )


def _post(plan: NationPlan, load: Load, *, as_json: bool) -> None:
    from turnpike.simulation.services import LoadPosted, post_reads

    posted = LoadPosted()
    stopped = False
    with _progress("posting", plan.reads) as bar:
        try:
            post_reads(plan, load, posted, lambda so_far: bar.tell(so_far.reads))
        except KeyboardInterrupt:
            stopped = True
    summary: dict[str, object] = {
        "reads": posted.reads,
        "messages": posted.messages,
        "stored": posted.stored,
        "duplicates": posted.duplicates,
        "refused": posted.refused,
        "waits": posted.waits,
        "answer_p50_ms": round(posted.answers.percentile_ms(50), 1),
        "answer_p99_ms": round(posted.answers.percentile_ms(99), 1),
        "elapsed_s": round(posted.elapsed_s, 3),
        "reads_per_s": round(posted.reads / posted.elapsed_s, 1) if posted.elapsed_s else 0.0,
        "stopped": stopped,
    }
    if as_json:
        typer.echo(json.dumps(summary | _sizes(plan)))
    else:
        typer.echo(
            f"{posted.reads:,} reads in {posted.messages:,} messages: stored {posted.stored:,},"
            f" duplicates {posted.duplicates:,}, refused {posted.refused:,}; asked to wait {posted.waits:,} times."
            f" An answer took {summary['answer_p50_ms']} ms (p50), {summary['answer_p99_ms']} ms (p99);"
            f" {summary['reads_per_s']} reads a second."
        )
    if stopped:
        raise typer.Exit(_STOPPED)
    if posted.refused:
        print("Some reads were refused; the centre's page Messages says why.", file=sys.stderr)


def _sizes(plan: NationPlan) -> dict[str, object]:
    return {
        "seed": plan.seed,
        "days": plan.days,
        "cameras": plan.camera_count,
        "vehicles": plan.vehicle_count,
    }


def _keys(path: Path) -> tuple[str, ...]:
    """The second word of each line that is neither empty nor a remark."""
    from turnpike.simulation.services import KeyFileError

    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"The keys in {path} cannot be read; give a text file.") from error
    keys = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) != _KEY_COLUMNS or not words[1].isascii():
            raise KeyFileError(f"Line {number} of {path} must be a camera and its key, with a space between.")
        keys.append(words[1])
    if not keys:
        raise KeyFileError(f"{path} holds no key; put a camera and its key on each line.")
    return tuple(keys)


def _write_cameras(plan: NationPlan, path: Path) -> None:
    from turnpike.simulation.services import NationFileError, national_cameras

    rows = [asdict(camera) for camera in national_cameras(plan)]
    try:
        with path.open("w", newline="") as written:
            table = csv.DictWriter(written, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    except OSError as error:
        raise NationFileError(f"{path} cannot be written; give another name.") from error


class _ReadsBar:
    """Reads done, pace and time left, on stderr."""

    def __init__(self, bars: Progress, what: str, total: int) -> None:
        self._bars, self._begun = bars, time.perf_counter()
        self._task = bars.add_task(what, total=total, pace=0.0)

    def tell(self, done: int) -> None:
        pace = done / max(time.perf_counter() - self._begun, 1e-3)
        self._bars.update(self._task, completed=done, pace=pace)


@contextmanager
def _progress(what: str, total: int) -> Iterator[_ReadsBar]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} reads"),
        TextColumn("{task.fields[pace]:,.0f} a second"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield _ReadsBar(bars, what, total)
