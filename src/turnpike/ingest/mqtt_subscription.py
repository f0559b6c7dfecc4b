"""One feed's connection to its MQTT broker. Source: MQTT 5.0 (OASIS), sections 3.1.2.11 (session and sizes) and 4.3.2 (quality 1)."""

from __future__ import annotations

import hashlib
import logging
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.fetch_settings import password_in, tls_context
from turnpike.ingest.fetching import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

    from turnpike.ingest.mqtt_settings import Broker

MAX_MESSAGE_BYTES = 2**20
"""Asked of the broker, which sends no larger one. Source: ours; Frigate's events have about 3 kB."""
MAX_UNACKNOWLEDGED = 64
"""Asked of the broker too. Source: ours; the spool syncs as many at once, and 64 MiB is then the most that is held."""
SESSION_S = 86_400
"""How long the broker keeps what comes while nobody fetches. Source: ours, as the spool's 24 h."""
_KEEP_ALIVE_S = 30
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1, 60
_ANEW_AFTER_S = 5.0
_FORGET_S = 2.0
_QUALITY = 1
_log = logging.getLogger(__name__)


class Subscription:
    """Connects, and again after each loss; every message goes to `put` and is acknowledged once its future is done."""

    def __init__(
        self, feed: str, broker: Broker, put: Callable[[SpooledMessage], Future[None]], folder: Path
    ) -> None:
        self.broker = broker
        self._feed = feed
        self._put = put
        self._folder = folder
        self._client: Client | None = None
        self._guard = threading.Lock()
        self._state = ConnectionState(
            is_connected=False, since=datetime.now(UTC), told="It is not connected yet.", peer="broker"
        )
        # An acknowledgement is good on the connection alone on which its message came.
        self._connection = 0
        self._anew_at_s: float | None = None
        self._forgotten = threading.Event()

    @property
    def state(self) -> ConnectionState:
        """How it stands now."""
        return self._state

    def is_to_begin_anew(self) -> bool:
        """Whether messages wait at the broker that it sends again only on a new connection, and the time for that has come."""
        return self._anew_at_s is not None and time.monotonic() >= self._anew_at_s

    def start(self) -> None:
        """Begin to connect; gives at once.

        Raises:
            FetchSettingsWrong: a file that the settings name cannot be used.
        """
        broker = self.broker
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=_client_id(self._feed, self._folder),
            protocol=MQTTv5,
            manual_ack=True,
        )
        if broker.username:
            password = password_in(self._folder, broker.password_file) if broker.password_file else None
            client.username_pw_set(broker.username, password)
        if broker.has_tls:
            client.tls_set_context(tls_context(self._folder, broker.ca_file))
        client.reconnect_delay_set(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        client.on_connect = self._connected
        client.on_connect_fail = self._not_reached
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_unsubscribe = self._unsubscribed
        client.on_message = self._came
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval = SESSION_S
        asked.MaximumPacketSize = MAX_MESSAGE_BYTES
        asked.ReceiveMaximum = MAX_UNACKNOWLEDGED
        client.connect_async(
            broker.host, broker.port, keepalive=_KEEP_ALIVE_S, clean_start=False, properties=asked
        )
        self._client = client
        client.loop_start()

    def stop(self, *, forget: bool = False) -> None:
        """End the connection; where the feed is to be forgotten, the broker keeps nothing more for it."""
        client = self._client
        if client is None:
            return
        if forget and self._state.is_connected:
            client.unsubscribe(list(self.broker.topics))
            self._forgotten.wait(_FORGET_S)
        client.disconnect()
        client.loop_stop()
        # Where the loop ended before the last packet was written, its socket is still open.
        if (left := client.socket()) is not None:
            left.close()

    def _connected(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _asked: object
    ) -> None:
        if reason.is_failure:
            self._tell(
                f"The broker refuses the connection ({reason}); check user name, password and its rules."
            )
            return
        self._connection += 1
        client.subscribe([(topic, _QUALITY) for topic in self.broker.topics])

    def _not_reached(self, _client: Client, _data: object) -> None:
        self._tell(
            "The broker cannot be reached, or its certificate is not trusted; check its address, port and TLS."
        )

    def _subscribed(
        self, _client: Client, _data: object, _mid: int, reasons: Sequence[ReasonCode], _given: object
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._tell("The broker lets this user not read the topics; allow it to.")
            return
        with self._guard:
            self._state = replace(self._state, is_connected=True, since=datetime.now(UTC), told="")

    def _unsubscribed(self, *_: object) -> None:
        self._forgotten.set()

    def _disconnected(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _given: object
    ) -> None:
        self._connection += 1
        if self._state.is_connected:
            self._tell(f"The connection to the broker ended ({reason}); it is tried again.")

    def _came(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        connection, mid, quality = self._connection, message.mid, message.qos

        def settled(future: Future[None]) -> None:
            if future.cancelled() or future.exception() is not None:
                self._not_taken(quality)
            else:
                self._taken()
                self._acknowledge(connection, mid, quality)

        spooled = SpooledMessage(
            self._feed, datetime.now(UTC), "application/json", message.topic, bytes(message.payload)
        )
        try:
            future = self._put(spooled)
        except Exception:  # noqa: BLE001 - whatever it is, the message was not taken, and this thread goes on
            self._not_taken(quality)
            return
        future.add_done_callback(settled)

    def _taken(self) -> None:
        with self._guard:
            self._state = replace(self._state, taken=self._state.taken + 1, heard_at=datetime.now(UTC))

    def _acknowledge(self, connection: int, mid: int, quality: int) -> None:
        client = self._client
        if client is not None and quality and connection == self._connection:
            client.ack(mid, quality)

    def _not_taken(self, quality: int) -> None:
        with self._guard:
            if quality:
                self._anew_at_s = self._anew_at_s or time.monotonic() + _ANEW_AFTER_S
            else:
                self._state = replace(self._state, lost=self._state.lost + 1)
                if self._state.lost == 1:
                    _log.warning("MQTT of feed %s: messages are lost, for the spool takes none.", self._feed)

    def _tell(self, sentence: str) -> None:
        with self._guard:
            if self._state.told != sentence:
                _log.warning("MQTT of feed %s: %s", self._feed, sentence)
            self._state = replace(self._state, is_connected=False, since=datetime.now(UTC), told=sentence)


def _client_id(feed: str, folder: Path) -> str:
    """The same for one feed of one centre always, so that the broker knows its session again; another's for any other."""
    whose = f"{socket.gethostname()}\n{folder.resolve()}\n{feed}"
    return f"turnpike-{hashlib.sha256(whose.encode()).hexdigest()[:14]}"
