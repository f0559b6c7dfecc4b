"""Group commit: one thread writes; what arrives while it writes is written together next."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from turnpike.errors import TurnpikeError
from turnpike.ingest.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from turnpike.ingest.checking import Message
    from turnpike.ingest.messages import Answer

MAX_GROUP_READS = 20_000
"""Most reads written together. Source: ours; the store's insert gains nothing beyond, and a first one waits."""

MAX_WAITING_READS = 60_000
"""Most reads in line; more are refused for now. Source: ours; three groups, which is half a second or a few."""
GROUP_EVERY_S = 0.1
"""Least time between two groups' begins, where little comes. Source: ours; each group costs inserts, syncs and a
ledger entry, and a sender that waits for two of them is still answered in a quarter of a second."""

_FULL = "Too many reads are waiting to be stored; send this message again later."
_log = logging.getLogger(__name__)


class Reply(Protocol):
    """Where an answer goes: a future, or what stands for one."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits for it."""
        ...

    def set_result(self, answer: Answer, /) -> None:
        """The message is durable."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """It is not, as far as is known."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    message: Message
    answer: Reply


class GroupWriter:
    """The one writing thread.

    `commit` makes a group durable and gives an answer a message; `settle` is called after each group was
    answered; `close` when the thread ends. No error of theirs ends the thread: who waits is answered with it.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Message]], Sequence[Answer]],
        settle: Callable[[], None],
        close: Callable[[], None],
    ) -> None:
        self._commit = commit
        self._settle = settle
        self._close = close
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._waiting_reads = 0
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end; what comes later is refused."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def check_room(self) -> None:
        """Refuse at once what would only be refused after it was looked through.

        Raises:
            TryLater: too many reads are in line already.
        """
        if self._waiting_reads >= MAX_WAITING_READS:
            raise TryLater(_FULL)

    def submit(self, message: Message, reply: Reply) -> None:
        """Put a message in line; it is answered once it is durable.

        Raises:
            TryLater: this writer is stopping, or too many reads are in line.
        """
        waiting = _Waiting(message, reply)
        with self._changed:
            if self._stopping:
                raise TryLater("The centre is stopping; send the message again later.")
            if self._waiting and self._waiting_reads + len(message) > MAX_WAITING_READS:
                raise TryLater(_FULL)
            self._waiting.append(waiting)
            self._waiting_reads += len(message)
            self._changed.notify()

    def _run(self) -> None:
        while group := self._next_group():
            due_s = time.monotonic() + GROUP_EVERY_S
            self._write(group)
            try:
                self._settle()
            except Exception as error:  # noqa: BLE001 - as the class says; what is unsettled is settled at the next start
                _log.warning("Ingest could not note how far it got: %s.", type(error).__name__)
            self._gather_until(due_s)
        self._close()

    def _gather_until(self, due_s: float) -> None:
        """Let messages come until then, or until there are enough for a group."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._waiting_reads >= MAX_GROUP_READS,
                timeout=max(0.0, due_s - time.monotonic()),
            )

    def _next_group(self) -> list[_Waiting]:
        """What waits now, at least one; nothing once this stops and all is written."""
        group: list[_Waiting] = []
        reads = 0
        with self._changed:
            while not group:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if not self._waiting:
                    break
                while self._waiting and reads + len(self._waiting[0].message) <= MAX_GROUP_READS:
                    waiting = self._waiting.popleft()
                    self._waiting_reads -= len(waiting.message)
                    # A sender who gave up before the write began is left out; from here on none can.
                    if waiting.answer.set_running_or_notify_cancel():
                        group.append(waiting)
                        reads += len(waiting.message)
        return group

    def _write(self, group: list[_Waiting]) -> None:
        try:
            answers = self._commit([waiting.message for waiting in group])
        except Exception as error:  # noqa: BLE001 - as the class says
            if len(group) > 1:
                # One message that cannot be written must not keep the others from being.
                for waiting in group:
                    self._write([waiting])
                return
            # Only the kind of error where it is not ours: its text may hold a plate.
            ours = isinstance(error, TurnpikeError)
            _log.error("A message was not stored: %s.", error if ours else type(error).__name__)
            group[0].answer.set_exception(TryLater("The message could not be stored; send it again later."))
            return
        for waiting, answer in zip(group, answers, strict=True):
            waiting.answer.set_result(answer)
