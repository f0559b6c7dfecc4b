"""Messages fetched from MQTT brokers, as Frigate publishes them: into the spool like those that are posted.

A message of quality 1 is acknowledged to its broker only once the spool has it on the disk; what was not, the broker sends again on the next connection, also after
a crash, for the session outlives it by a day. One of quality 0, which is what Frigate publishes unless told otherwise, is sent but once: where the spool
cannot take it, it is lost and counted, as one that is posted would be.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connections

from turnpike import config
from turnpike.ingest.errors import TryLater
from turnpike.ingest.mqtt_settings import BrokerSettingsWrong, broker_of
from turnpike.ingest.mqtt_subscription import MqttState, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from turnpike.ingest.feeding import FeedFacts, SpooledMessage
    from turnpike.ingest.mqtt_settings import Broker

__all__ = ["MqttFeeds", "MqttState"]

LOOKED_UP_S = 5.0
"""How often the feeds are looked at anew. Source: ours; somebody who changes one waits for it."""
FOLDER = "mqtt"
"""In the data folder: passwords and certificates that feeds name."""
_log = logging.getLogger(__name__)


class MqttFeeds:
    """Keeps one connection for each feed that names a broker, as long as it does; a change of its settings makes a new one.

    `put` gives a future that is done once the message is durable, or raises `TryLater`; `feeds` gives those that are open. Between `start` and
    `stop`, which waits, a thread of its own looks at them.
    """

    def __init__(
        self,
        put: Callable[[SpooledMessage], Future[None]],
        feeds: Callable[[], Sequence[FeedFacts]],
        *,
        folder: Path | None = None,
        looked_up_s: float = LOOKED_UP_S,
    ) -> None:
        self._put = put
        self._feeds = feeds
        self._folder = folder or config.load().data_dir / FOLDER
        self._looked_up_s = looked_up_s
        self._subscriptions: dict[str, Subscription] = {}
        self._faults: dict[str, MqttState] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt-feeds", daemon=True)

    def start(self) -> None:
        """Begin to fetch."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections; what comes meanwhile waits at the brokers."""
        self._stopping.set()
        self._thread.join()

    def states(self) -> Mapping[str, MqttState]:
        """How each feed that names a broker stands, by its name."""
        with self._guard:
            return {**self._faults, **{name: one.state for name, one in self._subscriptions.items()}}

    def _run(self) -> None:
        try:
            while True:
                try:
                    self._look()
                except Exception:  # noqa: BLE001 - a thread that ends would fetch nothing any more
                    _log.exception("The MQTT feeds could not be looked at; they are tried again.")
                if self._stopping.wait(self._looked_up_s):
                    break
        finally:
            for subscription in self._subscriptions.values():
                subscription.stop()
            connections.close_all()

    def _look(self) -> None:
        try:
            wanted = self._wanted()
        except TryLater:
            # The records cannot be read now: what is connected stays so.
            return
        for name, subscription in list(self._subscriptions.items()):
            is_wanted = wanted.get(name) == subscription.broker
            if not is_wanted or subscription.is_to_begin_anew():
                # Of a feed that fetches no more nothing is to wait at the broker either.
                subscription.stop(forget=name not in wanted)
                with self._guard:
                    del self._subscriptions[name]
        for name, broker in wanted.items():
            if name not in self._subscriptions:
                self._begin(name, broker)

    def _wanted(self) -> dict[str, Broker]:
        wanted: dict[str, Broker] = {}
        faults: dict[str, MqttState] = {}
        for facts in self._feeds():
            try:
                broker = broker_of(facts.settings)
            except BrokerSettingsWrong as error:
                faults[facts.name] = MqttState(is_connected=False, since=datetime.now(UTC), told=str(error))
                continue
            if broker is not None:
                wanted[facts.name] = broker
        with self._guard:
            self._faults = faults
        return wanted

    def _begin(self, name: str, broker: Broker) -> None:
        subscription = Subscription(name, broker, self._put, self._folder)
        try:
            subscription.start()
        except BrokerSettingsWrong as error:
            fault = MqttState(is_connected=False, since=datetime.now(UTC), told=str(error))
            with self._guard:
                self._faults[name] = fault
            return
        with self._guard:
            self._subscriptions[name] = subscription
