"""The spool: makers' messages on the disk, sealed, before their senders are answered, until what they say is stored.

Cameras do not send again, so what was acknowledged must be there whatever happens next; and what is no read yet must not stay. So `put` returns a
future that is done once the message is synced, with all that came meanwhile; a segment goes as soon as all in it is settled; and nothing stays over 24 h.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.spool_marks import Marks
from turnpike.ingest.spool_outage import Outages, SpoolState
from turnpike.ingest.spool_segments import RECORD_OVERHEAD_BYTES, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

KEPT_FOR = timedelta(hours=24)
"""Longest that a message lies in the spool, understood or not. Source: ours; what cannot be read for a day is told and let go."""
SEGMENT_BYTES = 32 * 2**20
SEGMENT_AGE = timedelta(minutes=1)
"""A segment is ended at this size or age. Source: ours; so that messages go soon after they are settled, though few come."""
MAX_WAITING_BYTES = 64 * 2**20
"""Of messages that wait to be synced. Source: ours; half a second of a slow disk, and four of the largest."""
_GROUP_BYTES = 8 * 2**20
_FULL = "The centre's spool is full; send the message again later."
_SLOW = "The centre's disk is too slow for what comes; send the message again later."
_DISK = "The centre cannot write to its disk; send the message again later."
_STOPPING = "The centre is stopping; send the message again later."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a message lies."""

    segment: int
    record: int


@dataclass(frozen=True, slots=True)
class Spooled:
    """A message with its place."""

    place: Place
    message: SpooledMessage


@dataclass(frozen=True, slots=True)
class Due:
    """A segment whose time is over: how many of its messages were never settled, by feed, and how many cannot even be opened."""

    segment: int
    unsettled: Counter[str]
    unreadable: int


class _Record(msgspec.Struct, frozen=True, array_like=True):
    feed: str
    received_at: datetime
    content_type: str
    topic: str
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode


