"""`turnpike bench`: one benchmark, measured on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Protocol, cast

import msgspec
import typer

from turnpike.bench.models import Bench, TrafficPlan

if TYPE_CHECKING:
    from turnpike.bench.models import Findings


_NAMES = ", ".join(Bench)
FORCE_READS = 478_966_518
"""Source: DESIGN section 1; the records that one force holds."""


class _Benchmark(Protocol):
    def measure(self, *, short: bool) -> Findings: ...


class _SizedBenchmark(Protocol):
    def measure(self, *, short: bool, rows: int | None) -> Findings: ...


class _FullBenchmark(Protocol):
    def measure(self, *, short: bool, full: bool) -> Findings: ...


class _Soaking(Protocol):
    def soak(self, *, minutes: float) -> Findings: ...


class _Traffic(Protocol):
    def measure(self, *, short: bool, plan: TrafficPlan) -> Findings: ...


class Report(msgspec.Struct, frozen=True):
    """The one JSON object of a benchmark."""

    bench: str
    figures: dict[str, float]
    peers: dict[str, dict[str, float]]
    ratios: dict[str, float]
    machine: dict[str, str | float]


def bench(
    name: Bench = typer.Argument(metavar="NAME", help=f"What to measure: {_NAMES}."),
    *,
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of a table."),
    short: bool = typer.Option(False, help="A few seconds only: shows that it works, not how fast it is."),
    rows: int | None = typer.Option(
        None, min=1_000, help="Of `store`: how many reads; 100 million without it."
    ),
    full: bool = typer.Option(
        False,
        "--full",
        help="Of `store`: 478,966,518 reads, as one force holds; of `audit`: a log of a million entries.",
    ),
    soak: float = typer.Option(
        0.0, min=0.0, max=1_440.0, help="Of ingest: minutes at a nation's pace, watching the memory."
    ),
    passes: int = typer.Option(440, min=1, help="Of `traffic`: how many vehicles pass, over all conditions."),
    fps: float = typer.Option(5.0, min=1.0, max=25.0, help="Of `traffic`: frames a second that are read."),
    tuning: bool = typer.Option(False, help="Of `traffic`: on the clips that following may be tuned on."),
    clips: Path | None = typer.Option(None, help="Of `traffic`: a folder that keeps the rendered clips."),
    readings: Path | None = typer.Option(
        None, help="Of `traffic`: a file that keeps what was read on each frame."
    ),
    failures: Path | None = typer.Option(
        None, help="Of `traffic`: a folder for pictures of what went wrong."
    ),
) -> None:
    """Measure one part of Turnpike on this machine, where it can beside its peer.

    All data is made up and kept in a folder that is deleted afterwards. The status is 0 whatever the figures.
    """
    if (rows and name is not Bench.STORE) or (full and name not in {Bench.STORE, Bench.AUDIT}):
        raise typer.BadParameter("--rows is for the benchmark `store`, --full for `store` and `audit`.")
    if soak and name is not Bench.INGEST:
        raise typer.BadParameter("Only ingest is measured for so long; leave --soak out.")
    plan = TrafficPlan(passes, fps, tuning, clips, readings, failures)
    if plan != TrafficPlan() and name is not Bench.TRAFFIC:
        raise typer.BadParameter(
            "What is said of passes, frames, clips, readings and failures is for `traffic`."
        )
    _tell(name, _Asked(short, FORCE_READS if full else rows, full, soak, plan), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the command was told to measure."""

    short: bool
    rows: int | None
    full: bool
    soak: float
    plan: TrafficPlan


def _tell(name: Bench, asked: _Asked, *, as_json: bool) -> None:
    """Measure, and print what was found."""
    from turnpike.bench import machine

    described = machine.describe()
    findings = _measure(name, asked)
    for note in findings.notes:
        typer.echo(note, err=True)
    report = Report(name.value, findings.figures, findings.peers, findings.ratios, described)
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        _print_table(report)


def _measure(name: Bench, asked: _Asked) -> Findings:
    # By name, so that a benchmark loads no other's engines.
    benchmark = import_module(f"turnpike.bench.{name.value}")
    if name is Bench.STORE:
        return cast("_SizedBenchmark", benchmark).measure(short=asked.short, rows=asked.rows)
    if name is Bench.AUDIT:
        return cast("_FullBenchmark", benchmark).measure(short=asked.short, full=asked.full)
    if name is Bench.TRAFFIC:
        return cast("_Traffic", benchmark).measure(short=asked.short, plan=asked.plan)
    if asked.soak:
        return cast("_Soaking", benchmark).soak(minutes=asked.soak)
    return cast("_Benchmark", benchmark).measure(short=asked.short)


def _print_table(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Figure", title=f"{report.bench} on {report.machine['processor']}", title_style="bold")
    table.add_column("Value", justify="right")
    rows = {**report.figures}
    rows |= {f"{peer}: {name}": value for peer, own in report.peers.items() for name, value in own.items()}
    for name, value in {**rows, **report.ratios}.items():
        table.add_row(name, f"{value:,.4g}" if value < 1000 else f"{value:,.0f}")  # noqa: PLR2004 - digits worth reading
    Console().print(table)
