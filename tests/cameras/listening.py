"""A clock, an ear and a watch for tests of health: minutes pass when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.hearing import Heard, Hearing, Sign
from turnpike.cameras.watching import HealthWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Listening:
    """`minute` lets one pass in which each camera sends so many reads, all with the same delay and confidence."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self.now = now
        self.ear = Hearing()
        self.watch = HealthWatch(self.ear)
        self.ear.begin(self.ms)

    @property
    def ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    def usual(
        self, reads_an_hour: Mapping[str, int], *, confidence: float = 0.9, unread: float = 0.0
    ) -> None:
        """What was usual at every hour of the last four weeks."""
        self.ear.know(reads_an_hour)
        for camera_id, reads in reads_an_hour.items():
            at = self.ear.index[camera_id]
            self.ear.rhythm.counts[at] = reads
            self.ear.rhythm.confidence[at], self.ear.rhythm.unread[at] = confidence, unread
        self.ear.rhythm.refresh()

    def send(
        self,
        camera_id: str,
        reads: int,
        *,
        delay_ms: int | Callable[[int], int] = 800,
        confidence: float = 0.9,
        sender: str = "turnpike",
    ) -> None:
        delays = [delay_ms(at) if callable(delay_ms) else delay_ms for at in range(reads)]
        captured = self.ms - np.array(delays, np.int64)
        thousandths = np.full(reads, round(confidence * 1000), np.uint16)
        self.ear.hear([Heard(camera_id, self.ms, captured, thousandths, sender)])

    def sign(self, camera_id: str, **counts: int) -> None:
        self.ear.hear([Sign(camera_id, self.ms, **counts)])

    def minutes(self, number: int, each: Callable[[], None] = lambda: None, *, judged: bool = True) -> None:
        """Let so many pass, doing `each` in every one; `judged` needs the records."""
        for _ in range(number):
            self.now += timedelta(minutes=1)
            each()
            if judged:
                self.watch.listen(self.now)
                self.watch.look(self.now)
            else:
                self.ear.take_in(self.ms)
