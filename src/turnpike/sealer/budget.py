"""How many plates may be held against declarations: enough for anybody's work, too few to try every plate there is.

Whoever asks pays from a budget of their own, so that nobody uses up a colleague's. What all of them together ask about one person has a
ceiling, which holds even where somebody asks under many names; long before it, an alarm is raised.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MINUTE_S, _DAY_S = 60, 86_400
_ALARMED_AT = 0.5
"""Of the ceiling. Source: ours; twice as much is asked before anything is refused, so that somebody can look into it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most plates that one person may ask about in a minute and in a day, and that all may ask about one person in a day."""

    a_minute: int
    a_day: int
    about_one_a_day: int


class Verdict(Enum):
    """Whether a question is within the limits, and which it is over."""

    WITHIN = auto()
    OVER_BUDGET = auto()
    OVER_CEILING = auto()


@dataclass(frozen=True, slots=True)
class _Count:
    """What is counted: a kind of window, of somebody, in the window of that number."""

    window_s: int
    window: int
    whose: str
    is_about: bool


class Budget:
    """Counts in whole minutes and days of a clock that only goes forward; forgotten when the process ends."""

    def __init__(self, limits: Limits, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock_s = clock_s
        self._spent: dict[_Count, int] = {}
        self._alarmed: set[str] = set()
        self._lock = threading.Lock()

    def take(self, asker: str, about: Sequence[str], plates: int) -> Verdict:
        """Spend `plates` of the asker's budget, and count them towards the ceiling of each person they are asked about; nothing where either is too little."""
        now = int(self._clock_s())
        minute, day = now // _MINUTE_S, now // _DAY_S
        limits = {
            _Count(_MINUTE_S, minute, asker, is_about=False): self._limits.a_minute,
            _Count(_DAY_S, day, asker, is_about=False): self._limits.a_day,
            **{_Count(_DAY_S, day, person, is_about=True): self._limits.about_one_a_day for person in about},
        }
        with self._lock:
            windows = {(_MINUTE_S, minute), (_DAY_S, day)}
            self._spent = {
                key: count for key, count in self._spent.items() if (key.window_s, key.window) in windows
            }
            after = {key: self._spent.get(key, 0) + plates for key in limits}
            over = [key for key, count in after.items() if count > limits[key]]
            if over:
                return Verdict.OVER_CEILING if all(key.is_about for key in over) else Verdict.OVER_BUDGET
            alarm_at = _ALARMED_AT * self._limits.about_one_a_day
            self._alarmed |= {
                key.whose
                for key, count in after.items()
                if key.is_about and self._spent.get(key, 0) <= alarm_at < count
            }
            self._spent |= after
            return Verdict.WITHIN

    def alarms(self, about: Sequence[str]) -> tuple[str, ...]:
        """Whom of these so much was asked about today that it should be looked into; each is told once a day."""
        with self._lock:
            found = tuple(person for person in about if person in self._alarmed)
            self._alarmed -= set(found)
            return found