class Spool:
    """One folder of segments. Any thread may `put`; one takes and settles."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        max_bytes: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._key = key
        self._max_bytes = max_bytes
        self._now = now
        self._marks = Marks(folder / "settled.log")
        self.outages = Outages(now)
        self._segments: dict[int, Segment] = {}
        self._active: Segment | None = None
        self._next_number = 1
        self._cursor = Place(0, 0)
        self._held_bytes = 0
        self._waiting: deque[tuple[SpooledMessage, Future[None]]] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Lock()
        self._arrived = threading.Condition(self._changed)
        self._readable = threading.Condition(self._changed)
        self._writing = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)

    def start(self) -> None:
        """Find what an earlier process left, and begin to take messages.

        Raises:
            OSError: the folder cannot be read or written.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob("[0-9]" * 12 + ".seg")):
            segment = Segment.opened(path, self._key)
            if segment is None:
                path.unlink()
                continue
            self._segments[segment.number] = segment
            self._held_bytes += segment.size
        # What is not readable now may be so with another key: its number is not given again.
        self._next_number = max(self._segments, default=0) + 1
        marks = self._marks.read()
        # Beyond the marks too: numbers of segments that are gone must not be taken for settled ones.
        self._next_number = max(self._next_number, max(marks, default=0) + 1)
        for number, records in marks.items():
            if number in self._segments:
                self._segments[number].settle(records)
        self._remove_settled()
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then take no more; what is not settled is there at the next start."""
        with self._changed:
            self._stopping = True
            self._arrived.notify_all()
            self._readable.notify_all()
        self._thread.join()
        with self._writing:
            self._end_active()

    def put(self, message: SpooledMessage) -> Future[None]:
        """Take a message; done once it is on the disk, or with `TryLater` where the disk refuses it. Waits for nothing.

        Raises:
            TryLater: the spool is full, stopping, or much slower than what comes.
        """
        size = _size(message)
        future: Future[None] = Future()
        with self._changed:
            if self._stopping:
                raise TryLater(_STOPPING)
            if self._held_bytes + self._waiting_bytes + size > self._max_bytes:
                self.outages.refused("full")
                raise TryLater(_FULL)
            if self._waiting and self._waiting_bytes + size > MAX_WAITING_BYTES:
                self.outages.refused("slow")
                raise TryLater(_SLOW)
            self._waiting.append((message, future))
            self._waiting_bytes += size
            self._arrived.notify()
        return future

    def take(self, most: int, *, most_bytes: int = 2**20, timeout_s: float = 0.0) -> list[Spooled]:
        """The next messages in order, none of them settled, each given once a start; waits so long for the first. Of bytes one may be more.

        Raises:
            OSError: the disk refuses.
        """
        with self._changed:
            self._readable.wait_for(lambda: self._stopping or self._find_next() is not None, timeout_s)
            segment = self._find_next()
            if segment is None:
                return []
            first = self._cursor.record
            until = segment.run_from(first, most, most_bytes)
        contents = segment.read(first, until)
        taken, damaged = [], []
        for record, content in enumerate(contents, first):
            place = Place(segment.number, record)
            message = _message(content)
            if message is None:
                damaged.append(place)
            else:
                taken.append(Spooled(place, message))
        self._cursor = Place(segment.number, until)
        if damaged:
            _log.error("%d messages of the spool are damaged and were passed over.", len(damaged))
            self.settle(damaged)
        return taken

    def read(self, place: Place) -> SpooledMessage | None:
        """The message there; None where it is gone or damaged.

        Raises:
            OSError: the disk refuses.
        """
        with self._changed:
            segment = self._segments.get(place.segment)
        return _message(segment.read(place.record, place.record + 1)[0]) if segment else None

    def settle(self, places: Sequence[Place]) -> None:
        """Note that these are stored or put aside, all or none of them across a crash; segments of which all is settled go."""
        if not places:
            return
        try:
            self._marks.add([(place.segment, place.record) for place in places])
        except OSError as error:
            # What is not noted comes again after a restart and is recognised as known. It must not keep a full disk full.
            _log.warning("The spool could not note what is settled: %s.", type(error).__name__)
        with self._changed:
            for place in places:
                if segment := self._segments.get(place.segment):
                    segment.settle((place.record,))
        self._remove_settled()

    def tidy(self) -> None:
        """End a segment that is old enough; called every second or so."""
        with self._writing:
            if self._active is not None and self._now() - self._active.begun_at >= SEGMENT_AGE:
                self._end_active()
        self._remove_settled()
        with self._changed:
            self.outages.looked_at(self._held_bytes / self._max_bytes)

    def state(self) -> SpoolState:
        """How full it is now; any thread may ask."""
        with self._changed:
            waiting = [one for one in self._segments.values() if one.unsettled or not one.readable]
            oldest_at = min((one.begun_at for one in waiting), default=None)
            count = sum(one.unsettled for one in waiting) + len(self._waiting)
            return SpoolState(count, self._held_bytes, self._max_bytes, oldest_at, self.outages.now_on)

    def due(self) -> list[Due]:
        """The segments whose 24 h are over, oldest first, with what of them was never settled."""
        before = self._now() - KEPT_FOR
        with self._changed:
            old = [segment for segment in self._segments.values() if segment.begun_at <= before]
        return [self._due(segment) for segment in old]

    def drop(self, number: int) -> None:
        """Let a segment go with all that is in it."""
        with self._writing:
            if self._active is not None and self._active.number == number:
                self._end_active()
        with self._changed:
            segment = self._segments.pop(number, None)
            if segment is not None:
                self._held_bytes -= segment.size
        if segment is not None:
            segment.path.unlink(missing_ok=True)

    def _due(self, segment: Segment) -> Due:
        if not segment.readable:
            return Due(segment.number, Counter(), 1)
        counts: Counter[str] = Counter()
        unreadable = 0
        record = segment.next_unsettled(0)
        while record < len(segment):
            message = _message(segment.read(record, record + 1)[0])
            if message is None:
                unreadable += 1
            else:
                counts[message.feed] += 1
            record = segment.next_unsettled(record + 1)
        return Due(segment.number, counts, unreadable)

    def _find_next(self) -> Segment | None:
        """The segment that the cursor is in, moved on to the next unsettled record; none where all are taken."""
        for number, segment in self._segments.items():
            if number < self._cursor.segment or not segment.readable:
                continue
            record = self._cursor.record if number == self._cursor.segment else 0
            record = segment.next_unsettled(record)
            if record < len(segment):
                self._cursor = Place(number, record)
                return segment
        return None

    def _remove_settled(self) -> None:
        with self._changed:
            gone = [
                segment
                for segment in self._segments.values()
                if segment is not self._active and segment.readable and not segment.unsettled
            ]
            for segment in gone:
                del self._segments[segment.number]
                self._held_bytes -= segment.size
            kept = list(self._segments.values()) if gone else []
        for segment in gone:
            with contextlib.suppress(OSError):
                segment.path.unlink(missing_ok=True)
        if gone and self._marks.is_long:
            settled = ((segment.number, record) for segment in kept for record in segment.settled_places())
            with contextlib.suppress(OSError):
                self._marks.compact(settled)

    def _end_active(self) -> None:
        """Called with `_writing` held."""
        if self._active is not None:
            self._active.close()
            self._active = None

    def _run(self) -> None:
        while group := self._next_group():
            messages = [one for one in group if one[1].set_running_or_notify_cancel()]
            try:
                with self._writing:
                    self._write([_encode(_record(message)) for message, _ in messages])
            except Exception as error:  # noqa: BLE001 - no failure ends the thread: who waits is answered with it
                _log.error("The spool could not be written: %s.", type(error).__name__)
                self.outages.refused("disk", len(messages))
                for _, future in messages:
                    future.set_exception(TryLater(_DISK))
                continue
            for _, future in messages:
                future.set_result(None)

    def _next_group(self) -> list[tuple[SpooledMessage, Future[None]]]:
        """What waits now, at least one; nothing once this stops and all is written."""
        group: list[tuple[SpooledMessage, Future[None]]] = []
        size = 0
        with self._changed:
            self._arrived.wait_for(lambda: self._waiting or self._stopping)
            while self._waiting and (not group or size + _size(self._waiting[0][0]) <= _GROUP_BYTES):
                group.append(self._waiting.popleft())
                size += _size(group[-1][0])
            self._waiting_bytes -= size
        return group

    def _write(self, contents: Sequence[bytes]) -> None:
        """Called with `_writing` held; on return these are on the disk and can be taken."""
        if not contents:
            return
        active = self._active_segment()
        try:
            written = active.write(contents)
        except OSError:
            self._end_active()
            # One into which nothing could be written is forgotten.
            self._remove_settled()
            raise
        with self._changed:
            self._held_bytes += written.size - active.size
            active.admit(written)
            self._readable.notify_all()

    def _active_segment(self) -> Segment:
        now = self._now()
        active = self._active
        if active is not None and (
            active.size >= SEGMENT_BYTES or not timedelta(0) <= now - active.begun_at < SEGMENT_AGE
        ):
            self._end_active()
            active = None
        if active is None:
            active = Segment.begin(self._folder, self._next_number, self._key, now)
            self._next_number += 1
            with self._changed:
                self._segments[active.number] = self._active = active
                self._held_bytes += active.size
        return active


def _size(message: SpooledMessage) -> int:
    return (
        len(message.body) + len(message.topic) + len(message.content_type) + RECORD_OVERHEAD_BYTES + 64
    )  # with the record's other fields


def _record(message: SpooledMessage) -> _Record:
    return _Record(message.feed, message.received_at, message.content_type, message.topic, message.body)


def _message(content: bytes | None) -> SpooledMessage | None:
    if content is None:
        return None
    try:
        record = _decode(content)
    except msgspec.MsgspecError:
        return None
    return SpooledMessage(record.feed, record.received_at, record.content_type, record.topic, record.body)
