"""Reads as rows of the tables, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike.reads.columns import ReadColumns
from turnpike.reads.identity import ReadId
from turnpike.reads.models import NewRead, StoredRead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.reads.engine import Row
    from turnpike.reads.models import NewBatch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_THOUSANDTHS = 1000

BatchFacts = tuple[str, str, str, datetime]
"""Software, model, adapter and `received_at` of a batch."""


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (instant - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The UTC instant so many milliseconds after 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def columns_of(batch: NewBatch) -> ReadColumns:
    """The reads of a batch by column; a raw text that is the plate is left out, as it says nothing more."""
    if isinstance(batch.reads, ReadColumns):
        return batch.reads
    reads = batch.reads
    return ReadColumns(
        plates=[read.plate for read in reads],
        raw_texts=["" if read.raw_text == read.plate else read.raw_text for read in reads],
        confidence_thousandths=np.array([_thousandths(read.confidence) for read in reads], np.uint16),
        captured_ms=np.array([to_ms(read.captured_at) for read in reads], np.int64),
        event_keys=np.array([read.event_key for read in reads], np.uint64),
        candidates=[tuple((text, _thousandths(value)) for text, value in read.candidates) for read in reads],
        countries=[read.country for read in reads],
        lanes=[read.lane for read in reads],
        directions=[read.direction for read in reads],
        clock_error_ms=[read.clock_error_ms for read in reads],
        frames_agreeing=[read.frames_agreeing for read in reads],
        colours=[read.colour for read in reads],
        makes=[read.make for read in reads],
        has_patch=[read.has_patch for read in reads],
    )


def new_reads(columns: ReadColumns, places: Sequence[int]) -> tuple[NewRead, ...]:
    """The reads in these places of the columns, as objects."""
    return tuple(_new_read(columns, at) for at in places)


def _new_read(columns: ReadColumns, at: int) -> NewRead:
    return NewRead(
        plate=columns.plates[at],
        raw_text=columns.raw_texts[at] or columns.plates[at],
        confidence=int(columns.confidence_thousandths[at]) / _THOUSANDTHS,
        captured_at=from_ms(int(columns.captured_ms[at])),
        event_key=int(columns.event_keys[at]),
        candidates=tuple((text, value / _THOUSANDTHS) for text, value in columns.candidates[at]),
        country=columns.countries[at],
        lane=columns.lanes[at],
        direction=columns.directions[at],
        clock_error_ms=columns.clock_error_ms[at],
        frames_agreeing=columns.frames_agreeing[at],
        colour=columns.colours[at],
        make=columns.makes[at],
        has_patch=columns.has_patch[at],
    )


def _thousandths(confidence: float) -> int:
    return round(confidence * _THOUSANDTHS)


def facts_of(row: Row) -> tuple[int, BatchFacts]:
    """A row of `batch_facts.sql`, as the batch's id and its facts."""
    batch, software, model, adapter, received_ms = row
    return batch, (software, model, adapter, from_ms(received_ms))


def stored_read(row: Row, facts: Mapping[int, BatchFacts]) -> StoredRead:
    """A row of `read_columns.sql`, with its batch's facts."""
    batch, slot, camera_id, plate, raw_text, confidence, candidates, *rest = row
    country, lane, direction, captured_ms, clock_error_ms, frames_agreeing, colour, make, has_patch = rest
    software, model, adapter, received_at = facts[batch]
    return StoredRead(
        read_id=ReadId(batch, slot),
        camera_id=camera_id,
        plate=plate,
        raw_text=raw_text or plate,
        confidence=confidence / _THOUSANDTHS,
        candidates=tuple((text, value / _THOUSANDTHS) for text, value in candidates),
        country=country,
        lane=lane,
        direction=direction,
        captured_at=from_ms(captured_ms),
        clock_error_ms=clock_error_ms,
        frames_agreeing=frames_agreeing,
        colour=colour,
        make=make,
        has_patch=has_patch,
        received_at=received_at,
        software=software,
        model=model,
        adapter=adapter,
    )
