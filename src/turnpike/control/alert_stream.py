"""The wall's event stream: what was missed, then each alert as it is raised, for as long as a watch stands.

Server-sent events; Source: WHATWG HTML, section 9.2. Of each alert the ledger has the entry before the
event leaves. The stream ends by itself: at once when a watch is revoked or expires here, and within a
second of anything that another process did.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from asgiref.sync import sync_to_async
from django.utils import timezone

from turnpike.access.services import Denied
from turnpike.control.alert_wall import DEALT_WITH_HOURS, WallWatch, person_of, show_all, watches_now
from turnpike.hotlists import services as hotlists
from turnpike.sealer.services import SealerUnavailable, TooManyChecks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from django.contrib.sessions.backends.base import SessionBase

    from turnpike.accounts.services import User

RECHECK_S = 1.0
HEARTBEAT_S = 15.0
"""Below the 30 to 60 seconds after which proxies drop a silent connection."""
RETRY_MS = 1000
REPLAY_LIMIT = 200

ENDED = "Your watch has ended. Ask an authoriser for a watch to go on."
SIGNED_OUT = "You are signed out. Sign in again to go on."


class _Watches(msgspec.Struct, frozen=True):
    """What the page's heading says of the lists watched."""

    lists: list[WallWatch]


class _Ended(msgspec.Struct, frozen=True):
    why: str


async def events(session: SessionBase, *, after: int) -> AsyncIterator[bytes]:
    """The stream of the person whose session it is, who saw all alerts up to hit `after`."""
    with hotlists.exchange.subscribe() as subscription:
        yield b"retry: %d\n\n" % RETRY_MS
        stream = _Stream(session, after)
        beat_at_s = time.monotonic() + HEARTBEAT_S
        alert: hotlists.Alert | None = None
        while True:
            try:
                happened = await sync_to_async(stream.next_events)(alert)
            except (SealerUnavailable, TooManyChecks):
                # What may be shown cannot be told now: the browser connects again by itself, and finds what it missed.
                return
            for event in happened:
                yield event
                beat_at_s = time.monotonic() + HEARTBEAT_S
            if stream.is_over:
                return
            if time.monotonic() >= beat_at_s:
                yield b": still here\n\n"
                beat_at_s = time.monotonic() + HEARTBEAT_S
            try:
                alert = await subscription.take(within_s=RECHECK_S)
            except hotlists.Disconnected:
                # Too slow, or the server stops: the browser connects again by itself, and finds the rest.
                return


class _Stream:
    """What one stream has told its wall so far."""

    def __init__(self, session: SessionBase, after: int) -> None:
        self._session = session
        self._after = after
        self._watches: dict[str, WallWatch] = {}
        self._replayed: set[int] = set()
        self.is_over = False

    def next_events(self, alert: hotlists.Alert | None) -> list[bytes]:
        """What is to be sent now, with everything in the ledger that has to be there."""
        user = person_of(self._session)
        watches = watches_now(user)
        if user is None or not watches:
            self.is_over = True
            return [_event("ended", _Ended(SIGNED_OUT if user is None else ENDED))]
        try:
            return [*self._changed(user, watches), *self._raised(user, alert)]
        except Denied as denial:  # it ended between the two looks
            self.is_over = True
            return [_event("ended", _Ended(str(denial)))]

    def _changed(self, user: User, watches: Mapping[str, WallWatch]) -> list[bytes]:
        """When lists have come or gone: which are watched now, and what the new ones hold."""
        if watches == self._watches:
            return []
        new = watches.keys() - self._watches.keys()
        self._watches = dict(watches)
        return [_event("watches", _Watches(list(watches.values()))), *self._replay(user, new)]

    def _replay(self, user: User, slugs: Collection[str]) -> list[bytes]:
        missed = hotlists.missed_alerts(user, slugs, after=self._after, limit=REPLAY_LIMIT)
        self._replayed |= {alert.hit_id for alert in missed}
        since = timezone.now() - timedelta(hours=DEALT_WITH_HOURS)
        settled = hotlists.settled_alerts(user, slugs, since=since, limit=REPLAY_LIMIT)
        return [
            *(_event("alert", shown, shown.id) for shown in show_all(user, self._watches, missed)),
            *(_event("actioned", shown) for shown in show_all(user, self._watches, settled)),
        ]

    def _raised(self, user: User, alert: hotlists.Alert | None) -> list[bytes]:
        if alert is None or alert.list_slug not in self._watches:
            return []
        if alert.outcome is None and alert.hit_id in self._replayed:
            return []
        return [
            _event("alert", shown, shown.id) if alert.outcome is None else _event("actioned", shown)
            for shown in show_all(user, self._watches, [alert])
        ]


def _event(kind: str, data: msgspec.Struct, number: int | None = None) -> bytes:
    lines = [b"event: " + kind.encode(), b"data: " + msgspec.json.encode(data)]
    if number is not None:
        lines.insert(0, b"id: %d" % number)
    return b"\n".join(lines) + b"\n\n"
