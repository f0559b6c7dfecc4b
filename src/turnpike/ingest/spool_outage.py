"""When the spool takes nothing: since when, why, and how many messages were refused, so that each outage is told once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

type_cause = Literal["full", "slow", "disk"]
CALM = timedelta(minutes=1)
ROOM_SHARE = 0.9
"""An outage is over when nothing was refused for a minute and a tenth is free. Source: ours; so that one that comes and goes is one."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One time in which messages were refused."""

    cause: type_cause
    since: datetime
    last_at: datetime
    refused: int


@dataclass(frozen=True, slots=True)
class SpoolState:
    """How full the spool is: messages that wait to be understood, the bytes that it takes of those it may, when the oldest that waits was begun to be
    written (to the minute; None where none waits), and the outage that there is.
    """

    waiting: int
    held_bytes: int
    max_bytes: int
    oldest_at: datetime | None
    outage: Outage | None


class Outages:
    """The outage that there is, and the last that is over; any thread may tell of a refusal."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._now_on: Outage | None = None
        self._over: Outage | None = None

    @property
    def now_on(self) -> Outage | None:
        """The outage that has begun and is not over."""
        return self._now_on

    @property
    def over(self) -> Outage | None:
        """The last outage that is over, until it is forgotten."""
        return self._over

    def forget(self, outage: Outage) -> None:
        """That it is over has been told."""
        with self._guard:
            if self._over is outage:
                self._over = None

    def refused(self, cause: type_cause, messages: int = 1) -> None:
        """So many messages were refused now."""
        now = self._now()
        with self._guard:
            known = self._now_on or Outage(cause, now, now, 0)
            self._now_on = replace(known, last_at=now, refused=known.refused + messages)

    def looked_at(self, used_share: float) -> None:
        """Whether it is over, so much of the spool being used."""
        with self._guard:
            outage = self._now_on
            if outage and self._now() - outage.last_at >= CALM and used_share <= ROOM_SHARE:
                self._now_on, self._over = None, outage
