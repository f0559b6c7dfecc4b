"""The lean ASGI side of `POST /api/v1/reads`: who sends, how much, and the answer; nothing of Django's stack."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from turnpike.cameras.services import KEY_PREFIX
from turnpike.errors import UnavailableError
from turnpike.ingest.bodies import Posted, check_headers
from turnpike.ingest.errors import (
    KEY_UNKNOWN,
    KeyRefused,
    MethodRefused,
    Refused,
    TryLater,
)
from turnpike.ingest.messages import Answer, Problem
from turnpike.ingest.receiving import BODY_SECONDS, BodyReader, ClientGone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from turnpike.ingest.receiving import type_receive, type_scope, type_send

MAX_HELD_BYTES = 96 * 2**20
"""Of all bodies together, until each is answered. Source: ours; six of the largest, and with what is made of them
still far from the memory of a small machine."""
RETRY_AFTER_SECONDS = 5
MAX_KEY_CHARACTERS = 128
SMALL_BYTES = 32 * 1024
"""A message declared no larger is read before its key is looked up, together with others. Source: ours; as much as
a header may have, so that a stranger takes no more of it than before."""

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
_EXTRA_HEADERS = {
    HTTPStatus.UNAUTHORIZED: (b"www-authenticate", b'Bearer realm="reads"'),
    HTTPStatus.METHOD_NOT_ALLOWED: (b"allow", b"POST"),
    HTTPStatus.SERVICE_UNAVAILABLE: (b"retry-after", b"%d" % RETRY_AFTER_SECONDS),
}


class Endpoint:
    """Takes messages off the wire within bounds and answers each.

    `identify` finds the id of a key's camera before a large body is read, and `take`, which looks the key up itself,
    does the rest; what they raise becomes a problem document.
    All messages being read or worked on together hold at most `max_held_bytes`.
    """

    def __init__(
        self,
        identify: Callable[[str], Awaitable[str | None]],
        take: Callable[[str, Posted], Awaitable[Answer]],
        *,
        max_body_bytes: int,
        max_held_bytes: int = MAX_HELD_BYTES,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._identify = identify
        self._take = take
        self._bodies = BodyReader(
            max_body_bytes=max_body_bytes,
            max_held_bytes=max_held_bytes,
            body_seconds=body_seconds,
            too_large=f"A message holds at most {max_body_bytes >> 20} MB; send fewer reads in each.",
        )

    async def handle(self, scope: type_scope, receive: type_receive, send: type_send) -> None:
        """Answer one HTTP request; nothing that a sender does raises from here."""
        try:
            answer = await self._answer(scope, receive)
        except ClientGone:
            return
        except Refused as error:
            await _send_problem(send, error.status, str(error))
        except UnavailableError as error:
            await _send_problem(send, TryLater.status, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours must reach the sender as "try later"
            # Only the kind of error: its text may hold a plate.
            _log.error("A message could not be taken: %s.", type(error).__name__)
            await _send_problem(send, TryLater.status, "The message could not be taken; send it again later.")
        else:
            await _send(send, HTTPStatus.OK, b"application/json", _encode(answer))

    async def _answer(self, scope: type_scope, receive: type_receive) -> Answer:
        if scope["method"] != "POST":
            raise MethodRefused("Reads are posted; nothing else is done at this address.")
        headers = {name.lower(): value for name, value in scope["headers"]}
        key = _key(headers.get(b"authorization", b""))
        declared = headers.get(b"content-length", b"")
        if not (declared.isdigit() and int(declared) <= SMALL_BYTES) and await self._identify(key) is None:
            raise KeyRefused(KEY_UNKNOWN)
        media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        check_headers(media, encoding)
        async with self._bodies.body(receive, declared) as body:
            return await self._take(key, Posted(body, media, encoding))


def _key(authorization: bytes) -> str:
    scheme, _, key = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX) or len(key) > MAX_KEY_CHARACTERS:
        raise KeyRefused(f"Send the camera's key: Authorization: Bearer {KEY_PREFIX}…")
    return key


async def _send_problem(send: type_send, status: HTTPStatus, detail: str) -> None:
    problem = Problem(title=status.phrase, status=status.value, detail=detail)
    await _send(send, status, b"application/problem+json", _encode(problem))


async def _send(send: type_send, status: HTTPStatus, media: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    if status in _EXTRA_HEADERS:
        headers.append(_EXTRA_HEADERS[status])
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
