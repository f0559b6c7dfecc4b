"""Reads of makers' messages on their way to the one writing thread: bounded in number, tried again while the store does not take them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.ingest.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from turnpike.ingest.checking import Message
    from turnpike.ingest.grouping import Reply
    from turnpike.ingest.messages import Answer
    from turnpike.ingest.spool import Place

MAX_ON_THE_WAY = 4_000
"""Source: ours; a few groups' worth, and with pictures 256 MB at the very most."""
_AGAIN_S, _LONGEST_AGAIN_S = 1.0, 30.0
_HOPELESS_AFTER = 5
"""Tries after which one that fails while others are stored is given up. Source: ours; a fault of the store is everybody's."""


@dataclass(slots=True, eq=False)
class _Sent:
    """One message on its way, and where its answer goes."""

    line: Sending
    message: Message
    places: Sequence[Place]
    tries: int = 0
    due_s: float = 0.0
    stored_before: int = 0

    def set_running_or_notify_cancel(self) -> bool:
        return True

    def set_result(self, _: Answer) -> None:
        self.line.stored.append(self)

    def set_exception(self, _: Exception) -> None:
        self.line.failed.append(self)


@dataclass(frozen=True, slots=True)
class Hopeless:
    """A message that cannot be stored while others are, by the messages it came from."""

    places: Sequence[Place]
    adapter: str


class Sending:
    """Used by one thread; answers come from another."""

    def __init__(
        self,
        submit: Callable[[Message, Reply], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._submit = submit
        self._clock_s = clock_s
        self._again: list[_Sent] = []
        self._count = 0
        self._stored_count = 0
        self.stored: deque[_Sent] = deque()
        self.failed: deque[_Sent] = deque()

    @property
    def is_full(self) -> bool:
        """Whether no more are to be sent now."""
        return self._count >= MAX_ON_THE_WAY

    def send(self, message: Message, places: Sequence[Place]) -> None:
        """Hand a message on; `collect` gives its places once it is durable."""
        self._count += 1
        self._put(_Sent(self, message, places, stored_before=self._stored_count))

    def collect(self) -> tuple[list[Place], list[Hopeless]]:
        """The places of what has become durable since, and what is given up; what failed otherwise is sent again when its time has come."""
        done: list[Place] = []
        while self.stored:
            done += self.stored.popleft().places
            self._count -= 1
            self._stored_count += 1
        hopeless = []
        while self.failed:
            sent = self.failed.popleft()
            sent.tries += 1
            if sent.tries >= _HOPELESS_AFTER and self._stored_count > sent.stored_before:
                hopeless.append(Hopeless(sent.places, sent.message.batch.adapter))
                self._count -= 1
                continue
            sent.due_s = self._clock_s() + min(_LONGEST_AGAIN_S, _AGAIN_S * sent.tries)
            self._again.append(sent)
        now_s = self._clock_s()
        due = [sent for sent in self._again if sent.due_s <= now_s]
        if due:
            self._again = [sent for sent in self._again if sent.due_s > now_s]
            for sent in due:
                self._put(sent)
        return done, hopeless

    def _put(self, sent: _Sent) -> None:
        try:
            self._submit(sent.message, sent)
        except TryLater:
            self.failed.append(sent)
