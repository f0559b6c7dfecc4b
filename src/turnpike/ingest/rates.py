"""How often a feed may send: a bucket of tokens each, of which a message takes one."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_S = 60.0
LEAST_AT_ONCE = 20
"""Messages that any feed may send at once after a pause, however few it may send a minute. Source: ours; a rush of cars."""


class Buckets:
    """The buckets by name; each holds a minute's tokens and is full at first. For one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str, a_minute: int) -> int:
        """Take a token: 0 where there was one, else the seconds until there is, rounded up."""
        now_s = self._clock()
        most = float(max(a_minute, LEAST_AT_ONCE))
        left, as_of_s = self._left.get(name, (most, now_s))
        left = min(most, left + (now_s - as_of_s) * a_minute / _MINUTE_S)
        if left < 1:
            self._left[name] = (left, now_s)
            return math.ceil((1 - left) * _MINUTE_S / a_minute)
        self._left[name] = (left - 1, now_s)
        return 0
