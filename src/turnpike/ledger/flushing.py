"""Group flush: whoever comes while the disk is busy is written together with all others who wait.

Nobody is kept waiting for company: an entry that comes alone is written at once. One of those who wait leads: it writes what waits, all in one
transaction under one signature, and hands the lead to the first of those who came meanwhile. So a caller waits for two writes at most.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")
_Written = TypeVar("_Written")

MOST_AT_ONCE = 512
"""Entries in one transaction. Source: ours; more would keep the first of them waiting for no fewer syncs a second."""


class Unwritten(Exception):
    """What was handed in was not written; `__cause__` says why."""


class _Waiting(Generic[_Item, _Written]):
    """One that is to be written: then `written` or `fault` is there, and whoever waits is woken, maybe to lead."""

    __slots__ = ("fault", "item", "leads", "woken", "written")

    def __init__(self, item: _Item) -> None:
        self.item = item
        self.written: _Written | None = None
        self.fault: BaseException | None = None
        self.leads = False
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupFlush(Generic[_Item, _Written]):
    """Puts items of many threads through `write` in groups, in the order in which they came."""

    def __init__(self, write: Callable[[Sequence[_Item]], Sequence[_Written]]) -> None:
        self._write = write
        self._mutex = threading.Lock()
        self._queue: deque[_Waiting[_Item, _Written]] = deque()
        self._is_led = False

    def put(self, item: _Item) -> _Written:
        """What `write` gives for the item, once the group that holds it is written.

        Raises:
            Unwritten: `write` failed for its group.
        """
        own: _Waiting[_Item, _Written] = _Waiting(item)
        with self._mutex:
            self._queue.append(own)
            own.leads, self._is_led = not self._is_led, True
        if not own.leads:
            self._wait(own)
        if own.leads:
            self._lead()
        if own.written is None:
            raise Unwritten from own.fault
        return own.written

    def _wait(self, own: _Waiting[_Item, _Written]) -> None:
        try:
            own.woken.acquire()
        except BaseException:
            # Interrupted: nobody is there any more to lead, or to be told.
            with self._mutex:
                if own in self._queue:
                    self._queue.remove(own)
                if own.leads:
                    self._hand_on()
            raise

    def _lead(self) -> None:
        """Write what waits; the leader's own item is the first."""
        with self._mutex:
            group = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
        try:
            written = self._write([one.item for one in group])
            for one, result in zip(group, written, strict=True):
                one.written = result
        except BaseException as error:
            for one in group:
                one.fault = error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._mutex:
                self._hand_on()
            for one in group:
                if not one.leads:
                    one.woken.release()

    def _hand_on(self) -> None:
        """The lead to the first who waits; called with the mutex held."""
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].woken.release()
        else:
            self._is_led = False
