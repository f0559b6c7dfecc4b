"""What a commit inserts, as Arrow tables: the columns of `insert_*.sql`, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.reads.columns import ReadColumns, type_candidates
    from turnpike.reads.models import NewBatch

_INSTANT = pa.timestamp("ms", tz="UTC")
_CANDIDATE = pa.struct([("1", pa.string()), ("2", pa.uint16())])
_DIRECTIONS = {"": 0, "towards": 1, "away": 2}
"""As the table's enumeration numbers them."""


def reads_table(
    reads: ReadColumns, camera_ids: pa.Array, batches: NDArray[np.uint64], slots: NDArray[np.uint16]
) -> pa.Table:
    """The columns of `insert_reads.sql`."""
    return pa.table(
        {
            "plate": pa.array(reads.plates, pa.string()),
            "captured_at": pa.array(reads.captured_ms).cast(_INSTANT),
            "camera_id": camera_ids,
            "batch": pa.array(batches),
            "slot": pa.array(slots),
            "raw_text": pa.array(reads.raw_texts, pa.string()),
            "confidence_thousandths": pa.array(reads.confidence_thousandths),
            "candidates": _candidates(reads.candidates),
            "country": _few(reads.countries),
            "lane": pa.array(reads.lanes, pa.uint8()),
            "direction": pa.array([_DIRECTIONS[direction] for direction in reads.directions], pa.int8()),
            "clock_error_ms": pa.array(reads.clock_error_ms, pa.int32()),
            "frames_agreeing": pa.array(reads.frames_agreeing, pa.uint16()),
            "colour": _few(reads.colours),
            "make": _few(reads.makes),
            "has_patch": pa.array(reads.has_patch, pa.bool_()),
        }
    )


def events_table(reads: ReadColumns, batches: NDArray[np.uint64], slots: NDArray[np.uint16]) -> pa.Table:
    """The columns of `insert_events.sql`."""
    return pa.table(
        {
            "captured_at": pa.array(reads.captured_ms).cast(_INSTANT),
            "event_key": pa.array(reads.event_keys),
            "batch": pa.array(batches),
            "slot": pa.array(slots),
        }
    )


def batches_table(
    batches: Sequence[NewBatch],
    ids: NDArray[np.uint64],
    commit_id: int,
    counts: NDArray[np.int64],
    first_captured_ms: NDArray[np.int64],
    last_captured_ms: NDArray[np.int64],
) -> pa.Table:
    """The columns of `insert_batches.sql`: one row a batch of which a read is stored."""
    return pa.table(
        {
            "batch": pa.array(ids),
            "commit_id": pa.array(np.full(len(ids), commit_id, np.uint64)),
            "camera_id": _few([batch.camera_id for batch in batches]),
            "software": _few([batch.software for batch in batches]),
            "model": _few([batch.model for batch in batches]),
            "adapter": _few([batch.adapter for batch in batches]),
            "payload_sha256": pa.array([batch.payload_sha256 for batch in batches], pa.binary(32)),
            "received_at": pa.array([batch.received_at for batch in batches], _INSTANT),
            "reads": pa.array(counts).cast(pa.uint16()),
            "first_captured_at": pa.array(first_captured_ms).cast(_INSTANT),
            "last_captured_at": pa.array(last_captured_ms).cast(_INSTANT),
        }
    )


def camera_column(camera_ids: Sequence[str], counts: NDArray[np.int64]) -> pa.Array:
    """The camera of each read: one of `camera_ids`, as often as its count says."""
    few = _few(camera_ids)
    return pa.DictionaryArray.from_arrays(np.repeat(few.indices.to_numpy(), counts), few.dictionary)


def _few(texts: Sequence[str]) -> pa.Array:
    """A column of few different texts."""
    return pa.array(texts, pa.string()).dictionary_encode()


def _candidates(candidates: Sequence[type_candidates]) -> pa.Array:
    lengths = np.fromiter(map(len, candidates), np.int32, len(candidates))
    offsets = np.zeros(len(candidates) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    flat = [one for some in candidates for one in some] if offsets[-1] else []
    pairs = pa.StructArray.from_arrays(
        [
            pa.array([text for text, _ in flat], pa.string()),
            pa.array([value for _, value in flat], pa.uint16()),
        ],
        fields=list(_CANDIDATE),
    )
    return pa.ListArray.from_arrays(pa.array(offsets), pairs)
