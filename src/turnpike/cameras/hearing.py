"""What cameras send, heard as it is stored: gathered in memory by the camera and the ten minutes, never a plate.

Whoever stores reads only puts a batch in line; once a second another thread takes in all that came since, by column.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.delays import NONE, SAMPLED, sample
from turnpike.cameras.rhythm import HOUR_MS, Rhythm

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

SLOT_MS = 600_000
SLOTS = 6
DAY_HOURS = 24
_MOST_WAITING_READS = 500_000
"""More are not heard, though stored. Source: ours; five seconds of the fastest ingest, in 5 MB."""
_MOST_WAITING_BATCHES = 200_000
_FIRST_ROOM = 64
_SEED = 7
_BY_SLOT = {"reads": 0, "confidence": 0, "unread": 0, "aside": 0, "aside_for_time": 0, "delays": NONE}
"""The columns of slots, and what one holds that is empty."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Reads of one camera that were stored now. `captured_ms` and `received_ms` count from 1970 in UTC; `sender` is the adapter's name."""

    camera_id: str
    received_ms: int
    captured_ms: NDArray[np.int64]
    confidence_thousandths: NDArray[np.uint16]
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life that brought no read: plates left unread, reads put aside, those put aside for their time, or nothing but itself."""

    camera_id: str
    at_ms: int
    unread: int = 0
    aside: int = 0
    aside_for_time: int = 0


class Hearing:
    """All that was heard of each camera in the last hour, and its rhythm. Any thread may put in; one lock guards the rest."""

    def __init__(self) -> None:
        self._waiting: deque[Heard | Sign] = deque(maxlen=_MOST_WAITING_BATCHES)
        self._waiting_reads = 0
        self.guard = threading.RLock()
        self.rhythm = Rhythm()
        self.index: dict[str, int] = {}
        self.senders: list[str] = []
        self.read_ms = np.zeros(0, np.int64)
        self.sign_ms = np.zeros(0, np.int64)
        self.reads = np.zeros((SLOTS, 0), np.int64)
        self.confidence = np.zeros((SLOTS, 0))
        self.unread = np.zeros((SLOTS, 0), np.int64)
        self.aside = np.zeros((SLOTS, 0), np.int64)
        self.aside_for_time = np.zeros((SLOTS, 0), np.int64)
        self.delays = np.full((SLOTS, 0, SAMPLED), NONE, np.int32)
        self._chance = np.random.default_rng(_SEED)
        self.by_hour = np.zeros((DAY_HOURS, 0), np.int64)
        self.slot = 0
        self.learnt_hour = 0
        """The last hour that became part of the rhythm; 0 before the first."""
        self.since_ms = 0
        """When this began to hear; 0 before it did."""
        self.silent = np.zeros(0, np.bool_)
        """Cameras that have an alarm of silence, along `index`: an hour without reads says nothing of what is usual for them."""
        self.back = np.zeros(0, np.int64)
        """How many reads came since that alarm."""
        self._hour_began_ms = 0

    def hear(self, heard: Sequence[Heard | Sign]) -> None:
        """Put in line what came; costs whoever stores reads next to nothing."""
        for one in heard:
            if isinstance(one, Heard):
                if self._waiting_reads >= _MOST_WAITING_READS:
                    continue
                self._waiting_reads += len(one.captured_ms)
            self._waiting.append(one)

    def begin(self, now_ms: int) -> None:
        """Hear from now on: what was not heard before is nobody's silence."""
        with self.guard:
            self.since_ms, self.slot, self._hour_began_ms = now_ms, now_ms // SLOT_MS, now_ms

    def know(self, camera_ids: Collection[str]) -> None:
        """Make room for cameras that were not heard yet."""
        with self.guard:
            new = [camera_id for camera_id in camera_ids if camera_id not in self.index]
            if not new:
                return
            for camera_id in new:
                self.index[camera_id] = len(self.index)
            self.senders += [""] * len(new)
            self._make_room(len(self.index))

    def take_in(self, now_ms: int) -> None:
        """Take in what waits; after the end of an hour its counts become part of the rhythm, unless it was not heard whole."""
        with self.guard:
            if not self.since_ms:
                self.begin(now_ms)
            self._move_to(now_ms)
            some = [self._waiting.popleft() for _ in range(len(self._waiting))]
            batches = [one for one in some if isinstance(one, Heard)]
            self._waiting_reads = max(0, self._waiting_reads - sum(len(one.captured_ms) for one in batches))
            self.know({one.camera_id for one in some})
            if batches:
                self._take_reads(batches)
            for sign in some:
                if isinstance(sign, Sign):
                    self._take_sign(sign)

    def last_hour(self, column: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum over all slots of a column of them, a value a camera."""
        return np.asarray(column[:, : len(self.index)].sum(axis=0), np.float64)

    def remember(self, camera_id: str, *, read_ms: int = 0, sign_ms: int = 0, day_reads: int = 0) -> None:
        """Take over what was noted before this process began. What the last day brought counts as its oldest hour's, so never for too long."""
        with self.guard:
            self.know([camera_id])
            row = self.index[camera_id]
            self.read_ms[row] = max(self.read_ms[row], read_ms)
            self.sign_ms[row] = max(self.sign_ms[row], sign_ms, read_ms)
            self.by_hour[(self._hour + 1) % DAY_HOURS, row] += day_reads

    @property
    def _hour(self) -> int:
        return self.slot * SLOT_MS // HOUR_MS

    def mark_silent(self, silent: NDArray[np.bool_]) -> None:
        """Say which cameras have an alarm of silence now, along `index`."""
        with self.guard:
            self.silent = silent
            self.back[: len(silent)][~silent] = 0

    def _take_reads(self, batches: Sequence[Heard]) -> None:
        at, rows = self.slot % SLOTS, np.array([self.index[one.camera_id] for one in batches])
        lengths = np.array([len(one.captured_ms) for one in batches])
        received = np.array([one.received_ms for one in batches], np.int64)
        each = np.repeat(rows, lengths)
        delay_ms = np.repeat(received, lengths) - np.concatenate([one.captured_ms for one in batches])
        sample(self.delays[at], each, delay_ms, self.reads[at], self._chance)
        room = self.reads.shape[1]
        reads = np.bincount(each, minlength=room)
        self.reads[at] += reads
        self.back += reads
        self.by_hour[self._hour % DAY_HOURS] += reads
        thousandths = np.concatenate([one.confidence_thousandths for one in batches])
        self.confidence[at] += np.bincount(each, weights=thousandths, minlength=room) / 1000
        np.maximum.at(self.read_ms, rows, received)
        np.maximum.at(self.sign_ms, rows, received)
        for row, one in zip(rows.tolist(), batches, strict=True):
            self.senders[row] = one.sender

    def _take_sign(self, sign: Sign) -> None:
        at, row = self.slot % SLOTS, self.index[sign.camera_id]
        self.sign_ms[row] = max(self.sign_ms[row], sign.at_ms)
        self.unread[at, row] += sign.unread
        self.aside[at, row] += sign.aside
        self.aside_for_time[at, row] += sign.aside_for_time

    def _move_to(self, now_ms: int) -> None:
        """Let the slots follow the clock; one that is set back waits for it."""
        if now_ms // SLOT_MS > self.slot + 1:
            # The machine slept, or its clock was set: no hour is whole before the next.
            self._hour_began_ms = now_ms
        while self.slot < now_ms // SLOT_MS:
            if (self.slot + 1) * SLOT_MS % HOUR_MS == 0:
                self._learn((self.slot + 1) * SLOT_MS // HOUR_MS - 1)
            # What is empty all the same is gone through once round and no more.
            hour, self.slot = self._hour, max(self.slot + 1, now_ms // SLOT_MS - SLOTS)
            for passed in range(max(hour, self._hour - DAY_HOURS), self._hour):
                self.by_hour[(passed + 1) % DAY_HOURS] = 0
            for name, empty in _BY_SLOT.items():
                getattr(self, name)[self.slot % SLOTS] = empty

    def _learn(self, hour: int) -> None:
        """The six slots are now just that hour's."""
        if self._hour_began_ms > hour * HOUR_MS:
            return
        cameras = len(self.index)
        reads = self.reads[:, :cameras].sum(axis=0)
        told = np.where((self.sign_ms[:cameras] > 0), reads, -1)
        known = min(cameras, len(self.silent))
        told[:known][self.silent[:known] & (reads[:known] == 0)] = -1
        mean = self.last_hour(self.confidence) / np.maximum(reads, 1)
        self.rhythm.learn(hour, told, mean, self.unread[:, :cameras].sum(axis=0))
        self.learnt_hour = hour

    def _make_room(self, cameras: int) -> None:
        self.rhythm.grow(cameras)
        room = self.reads.shape[1]
        if cameras <= room:
            return
        more = max(cameras, 2 * room, _FIRST_ROOM) - room
        for name in ("read_ms", "sign_ms", "back"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, np.int64)]))
        for name, empty in {**_BY_SLOT, "by_hour": 0}.items():
            column = getattr(self, name)
            new = np.full((len(column), more, *column.shape[2:]), empty, column.dtype)
            setattr(self, name, np.concatenate([column, new], axis=1))


EAR = Hearing()
"""This process's own."""


def hear(heard: Sequence[Heard | Sign]) -> None:
    """Tell health what came from cameras: what was stored of each batch, and what was put aside."""
    EAR.hear(heard)


def heard_from(camera_ids: Collection[str], at: datetime) -> None:
    """These cameras said that they live, and brought no read."""
    EAR.hear([Sign(camera_id, _ms(at)) for camera_id in camera_ids])


def heard_unread(camera_ids: Collection[str], at: datetime) -> None:
    """Each of these cameras saw a vehicle and read no plate: a camera is named as often as it did."""
    EAR.hear([Sign(camera_id, _ms(at), unread=1) for camera_id in camera_ids])


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
