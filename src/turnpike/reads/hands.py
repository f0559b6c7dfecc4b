"""The sessions that load and merge: two at once, as one core does one of either."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from turnpike.reads.engine import WRITER_SETTINGS, Session, Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HANDS = 2
"""Source: ours, for two cores."""


class Hands(Sessions):
    """Sessions that write beside the one that ingest writes by."""

    def __init__(self, path: Path, database: str) -> None:
        super().__init__(path, database, WRITER_SETTINGS, HANDS)

    @contextmanager
    def all(self) -> Iterator[Session]:
        """One session, while nobody has any other. One thread at a time may wait for this."""
        with ExitStack() as stack:
            sessions = [stack.enter_context(self.lease()) for _ in range(HANDS)]
            yield sessions[0]
