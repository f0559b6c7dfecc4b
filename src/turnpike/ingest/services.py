"""Taking reads in: checked, stored durably, matched, recorded, and only then answered."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import DatabaseError, connections

from turnpike import config
from turnpike.cameras.services import CaseMissing, camera_id_for_key
from turnpike.hotlists.services import prepare_matching
from turnpike.images.services import PatchStore
from turnpike.ingest import feed_directory, feed_endpoint, message_quarantine
from turnpike.ingest.adapter_child import AdapterChild
from turnpike.ingest.adapter_settings import TriedOut, try_out
from turnpike.ingest.adapters import adapters
from turnpike.ingest.checking import Checker
from turnpike.ingest.committing import Committer
from turnpike.ingest.endpoint import Endpoint
from turnpike.ingest.errors import KEY_UNKNOWN, KeyRefused, NotAdmitted, OtherCamera, Refused, TryLater
from turnpike.ingest.feed_endpoint import FIXED_PATHS, FeedEndpoint, Guards
from turnpike.ingest.feed_pages import address_of
from turnpike.ingest.feed_secrets import feed_key
from turnpike.ingest.feed_traffic import FeedTraffic, Traffic
from turnpike.ingest.feeds import (
    Feed,
    FeedLimits,
    FeedWords,
    all_feeds,
    close_feed,
    find_feed,
    map_camera,
    new_address,
    open_feed,
    revoke_addresses,
    set_password,
    take_password_away,
)
from turnpike.ingest.fetching import ConnectionState
from turnpike.ingest.grouping import GroupWriter
from turnpike.ingest.history import services as history
from turnpike.ingest.line import CheckingLine, Replies, Taken
from turnpike.ingest.message_quarantine import MaskedMessage
from turnpike.ingest.mqtt import MqttFeeds
from turnpike.ingest.quarantine import MaskedRead, newest
from turnpike.ingest.recent import MaskedSighting, RecentMessage
from turnpike.ingest.retries import RetryHashes
from turnpike.ingest.spool import Spool
from turnpike.ingest.spool_outage import SpoolState
from turnpike.ingest.streams import StreamFeeds
from turnpike.ingest.understanding import Understanding
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from turnpike.ingest.bodies import Posted
    from turnpike.ingest.checking import Message
    from turnpike.ingest.feed_traffic import Strangers
    from turnpike.ingest.feeding import FeedFacts, SpooledMessage
    from turnpike.ingest.messages import Answer
    from turnpike.ingest.receiving import type_receive, type_scope, type_send
    from turnpike.reads.services import ReadStore

__all__ = [
    "FEED_PATHS",
    "ConnectionState",
    "Feed",
    "FeedLimits",
    "FeedTraffic",
    "FeedWords",
    "Ingest",
    "IngestReport",
    "MaskedMessage",
    "MaskedRead",
    "MaskedSighting",
    "RecentMessage",
    "Refused",
    "SpoolState",
    "TriedOut",
    "TryLater",
    "adapters",
    "address_of",
    "all_feeds",
    "close_feed",
    "connection_states",
    "feed_traffic",
    "find_feed",
    "handle",
    "handle_feed",
    "history",
    "is_running",
    "map_camera",
    "new_address",
    "newest_quarantined",
    "open_feed",
    "put",
    "quarantined_messages",
    "recent_messages",
    "replay",
    "report",
    "revoke_addresses",
    "set_password",
    "strangers",
    "take_password_away",
    "try_out",
]

FEED_PATHS = (feed_endpoint.FEED_PATH, *FIXED_PATHS)
"""Beginnings of the addresses that `handle_feed` answers."""

_CHECKING_THREADS = 2
"""Source: ours; one that unpacks or looks at pictures holds up no other."""

newest_quarantined = newest
quarantined_messages = message_quarantine.newest
_running: list[Ingest] = []
_NOT_RUNNING = "The centre is starting or stopping; send the message again later."


@dataclass(frozen=True, slots=True)
class IngestReport:
    """For commands beside the server: how each fetched feed's connection stands, by its name, and how full the spool is."""

    connections: dict[str, ConnectionState]
    spool: SpoolState


async def handle(scope: type_scope, receive: type_receive, send: type_send) -> None:
    """Answer one HTTP request to `/api/v1/reads`; 503 where this process has no started `Ingest`."""
    endpoint = _running[-1].endpoint if _running else _CLOSED
    await endpoint.handle(scope, receive, send)


async def handle_feed(scope: type_scope, receive: type_receive, send: type_send) -> None:
    """Answer one HTTP request to one of `FEED_PATHS`; 503 where this process has no started `Ingest`."""
    if not _running:
        await feed_endpoint.send_later(send, _NOT_RUNNING)
    else:
        await _running[-1].feed_endpoint.handle(scope, receive, send)


def put(message: SpooledMessage) -> Future[None]:
    """Spool a maker's message; done once it is on the disk, or with `TryLater`. Waits for nothing.

    Raises:
        TryLater: the spool is full or the centre is starting or stopping.
    """
    if not _running:
        raise TryLater(_NOT_RUNNING)
    return _running[-1].spool.put(message)


def recent_messages(feed: str) -> tuple[RecentMessage, ...]:
    """The last messages of a feed, masked, newest first; none where this process has no started `Ingest`."""
    return _running[-1].understanding.recent.of(feed) if _running else ()


def feed_traffic(feed: str) -> FeedTraffic:
    """What came of a feed's messages since the server started."""
    return _running[-1].traffic.of(feed) if _running else FeedTraffic()


