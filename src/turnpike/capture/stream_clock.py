"""When a live frame was taken: by a clock that only goes forward, held to the wall clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

JUMP_S = 1.0
"""A wall clock that is off by more was put forward or back; by less it was slewed. Source: ours; NTP steps from 0.128 s on, and a read is stored to the millisecond."""
_SLEW_SHARE = 0.05
"""How much of the time that passes may be used to follow a wall clock that is slewed."""
_LEAST_STEP = timedelta(microseconds=1)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Instant:
    """A time in UTC, and the seconds of a clock that nobody sets."""

    at: datetime
    steady_s: float


class StreamClock:
    """Gives instants whose distances are true although somebody sets the machine's clock meanwhile.

    Between jumps they only grow. After one, which is counted in `jumps` with its size in `last_jump_s`, they go on from the new time: that is the right one,
    and a read must not be stored in the future.
    """

    def __init__(
        self, clock: Callable[[], datetime] = _utc_now, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._anchor: Instant | None = None
        self._last: datetime | None = None
        self.jumps = 0
        self.last_jump_s = 0.0

    def now(self) -> Instant:
        """The instant that is now."""
        wall, steady_s = self._clock(), self._steady()
        if self._anchor is None:
            self._anchor = Instant(wall, steady_s)
        passed_s = steady_s - self._anchor.steady_s
        at = self._anchor.at + timedelta(seconds=passed_s)
        off_s = (wall - at).total_seconds()
        if abs(off_s) > JUMP_S:
            self.jumps += 1
            self.last_jump_s = off_s
            at, self._last = wall, None
        else:
            most_s = _SLEW_SHARE * passed_s
            at += timedelta(seconds=max(-most_s, min(most_s, off_s)))
        if self._last is not None and at <= self._last:
            at = self._last + _LEAST_STEP
        self._anchor, self._last = Instant(at, steady_s), at
        return Instant(at, steady_s)
