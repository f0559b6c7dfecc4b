"""The reads that the store is measured with, as a stream and as files made beforehand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

from turnpike.simulation.services import NationPlan, national_reads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = 365
ROWS_AT_ONCE = 1_000_000
"""As many as one load takes."""
READS_A_BATCH = 1_000
_EVENT_KEYS = "event_key"
_SECOND_MS = 1_000


def plan_of(rows: int, days: int) -> NationPlan:
    """So many reads in so many days."""
    return NationPlan(reads=rows, days=days)


def keyed_reads(rows: int, days: int) -> Iterator[pa.RecordBatch]:
    """Reads with the keys that retries are recognised by: as random as keyed hashes are."""
    rng = np.random.default_rng(5)
    for batch in national_reads(plan_of(rows, days), batch_rows=min(ROWS_AT_ONCE, rows)):
        keys = pa.array(rng.integers(0, 2**64 - 1, batch.num_rows, dtype=np.uint64, endpoint=True))
        yield batch.append_column(_EVENT_KEYS, keys)


def write_arrow(batches: Iterator[pa.RecordBatch], path: Path, csv_path: Path | None) -> None:
    """The same reads for both sides: Arrow for ours, CSV for the peer's COPY, where there is one."""
    writer: pa.RecordBatchFileWriter | None = None
    text: csv.CSVWriter | None = None
    first = 0
    with pa.OSFile(str(path), "wb") as sink:
        for batch in batches:
            writer = writer or pa.ipc.new_file(sink, batch.schema)
            writer.write_batch(batch)
            if csv_path is not None:
                table = _for_copy(batch, first)
                text = text or csv.CSVWriter(
                    csv_path, table.schema, write_options=csv.WriteOptions(include_header=False)
                )
                text.write_table(table)
            first += batch.num_rows
        if writer is not None:
            writer.close()
    if text is not None:
        text.close()


def read_arrow(path: Path) -> Iterator[pa.RecordBatch]:
    """What `write_arrow` wrote, from the page cache."""
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _for_copy(batch: pa.RecordBatch, first: int) -> pa.Table:
    """The store's columns of a read, with the batch and slot that it has there."""
    numbers = np.arange(first, first + batch.num_rows)
    received_s = batch.column("received_at").cast(pa.int64()).to_numpy() // _SECOND_MS
    columns: dict[str, pa.Array] = {}
    for name in batch.schema.names:
        column = batch.column(name)
        if name in {"received_at", _EVENT_KEYS}:
            continue
        columns[name] = _candidates(column) if name == "candidates" else _plain(column)
    columns["batch"] = pa.array(received_s * 1_000_000 + numbers // READS_A_BATCH % 1_000)
    columns["slot"] = pa.array((numbers % READS_A_BATCH).astype(np.int16))
    return pa.table(columns)


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _candidates(column: pa.Array) -> pa.Array:
    texts = np.full(len(column), "", object)
    for at in np.flatnonzero(np.diff(column.offsets.to_numpy())):
        texts[at] = json.dumps([list(one.values()) for one in column[int(at)].as_py()], separators=(",", ":"))
    return pa.array(texts, pa.string())
