"""How much one request to a page may bring.

Django takes a whole body in, and to the disk from 2.5 MB on, before it asks who sends it; this asks first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type_scope = MutableMapping[str, Any]
type_receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type_send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type_application = Callable[[type_scope, type_receive, type_send], Awaitable[None]]

MAX_BODY_BYTES = 1_000_000
"""Source: ours; the longest form here is some kilobytes. Below Django's 2.5 MB, so that nothing meets the disk."""

_REFUSAL = b"What was sent is larger than the 1 MB that a page takes; send less.\n"


def limited(application: type_application) -> type_application:
    """The application behind a limit on each request's body: 413 by its announced length, or by its counted one."""

    async def guarded(scope: type_scope, receive: type_receive, send: type_send) -> None:
        if _announced_bytes(scope) > MAX_BODY_BYTES:
            await _refuse(send)
            return
        taken = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # Django, which answers nothing before it has the whole body, drops what it has of it.
            return {"type": "http.disconnect"} if taken > MAX_BODY_BYTES else message

        await application(scope, counted, send)
        if taken > MAX_BODY_BYTES:
            await _refuse(send)

    return guarded


def _announced_bytes(scope: type_scope) -> int:
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


async def _refuse(send: type_send) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(_REFUSAL)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})
