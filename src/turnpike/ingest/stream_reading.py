"""One feed's connection to its camera: asked for the event stream, read within bounds, each event spooled before the next is read, and asked anew when it ends."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.fetch_settings import FetchSettingsWrong, password_in, tls_context
from turnpike.ingest.fetching import ConnectionState
from turnpike.ingest.rates import Buckets
from turnpike.ingest.stream_answers import SignInRefused, StreamEnded, check_answer, why_not_reached
from turnpike.ingest.stream_lookup import address_of
from turnpike.ingest.stream_messages import Gathering
from turnpike.ingest.stream_parts import PassedOver, Splitter, StreamPart
from turnpike.ingest.stream_sign_in import NoDigest, is_stale, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from turnpike.ingest.stream_messages import StreamMessage
    from turnpike.ingest.stream_settings import StreamCamera, type_network

ANSWER_S = 30.0
"""How long name, connection, sign-in and the head of the answer may take together. Source: ours; a busy camera takes a second."""
QUIET_S, ANNOUNCED_S = 0.5, 2.0
"""After so long without a byte no more pictures of an event are waited for; and longer for those that the event announced. Source: ours; cameras
send them at once with it, and a packet that is lost on the way comes again within a second."""
HELD_FOR_S = 30.0
"""How long an event waits for a spool that takes none, and reading with it. Source: ours; longer, and the camera would end the connection."""
TRIED_EVERY_S = 1.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
LOGGED_EVERY_S = 600.0
"""How often the same sentence about a camera is logged. Source: ours."""
REFUSED_WAIT_S = 600.0
"""After a refused sign-in, unless the password's file changes. Source: ours; cameras lock an account after some five wrong passwords, for half an hour."""
PASSWORD_LOOKED_AT_S = 5.0
MAX_HELD_BYTES = 128 * 2**20
"""Of all cameras' unfinished parts and events together. Source: ours; a thousand with a picture of 100 kB each under way."""
_KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Held:
    """How much all connections of a process hold; for one event loop."""

    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What all connections share: where messages go, where passwords lie, in which networks cameras may be, and what is held."""

    put: Callable[[SpooledMessage], Future[None]]
    folder: Path
    networks: Sequence[type_network]
    held: Held


class CameraReading:
    """Reads one camera's stream again and again until it is cancelled."""

    def __init__(self, feed: str, camera: StreamCamera, messages_a_minute: int, shared: Fetched) -> None:
        self._feed = feed
        self._camera = camera
        self._messages_a_minute = messages_a_minute
        self._shared = shared
        self._buckets = Buckets()
        self._state = ConnectionState(
            is_connected=False, since=datetime.now(UTC), told="It is not connected yet."
        )
        self._held_bytes = 0
        self._spool_is_shut = False
        self._attempts = 0
        self._password = ""
        self._whole_s = 0.0
        self._answered_s: float | None = None
        self._logged: dict[str, float] = {}

    @property
    def state(self) -> ConnectionState:
        """How it stands now; any thread may ask."""
        return self._state

    async def run(self) -> None:
        """Connect, read, and connect again."""
        wait_s = FIRST_WAIT_S
        while True:
            heard_at, self._answered_s = self._state.heard_at, None
            try:
                await self._read_once()
                self._tell("The camera ended the stream; it is asked again.")
            except SignInRefused as refusal:
                self._tell(str(refusal))
                await self._wait_for_another_password()
                wait_s = FIRST_WAIT_S
                continue
            except (StreamEnded, FetchSettingsWrong, NoDigest) as error:
                self._tell(str(error))
            except Exception as error:  # noqa: BLE001 - whatever a camera sends, it is asked again
                _log.error("Stream of feed %s: it failed with %s.", self._feed, type(error).__name__)
                self._tell("What the camera sends cannot be read; the log says what it failed with.")
            # A quiet night is no fault of the camera's, and being away would lose what comes then.
            lasted_s = (
                0.0 if self._answered_s is None else asyncio.get_running_loop().time() - self._answered_s
            )
            if self._state.heard_at != heard_at or lasted_s > LONGEST_WAIT_S:
                wait_s = FIRST_WAIT_S
            # Cameras that a network comes back to are not asked all at one moment.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _read_once(self) -> None:
        camera = self._camera
        if camera.password_file:
            self._password = await asyncio.to_thread(password_in, self._shared.folder, camera.password_file)
        verified = (
            await asyncio.to_thread(tls_context, self._shared.folder, camera.ca_file)
            if camera.has_tls
            else False
        )
        transport = httpx.AsyncHTTPTransport(verify=verified, socket_options=_KEEP_ALIVE)
        silent_s = camera.stream.silent_s
        timeout = httpx.Timeout(ANSWER_S, read=silent_s + 1)
        async with httpx.AsyncClient(
            transport=transport, timeout=timeout, trust_env=False, follow_redirects=False
        ) as client:
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._asked(client)
            except TimeoutError as error:
                raise StreamEnded(
                    "The camera does not answer in time; check its address and network."
                ) from error
            except (httpx.HTTPError, OSError) as error:
                raise StreamEnded(why_not_reached(error)) from error
            try:
                await self._read(answer)
            except httpx.HTTPError as error:
                raise StreamEnded("The connection to the camera ended; it is tried again.") from error
            finally:
                await answer.aclose()

    async def _asked(self, client: httpx.AsyncClient) -> httpx.Response:
        """The head of a good answer."""
        camera = self._camera
        self._attempts += 1
        where = await address_of(camera, self._shared.networks, self._attempts)
        scheme = "https" if camera.has_tls else "http"
        request = client.build_request(
            "GET",
            f"{scheme}://{where}:{camera.port}{camera.stream.path}",
            headers={"Host": camera.named, "Accept-Encoding": "identity"},
            # The certificate has to be of the name that was given, not of the address that it led to.
            extensions={"sni_hostname": camera.host} if camera.has_tls else {},
        )
        answer = await client.send(request, stream=True)
        for attempt in range(2):
            is_asked = answer.status_code == HTTPStatus.UNAUTHORIZED and camera.username
            if not is_asked or (attempt and not is_stale(answer)):
                break
            # Nothing of a refusal's body is read, which might have no end.
            await answer.aclose()
            answer = await client.send(signed(request, answer, camera.username, self._password), stream=True)
        try:
            check_answer(answer, camera)
        except StreamEnded:
            await answer.aclose()
            raise
        return answer

    async def _read(self, answer: httpx.Response) -> None:
        splitter = Splitter(answer.headers.get("content-type", ""))
        found: deque[StreamPart | PassedOver] = deque()
        gathering = Gathering(self._camera.stream, asyncio.get_running_loop().time)
        self._state = replace(self._state, is_connected=True, since=datetime.now(UTC), told="")
        self._is_whole()
        self._answered_s = self._whole_s
        try:
            try:
                async for piece in self._pieces(answer.aiter_raw(), splitter, gathering):
                    found.extend(splitter.feed(piece))
                    while found:
                        await self._take(found.popleft(), gathering)
                    self._hold(splitter.held_bytes + gathering.held_bytes)
                    if not piece:
                        await self._hand_on(gathering.flush())
            except (StreamEnded, httpx.HTTPError):
                await self._finish(splitter, gathering, found)
                raise
            await self._finish(splitter, gathering, found)
        except asyncio.CancelledError:
            # The server stops: what is whole is given to the spool, which writes it before it stops.
            for part in found:
                if isinstance(part, StreamPart):
                    self._leave(gathering.add(part)[0])
            self._leave(gathering.flush())
            raise
        finally:
            self._hold(0)

    def _leave(self, messages: Sequence[StreamMessage]) -> None:
        """Give them to the spool without waiting for it, since this ends."""
        for message in messages:
            try:
                self._shared.put(self._spooled(message))
            except TryLater as refusal:
                self._not_taken(message, refusal)

    async def _finish(
        self, splitter: Splitter, gathering: Gathering, found: deque[StreamPart | PassedOver]
    ) -> None:
        found.extend(splitter.end())
        while found:
            await self._take(found.popleft(), gathering)
        await self._hand_on(gathering.flush())

    async def _pieces(
        self, raw: AsyncIterator[bytes], splitter: Splitter, gathering: Gathering
    ) -> AsyncIterator[bytes]:
        """What comes, and an empty piece where it is quiet and an event waits; ends with the answer.

        Raises:
            StreamEnded: nothing whole came for too long.
        """
        loop, silent_s = asyncio.get_running_loop(), self._camera.stream.silent_s
        coming: asyncio.Task[bytes | None] | None = None
        try:
            while True:
                left_s = self._whole_s + silent_s - loop.time()
                if left_s <= 0:
                    raise StreamEnded(
                        f"The camera sent nothing whole for {silent_s:.0f} seconds; it is asked again."
                    )
                coming = coming or asyncio.create_task(_next(raw))
                is_due = gathering.waits and not splitter.is_within_part
                quiet_s = ANNOUNCED_S if gathering.is_announced else QUIET_S
                await asyncio.wait({coming}, timeout=min(left_s, quiet_s) if is_due else left_s)
                if coming.done():
                    piece, coming = coming.result(), None
                    if piece is None:
                        return
                    yield piece
                elif is_due:
                    yield b""
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError, httpx.HTTPError):
                    await coming

    async def _take(self, found: StreamPart | PassedOver, gathering: Gathering) -> None:
        self._is_whole()
        if isinstance(found, PassedOver):
            self._pass_over(found)
            return
        messages, reason = gathering.add(found)
        self._state = replace(self._state, heard_at=datetime.now(UTC))
        if reason is not None:
            self._pass_over(reason)
        await self._hand_on(messages)

    async def _hand_on(self, messages: Sequence[StreamMessage]) -> None:
        waiting = deque(messages)
        try:
            while waiting:
                await self._spool(waiting.popleft())
                # While it waited nothing was read.
                self._is_whole()
        except asyncio.CancelledError:
            self._leave(waiting)
            raise

    async def _spool(self, message: StreamMessage) -> None:
        """Have it on the disk, waiting so long for a spool that takes none; then it is lost, and counted."""
        spooled, loop = self._spooled(message), asyncio.get_running_loop()
        is_given = False
        try:
            while not message.is_life and (wait_s := self._buckets.take(self._feed, self._messages_a_minute)):
                self._warn("It sends more messages a minute than the feed may; reading waits for them.")
                await asyncio.sleep(wait_s)
            until_s = loop.time() + (0 if self._spool_is_shut or message.is_life else HELD_FOR_S)
            while True:
                try:
                    future = self._shared.put(spooled)
                    is_given = True
                    await asyncio.shield(asyncio.wrap_future(future))
                except TryLater as refusal:
                    is_given = False
                    if loop.time() >= until_s:
                        self._not_taken(message, refusal)
                        return
                    self._warn(f"Reading waits: {refusal}")
                    await asyncio.sleep(TRIED_EVERY_S)
                else:
                    self._spool_is_shut = False
                    self._state = replace(self._state, taken=self._state.taken + 1, told="")
                    return
        except asyncio.CancelledError:
            if not is_given:
                self._leave([message])
            raise

    def _not_taken(self, message: StreamMessage, refusal: TryLater) -> None:
        if message.is_life:
            return
        self._spool_is_shut = True
        self._log("Messages are lost, for the spool takes none.")
        self._state = replace(self._state, lost=self._state.lost + 1, told=f"Messages are lost: {refusal}")

    def _pass_over(self, reason: PassedOver) -> None:
        state = self._state
        self._log(f"Something is passed over: {reason.value}.")
        self._state = replace(state, passed_over=state.passed_over + 1, passed_over_for=reason.value)

    def _spooled(self, message: StreamMessage) -> SpooledMessage:
        return SpooledMessage(self._feed, datetime.now(UTC), message.content_type, "", message.body)

    def _hold(self, count: int) -> None:
        held = self._shared.held
        held.bytes += count - self._held_bytes
        self._held_bytes = count
        if count and held.bytes > MAX_HELD_BYTES:
            raise StreamEnded(
                "All cameras together send more at once than this server holds; it is asked again."
            )

    def _log(self, sentence: str) -> None:
        """The same sentence not again and again, as of a camera that comes and goes."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._logged.get(sentence, float("-inf")) >= LOGGED_EVERY_S:
            self._logged[sentence] = now_s
            _log.warning("Stream of feed %s: %s", self._feed, sentence)

    def _is_whole(self) -> None:
        self._whole_s = asyncio.get_running_loop().time()

    def _warn(self, sentence: str) -> None:
        """What is wrong while it is connected."""
        if self._state.told != sentence:
            self._log(sentence)
            self._state = replace(self._state, told=sentence)

    def _tell(self, sentence: str) -> None:
        """Why it is not connected."""
        state = self._state
        if state.told != sentence or state.is_connected:
            self._log(sentence)
        since = datetime.now(UTC) if state.is_connected else state.since
        self._state = replace(state, is_connected=False, since=since, told=sentence)

    async def _wait_for_another_password(self) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + REFUSED_WAIT_S
        while loop.time() < until_s:
            await asyncio.sleep(PASSWORD_LOOKED_AT_S)
            with suppress(FetchSettingsWrong):
                now = await asyncio.to_thread(password_in, self._shared.folder, self._camera.password_file)
                if now != self._password:
                    return


async def _next(raw: AsyncIterator[bytes]) -> bytes | None:
    """The next bytes, or None at the end."""
    async for piece in raw:
        if piece:
            return piece
    return None