def strangers() -> Strangers | None:
    """What came to addresses that are no feed's; None where this process has no started `Ingest`."""
    return _running[-1].traffic.strangers if _running else None


def connection_states() -> Mapping[str, ConnectionState]:
    """How each feed stands that is fetched from a broker or a camera, by its name; none where this process has no started `Ingest`."""
    return {**_running[-1].mqtt.states(), **_running[-1].streams.states()} if _running else {}


def report() -> IngestReport:
    """How fetched feeds and the spool stand.

    Raises:
        TryLater: this process has no started `Ingest`.
    """
    if not _running:
        raise TryLater(_NOT_RUNNING)
    return IngestReport(dict(connection_states()), _running[-1].spool.state())


def replay(ids: Iterable[int], *, actor: str) -> int:
    """Put quarantined messages through again, as `message_quarantine.replay`, and say how many.

    Raises:
        TryLater: the spool does not take all of them now.
        LedgerError: the entry could not be written, and nothing was put back.
    """
    return message_quarantine.replay(ids, actor=actor, put=put)


def is_running() -> bool:
    """Whether this process takes reads."""
    return bool(_running)


class Ingest:
    """The taking of reads into one store: threads that check, one that understands makers' messages, one that writes.

    Between `start` and `stop`, which both wait and so are not for an event loop, `handle` serves from this.
    """

    def __init__(
        self, store: ReadStore, *, facts: Callable[[str], FeedFacts | None] = feed_directory.facts
    ) -> None:
        settings = config.load()
        self._committer = Committer(store, PatchStore(settings.patches_path))
        max_bytes = settings.batch_max_mb << 20
        hashes = RetryHashes(settings.key("event-keys"))
        self._checker = Checker(hashes, max_reads=settings.batch_max_reads, max_bytes=max_bytes)
        self._writer = GroupWriter(self._committer.commit, self._committer.settle, connections.close_all)
        self._line = CheckingLine(self._check_some, connections.close_all, threads=_CHECKING_THREADS)
        self.spool = Spool(settings.spool_path, settings.key("spool"), max_bytes=settings.spool_max_mb << 20)
        self.traffic = Traffic()
        self.feed_endpoint = FeedEndpoint(
            self.spool.put, feed_directory.directory(), self.traffic, _guards(settings)
        )
        self.understanding = Understanding(
            self.spool,
            AdapterChild(),
            self._writer.submit,
            facts,
            hashes,
            only_alive=self.feed_endpoint.forget,
        )
        self.mqtt = MqttFeeds(self.spool.put, feed_directory.open_facts)
        self.streams = StreamFeeds(self.spool.put, feed_directory.open_facts)
        self._replies: Replies | None = None
        self.endpoint = Endpoint(self._identify, self._take, max_body_bytes=max_bytes)

    def start(self) -> None:
        """Match what an earlier process stored but did not match, then begin to take messages."""
        # Before the first message, which would wait for it: a million entries take seconds.
        prepare_matching()
        self._committer.catch_up()
        # What is there by now stays: it need not be looked through again with each full collection.
        gc.collect()
        gc.freeze()
        self._writer.start()
        self._line.start()
        self.spool.start()
        self.understanding.start()
        self.mqtt.start()
        self.streams.start()
        _running.append(self)

    def stop(self) -> None:
        """Take no more messages, and write and answer those that wait."""
        _running.remove(self)
        self.mqtt.stop()
        self.streams.stop()
        self._line.stop()
        self.understanding.stop()
        self._writer.stop()
        self.understanding.settle()
        self.spool.stop()

    async def _identify(self, key: str) -> str | None:
        return await asyncio.to_thread(_camera_for_key, key)

    async def _take(self, key: str, posted: Posted) -> Answer:
        self._writer.check_room()
        if self._replies is None:
            self._replies = Replies(asyncio.get_running_loop())
        reply = self._replies.expect()
        self._line.put(Taken(key, posted, reply))
        return await reply.future

    def _check_some(self, some: list[Taken]) -> None:
        for taken in some:
            try:
                self._writer.submit(self._checked(taken), taken.reply)
            except Exception as error:  # noqa: BLE001 - whoever waits is answered, whatever it was
                taken.reply.set_exception(error)

    def _checked(self, taken: Taken) -> Message:
        camera_id = _camera_for_key(taken.key)
        if camera_id is None:
            raise KeyRefused(KEY_UNKNOWN)
        try:
            return self._checker.check(taken.posted, camera_id=camera_id, received_at=datetime.now(UTC))
        except OtherCamera:
            record(AuditEvent.READS_REFUSED, actor="system", details={"camera": camera_id})
            raise


def _guards(settings: config.Config) -> Guards:
    return Guards(
        repeats_key=feed_key(settings, "repeats"),
        nonces_key=feed_key(settings, "nonces"),
        trusted_proxies=settings.trusted_proxies,
        certificate_header=settings.feed_certificate_header,
    )


def _camera_for_key(key: str) -> str | None:
    try:
        return camera_id_for_key(key)
    except CaseMissing as error:
        raise NotAdmitted(str(error)) from error
    except DatabaseError as error:
        # The next request of this thread begins with a connection of its own.
        connections.close_all()
        raise TryLater("The centre's records cannot be read now; send the message again later.") from error


async def _identify_nobody(_: str) -> str | None:
    raise TryLater(_NOT_RUNNING)


async def _take_nothing(_: str, __: Posted) -> Answer:
    raise TryLater(_NOT_RUNNING)


_CLOSED = Endpoint(_identify_nobody, _take_nothing, max_body_bytes=1)
