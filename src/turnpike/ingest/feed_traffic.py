"""What came of each feed's messages since the server started, for the feeds' pages; refusals also for the ledger, once an hour each."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOLD_EVERY_S = 3600.0
MAX_ADDRESS_CHARACTERS = 45


@dataclass(frozen=True, slots=True)
class Refusal:
    """The newest refusal: when, the sentence that was answered, and the address that sent."""

    at: datetime
    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class FeedTraffic:
    """Counts since the server started. `tests` are messages without contents, as a camera's own test button sends."""

    taken: int = 0
    repeated: int = 0
    tests: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    last_at: datetime | None = None
    last_test_at: datetime | None = None
    last_refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Strangers:
    """Messages to addresses that are no feed's, since the server started."""

    count: int = 0
    last_at: datetime | None = None
    last_address: str = ""


class Traffic:
    """The counts by feed; written by the event loop, read by pages."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._feeds: dict[str, FeedTraffic] = {}
        self._strangers = Strangers()
        self._told_s: dict[tuple[str, str], float] = {}
        self._untold = Counter[tuple[str, str]]()

    def of(self, feed: str) -> FeedTraffic:
        """What came of that feed."""
        with self._guard:
            return self._feeds.get(feed, FeedTraffic())

    @property
    def strangers(self) -> Strangers:
        """What came to no feed."""
        return self._strangers

    def took(self, feed: str) -> None:
        """A message was taken."""
        with self._guard:
            known = self._feeds.get(feed, FeedTraffic())
            self._feeds[feed] = replace(known, taken=known.taken + 1, last_at=datetime.now(UTC))

    def repeated(self, feed: str) -> None:
        """A message came that was taken before."""
        with self._guard:
            known = self._feeds.get(feed, FeedTraffic())
            self._feeds[feed] = replace(known, repeated=known.repeated + 1)

    def tested(self, feed: str) -> None:
        """A message without contents came."""
        with self._guard:
            known = self._feeds.get(feed, FeedTraffic())
            self._feeds[feed] = replace(known, tests=known.tests + 1, last_test_at=datetime.now(UTC))

    def refused(self, feed: str, sentence: str, address: str) -> int:
        """A message was refused: how many of this feed and sentence the ledger is to be told of now, 0 if it was told within the hour."""
        place, now_s = (feed, sentence), self._clock()
        with self._guard:
            known = self._feeds.get(feed, FeedTraffic())
            refused = {**known.refused, sentence: known.refused.get(sentence, 0) + 1}
            last = Refusal(datetime.now(UTC), sentence, address[:MAX_ADDRESS_CHARACTERS])
            self._feeds[feed] = replace(known, refused=refused, last_refusal=last)
            self._untold[place] += 1
            if now_s - self._told_s.get(place, float("-inf")) < TOLD_EVERY_S:
                return 0
            self._told_s[place] = now_s
            return self._untold.pop(place)

    def came_to_nobody(self, address: str) -> None:
        """A message came to an address that is no feed's."""
        self._strangers = Strangers(
            self._strangers.count + 1, datetime.now(UTC), address[:MAX_ADDRESS_CHARACTERS]
        )
