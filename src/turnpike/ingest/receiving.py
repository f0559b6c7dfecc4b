"""Taking one HTTP message's body off the wire within bounds: bytes of one, bytes of all together, and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from turnpike.ingest.errors import TooLarge, TooSlow, TryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

type_scope = MutableMapping[str, Any]
type_receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type_send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_SECONDS = 30.0


class ClientGone(Exception):
    """The sender hung up before its message was whole."""


class BodyReader:
    """Reads bodies of which each has at most `max_body_bytes`, all that are held at once at most `max_held_bytes`, and each comes within `body_seconds`."""

    def __init__(
        self, *, max_body_bytes: int, max_held_bytes: int, body_seconds: float = BODY_SECONDS, too_large: str
    ) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_held_bytes = max_held_bytes
        self._body_seconds = body_seconds
        self._too_large = too_large
        self._held_bytes = 0

    @asynccontextmanager
    async def body(self, receive: type_receive, declared: bytes) -> AsyncIterator[bytes]:
        """The whole body, counted as held until the block is left; `declared` is its Content-Length as it came.

        Raises:
            TooLarge, TooSlow, TryLater: it goes beyond a bound.
            ClientGone: the sender hung up.
        """
        held = 0

        def hold(content: bytes) -> None:
            nonlocal held
            if held + len(content) > self._max_body_bytes:
                raise TooLarge(self._too_large)
            if self._held_bytes + len(content) > self._max_held_bytes:
                raise TryLater("Too many messages are being taken at once; send this one again later.")
            held += len(content)
            self._held_bytes += len(content)
            parts.append(content)

        parts: list[bytes] = []
        try:
            await self._read(receive, declared, hold)
            body = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            yield body
        finally:
            self._held_bytes -= held

    async def pass_over(self, receive: type_receive, declared: bytes) -> None:
        """Let a body go by that is not wanted: who sends without its password is heard only once it has sent all.

        Raises:
            TooLarge, TooSlow: it goes beyond a bound.
            ClientGone: the sender hung up.
        """
        taken = 0

        def count(content: bytes) -> None:
            nonlocal taken
            taken += len(content)
            if taken > self._max_body_bytes:
                raise TooLarge(self._too_large)

        await self._read(receive, declared, count)

    async def _read(self, receive: type_receive, declared: bytes, each: Callable[[bytes], None]) -> None:
        if declared.isdigit() and int(declared) > self._max_body_bytes:
            raise TooLarge(self._too_large)
        try:
            async with asyncio.timeout(self._body_seconds):
                more = True
                while more:
                    part = await receive()
                    if part["type"] == "http.disconnect":
                        raise ClientGone
                    each(part.get("body", b""))
                    more = bool(part.get("more_body", False))
        except TimeoutError as error:
            raise TooSlow("The message did not arrive in time; send it again.") from error
