"""A nation's reads as the messages that its cameras post, at the present time."""

from __future__ import annotations

import io
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise, starmap
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PIL import Image

from turnpike.simulation.nation_reads import national_reads
from turnpike.simulation.plate_art import render_plate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from turnpike.simulation.nation_plan import NationPlan

_MOST_AT_ONCE = 100_000
_THOUSAND = 1000
_SOURCE = {"software": "turnpike-simulate"}
_PATCH_HEIGHT_PX = 40


@dataclass(frozen=True, slots=True)
class Load:
    """How to post: to `url`, the centre's address, with a key for each camera.

    `reads_per_s` is the pace at which reads fall due; 0 for as fast as the centre answers. A message has at most
    `reads_per_message` reads of one camera; with a pace a camera sends what it has once a second.
    """

    url: str
    keys: tuple[str, ...]
    reads_per_s: float = 0.0
    reads_per_message: int = 100
    connections: int = 8
    patches: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What one camera posts at once, `due_s` after the beginning; `camera` is the place of its key."""

    camera: int
    due_s: float
    reads: int
    body: bytes


class _PostedCandidate(msgspec.Struct, frozen=True):
    plate: str
    confidence: float


class _PostedRead(msgspec.Struct, frozen=True, omit_defaults=True):
    plate: str
    confidence: float
    captured_at: datetime
    event_id: str
    raw_text: str = ""
    country: str = ""
    lane: int = 0
    direction: str = ""
    frames_agreeing: int = 1
    clock_error_ms: int = 0
    colour: str = ""
    make: str = ""
    candidates: tuple[_PostedCandidate, ...] = ()
    patch: bytes = b""


_AS_THEY_ARE = (
    "raw_text", "country", "lane", "direction", "frames_agreeing", "clock_error_ms", "colour", "make",
)  # fmt: skip
"""Columns that are posted as they stand, in the order of the fields above."""


def national_messages(plan: NationPlan, load: Load, *, begun_s: float) -> Iterator[Message]:
    """The plan's reads in the order of the stream, moved to the present: `begun_s` is the clock's time at the beginning.

    Camera n's reads come under key n; where there are fewer keys than cameras, several share one. With a pace, what a second
    brought is sent in the course of the next. Each run's event ids are its own.
    """
    run, number = uuid.uuid4().hex, 0
    window = load.reads_per_s or len(load.keys) * load.reads_per_message
    patch = _patch() if load.patches else b""
    for batch in national_reads(plan, batch_rows=max(1, min(round(window), _MOST_AT_ONCE))):
        rows = np.arange(number, number + len(batch))
        seen_s = begun_s + rows / load.reads_per_s if load.reads_per_s else np.full(len(batch), time.time())
        reads = _posted(batch, seen_s, [f"{run}-{row}" for row in rows.tolist()], patch)
        cameras = batch.column("camera_id").indices.to_numpy() % len(load.keys)
        pieces = _pieces(cameras, load.reads_per_message)
        for place, piece in enumerate(pieces):
            due_s = 0.0
            if load.reads_per_s:
                due_s = (number + len(batch) * (1 + place / len(pieces))) / load.reads_per_s
            body = msgspec.json.encode({"source": _SOURCE, "reads": [reads[row] for row in piece]})
            yield Message(int(cameras[piece[0]]), due_s, len(piece), body)
        number += len(batch)


def _pieces(cameras: NDArray[np.int32], most: int) -> list[list[int]]:
    """Rows of one camera each, in their order, at most so many together."""
    order = np.argsort(cameras, kind="stable")
    ends = np.flatnonzero(np.diff(cameras[order])) + 1
    return [
        order[first : min(first + most, last)].tolist()
        for start, last in pairwise([0, *ends.tolist(), len(order)])
        for first in range(start, last, most)
    ]


def _posted(
    batch: pa.RecordBatch, seen_s: NDArray[np.float64], event_ids: list[str], patch: bytes
) -> list[_PostedRead]:
    """Each row as it is posted, captured as long before `seen_s` as it was on its way."""
    columns = {name: batch.column(name) for name in batch.schema.names}
    captured_ms, received_ms = (
        columns[name].cast("int64").to_numpy() for name in ("captured_at", "received_at")
    )
    captured_s = np.floor(seen_s * _THOUSAND - (received_ms - captured_ms)) / _THOUSAND
    candidates = _candidates(columns["candidates"])
    pictured = columns["has_patch"].to_pylist()
    fields = zip(
        columns["plate"].to_pylist(),
        (columns["confidence_thousandths"].to_numpy() / _THOUSAND).tolist(),
        [datetime.fromtimestamp(second, UTC) for second in captured_s.tolist()],
        event_ids,
        *(columns[name].to_pylist() for name in _AS_THEY_ARE),
        [candidates.get(row, ()) for row in range(len(batch))],
        [patch if has_patch else b"" for has_patch in pictured],
        strict=True,
    )
    return list(starmap(_PostedRead, fields))


def _candidates(column: pa.ListArray) -> dict[int, tuple[_PostedCandidate, ...]]:
    """Of the few rows that have any."""
    lengths = column.value_lengths().to_numpy()
    return {
        row: tuple(
            _PostedCandidate(each["plate"], each["confidence_thousandths"] / _THOUSAND)
            for each in column[row].as_py()
        )
        for row in np.flatnonzero(lengths).tolist()
    }


@cache
def _patch() -> bytes:
    """One drawn plate as JPEG, the same for every read: it weighs what a camera's would."""
    written = io.BytesIO()
    Image.fromarray(render_plate("AB12CDE", height_px=_PATCH_HEIGHT_PX)).save(written, "JPEG", quality=85)
    return written.getvalue()
