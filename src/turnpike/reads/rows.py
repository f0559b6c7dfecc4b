"""Reads as rows of the tables, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.reads.identity import ReadId
from turnpike.reads.models import StoredRead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.reads.engine import Row
    from turnpike.reads.models import NewBatch, NewRead

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


def read_row(read: NewRead, camera_id: str, read_id: ReadId) -> Row:
    """One line of `insert_reads.sql`; a raw text that is the plate is left out, as it says nothing more."""
    return (
        read.plate,
        read.captured_at,
        camera_id,
        read_id.batch,
        read_id.slot,
        "" if read.raw_text == read.plate else read.raw_text,
        round(read.confidence * _THOUSANDTHS),
        [(text, round(confidence * _THOUSANDTHS)) for text, confidence in read.candidates],
        read.country,
        read.lane,
        read.direction,
        read.clock_error_ms,
        read.frames_agreeing,
        read.colour,
        read.make,
        read.has_patch,
    )


def batch_row(batch: NewBatch, batch_id: int, commit_id: int, stored: list[NewRead]) -> Row:
    """One line of `insert_batches.sql`."""
    return (
        batch_id,
        commit_id,
        batch.camera_id,
        batch.software,
        batch.model,
        batch.adapter,
        batch.payload_sha256.hex(),
        batch.received_at,
        len(stored),
        max(read.captured_at for read in stored),
    )


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
