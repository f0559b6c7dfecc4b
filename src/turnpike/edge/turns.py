"""Turns at the engine: several cameras read with one, each in the order in which it came."""

from __future__ import annotations

import threading
from collections import deque
from typing import Self


class Turns:
    """Lets `at_once` in together, and the others in the order in which they came; use it as a context manager.

    A lock of the library's wakes whom it likes, and a camera could wait for long.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> Self:
        with self._guard:
            if self._free:
                self._free -= 1
                return self
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:  # the turn goes on to the next without being free between
                self._waiting.popleft().set()
            else:
                self._free += 1
