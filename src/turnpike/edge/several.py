"""Several live cameras in one process: a thread each, one engine, turns at it."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from turnpike.edge.one_camera import Edge
from turnpike.edge.turns import Turns
from turnpike.errors import TurnpikeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.edge.one_camera import EdgePlan
    from turnpike.edge.status import EdgeStatus
    from turnpike.recognition.services import Engine

_log = logging.getLogger(__name__)


class Roadside:
    """Reads every camera of `plans` until it is stopped; one that cannot be read holds up no other.

    `at_once` frames are recognised together, which is best as many as there are cores, with an engine of one thread.
    """

    def __init__(self, plans: Sequence[EdgePlan], engine: Engine, *, at_once: int) -> None:
        turns = Turns(at_once)
        self._names = [plan.name for plan in plans]
        self._edges = [Edge(plan, engine, turns) for plan in plans]
        self.failed: list[str] = []
        """Cameras that were given up."""

    def stop(self) -> None:
        """Ask `run` to return soon; safe from a signal handler."""
        for edge in self._edges:
            edge.stop()

    def status(self) -> tuple[EdgeStatus, ...]:
        """Of each camera, in order."""
        return tuple(edge.status() for edge in self._edges)

    def run(self) -> None:
        """Read until stopped, or until every camera has been given up."""
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

    def _read(self, name: str, edge: Edge) -> None:
        try:
            edge.run()
        except TurnpikeError as error:
            self.failed.append(name)
            _log.error("%s is given up: %s", name, error)
        except Exception as error:  # noqa: BLE001 - the other cameras are to go on
            # Only its kind: the sentence of a stranger may hold what was read.
            self.failed.append(name)
            _log.error("%s is given up: %s.", name, type(error).__name__)
