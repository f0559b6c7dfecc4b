"""Several live cameras in one process: a thread each, one engine, turns at it."""

from __future__ import annotations

import logging
import random
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from turnpike.capture.services import Pauses
from turnpike.edge.one_camera import Edge
from turnpike.edge.turns import Turns
from turnpike.errors import TurnpikeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.edge.one_camera import EdgePlan
    from turnpike.edge.status import EdgeStatus
    from turnpike.recognition.services import Engine

_log = logging.getLogger(__name__)


_PAUSES = Pauses(first_s=1.0, longest_s=60.0)
_RECOVERED_AFTER_S = 600.0
"""After so long without a fault the next one is a first one."""


class Roadside:
    """Reads every camera of `plans` until it is stopped; one that cannot be read holds up no other, and is tried again and again.

    `at_once` frames are recognised together, which is best as many as there are cores, with an engine of one thread.
    """

    def __init__(
        self, plans: Sequence[EdgePlan], engine: Engine, *, at_once: int, pauses: Pauses = _PAUSES
    ) -> None:
        turns = Turns(at_once)
        self._names = [plan.name for plan in plans]
        self._edges = [Edge(plan, engine, turns) for plan in plans]
        self._pauses = pauses
        # The jitter keeps cameras that failed together from coming back together; it guards nothing.
        self._rng = random.SystemRandom()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask `run` to return soon; safe from a signal handler."""
        self._stopping.set()
        for edge in self._edges:
            edge.stop()

    def status(self) -> tuple[EdgeStatus, ...]:
        """Of each camera, in order."""
        return tuple(edge.status() for edge in self._edges)

    def run(self) -> None:
        """Read until stopped."""
        with ExitStack() as stack:
            threads = [
                threading.Thread(
                    target=self._read, args=(name, stack.enter_context(edge)), name=f"edge-{name}"
                )
                for name, edge in zip(self._names, self._edges, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            # All at once, for a centre that does not answer holds up each for half a minute.
            for edge in self._edges:
                edge.stop_sending()

    def _read(self, name: str, edge: Edge) -> None:
        failures = 0
        while not self._stopping.is_set():
            began_s = time.monotonic()
            try:
                edge.run()
            except TurnpikeError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - a camera must not be lost for as long as the process lives
                # Only its kind: the sentence of a stranger may hold what was read.
                why = type(error).__name__
            else:
                return
            failures = 1 if time.monotonic() - began_s > _RECOVERED_AFTER_S else failures + 1
            pause_s = self._pauses.after(failures, self._rng)
            _log.error("%s failed: %s Trying again in %.0f s.", name, why.rstrip(".") + ".", pause_s)
            self._stopping.wait(pause_s)
