"""The group commit: each event once, all of a group or nothing, on the disk before the answer.

A commit is three inserts, each of one part that is there whole or not at all: the batches, the events that
retries are recognised by, the reads. The last one is the commit. After a crash between them the last commit
that began has batches and events without reads; as commits come one after another, it is the only one that
can be so. `_settle` finds it and notes its batches as aborted, so that its events do not count.
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from turnpike.reads.errors import GroupTooLarge
from turnpike.reads.identity import ReadId
from turnpike.reads.known_events import KnownEvents
from turnpike.reads.models import NewBatch, NewRead
from turnpike.reads.planning import Event, Group, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from turnpike.reads.engine import Row, Session
    from turnpike.reads.models import BatchResult

MAX_GROUP_READS = 100_000
"""Far below the rows of one block, which is what makes a commit atomic."""
LOADED_MS = 20 * 60 * 1000
"""Of how long before the start events are in memory. Source: ours; a camera sends again within minutes."""

_EVENTS_AT_ONCE = 5_000
_LOADED_AT_ONCE_MS = 120_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND_US = 1_000_000
_BEGINS_BELOW = 250_000
"""Ids of a second below half of it are ingest's; the other half are loads', see `loading`."""
_ENCODER = msgspec.json.Encoder()


class Appender:
    """The only writer of a store; its session is used by nothing else."""

    def __init__(self, session: Session, now_us: Callable[[], int]) -> None:
        self._session = session
        self._now_us = now_us
        self._lock = threading.Lock()
        self._aborted = {batch for (batch,) in session.query("aborted_batches")}
        self._last_batch = 0
        self._begins_at = secrets.randbelow(_BEGINS_BELOW)
        self._settle()
        self._known = self._load_known()
        self._rehearse()

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
        if not batches:
            return ()
        with self._lock:
            if not self._settled:
                self._settle()
            group = Group.of(batches)
            commit = plan(group, self._next_batch(len(batches)), self._earlier(group))
            if len(commit.event_keys):
                # Even if this fails: what was put on the disk for these ids is never taken for another batch's.
                self._last_batch = commit.last_batch
                before_commit(commit.results)
                self._write(commit)
            return commit.results

    def note_known(self, captured_ms: NDArray[np.int64], event_keys: NDArray[np.uint64]) -> None:
        """Take events, which a load is about to write, for such as may be stored; the camera is in their keys."""
        # A history is looked up in the table, however long it is; only what it has of the future is remembered.
        now_ms = self._now_us() // 1000
        ahead = captured_ms > now_ms
        past_ms = int(captured_ms[~ahead].max(initial=-1))
        with self._lock:
            self._known.forget_before(past_ms + 1)
            self._known.add(captured_ms[ahead], event_keys[ahead])

    def _write(self, commit: Plan) -> None:
        self._settled = False
        # Before anything is written: should it fail and be stored all the same, a retry must be looked up.
        self._known.add(commit.captured_ms, commit.event_keys)
        self._session.insert_table("insert_batches", commit.batches)
        self._session.insert_table("insert_events", commit.events)
        self._session.insert_table("insert_reads", commit.reads)
        self._settled = True

    def _earlier(self, group: Group) -> dict[int, ReadId]:
        """The reads of the group that are stored, by their place, each with its id."""
        suspects = self._known.may_hold(group.reads.captured_ms, group.reads.event_keys)
        if not suspects.any():
            return {}
        # In order of time, so that what is asked for at once lies together.
        asked = sorted(set(events := group.events(suspects)))
        found: dict[Event, ReadId] = {}
        for first in range(0, len(asked), _EVENTS_AT_ONCE):
            found |= self._stored(asked[first : first + _EVENTS_AT_ONCE])
        places = np.flatnonzero(suspects).tolist()
        return {at: found[event] for at, event in zip(places, events, strict=True) if event in found}

    def _stored(self, events: Sequence[Event]) -> dict[Event, ReadId]:
        rows = self._session.query(
            "earlier_events",
            {
                "from_ms": events[0][0],
                "until_ms": events[-1][0],
                "captured_ms": [captured_ms for captured_ms, _ in events],
                "event_keys": [event_key for _, event_key in events],
            },
        )
        return {
            (captured_ms, event_key): ReadId(batch, slot)
            for captured_ms, event_key, batch, slot in rows
            if batch not in self._aborted
        }

    def _load_known(self) -> KnownEvents:
        """What was captured in the last minutes, as far as memory is meant to go."""
        newest_ms = self._session.query("newest_event")[0][0]
        # By the newest event and not by the clock, which may be wrong.
        known = KnownEvents(max(0, newest_ms - LOADED_MS))
        if not newest_ms:
            return known
        for begin_ms in range(known.horizon_ms, newest_ms + 1, _LOADED_AT_ONCE_MS):
            span = {"from_ms": begin_ms, "until_ms": begin_ms + _LOADED_AT_ONCE_MS}
            captured_ms, event_keys = self._session.numbers("recent_events", span)
            known.add(captured_ms.astype(np.int64), event_keys.astype(np.uint64))
        return known

    def _rehearse(self) -> None:
        """Work out a commit that is not written: the first list that Arrow is given has it look for pandas, half a second
        that no camera's first message is to wait for.
        """
        instant = _EPOCH + timedelta(days=1)
        read = NewRead(plate="NONE", raw_text="", confidence=0.0, captured_at=instant, event_key=0)
        plan(Group.of([NewBatch("none", "", "", "", bytes(32), instant, (read,))]), 1, {})

    def _next_batch(self, count: int) -> int:
        """The first of `count` ids: after all before, in one month, since a month is a partition."""
        # By whole seconds, and counted from there: so a read keeps of its batch little more than its delay. Where in the
        # second is drawn once a start: what a crash left under an id (a picture) is not taken for another batch's.
        first = max(self._now_us() // _SECOND_US * _SECOND_US + self._begins_at, self._last_batch + 1)
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
