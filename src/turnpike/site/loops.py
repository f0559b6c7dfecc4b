"""What the worker does again and again beside its requests, each in a thread of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable

_LONG_WAIT_S = 60.0


class Loop:
    """Calls `turn` at its start and then again and again; each says in how many seconds the next is due, and raises nothing."""

    def __init__(self, name: str, turn: Callable[[], float]) -> None:
        self._turn = turn
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End it and wait until it has; a turn that has begun is finished."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            wait_s = self._turn()
            if wait_s >= _LONG_WAIT_S:
                # This thread's own, and not needed until then.
                connection.close()
        connection.close()
