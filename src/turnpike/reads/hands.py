"""The sessions that load and merge: two at once, as one core does one of either."""

from __future__ import annotations

import queue
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from turnpike.reads.engine import WRITER_SETTINGS, Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HANDS = 2
"""Source: ours, for two cores."""


class Hands:
    """Sessions that write beside the one that ingest writes by."""

    def __init__(self, path: Path, database: str) -> None:
        self._sessions = [Session(path, database, WRITER_SETTINGS) for _ in range(HANDS)]
        self._free: queue.LifoQueue[Session] = queue.LifoQueue()
        for session in self._sessions:
            self._free.put(session)

    @contextmanager
    def lease(self) -> Iterator[Session]:
        """A session for this thread alone; waits for one."""
        session = self._free.get()
        try:
            yield session
        finally:
            self._free.put(session)

    @contextmanager
    def all(self) -> Iterator[Session]:
        """One session, while nobody has any other. One thread at a time may wait for this."""
        with ExitStack() as stack:
            sessions = [stack.enter_context(self.lease()) for _ in range(HANDS)]
            yield sessions[0]

    def close(self) -> None:
        """Close each session, once what it is doing is done."""
        for session in self._sessions:
            session.close()
