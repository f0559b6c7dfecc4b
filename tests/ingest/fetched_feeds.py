"""Feeds whose messages are fetched, for tests: a spool that only remembers, and feeds that end with the test."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import FeedFacts, SpooledMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnpike.ingest.mqtt import MqttFeeds
    from turnpike.ingest.streams import StreamFeeds

WAIT_S = 20.0


class FakeSpool:
    """Takes messages, is full when it is told to, and says that they are durable when it is told to."""

    def __init__(self) -> None:
        self.messages: list[SpooledMessage] = []
        self.futures: list[Future[None]] = []
        self.is_durable_at_once = True
        self.is_full = False
        self.refused = 0
        self._came = threading.Condition()

    def put(self, message: SpooledMessage) -> Future[None]:
        with self._came:
            if self.is_full:
                self.refused += 1
                self._came.notify_all()
                raise TryLater("The centre's spool is full; send the message again later.")
            future: Future[None] = Future()
            self.messages.append(message)
            self.futures.append(future)
            self._came.notify_all()
        if self.is_durable_at_once:
            future.set_result(None)
        return future

    def wait_for(self, count: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.messages) >= count, WAIT_S), (
                f"{len(self.messages)} came"
            )

    def wait_for_refused(self, count: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: self.refused >= count, WAIT_S)

    @property
    def bodies(self) -> list[bytes]:
        return [message.body for message in self.messages]


@contextmanager
def ending() -> Iterator[Callable[[MqttFeeds | StreamFeeds], None]]:
    """Takes feeds, starts them, and stops in the end what still runs."""
    running: list[MqttFeeds | StreamFeeds] = []

    def start(feeds: MqttFeeds | StreamFeeds) -> None:
        feeds.start()
        running.append(feeds)

    yield start
    for feeds in running:
        if feeds._thread.is_alive():
            feeds.stop()


def fetched(adapter: str, settings: dict[str, str], name: str = "gate") -> FeedFacts:
    """A feed with those of the settings that are not empty."""
    return FeedFacts(name, adapter, settings={key: value for key, value in settings.items() if value})


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so that nothing tells of."""
    end, pause = time.monotonic() + WAIT_S, threading.Event()
    while not is_so():
        assert time.monotonic() < end, "it did not come to be so"
        pause.wait(0.005)
