"""Messages fetched from MQTT brokers, as Frigate publishes them: into the spool like those that are posted.

A message of quality 1 is acknowledged to its broker only once the spool has it on the disk; what was not, the broker sends again on the next connection, also after
a crash, for the session outlives it by a day. One of quality 0, which is what Frigate publishes unless told otherwise, is sent but once: where the spool
cannot take it, it is lost and counted, as one that is posted would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike import config
from turnpike.ingest.adapters import adapters
from turnpike.ingest.fetching import LOOKED_UP_S, FetchedFeeds
from turnpike.ingest.mqtt_settings import FOLDER, Broker, broker_of
from turnpike.ingest.mqtt_subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from turnpike.ingest.feeding import FeedFacts, SpooledMessage


class MqttFeeds(FetchedFeeds[Broker]):
    """Keeps one connection for each feed that names a broker; what comes while it is stopped waits there.

    `put` gives a future that is done once the message is durable, or raises `TryLater`; `feeds` gives those that are open.
    """

    def __init__(
        self,
        put: Callable[[SpooledMessage], Future[None]],
        feeds: Callable[[], Sequence[FeedFacts]],
        *,
        folder: Path | None = None,
        looked_up_s: float = LOOKED_UP_S,
    ) -> None:
        where = folder or config.load().data_dir / FOLDER
        super().__init__(
            feeds,
            _broker,
            lambda name, broker: Subscription(name, broker, put, where),
            peer="broker",
            looked_up_s=looked_up_s,
        )


def _broker(facts: FeedFacts) -> Broker | None:
    adapter = adapters().get(facts.adapter)
    # Other adapters have settings of the same names, which say where something else is.
    return broker_of(facts.settings) if adapter is not None and "broker" in adapter.settings else None
