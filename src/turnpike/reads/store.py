"""The read store: append, search and count, in one place."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from turnpike.reads.appending import Appender
from turnpike.reads.asking import asked, by_time, engine_settings, pieces_of
from turnpike.reads.cut_offs import CutOffs
from turnpike.reads.engine import WRITER_SETTINGS, Readers, Session, started
from turnpike.reads.errors import StoreUnavailable
from turnpike.reads.hands import HANDS, Hands
from turnpike.reads.loading import MAX_LOAD_ROWS, Loader
from turnpike.reads.models import CameraCount, DailyCount, Integrity, ReadPlace, SearchResult
from turnpike.reads.purging import purge
from turnpike.reads.recutting import by_month
from turnpike.reads.rows import facts_of, from_ms, stored_read, to_ms
from turnpike.reads.schema import applied_versions, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from turnpike.reads.engine import Parameter, Row
    from turnpike.reads.identity import ReadId
    from turnpike.reads.loading import Origin
    from turnpike.reads.models import BatchResult, NewBatch, Purged, ReadQuery, SearchLimits, StoredRead
    from turnpike.reads.rows import BatchFacts

_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_IDS_AT_ONCE = 1_000
_FACTS_KEPT = 100_000
"""Batches whose facts are kept at hand, some 30 MB. Source: ours."""
_DAY_MS = 86_400_000
_FIRST_DAY = date(1970, 1, 1)

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
        # Loads, merges and purges have sessions of their own: reads keep coming in meanwhile.
        self._hands = Hands(path, database)
        self._numbering = threading.Lock()
        self._keeping = threading.Lock()
        # What batches share never changes; they hold no plate, and go long after their reads.
        self._facts: dict[int, BatchFacts] = {}
        self._now_us = now_us
        self._readers = Readers(path, database)
        try:
            migrate(self._writer, rewrite_large=False)
            self._mend()
            self._cut_offs = CutOffs.stored(self._writer)
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
            RewriteNeeded: a large table is to be written anew first; nothing was changed.
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
        self._hands.close()
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

        On return what is stored is on the disk. A read is a duplicate where its camera, instant and event key were
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
        found = self._kept(by_time(query, "search"), asked(query, limits.max_rows + 1), query, limits)
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
        count: int = self._kept("count_matching", asked(query, most), query, limits)[0][0]
        return count

    def get(self, read_id: ReadId) -> StoredRead | None:
        """The read with this id, or None where there is none (any more)."""
        return next(iter(self._with_facts(self._of_id("get", read_id))), None)

    def plate_of(self, read_id: ReadId) -> str | None:
        """The plate of one read, for a decision about it and for nothing else; None where there is none (any more)."""
        read = self.get(read_id)
        return read.plate if read else None

    def place(self, read_id: ReadId) -> ReadPlace | None:
        """Where and when the read with this id was made, and nothing of what it reads; None where there is none (any more)."""
        rows = self._of_id("place", read_id)
        return next((ReadPlace(camera_id, from_ms(captured_ms)) for camera_id, captured_ms in rows), None)

    def pick(self, query: ReadQuery, read_ids: Sequence[ReadId]) -> tuple[StoredRead, ...]:
        """The reads with these ids, in their order, that a search by `query` found; those that are gone are left out.

        Ids alone lead the engine nowhere: reads are kept by plate and time.
        """
        found: dict[ReadId, StoredRead] = {}
        for first in range(0, len(read_ids), _IDS_AT_ONCE):
            some = read_ids[first : first + _IDS_AT_ONCE]
            parameters: dict[str, Parameter] = {
                **asked(query, len(some)),
                "batches": [read_id.batch for read_id in some],
                "slots": [read_id.slot for read_id in some],
            }
            rows = self._kept(by_time(query, "pick"), parameters, query)
            found |= {read.read_id: read for read in self._with_facts(rows)}
        return tuple(found[read_id] for read_id in read_ids if read_id in found)

    def since(self, batch: int, limit: int) -> tuple[StoredRead, ...]:
        """The reads of the batches after `batch`, in order, but for loaded ones; whole batches, so perhaps more than `limit`.

        Called again with the last read's batch it goes on from there; empty at the end.
        """
        while batches := self._readers.query("batches_since", {"batch": batch, "max_rows": limit}):
            counted = itertools.accumulate(row[3] for row in batches)
            enough = sum(1 for reads in counted if reads < limit) + 1
            asked_for = batches[:enough]
            parameters: dict[str, Parameter] = {
                "batches": [row[0] for row in asked_for],
                "last_ms": max(row[2] for row in asked_for),
            }
            rows = self._with_facts(self._kept("since", parameters))
            if rows:
                return tuple(sorted(rows, key=lambda read: read.read_id))
            batch = asked_for[-1][0]  # all of it is gone, or is being written
        return ()

    def last_batch(self) -> int:
        """The newest batch of which a read is stored; 0 where there is none."""
        newest: int = self._readers.query("last_batch")[0][0]
        return newest

    def count(self) -> int:
        """How many reads are stored."""
        count: int = self._kept("count", {})[0][0]
        return count

    def counts_by_camera(self, since: datetime) -> Mapping[str, CameraCount]:
        """What each camera sent that was received from `since` on, by its id; reads deleted later count."""
        rows = self._readers.query("counts_by_camera", {"since_ms": to_ms(since)})
        return {
            camera_id: CameraCount(reads, from_ms(captured_ms), from_ms(received_ms))
            for camera_id, reads, captured_ms, received_ms in rows
        }

    def daily_counts(
        self, camera_ids: Sequence[str], first_day: date, last_day: date
    ) -> tuple[DailyCount, ...]:
        """How many reads of these cameras are kept of each day from the first to the last, by UTC, where there are any.

        They go with their reads, and a day of which a part is hidden is left out.
        """
        parameters: dict[str, Parameter] = {
            "camera_ids": list(camera_ids),
            "first_day": (first_day - _FIRST_DAY).days,
            "last_day": (last_day - _FIRST_DAY).days,
        }
        rows = self._kept("daily_counts", parameters)
        return tuple(
            DailyCount(camera_id, _FIRST_DAY + timedelta(days=day), reads) for camera_id, day, reads in rows
        )

    def hide(self, captured_before: datetime, camera_ids: Sequence[str] | None = None) -> None:
        """Hide what these cameras, or all, captured before an instant: from every query, at once and for good.

        A cut-off never goes back. `purge` takes what is hidden off the disk.
        """
        names = ("",) if camera_ids is None else tuple(filter(None, camera_ids))
        with self._keeping:
            moved = self._cut_offs.moved(names, to_ms(captured_before))
            if moved != self._cut_offs:
                rows = [(name, captured_before) for name in names]
                with self._hands.lease() as session:
                    session.insert("insert_cut_off", msgspec.json.Encoder().encode_lines(rows), len(rows))
                self._cut_offs = moved

    def purge(self) -> Purged:
        """Take everything that is hidden off the disk; returns when no file of it is left.

        Raises:
            StoreUnavailable: the engine failed, or holds files of it for five minutes; purge again.
        """
        # While nothing is loaded: a load may write into a month that is about to be dropped.
        with self._keeping, self._hands.all() as session:
            return purge(session, self._cut_offs, self._now_us)

    def merge(self) -> None:
        """Bring each month into one part, which is what a lookup is quick by; returns when that is done.

        The engine does it by itself, later and in part; after a large load it is asked to.
        """
        with self._hands.lease() as session:
            months = [month for (month,) in session.query("months_in_parts")]
        with ThreadPoolExecutor(HANDS) as threads:
            list(threads.map(self._merge_month, months))
        with self._hands.lease() as session:
            for name in ("merge_batches", "merge_events"):
                session.run(name)

    def _merge_month(self, month: str) -> None:
        with self._hands.lease() as session:
            session.run("merge_month", {"month": month})

    def load(self, reads: pa.RecordBatch, origin: Origin, *, may_be_there: bool = False) -> int:
        """Store up to 2,000,000 reads at once, checked by whoever made them; see `loading.Loader.load`."""
        with self._hands.lease() as session:
            loader = Loader(session, self._now_us, self._numbering, self._appender.note_known)
            return loader.load(reads, origin, may_be_there=may_be_there)

    def load_all(self, batches: Iterable[pa.RecordBatch], origin: Origin) -> Iterator[int]:
        """Store a stream of reads as `load` does, cut by months and two loads at once; after each, how many were in it.

        Quicker than loads one by one, and leaves less to `merge`.

        Raises:
            InvalidRead: a column is missing; what came before is stored.
            StoreUnavailable: as `load`; of what was told, all is stored.
        """
        with ThreadPoolExecutor(HANDS) as threads:
            running: deque[Future[int]] = deque()
            for batch in by_month(batches, MAX_LOAD_ROWS):
                running.append(threads.submit(self.load, batch, origin))
                if len(running) == HANDS:
                    yield running.popleft().result()
            for load in running:
                yield load.result()

    def integrity(self) -> Integrity:
        """Proof that the store answers, and what is in it."""
        with self._readers.lease() as session:
            return Integrity(
                schema_version=max(applied_versions(session)),
                reads=session.query("count", self._cut_offs.parameters(), kept=self._cut_offs.pieces)[0][0],
                engine_version=session.query("engine_version")[0][0],
            )

    def _mend(self) -> None:
        """Have the engine make the second way in anew where it is damaged: it is not synced, as the reads themselves are."""
        if self._writer.query("parts_to_mend")[0][0]:
            self._writer.run("mend_by_time")
            self._writer.run("mend_by_day")

    def _kept(
        self,
        name: str,
        parameters: Mapping[str, Parameter],
        query: ReadQuery | None = None,
        limits: SearchLimits | None = None,
    ) -> Sequence[Row]:
        """What a statement finds among the reads that are not hidden."""
        cut_offs = self._cut_offs  # once: another thread may move them
        return self._readers.query(
            name,
            {**parameters, **cut_offs.parameters()},
            engine_settings(query, limits) if query and limits else None,
            asked=pieces_of(query) if query else (),
            kept=cut_offs.pieces,
        )

    def _of_id(self, name: str, read_id: ReadId) -> Sequence[Row]:
        """The rows of one read: looked for where its batch's reads lie, then everywhere."""
        spans = self._readers.query("batch_span", {"batch": read_id.batch})
        for camera_id, first_ms, last_ms in spans:
            for begin_ms in (first_ms, last_ms - _DAY_MS, 0):
                parameters: dict[str, Parameter] = {
                    "batch": read_id.batch,
                    "slot": read_id.slot,
                    "first_ms": begin_ms,
                    "last_ms": last_ms,
                    "camera_id": camera_id,
                    "every_camera": not camera_id,
                }
                if rows := self._kept(name, parameters):
                    return rows
        return ()

    def _with_facts(self, rows: Sequence[Row]) -> tuple[StoredRead, ...]:
        """The reads in rows of `read_columns.sql`; one whose batch has just been deleted is gone too."""
        batches = sorted({row[0] for row in rows})
        facts = {batch: known for batch in batches if (known := self._facts.get(batch))}
        if missing := [batch for batch in batches if batch not in facts]:
            found = dict(map(facts_of, self._readers.query("batch_facts", {"batches": missing})))
            facts |= found
            if len(self._facts) > _FACTS_KEPT:
                self._facts = {}
            self._facts |= found
        return tuple(stored_read(row, facts) for row in rows if row[0] in facts)


def _now_us() -> int:
    return time.time_ns() // 1000
