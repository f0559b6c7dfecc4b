"""The group commit: each event once, all of a group or nothing, on the disk before the answer.

A commit is three inserts, each of one part that is there whole or not at all: the batches, the events that
retries are recognised by, the reads. The last one is the commit. After a crash between them the last commit
that began has batches and events without reads; as commits come one after another, it is the only one that
can be so. `_settle` finds it and notes its batches as aborted, so that its events do not count.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from turnpike.reads.errors import GroupTooLarge
from turnpike.reads.identity import ReadId
from turnpike.reads.models import BatchResult
from turnpike.reads.rows import batch_row, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from turnpike.reads.engine import Row, Session
    from turnpike.reads.models import NewBatch, NewRead

MAX_GROUP_READS = 100_000
"""Far below the rows of one block, which is what makes a commit atomic."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND_US = 1_000_000
_ENCODER = msgspec.json.Encoder()

Event = tuple[str, int]
"""A camera's id and the event's key."""


@dataclass(slots=True)
class _Commit:
    """What one group will write."""

    commit_id: int
    batches: list[Row] = field(default_factory=list)
    events: dict[Event, ReadId] = field(default_factory=dict)
    reads: list[Row] = field(default_factory=list)


class Appender:
    """The only writer of a store; its session is used by nothing else."""

    def __init__(self, session: Session, now_us: Callable[[], int]) -> None:
        self._session = session
        self._now_us = now_us
        self._lock = threading.Lock()
        self._aborted = {batch for (batch,) in session.query("aborted_batches")}
        self._last_batch = 0
        self._settle()

    def append(
        self, batches: Sequence[NewBatch], before_commit: Callable[[tuple[BatchResult, ...]], None]
    ) -> tuple[BatchResult, ...]:
        """Store a group's reads, each event once; returns when they are on the disk.

        `before_commit` is given the results while nothing is written yet; where it raises, nothing will be.

        Raises:
            GroupTooLarge: nothing was stored.
            StoreUnavailable: it is not known what was stored; the same group can be appended again.
        """
        if sum(len(batch.reads) for batch in batches) > MAX_GROUP_READS:
            raise GroupTooLarge(f"Append at most {MAX_GROUP_READS} reads at once.")
        with self._lock:
            if not self._settled:
                self._settle()
            commit = _Commit(self._next_batch(len(batches)))
            results = self._plan(commit, batches)
            if commit.reads:
                before_commit(results)
                self._write(commit)
            return results

    def _write(self, commit: _Commit) -> None:
        self._settled = False
        events = [(*event, read_id.batch, read_id.slot) for event, read_id in commit.events.items()]
        self._session.insert("insert_batches", *_lines(commit.batches))
        self._session.insert("insert_events", *_lines(events))
        self._session.insert("insert_reads", *_lines(commit.reads))
        self._last_batch = commit.commit_id + len(commit.batches) - 1
        self._settled = True

    def _plan(self, commit: _Commit, batches: Sequence[NewBatch]) -> tuple[BatchResult, ...]:
        earlier = self._earlier(batches)
        results = []
        for batch in batches:
            batch_id = commit.commit_id + len(commit.batches)
            kept: list[NewRead] = []
            stored, duplicates = [], []
            for index, read in enumerate(batch.reads):
                event = (batch.camera_id, read.event_key)
                known = earlier.get(event) or commit.events.get(event)
                if known:
                    duplicates.append((index, known))
                    continue
                read_id = commit.events[event] = ReadId(batch_id, len(kept))
                commit.reads.append(read_row(read, batch.camera_id, read_id))
                kept.append(read)
                stored.append((index, read_id))
            if kept:
                commit.batches.append(batch_row(batch, batch_id, commit.commit_id, kept))
            results.append(BatchResult(batch_id if kept else None, tuple(stored), tuple(duplicates)))
        return tuple(results)

    def _earlier(self, batches: Sequence[NewBatch]) -> dict[Event, ReadId]:
        """The reads that were stored of these events."""
        camera_ids = sorted({batch.camera_id for batch in batches})
        event_keys = sorted({read.event_key for batch in batches for read in batch.reads})
        if not event_keys:
            return {}
        rows = self._session.query("earlier_events", {"camera_ids": camera_ids, "event_keys": event_keys})
        return {
            (camera_id, event_key): ReadId(batch, slot)
            for camera_id, event_key, batch, slot in rows
            if batch not in self._aborted
        }

    def _next_batch(self, count: int) -> int:
        """The first of `count` ids: after all before, in one month, since a month is a partition."""
        # By whole seconds, and counted from there: so a read keeps of its batch little more than its delay.
        first = max(self._now_us() // _SECOND_US * _SECOND_US, self._last_batch + 1)
        start_of_month = _month(first + count)
        return first if _month(first) == start_of_month else start_of_month

    def _settle(self) -> None:
        """Find out whether the last commit that began was finished."""
        self._settled = False
        rows = self._session.query("last_commit")
        self._last_batch = max([self._last_batch, *(batch for batch, _ in rows)])
        aborted = {batch for batch, committed in rows if not committed}
        if aborted - self._aborted:
            self._session.insert("insert_aborted", *_lines((batch,) for batch in sorted(aborted)))
            self._aborted |= aborted
        self._settled = True


def _lines(rows: Iterable[Row]) -> tuple[bytes, int]:
    rows = list(rows)
    return _ENCODER.encode_lines(rows), len(rows)


def _month(batch: int) -> int:
    """The first id of the month that a batch's id is in."""
    instant = _EPOCH + batch * _MICROSECOND
    return (instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - _EPOCH) // _MICROSECOND
