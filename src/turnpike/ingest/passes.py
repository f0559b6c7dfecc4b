"""New, update and last messages of one vehicle's pass become one read: the surest sighting, with its own picture.

What is open is held in memory alone: its messages stay unsettled in the spool, and after a kill come again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from turnpike.ingest.vendor_messages import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.ingest.spool import Place
    from turnpike.ingest.vendor_reads import VendorRead

SILENCE = timedelta(seconds=12)
"""After this long without a message a pass is over. Source: ../shared/vendor-events.md; a Rekor group may come 10 s late."""
LONGEST = timedelta(minutes=1)
"""A pass is stored after this long, though its messages go on. Source: ours; a parked vehicle's last for hours, and an alert must not wait."""
REMEMBERED = timedelta(minutes=1)
"""What comes of a pass so soon after it was stored, or after its last message, is part of it."""
MAX_OPEN = 20_000
MAX_PATCH_BYTES = 128 * 2**20
"""Of the pictures of all that are open; beyond it the oldest are over, as beyond `MAX_OPEN`. Source: ours; two thousand of the largest."""
MAX_MESSAGES = 500
MAX_REMEMBERED = 50_000
_FILLED = ("countries", "lanes", "directions", "colours", "makes")
_MAX_FRAMES = 65_535

type_pass = tuple[str, str, str]
"""Feed, our camera id, and the maker's id of the pass."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting of a pass: the message it is in, when that was reached, and the read that it would be, or why it would be none."""

    place: Place
    at: datetime
    phase: Phase
    read: VendorRead | None
    reason: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A pass that is over: its read, or why it has none; and every message that it was made of, one of them perhaps several times."""

    read: VendorRead | None
    reason: str
    places: tuple[Place, ...]
    adapter: str = ""


@dataclass(slots=True)
class _Pass:
    first_at: datetime
    last_at: datetime
    best: VendorRead | None = None
    reason: str = ""
    adapter: str = ""
    places: list[Place] = field(default_factory=list)
    plates: dict[str, int] = field(default_factory=dict)
    # By plate and column the first value that a sighting with that plate gave.
    told: dict[tuple[str, str], Any] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        self.last_at = max(self.last_at, seen.at)
        self.places.append(seen.place)
        if seen.read is None:
            self.reason, self.adapter = seen.reason, seen.adapter
            return
        plate = seen.read.plate
        self.plates[plate] = self.plates.get(plate, 0) + 1
        for name in _FILLED:
            if value := getattr(seen.read.columns, name)[0]:
                self.told.setdefault((plate, name), value)
        if self.best is None or _is_surer(seen.read, self.best):
            self.best = seen.read

    @property
    def patch_bytes(self) -> int:
        return len(self.best.patch) if self.best and self.best.patch else 0

    def finished(self) -> Finished:
        if self.best is None:
            return Finished(None, self.reason, tuple(self.places), self.adapter)
        plate, columns = self.best.plate, self.best.columns
        # What another message of this vehicle says beside the plate is as good; a picture is of its own sighting alone.
        filled: dict[str, Any] = {
            name: [self.told[plate, name]] for name in _FILLED if (plate, name) in self.told
        }
        frames = min(_MAX_FRAMES, max(columns.frames_agreeing[0], self.plates[plate]))
        columns = replace(columns, frames_agreeing=[frames], **filled)
        return Finished(replace(self.best, columns=columns), "", tuple(self.places))


class Passes:
    """The passes that are open, and those that were stored a moment ago; used by one thread."""

    def __init__(self) -> None:
        # Those that were heard of longest ago first.
        self._open: OrderedDict[type_pass, _Pass] = OrderedDict()
        self._stored: OrderedDict[type_pass, datetime] = OrderedDict()
        self._patch_bytes = 0

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def add(self, key: type_pass, seen: Seen) -> list[Finished]:
        """Take a sighting into its pass; gives what is over by it: that pass, or the oldest where too many are open.

        One of a pass that was stored a moment ago is settled by itself, and no read.
        """
        if self._is_part_of_stored(key, seen):
            return [Finished(None, "", (seen.place,))]
        found = self._open.setdefault(key, _Pass(seen.at, seen.at))
        self._open.move_to_end(key)
        self._patch_bytes -= found.patch_bytes
        found.add(seen)
        self._patch_bytes += found.patch_bytes
        finished = []
        is_last = seen.phase in {Phase.ENDED, Phase.WHOLE}
        if is_last or len(found.places) >= MAX_MESSAGES or seen.at - found.first_at >= LONGEST:
            finished.append(self._close(key))
        while len(self._open) > MAX_OPEN or self._patch_bytes > MAX_PATCH_BYTES:
            finished.append(self._close(next(iter(self._open))))
        return finished

    def silent(self, now: datetime) -> list[Finished]:
        """Those that are over since nothing came of them any more."""
        over = []
        for key, one in self._open.items():
            if now - one.last_at < SILENCE:
                break
            over.append(key)
        while self._stored and (
            len(self._stored) > MAX_REMEMBERED or now - next(iter(self._stored.values())) > REMEMBERED
        ):
            self._stored.popitem(last=False)
        return [self._close(key) for key in over]

    def all_over(self) -> list[Finished]:
        """All that are open, as where the clock was set back and their silence cannot be told."""
        return [self._close(key) for key in list(self._open)]

    def _close(self, key: type_pass) -> Finished:
        one = self._open.pop(key)
        self._patch_bytes -= one.patch_bytes
        if one.best is not None:
            self._stored[key] = one.last_at
            self._stored.move_to_end(key)
        return one.finished()

    def _is_part_of_stored(self, key: type_pass, seen: Seen) -> bool:
        stored_at = self._stored.get(key)
        if stored_at is None or seen.at - stored_at > REMEMBERED:
            return False
        self._stored[key] = max(stored_at, seen.at)
        self._stored.move_to_end(key)
        return True


def _is_surer(one: VendorRead, other: VendorRead) -> bool:
    """By confidence, then by having a picture; where the camera gives no confidence the later one, for it saw more."""
    if one.confidence is None and other.confidence is None:
        return (one.patch is not None) >= (other.patch is not None)
    return _sureness(one) > _sureness(other)


def _sureness(read: VendorRead) -> tuple[float, bool]:
    return (-1.0 if read.confidence is None else read.confidence, read.patch is not None)
