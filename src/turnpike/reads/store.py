"""The read store: append, search and count, in one place."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

from turnpike.reads.appending import Appender
from turnpike.reads.engine import WRITER_SETTINGS, Readers, Session, started
from turnpike.reads.errors import StoreUnavailable
from turnpike.reads.models import CameraCount, Integrity, ReadPlace, SearchResult
from turnpike.reads.rows import facts_of, from_ms, stored_read, to_ms
from turnpike.reads.schema import applied_versions, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from turnpike.reads.engine import Parameter, Row, Setting
    from turnpike.reads.identity import ReadId
    from turnpike.reads.models import BatchResult, CameraSpan, NewBatch, ReadQuery, SearchLimits, StoredRead

_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_BYTES_PER_MB = 1 << 20
_IDS_AT_ONCE = 1_000

_open_stores: set[tuple[str, str]] = set()
_open_stores_lock = threading.Lock()


class ReadStore:
    """One database of reads; every method may be called from any thread.

    Each method raises `StoreUnavailable` where the engine fails or the store is closed.
    """

    def __init__(self, path: Path, database: str, now_us: Callable[[], int]) -> None:
        """Use `ReadStore.open`."""
        self._key = (str(path), database)
        self._writer = Session(path, database, WRITER_SETTINGS)
        self._readers = Readers(path, database)
        try:
            migrate(self._writer)
            self._appender = Appender(self._writer, now_us)
        except BaseException:
            self._writer.close()
            raise

    @classmethod
    def open(
        cls, path: Path, *, database: str = "turnpike", now_us: Callable[[], int] | None = None
    ) -> ReadStore:
        """Start the engine in `path`, made where it is missing, and bring the tables up to date.

        A path belongs to one process and a process to one path, as long as a store in it is open; several
        databases of one path may be open in it. `now_us` is the clock in microseconds since 1970.

        Raises:
            StoreUnavailable: the path is in use, or the engine cannot be started there.
            SchemaMismatch: a newer Turnpike wrote the store.
        """
        if not _DATABASE.fullmatch(database):
            raise StoreUnavailable("A database's name is 1 to 63 of a-z, 0-9 and _, beginning with a letter.")
        path = path.resolve()
        key = (str(path), database)
        with _open_stores_lock:
            if key in _open_stores:
                raise StoreUnavailable(f"The read store at {path} is open already; there is one writer only.")
            with started(path, database):
                store = cls(path, database, now_us or _now_us)
            _open_stores.add(key)
        return store

    def close(self) -> None:
        """Wait for what is running, then let the path go."""
        self._writer.close()
        self._readers.close()
        with _open_stores_lock:
            _open_stores.discard(self._key)

    def append(
        self,
        batches: Sequence[NewBatch],
        *,
        before_commit: Callable[[tuple[BatchResult, ...]], None] = lambda _: None,
    ) -> tuple[BatchResult, ...]:
        """Store a group of batches in one commit, each event once; one result a batch, in order.

        `before_commit` is called with the results before any of it is written, so that what must be there
        when a read is (its picture) can be put on the disk first; where it raises, nothing is stored.

        On return what is stored is on the disk. A read is a duplicate where its camera and event key were
        stored in the last 30 days, or stand earlier in the group.

        Raises:
            GroupTooLarge: more than 100,000 reads; nothing was stored.
            StoreUnavailable: it is not known whether the group was stored; appending it again is safe.
        """
        return self._appender.append(batches, before_commit)

    def search(self, query: ReadQuery, limits: SearchLimits) -> SearchResult:
        """The newest reads that fit, as many as the limits allow.

        Raises:
            SearchTooLarge: it would take more time or memory than allowed.
        """
        began = time.perf_counter()
        with self._readers.lease() as session:
            found = session.query("search", _asked(query, limits.max_rows + 1), _engine_limits(limits))
        return SearchResult(
            rows=self._with_facts(found[: limits.max_rows]),
            truncated=len(found) > limits.max_rows,
            elapsed_ms=(time.perf_counter() - began) * 1000,
        )

    def count_matching(self, query: ReadQuery, most: int, limits: SearchLimits) -> int:
        """How many reads fit, counted no further than `most`.

        Raises:
            SearchTooLarge: it would take more time or memory than allowed.
        """
        with self._readers.lease() as session:
            found = session.query("count_matching", _asked(query, most), _engine_limits(limits))
        count: int = found[0][0]
        return count

    def get(self, read_id: ReadId) -> StoredRead | None:
        """The read with this id, or None where there is none (any more)."""
        parameters = {"batch": read_id.batch, "slot": read_id.slot}
        return next(iter(self._with_facts(self._readers.query("get", parameters))), None)

    def plate_of(self, read_id: ReadId) -> str | None:
        """The plate of one read, for a decision about it and for nothing else; None where there is none (any more)."""
        read = self.get(read_id)
        return read.plate if read else None

    def place(self, read_id: ReadId) -> ReadPlace | None:
        """Where and when the read with this id was made, and nothing of what it reads; None where there is none (any more)."""
        parameters = {"batch": read_id.batch, "slot": read_id.slot}
        rows = self._readers.query("place", parameters)
        return next((ReadPlace(camera_id, from_ms(captured_ms)) for camera_id, captured_ms in rows), None)

    def pick(self, query: ReadQuery, read_ids: Sequence[ReadId]) -> tuple[StoredRead, ...]:
        """The reads with these ids, in their order, that a search by `query` found; those that are gone are left out.

        Ids alone lead the engine nowhere: reads are kept by plate and time.
        """
        found: dict[ReadId, StoredRead] = {}
        for first in range(0, len(read_ids), _IDS_AT_ONCE):
            asked = read_ids[first : first + _IDS_AT_ONCE]
            parameters: dict[str, Parameter] = {
                **_asked(query, len(asked)),
                "batches": [read_id.batch for read_id in asked],
                "slots": [read_id.slot for read_id in asked],
            }
            rows = self._readers.query("pick", parameters)
            found |= {read.read_id: read for read in self._with_facts(rows)}
        return tuple(found[read_id] for read_id in read_ids if read_id in found)

    def since(self, batch: int, limit: int) -> tuple[StoredRead, ...]:
        """The reads of the batches after `batch`, in order; whole batches, so perhaps more than `limit`.

        Called again with the last read's batch it goes on from there; empty at the end.
        """
        rows = self._readers.query("since", {"batch": batch, "max_rows": limit})
        return tuple(sorted(self._with_facts(rows), key=lambda read: read.read_id))

    def last_batch(self) -> int:
        """The newest batch of which a read is stored; 0 where there is none."""
        return self._number("last_batch")

    def count(self) -> int:
        """How many reads are stored."""
        return self._number("count")

    def counts_by_camera(self, since: datetime) -> Mapping[str, CameraCount]:
        """What each camera sent that was received from `since` on, by its id; reads deleted later count."""
        rows = self._readers.query("counts_by_camera", {"since_ms": to_ms(since)})
        return {
            camera_id: CameraCount(reads, from_ms(captured_ms), from_ms(received_ms))
            for camera_id, reads, captured_ms, received_ms in rows
        }

    def integrity(self) -> Integrity:
        """Proof that the store answers, and what is in it."""
        with self._readers.lease() as session:
            return Integrity(
                schema_version=max(applied_versions(session)),
                reads=session.query("count")[0][0],
                engine_version=session.query("engine_version")[0][0],
            )

    def _number(self, name: str) -> int:
        number: int = self._readers.query(name)[0][0]
        return number

    def _with_facts(self, rows: Sequence[Row]) -> tuple[StoredRead, ...]:
        """The reads in rows of `read_columns.sql`; one whose batch has just been deleted is gone too."""
        batches = sorted({row[0] for row in rows})
        if not batches:
            return ()
        facts = dict(map(facts_of, self._readers.query("batch_facts", {"batches": batches})))
        return tuple(stored_read(row, facts) for row in rows if row[0] in facts)


def _asked(query: ReadQuery, max_rows: int) -> dict[str, Parameter]:
    # A camera that is withheld throughout, as most are, is left out by its name, without a look at the time.
    spans = [span for span in query.withheld if not _is_throughout(span, query)]
    return {
        "pattern": query.pattern.like,
        "captured_from_ms": to_ms(query.captured_from),
        "captured_until_ms": to_ms(query.captured_until),
        "every_camera": query.camera_ids is None,
        "camera_ids": list(query.camera_ids or ()),
        "withheld_cameras": [span.camera_id for span in query.withheld if _is_throughout(span, query)],
        "span_cameras": [span.camera_id for span in spans],
        "spans_from_ms": [to_ms(span.captured_from) for span in spans],
        "spans_until_ms": [to_ms(span.captured_until) for span in spans],
        "max_rows": max_rows,
    }


def _is_throughout(span: CameraSpan, query: ReadQuery) -> bool:
    return span.captured_from <= query.captured_from and query.captured_until <= span.captured_until


def _engine_limits(limits: SearchLimits) -> dict[str, Setting]:
    return {
        "max_execution_time": limits.max_seconds,
        "max_memory_usage": limits.max_memory_mb * _BYTES_PER_MB,
        "max_result_rows": limits.max_rows + 1,  # one more, which tells that there are more
        "max_threads": limits.max_threads,
    }


def _now_us() -> int:
    return time.time_ns() // 1000
