"""Files of history for tests, and what stands in the store afterwards."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.ingest.history.csv_files import CsvFile
from turnpike.ingest.history.fields import ColumnPlan
from turnpike.ingest.history.importing import Task, import_history
from turnpike.reads.services import EVERY_PLATE, ReadQuery, SearchLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A whole second some weeks ago, far from any limit of age.
LATELY = (datetime.now(UTC) - timedelta(days=40)).replace(hour=9, minute=0, second=0, microsecond=0)
PLAN = ColumnPlan({"plate": "VRM", "captured_at": "Time", "camera": "Camera"}, time_zone="UTC")
TASK = Task(
    plan=PLAN,
    cameras={"north": "north", "Old South": "south"},
    actor="tests",
    reason="The old system is switched off",
    authority="Decision 7 of the board",
    software="Old ANPR 4",
)
COLUMNS = ("VRM", "Time", "Camera")


def at(seconds: float) -> datetime:
    """So many seconds after the first."""
    return LATELY + timedelta(seconds=seconds)


def written(moment: datetime) -> str:
    """As most systems write a time: without an offset."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def text_of(rows: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS) -> bytes:
    """A CSV file with a header."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    return file.getvalue().encode()


def good_rows(count: int, first: int = 0) -> list[tuple[str, str, str]]:
    """Rows that are good, each of another plate and second."""
    return [(f"AB{n:05d}", written(at(n)), "north") for n in range(first, first + count)]


def load(content: bytes, store, folder, *, piece_bytes: int = 300, **changes):
    """The report of an import of that content, in small pieces."""
    file = CsvFile(io.BytesIO(content), piece_bytes=piece_bytes)
    return import_history(file, replace(TASK, **changes), store, folder, tell=lambda _: None)


def stored(store):
    """Every read, in order of its time and plate."""
    span = (LATELY - timedelta(days=400), LATELY + timedelta(days=60))
    found = store.search(ReadQuery(EVERY_PLATE, *span), SearchLimits(max_rows=5_000, max_seconds=60)).rows
    return sorted(found, key=lambda read: (read.captured_at, read.plate))


def plates(store) -> list[str]:
    """The plates of every read, in order of time."""
    return [read.plate for read in stored(store)]
