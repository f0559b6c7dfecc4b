"""Loading many reads at once: a history, a simulation, a benchmark; in Arrow, without a look at each.

What is loaded comes in batches of a thousand as it once came in, from several cameras, so a batch's camera is empty.
A batch's number in its second starts half way up, where ingest never gets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from turnpike.reads.errors import InvalidRead
from turnpike.reads.planning import camera_mark
from turnpike.reads.recutting import months_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Lock

    from numpy.typing import NDArray

    from turnpike.reads.engine import Session

MAX_LOAD_ROWS = 2_000_000
"""Below the rows of one block, which is what makes a load all or nothing."""
READS_A_BATCH = 1_000
"""Source: ours; what a forwarder sends at once."""
_FIRST_NUMBER = 500_000
_SECOND_US = 1_000_000
_RECOGNISED_MS = 30 * 86_400_000
_COLUMNS = (
    "plate", "captured_at", "camera_id", "raw_text", "confidence_thousandths", "candidates", "country", "lane", "direction",
    "clock_error_ms", "frames_agreeing", "colour", "make", "has_patch",
)  # fmt: skip
_INSTANT = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class Origin:
    """What all loaded reads share; `payload_sha256` is of what they came in, or empty for a hash of themselves."""

    software: str
    model: str
    adapter: str
    payload_sha256: bytes = b""


class Loader:
    """Writes record batches into the store's tables, each whole or not at all."""

    def __init__(
        self,
        session: Session,
        now_us: Callable[[], int],
        numbering: Lock,
        note_known: Callable[[NDArray[np.int64], NDArray[np.uint64]], None],
    ) -> None:
        self._session = session
        self._note_known = note_known
        self._numbering = numbering
        self._now_us = now_us

    def load(self, reads: pa.RecordBatch, origin: Origin, *, may_be_there: bool = False) -> int:
        """Store these reads, on the disk on return; how many that was.

        With `may_be_there` each month of them is looked for by the origin's `payload_sha256`, and what an earlier load of the
        same reads stored is not stored again.

        Columns: `plate` (normalised), `raw_text` (empty where it is the plate), `captured_at` and `received_at`
        (timestamp[ms, UTC], in about the order of `received_at`), `camera_id`, `confidence_thousandths`, `candidates`
        (list of plate and thousandths), `country`, `lane`, `direction`, `clock_error_ms`, `frames_agreeing`, `colour`, `make`,
        `has_patch`; and `event_key` (uint64), which retries are recognised by, where they may still come.

        Raises:
            InvalidRead: more than 2,000,000 rows, or a column is missing; nothing was stored.
            StoreUnavailable: of each month either all was stored or nothing.
        """
        if reads.num_rows > MAX_LOAD_ROWS:
            raise InvalidRead(f"Load at most {MAX_LOAD_ROWS:,} reads at once.")
        missing = {*_COLUMNS, "received_at"} - set(reads.schema.names)
        if missing:
            raise InvalidRead(f"The reads to load lack {', '.join(sorted(missing))}.")
        received_s = _milliseconds(reads, "received_at") // 1000
        months = months_of(received_s)
        for month in np.unique(months):
            chosen = np.flatnonzero(months == month)
            if may_be_there and self._is_there(origin.payload_sha256, int(month)):
                continue
            part = reads if len(chosen) == reads.num_rows else reads.take(pa.array(chosen))
            self._load_month(part, received_s[chosen], origin)
        return int(reads.num_rows)

    def _load_month(self, reads: pa.RecordBatch, received_s: NDArray[np.int64], origin: Origin) -> None:
        rows = reads.num_rows
        begins = np.arange(0, rows, READS_A_BATCH)
        seconds = np.maximum.reduceat(received_s, begins)
        counts = np.diff(np.append(begins, rows))
        slots = pa.array((np.arange(rows) % READS_A_BATCH).astype(np.uint16))
        captured_ms = _milliseconds(reads, "captured_at")
        with self._numbering:  # until the numbers are on the disk, for the next to go on from there
            ids = self._ids(seconds)
            self._session.insert_table(
                "insert_batches", self._batches(reads, ids, seconds, counts, captured_ms, begins, origin)
            )
        batch_of_read = pa.array(np.repeat(ids, counts))
        self._insert_events(reads, batch_of_read, slots, captured_ms)
        columns = {name: reads.column(name) for name in _COLUMNS}
        self._session.insert_table(
            "insert_reads", pa.table({**columns, "batch": batch_of_read, "slot": slots})
        )

    def _is_there(self, payload_sha256: bytes, month: int) -> bool:
        begin_s, end_s = (
            int(np.datetime64(at, "M").astype("datetime64[s]").astype(np.int64)) for at in (month, month + 1)
        )
        asked: dict[str, str | int] = {
            "payload_sha256_hex": payload_sha256.hex(),
            "from_batch": begin_s * _SECOND_US,
            "until_batch": end_s * _SECOND_US,
        }
        return bool(self._session.query("loaded_before", asked)[0][0])

    def _batches(
        self,
        reads: pa.RecordBatch,
        ids: NDArray[np.uint64],
        seconds: NDArray[np.int64],
        counts: NDArray[np.int64],
        captured_ms: NDArray[np.int64],
        begins: NDArray[np.int64],
        origin: Origin,
    ) -> pa.Table:
        def same(text: str) -> pa.Array:
            return pa.array([text] * len(ids), pa.string())

        digest = origin.payload_sha256 or _own_digest(reads)
        return pa.table(
            {
                "batch": pa.array(ids),
                "commit_id": pa.array(ids),
                "camera_id": same(""),
                "software": same(origin.software),
                "model": same(origin.model),
                "adapter": same(origin.adapter),
                "payload_sha256": pa.array([digest] * len(ids), pa.binary(32)),
                "received_at": pa.array(seconds * 1000, _INSTANT),
                "reads": pa.array(counts.astype(np.uint16)),
                "first_captured_at": pa.array(np.minimum.reduceat(captured_ms, begins), _INSTANT),
                "last_captured_at": pa.array(np.maximum.reduceat(captured_ms, begins), _INSTANT),
            }
        )

    def _insert_events(
        self, reads: pa.RecordBatch, batch: pa.Array, slot: pa.Array, captured_ms: NDArray[np.int64]
    ) -> None:
        if "event_key" not in reads.schema.names:
            return
        recent = np.flatnonzero(captured_ms > self._now_us() // 1000 - _RECOGNISED_MS)
        if len(recent):
            keys = _own_keys(reads)
            # Before it is written, as ingest does: what may be stored is looked up.
            self._note_known(captured_ms[recent], keys[recent])
            events = pa.table(
                {
                    "captured_at": reads.column("captured_at"),
                    "event_key": pa.array(keys),
                    "batch": batch,
                    "slot": slot,
                }
            )
            self._session.insert_table("insert_events", events.take(pa.array(recent)))

    def _ids(self, seconds: NDArray[np.int64]) -> NDArray[np.uint64]:
        """One for each of these seconds, which none has yet."""
        span = {
            "from_batch": int(seconds.min()) * _SECOND_US,
            "until_batch": (int(seconds.max()) + 1) * _SECOND_US,
        }
        order = np.argsort(seconds, kind="stable")
        in_order = seconds[order]
        firsts = np.flatnonzero(np.append(True, np.diff(in_order) > 0))
        lengths = np.diff(np.append(firsts, len(in_order)))
        numbers = np.arange(len(in_order)) - np.repeat(firsts, lengths) + _FIRST_NUMBER
        for second, highest in self._session.query("loaded_in_second", span):
            numbers[in_order == second] += highest + 1 - _FIRST_NUMBER
        ids = np.empty(len(seconds), np.uint64)
        ids[order] = (in_order * _SECOND_US + numbers).astype(np.uint64)
        return ids


def _own_digest(reads: pa.RecordBatch) -> bytes:
    """Of all that is loaded at once: its batches were never payloads of their own."""
    digest = hashlib.sha256()
    for name in ("captured_at", "camera_id"):
        for buffer in reads.column(name).buffers():
            digest.update(buffer or b"")
    return digest.digest()


def _own_keys(reads: pa.RecordBatch) -> NDArray[np.uint64]:
    """The event keys with the camera mixed in, as ingest keeps them."""
    cameras = reads.column("camera_id")
    cameras = cameras if pa.types.is_dictionary(cameras.type) else cameras.dictionary_encode()
    marks = np.array([camera_mark(camera_id) for camera_id in cameras.dictionary.to_pylist()], np.uint64)
    keys = reads.column("event_key").to_numpy(zero_copy_only=False).astype(np.uint64)
    own: NDArray[np.uint64] = keys ^ marks[cameras.indices.to_numpy(zero_copy_only=False)]
    return own


def _milliseconds(reads: pa.RecordBatch, name: str) -> NDArray[np.int64]:
    found: NDArray[np.int64] = reads.column(name).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found
