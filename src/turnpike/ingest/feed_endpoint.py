"""The lean ASGI side of makers' messages: `/feed/TOKEN/…`, and the one fixed path of cameras that cannot post to another.

Who sends, how often and how much is asked before a body is taken; then it is spooled, and only then answered as its maker wants it. Nothing is understood here.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from turnpike.errors import UnavailableError
from turnpike.ingest.adapters import adapters
from turnpike.ingest.errors import FeedUnknown, MediaRefused, MethodRefused, Refused, TooOften, TryLater
from turnpike.ingest.feeding import MAX_BODY_BYTES, SpooledMessage
from turnpike.ingest.http_passwords import PasswordAsked, Passwords, claim_of
from turnpike.ingest.messages import Problem
from turnpike.ingest.rates import Buckets
from turnpike.ingest.receiving import BODY_SECONDS, BodyReader, ClientGone
from turnpike.ingest.repeats import Repeats
from turnpike.ingest.senders import check_sender, sender_of
from turnpike.ingest.vendor_messages import AdapterReply, VendorMessage
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from turnpike.ingest.feed_directory import Directory, Feeds, OpenFeed
    from turnpike.ingest.feed_traffic import Traffic
    from turnpike.ingest.receiving import type_receive, type_scope, type_send
    from turnpike.ingest.senders import Sender

FEED_PATH = "/feed/"
FIXED_PATHS = ("/NotificationInfo/",)
"""Where cameras post that let only a host be set: there the user name says which feed. Source: Dahua ITSAPI."""
METHODS = ("POST", "PUT", "GET")
MAX_HELD_BYTES = 64 * 2**20
"""Of all makers' messages together, until each is answered. Source: ours; four of the largest."""
RETRY_AFTER_SECONDS = 5
REPLY_BODY_BYTES = 4096
"""As much of a message as its adapter sees to say what it is answered, so that this costs nothing. Source: ours; the head of the longest SOAP envelope."""
_TOO_LARGE = f"A message holds at most {MAX_BODY_BYTES >> 20} MB; let the camera send smaller pictures."
_UNKNOWN = "No feed has this address; look at the feed's page for what to set on the camera."
_FORM = "application/x-www-form-urlencoded"
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Guards:
    """The secrets and settings that the door needs, read once."""

    repeats_key: bytes
    nonces_key: bytes
    trusted_proxies: int
    certificate_header: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request: its headers with small names, the feed's token where there is one, and what follows in the path."""

    scope: type_scope
    headers: Mapping[bytes, bytes]
    token: str
    topic: str
    sender: Sender

    @property
    def declared(self) -> bytes:
        return self.headers.get(b"content-length", b"")

    @property
    def address(self) -> str:
        return str(self.sender.address or "unknown")


def record_refusal(feed: str, why: str, count: int, address: str) -> None:
    """Enter refused messages of a feed into the ledger."""
    record(
        AuditEvent.FEED_REFUSED,
        actor="system",
        details={"feed": feed, "why": why, "count": count, "address": address},
    )


