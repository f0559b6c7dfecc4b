"""Importing history: the same simulated reads as CSV and as Parquet, checked and loaded into an empty store."""

from __future__ import annotations

import os
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from turnpike.bench.apart import tell
from turnpike.bench.centre import ACTOR, fresh_records
from turnpike.bench.machine import MemoryGrowth
from turnpike.bench.models import Findings
from turnpike.simulation.services import NationPlan, national_cameras, national_reads

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.ingest.services import history
    from turnpike.reads.services import ReadStore

ROWS, ROWS_SHORT = 8_000_000, 20_000
DAYS = 60
_ROWS_AT_ONCE = 500_000
_COLUMNS = {
    "plate": "plate",
    "captured_at": "captured_at",
    "camera": "camera_id",
    "confidence": "confidence_thousandths",
    "country": "country",
    "lane": "lane",
    "direction": "direction",
    "colour": "colour",
    "make": "make",
}


def measure(*, short: bool) -> Findings:
    """`import_reads_per_s` is of the slower of both, to the last read's being on the disk; merging is told apart."""
    rows = ROWS_SHORT if short else ROWS
    day = (datetime.now(UTC) - timedelta(days=DAYS + 2)).date()
    plan = NationPlan(reads=rows, days=DAYS, first_day=day)
    figures: dict[str, float] = {"reads": rows}
    with fresh_records() as folder:
        tell(f"Writing {rows:,} reads as CSV and as Parquet …")
        text, parquet = _written(plan, folder)
        for name, path in (("csv", text), ("parquet", parquet)):
            tell(f"Importing {path.name} …")
            figures |= _imported(name, path, plan, folder / name)
            figures[f"{name}_bytes_per_read"] = round(path.stat().st_size / rows, 1)
    figures["import_reads_per_s"] = min(figures["csv_reads_per_s"], figures["parquet_reads_per_s"])
    return Findings(figures)


def _imported(name: str, path: Path, plan: NationPlan, folder: Path) -> dict[str, float]:
    from turnpike.ingest.services import history
    from turnpike.reads.services import ReadStore

    cameras = {camera.camera_id: camera.camera_id for camera in national_cameras(plan)}
    task = history.Task(
        plan=history.ColumnPlan(_COLUMNS, time_zone="UTC", confidence_of=1000),
        cameras=cameras,
        actor=ACTOR,
        reason="To measure how fast history is imported",
        authority="Nobody's: a benchmark",
        software="simulation",
    )
    with history.open_file(path) as file:
        checked = history.check_history(file, task, tell=lambda _: None)
    with closing(ReadStore.open(folder / "reads")) as store:
        growth, began = MemoryGrowth(os.getpid()), time.perf_counter()
        report = _load(path, task, store, folder)
        loaded_s = time.perf_counter() - began
        store.merge()
        merged_s = time.perf_counter() - began
    return {
        f"{name}_reads_per_s": round(report.loaded / loaded_s),
        f"{name}_reads_per_s_merged": round(report.loaded / merged_s),
        f"{name}_checked_reads_per_s": checked.reads_per_s,
        f"{name}_refused": report.refused,
        f"{name}_memory_mb": round(growth.peak_mb(), 1),
    }


def _load(path: Path, task: history.Task, store: ReadStore, folder: Path) -> history.ImportReport:
    from turnpike.ingest.services import history

    with history.open_file(path) as file:
        return history.import_history(file, task, store, folder / "imports", tell=lambda _: None)


def _written(plan: NationPlan, folder: Path) -> tuple[Path, Path]:
    """The reads as other systems would export them: text for all in CSV; in Parquet as they come."""
    text, parquet = folder / "reads.csv", folder / "reads.parquet"
    lines: csv.CSVWriter | None = None
    columns: pq.ParquetWriter | None = None
    for batch in national_reads(plan, batch_rows=min(_ROWS_AT_ONCE, plan.reads)):
        table = pa.Table.from_batches([batch]).select(list(_COLUMNS.values()))
        plain = pa.table({name: _plain(table.column(name)) for name in table.column_names})
        columns = columns or pq.ParquetWriter(parquet, table.schema, compression="zstd")
        columns.write_table(table)
        lines = lines or csv.CSVWriter(
            str(text), plain.schema, write_options=csv.WriteOptions(quoting_style="none")
        )
        lines.write_table(plain)
    for writer in (lines, columns):
        if writer is not None:
            writer.close()
    return text, parquet


def _plain(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    if pa.types.is_dictionary(whole.type):
        return whole.dictionary_decode()
    # Without an offset, as most systems write times.
    return whole.cast(pa.timestamp("ms")) if pa.types.is_timestamp(whole.type) else whole
