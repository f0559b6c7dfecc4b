"""Alerts on their way from the thread that matched a read to every wall that is open in this process.

Nothing here waits: a wall that does not keep up loses its subscription, not the reads their time, and
finds what it missed in the records when it connects again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.hotlists.errors import Disconnected
from turnpike.hotlists.kinds import MatchKind, Outcome, Priority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from turnpike.hotlists.models import Hit

QUEUE_CAPACITY = 256
"""Alerts that may wait for one wall. Source: ours; more than anyone reads in the second between two looks."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A hit as a wall shows it. `plate` is wanted, `read_plate` was read; `confidence` is 0 to 1.

    `outcome` is None until somebody has recorded what was done; then `actioned_by` is their name.
    """

    hit_id: int
    entry_id: int
    read_id: str
    list_slug: str
    list_name: str
    case_reference: str
    plate: str
    read_plate: str
    priority: Priority
    kind: MatchKind
    confidence: float
    camera_id: str
    captured_at: datetime
    received_at: datetime
    outcome: Outcome | None
    actioned_by: str
    actioned_at: datetime | None


def alert_of(hit: Hit) -> Alert:
    """The alert of a hit, whose entry, list and person should have been fetched with it."""
    return Alert(
        hit_id=hit.pk,
        entry_id=hit.entry_id,
        read_id=hit.read_id,
        list_slug=hit.entry.hotlist.slug,
        list_name=hit.entry.hotlist.name,
        case_reference=hit.entry.case_reference,
        plate=hit.entry.plate,
        read_plate=hit.read_plate,
        priority=Priority(hit.entry.priority),
        kind=MatchKind(hit.kind),
        confidence=hit.confidence,
        camera_id=hit.camera_id,
        captured_at=hit.captured_at,
        received_at=hit.received_at,
        outcome=Outcome(hit.outcome) if hit.outcome else None,
        actioned_by=hit.actioned_by.name if hit.actioned_by else "",
        actioned_at=hit.actioned_at,
    )


class Subscription:
    """What waits for one wall; `offer` from any thread, `take` on the event loop that made it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: int) -> None:
        self._loop = loop
        self._capacity = capacity
        self._guard = threading.Lock()
        self._waiting: deque[Alert] = deque()
        self._cut = False
        self._stirred = asyncio.Event()

    def offer(self, alert: Alert | None) -> None:
        """Add an alert, or with None only wake the taker; never waits, never fails."""
        with self._guard:
            if alert is not None and len(self._waiting) >= self._capacity:
                self._cut = True
            elif alert is not None:
                self._waiting.append(alert)
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._stirred.set)

    def cut(self) -> None:
        """Give this subscription nothing more; from any thread."""
        self._cut = True
        self.offer(None)

    async def take(self, *, within_s: float) -> Alert | None:
        """The next alert; None when woken without one, or when the time is over.

        Raises:
            Disconnected: alerts were lost to this subscription, or the exchange is closed.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._stirred.wait()
        except TimeoutError:
            return None
        with self._guard:
            if self._cut:
                raise Disconnected("Alerts no longer come this way; connect again for the rest.")
            alert = self._waiting.popleft() if self._waiting else None
            if not self._waiting:
                self._stirred.clear()
        return alert


class Exchange:
    """All subscriptions of this process."""

    def __init__(self, capacity: int = QUEUE_CAPACITY) -> None:
        self._capacity = capacity
        self._guard = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    def __len__(self) -> int:
        """How many walls listen."""
        return len(self._subscriptions)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A subscription on the running event loop, for as long as the block lasts."""
        subscription = Subscription(asyncio.get_running_loop(), self._capacity)
        with self._guard:
            self._subscriptions.add(subscription)
            if self._closed:
                subscription.cut()
        try:
            yield subscription
        finally:
            with self._guard:
                self._subscriptions.discard(subscription)

    def publish(self, alert: Alert) -> None:
        """Offer an alert to every subscription; from any thread."""
        self._offer(alert)

    def wake(self) -> None:
        """Let every subscriber look again at whether it may go on; from any thread."""
        self._offer(None)

    def close(self) -> None:
        """Cut every subscription, now and from now on: a server that stops waits for its open streams."""
        with self._guard:
            self._closed = True
        for subscription in self._standing():
            subscription.cut()

    def _offer(self, alert: Alert | None) -> None:
        for subscription in self._standing():
            subscription.offer(alert)

    def _standing(self) -> tuple[Subscription, ...]:
        with self._guard:
            return tuple(self._subscriptions)


exchange = Exchange()
"""The exchange of this process."""