class FeedEndpoint:
    """Takes makers' messages off the wire and has them spooled by `put`, whose future is done once a message is on the disk.

    `tell` is told of refusals (feed, sentence, how many, the newest one's address) before they are answered.
    """

    def __init__(
        self,
        put: Callable[[SpooledMessage], Future[None]],
        directory: Directory,
        traffic: Traffic,
        guards: Guards,
        *,
        tell: Callable[[str, str, int, str], None] = record_refusal,
        body_seconds: float = BODY_SECONDS,
        max_held_bytes: int = MAX_HELD_BYTES,
    ) -> None:
        self._put = put
        self._directory = directory
        self._traffic = traffic
        self._guards = guards
        self._tell = tell
        self._passwords = Passwords(guards.nonces_key)
        self._repeats = Repeats(guards.repeats_key)
        self._buckets = Buckets()
        self._bodies = BodyReader(
            max_body_bytes=MAX_BODY_BYTES,
            max_held_bytes=max_held_bytes,
            body_seconds=body_seconds,
            too_large=_TOO_LARGE,
        )
        self._looking_up: asyncio.Task[Feeds] | None = None

    def forget(self, message: SpooledMessage) -> None:
        """Take the same message again when it comes: it said only that its sender lives. Any thread may call this."""
        self._repeats.forget(self._repeats.number_of(message.feed, message.topic, message.body))

    async def handle(self, scope: type_scope, receive: type_receive, send: type_send) -> None:
        """Answer one HTTP request; nothing that a sender does raises from here."""
        try:
            reply = await self._answer(scope, receive)
        except ClientGone:
            return
        except PasswordAsked as error:
            challenges = self._passwords.challenges(stale=error.stale)
            await _send_problem(send, error, [(b"www-authenticate", one) for one in challenges])
        except TooOften as error:
            await _send_problem(send, error, [(b"retry-after", b"%d" % error.wait_s)])
        except MethodRefused as error:
            await _send_problem(send, error, [(b"allow", ", ".join(METHODS).encode())])
        except Refused as error:
            await _send_problem(send, error)
        except UnavailableError as error:
            await send_later(send, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours must reach the sender as "try later"
            # Only the kind of error: its text may hold a plate.
            _log.error("A camera's message could not be taken: %s.", type(error).__name__)
            await send_later(send, "The message could not be taken; send it again later.")
        else:
            await _send(send, HTTPStatus.OK, reply.content_type.encode("latin-1"), reply.body)

    async def _answer(self, scope: type_scope, receive: type_receive) -> AdapterReply:
        asked = self._asked(scope)
        if scope["method"] not in METHODS:
            raise MethodRefused("Messages are posted to this address.")
        feeds = await self._feeds()
        try:
            feed = self._feed_of(asked, feeds)
            await self._check(asked, feed)
        except PasswordAsked:
            await self._bodies.pass_over(receive, asked.declared)
            raise
        async with self._bodies.body(receive, asked.declared) as body:
            return await self._take(asked, feed, body)

    def _asked(self, scope: type_scope) -> _Asked:
        path = str(scope["path"])
        sender = sender_of(
            scope,
            trusted_proxies=self._guards.trusted_proxies,
            certificate_header=self._guards.certificate_header,
        )
        token, topic = "", path.removeprefix("/")
        if path.startswith(FEED_PATH):
            token, _, topic = path.removeprefix(FEED_PATH).partition("/")
            # Without one it is nobody's address, and not one of those that go by user name.
            token = token or "-"
        return _Asked(scope, {name.lower(): value for name, value in scope["headers"]}, token, topic, sender)

    async def _feeds(self) -> Feeds:
        """All feeds; of those who wait for the records one asks."""
        known = self._directory.at_hand()
        if known is not None:
            return known
        if self._looking_up is None or self._looking_up.done():
            self._looking_up = asyncio.ensure_future(asyncio.to_thread(self._directory.feeds))
        return await asyncio.shield(self._looking_up)

    def _feed_of(self, asked: _Asked, feeds: Feeds) -> OpenFeed:
        if asked.token:
            feed = feeds.of_token(asked.token)
            if feed is None:
                self._traffic.came_to_nobody(asked.address)
                raise FeedUnknown(_UNKNOWN)
            return feed
        feed = feeds.by_username.get(claim_of(_authorization(asked)).username)
        if feed is None:
            self._traffic.came_to_nobody(asked.address)
            raise PasswordAsked
        return feed

    async def _check(self, asked: _Asked, feed: OpenFeed) -> None:
        """Let by whoever may send to the feed now; a refusal is in the ledger before it is told."""
        try:
            check_sender(feed, asked.sender)
            self._check_password(asked, feed)
            wait_s = self._buckets.take(feed.facts.name, feed.messages_a_minute)
            if wait_s:
                raise TooOften("This feed sends more messages a minute than it may.", wait_s=wait_s)
            if asked.headers.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
                raise MediaRefused("Send the message as it is, not compressed.")
        except PasswordAsked as error:
            # To be asked for the password is how it begins; what was wrong is told.
            if asked.headers.get(b"authorization") and not (error.stale or error.is_question):
                await self._refused(asked, feed, error)
            raise
        except Refused as error:
            await self._refused(asked, feed, error)
            raise

    def _check_password(self, asked: _Asked, feed: OpenFeed) -> None:
        if feed.password is None:
            return
        claim = claim_of(_authorization(asked))
        if claim.username != feed.username:
            raise PasswordAsked("The user name is not this feed's; see the feed's page.")
        raw = asked.scope.get("raw_path") or quote(asked.scope["path"]).encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        self._passwords.check(claim, feed.password, method=asked.scope["method"], path=path)

    async def _refused(self, asked: _Asked, feed: OpenFeed, error: Refused) -> None:
        count = self._traffic.refused(feed.facts.name, str(error), asked.address)
        if count:
            await asyncio.to_thread(self._tell, feed.facts.name, str(error), count, asked.address)

    async def _take(self, asked: _Asked, feed: OpenFeed, body: bytes) -> AdapterReply:
        name, topic = feed.facts.name, asked.topic
        media = asked.headers.get(b"content-type", b"").decode("latin-1")
        query = asked.scope.get("query_string", b"")
        if query and not body:
            body, media = query, _FORM
        elif query:
            topic = f"{topic}?{query.decode('latin-1')}"
        message = SpooledMessage(name, datetime.now(UTC), media, topic, body)
        if not body and not topic:
            self._traffic.tested(name)
            return _reply(feed, message)
        number = self._repeats.number_of(name, topic, body)
        if self._repeats.knows(number):
            self._traffic.repeated(name)
            return _reply(feed, message)
        await asyncio.wrap_future(self._put(message))
        # Only now: one that could not be kept is taken when it is sent again.
        self._repeats.remember(number)
        self._traffic.took(name)
        return _reply(feed, message)


def _authorization(asked: _Asked) -> str:
    return asked.headers.get(b"authorization", b"").decode("latin-1")


def _reply(feed: OpenFeed, message: SpooledMessage) -> AdapterReply:
    """What its maker wants to hear; whatever its adapter makes of it, the message is kept and so well received."""
    adapter = adapters().get(feed.facts.adapter)
    if adapter is None:
        return AdapterReply()
    head = message.body[:REPLY_BODY_BYTES]
    try:
        return adapter.reply(
            VendorMessage(
                head, message.received_at, message.content_type, message.topic,
                feed.facts.time_zone, feed.facts.settings,
            )
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - an adapter's fault in the reply must not have the message sent again
        _log.error("The adapter %s gave no reply: %s.", feed.facts.adapter, type(error).__name__)
        return AdapterReply()


async def _send_problem(
    send: type_send, error: Refused, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    problem = Problem(title=error.status.phrase, status=error.status.value, detail=str(error))
    await _send(send, error.status, b"application/problem+json", _encode(problem), headers)


async def send_later(send: type_send, sentence: str) -> None:
    """Answer that the message was not taken, and is to be sent again."""
    problem = Problem(title=TryLater.status.phrase, status=TryLater.status.value, detail=sentence)
    headers = [(b"retry-after", b"%d" % RETRY_AFTER_SECONDS)]
    await _send(send, TryLater.status, b"application/problem+json", _encode(problem), headers)


async def _send(
    send: type_send,
    status: HTTPStatus,
    media: bytes,
    body: bytes,
    more: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
