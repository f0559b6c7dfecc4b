"""From the event loop to the threads that check, and back: many small messages at a time, for what one costs."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from turnpike.ingest.bodies import Posted
    from turnpike.ingest.messages import Answer

GATHERED_S = 0.003
"""How long a thread that wakes lets more messages come. Source: ours; far below what a sync takes, and waking a
thread costs as much as checking a small message."""
MOST_AT_ONCE = 64


class Replies:
    """Answers from threads to the senders that wait in one event loop, all that there are in one go."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._guard = threading.Lock()
        self._ready: list[tuple[asyncio.Future[Answer], Answer | Exception]] = []

    def expect(self) -> Reply:
        """The place of an answer to come; called in the loop."""
        return Reply(self, self._loop.create_future())

    def put(self, future: asyncio.Future[Answer], answer: Answer | Exception) -> None:
        """From any thread."""
        with self._guard:
            self._ready.append((future, answer))
            is_first = len(self._ready) == 1
        if is_first:
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._guard:
            ready, self._ready = self._ready, []
        for future, answer in ready:
            if future.cancelled():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


@dataclass(frozen=True, slots=True)
class Reply:
    """One sender's answer, set by a thread as that of `concurrent.futures.Future` is, and awaited by `future`."""

    replies: Replies
    future: asyncio.Future[Answer]

    def set_running_or_notify_cancel(self) -> bool:
        """Whether the sender still waits."""
        return not self.future.cancelled()

    def set_result(self, answer: Answer) -> None:
        """Answer the sender."""
        self.replies.put(self.future, answer)

    def set_exception(self, error: Exception) -> None:
        """Refuse the sender."""
        self.replies.put(self.future, error)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message off the wire, with the key that it came under."""

    key: str
    posted: Posted
    reply: Reply


class CheckingLine:
    """Threads that take messages in order, a few at a time, and hand them to `check`.

    `check` answers each in the end and raises nothing; `close` is called as a thread ends.
    """

    def __init__(
        self, check: Callable[[list[Taken]], None], close: Callable[[], None], *, threads: int
    ) -> None:
        self._check = check
        self._close = close
        self._line: deque[Taken] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"ingest-checking-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to check."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Check what waits, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def put(self, taken: Taken) -> None:
        """Put a message in line."""
        with self._changed:
            self._line.append(taken)
            # Those that come while a thread gathers are its own.
            if len(self._line) == 1:
                self._changed.notify()

    def _run(self) -> None:
        while some := self._next():
            self._check(some)
        self._close()

    def _next(self) -> list[Taken]:
        """What waits now, at least one; nothing once this stops and all is checked."""
        some: list[Taken] = []
        while not some:
            with self._changed:
                self._changed.wait_for(lambda: self._line or self._stopping)
                if self._stopping and not self._line:
                    break
            if not self._stopping:
                time.sleep(GATHERED_S)
            with self._changed:
                # Perhaps none: the other thread may have taken them all.
                some = [self._line.popleft() for _ in range(min(len(self._line), MOST_AT_ONCE))]
                if self._line:
                    self._changed.notify()
        return some
