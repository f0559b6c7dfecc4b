"""A synthetic nation's reads as Arrow record batches: seeded, in order of arrival, in flat memory at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from turnpike.simulation.nation_columns import READ_SCHEMA, Columns
from turnpike.simulation.nation_hours import Timetable
from turnpike.simulation.nation_passings import Traffic, together
from turnpike.simulation.nation_places import NationPlaces
from turnpike.simulation.nation_vehicles import Drivers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from turnpike.simulation.nation_passings import Passings
    from turnpike.simulation.nation_places import NationCamera
    from turnpike.simulation.nation_plan import NationPlan

BATCH_ROWS = 250_000
_ROW_BITS = np.uint64(22)
"""A block has fewer rows than 2^22."""


def national_cameras(plan: NationPlan) -> tuple[NationCamera, ...]:
    """The cameras that the plan's reads come from, in the order of their ids."""
    return NationPlaces(plan).cameras()


def national_reads(plan: NationPlan, *, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Exactly `plan.reads` rows of `READ_SCHEMA`, `batch_rows` in each batch and the rest in the last.

    They come in order of `captured_at`, but for the reads of a camera without a line, which come when it has one again:
    in a burst, in their order, up to half an hour later. Times are whole milliseconds; local time is UTC. The same plan
    gives the same bytes, whatever `batch_rows` is; with another version of numpy they may differ.
    """
    held: list[pa.RecordBatch] = []
    rows = 0
    for block in _blocks(plan):
        held.append(block)
        rows += len(block)
        if rows < batch_rows:
            continue
        joined = pa.concat_batches(held)
        whole = rows - rows % batch_rows
        for first in range(0, whole, batch_rows):
            yield joined.slice(first, batch_rows)
        held, rows = [joined.slice(whole)], rows - whole
    if rows:
        yield pa.concat_batches(held)


def _blocks(plan: NationPlan) -> Iterator[pa.RecordBatch]:
    """The stream in its natural pieces."""
    places, timetable = NationPlaces(plan), Timetable(plan)
    traffic = Traffic(plan, places, timetable, Drivers(plan, places, timetable))
    columns = Columns(plan, places)
    kept: list[Passings] = []
    left = plan.reads
    blocks = timetable.blocks()
    for number, block in enumerate(blocks):
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([plan.seed, 106, number])))
        passings = together([*kept, traffic.passings(block, rng)])
        ends_ms = plan.starts_ms + block.last * timetable.slot_s * 1000
        # The last block waits for whatever is still on its way.
        order, waiting = _in_order(passings, ends_ms if number + 1 < len(blocks) else None)
        kept = [passings.at(waiting)]
        batch = columns.batch(passings.at(order[:left]), rng)
        left -= len(batch)
        yield batch


def _in_order(passings: Passings, ends_ms: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows in order of arrival, and rows that arrive at `ends_ms` or later."""
    arrives_ms = np.where(passings.late_ms, passings.late_ms, passings.captured_ms)
    here = np.arange(len(passings))
    waiting = np.zeros(0, np.int64)
    if ends_ms is not None:
        waiting = np.flatnonzero(arrives_ms >= ends_ms)
        here = np.flatnonzero(arrives_ms < ends_ms)
    if not len(here):
        return here, waiting
    # A row's number under its time: the order is the same on every machine, and a plain sort is the quickest.
    keys = (arrives_ms[here] - arrives_ms[here].min()).astype(np.uint64) << _ROW_BITS | here.astype(np.uint64)
    keys.sort()
    return (keys & (np.uint64(1) << _ROW_BITS) - np.uint64(1)).astype(np.int64), waiting


__all__ = ["BATCH_ROWS", "READ_SCHEMA", "national_cameras", "national_reads"]
