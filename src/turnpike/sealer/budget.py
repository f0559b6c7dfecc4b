"""How many plates may be held against one person's declarations: enough for work, too few to try every plate there is."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MINUTE_S, _DAY_S = 60, 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """The most plates a minute and a day, for each person."""

    a_minute: int
    a_day: int


class Budget:
    """Counts by person in whole minutes and days of a clock that only goes forward; forgotten when the process ends."""

    def __init__(self, limits: Limits, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock_s = clock_s
        self._spent: dict[tuple[int, int, str], int] = {}
        self._lock = threading.Lock()

    def take(self, people: Sequence[str], plates: int) -> bool:
        """Spend `plates` of each person's budget; of nobody's where somebody's does not hold that many."""
        now = int(self._clock_s())
        windows = ((_MINUTE_S, now // _MINUTE_S), (_DAY_S, now // _DAY_S))
        allowed = {_MINUTE_S: self._limits.a_minute, _DAY_S: self._limits.a_day}
        with self._lock:
            self._spent = {key: count for key, count in self._spent.items() if key[:2] in windows}
            after = {
                (*window, person): self._spent.get((*window, person), 0) + plates
                for window in windows
                for person in people
            }
            if any(count > allowed[key[0]] for key, count in after.items()):
                return False
            self._spent |= after
            return True
