"""The store: a year of a simulated nation's reads, loaded, asked and purged, beside PostgreSQL on up to 20 million of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from turnpike.bench.apart import ask_process, tell
from turnpike.bench.errors import BenchFailed
from turnpike.bench.models import Findings
from turnpike.bench.postgresql import Compared, CompareWith, programs
from turnpike.bench.store_process import FillStore, StoreFilled
from turnpike.bench.store_reads import DAYS, keyed_reads, write_arrow

ROWS, ROWS_SHORT = 100_000_000, 20_000
PEER_ROWS = 20_000_000
CHECKPOINTS = (10_000_000, 20_000_000, 50_000_000, 100_000_000, 200_000_000, 350_000_000)
SECONDS, SECONDS_SHORT = 4.0, 0.1
DAYS_SHORT = 40
_GROWING = (
    "bytes_per_read",
    "plate_lookup_p95_ms",
    "pattern_week_p95_ms",
    "pattern_year_p95_ms",
    "camera_hour_p95_ms",
)


def measure(*, short: bool, rows: int | None = None) -> Findings:
    """The whole of it at `rows` reads, then both sides at as many of them as the peer takes in reasonable time."""
    wanted = rows or (ROWS_SHORT if short else ROWS)
    seconds, days = (SECONDS_SHORT, DAYS_SHORT) if short else (SECONDS, DAYS)
    checkpoints = (wanted // 2,) if short else tuple(at for at in CHECKPOINTS if at < wanted)
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        asked = FillStore(f"{folder}/reads", wanted, days, seconds=seconds, checkpoints=checkpoints)
        ours = ask_process("store_process", asked, StoreFilled)
    figures = dict(ours.figures)
    growth = {**ours.growth, wanted: ours.figures}
    figures |= {f"{name}_at_{at}": value[name] for at, value in growth.items() for name in _GROWING}
    _print_growth(growth)
    binaries = programs()
    if binaries is None:
        return Findings(
            figures,
            notes=("PostgreSQL 15 is not installed (Debian: postgresql-15), so no peer was measured.",),
        )
    return _beside_peer(figures, min(wanted, PEER_ROWS), days, seconds, binaries)


def _beside_peer(figures: dict[str, float], rows: int, days: int, seconds: float, binaries: str) -> Findings:
    """Both load the same reads from a file made beforehand, and are timed to the end of their background work."""
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        arrow, copied = Path(folder) / "reads.arrow", Path(folder) / "reads.csv"
        tell(f"Making the same {rows:,} reads for both sides …")
        write_arrow(keyed_reads(rows, days), arrow, copied)
        asked = FillStore(f"{folder}/reads", rows, days, str(arrow), seconds, is_whole=False)
        ours = ask_process("store_process", asked, StoreFilled)
        arrow.unlink()
        try:
            peer = ask_process(
                "postgresql_process", CompareWith(binaries, str(copied), rows, ours.plates), Compared
            )
        except BenchFailed as failure:
            return Findings(figures, notes=(f"PostgreSQL could not be measured: {failure}",))
    own = ours.figures
    figures |= {
        f"{name}_beside_peer": own[name]
        for name in ("bytes_per_read", "load_reads_per_s", "plate_lookup_p95_ms")
    }
    return Findings(
        figures,
        peers={"postgresql": peer.figures},
        ratios={
            "size_vs_postgresql": round(own["bytes_per_read"] / peer.figures["bytes_per_read"], 3),
            "load_vs_postgresql": round(own["load_reads_per_s"] / peer.figures["load_reads_per_s"], 2),
            "lookup_vs_postgresql": round(
                own["plate_lookup_p95_ms"] / peer.figures["plate_lookup_p95_ms"], 2
            ),
        },
        notes=(f"Both sides were compared on {rows:,} reads; {peer.version}.",),
    )


def _print_growth(growth: dict[int, dict[str, float]]) -> None:
    """How the cost grows, on stderr."""
    tell("| Reads | " + " | ".join(f"`{name}`" for name in _GROWING) + " |")
    tell("|---" * (len(_GROWING) + 1) + "|")
    for at, values in sorted(growth.items()):
        tell(f"| {at:,} | " + " | ".join(f"{values[name]:g}" for name in _GROWING) + " |")
