"""The wire side by itself: bounds, refusals, senders that hang up; driven by ASGI messages, without a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from turnpike.ingest.endpoint import Endpoint
from turnpike.ingest.errors import KEY_UNKNOWN, KeyRefused, NotUnderstood, OtherCamera, TryLater
from turnpike.ingest.messages import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnpike.ingest.bodies import Posted

KEY = "tpc_" + "k" * 43
SECRET_PLATE = "ZZ99SECRET"
ANSWER = Answer(stored=1, duplicates=0, quarantined=(), read_ids=("id",))
GOOD_HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


class Wire:
    """One request, and what was answered."""

    def __init__(self, parts: Iterable[dict[str, Any]], *, method: str = "POST", **headers: str) -> None:
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope = {"type": "http", "method": method, "headers": pairs}
        self.parts = list(parts)
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self.parts:
            await asyncio.Event().wait()  # a sender that sends no more
        return self.parts.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.sent[1]["body"])


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def endpoint(error: Exception | None = None, **limits: Any) -> Endpoint:
    async def identify(key: str) -> str | None:
        return "gate" if key == KEY else None

    async def take(key: str, posted: Posted) -> Answer:
        if key != KEY:
            raise KeyRefused(KEY_UNKNOWN)
        if error is not None:
            raise error
        return ANSWER

    return Endpoint(identify, take, **{"max_body_bytes": 1 << 20, **limits})


async def answered(wire: Wire, by: Endpoint | None = None) -> Wire:
    await (by or endpoint()).handle(wire.scope, wire.receive, wire.send)
    return wire


async def test_a_message_in_parts_is_answered_as_json():
    wire = await answered(Wire([part(b"{", more=True), part(b"}")], **GOOD_HEADERS))
    assert wire.status == 200
    assert wire.headers[b"content-type"] == b"application/json"
    assert wire.body == {"stored": 1, "duplicates": 0, "quarantined": [], "read_ids": ["id"]}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_posts_are_taken(method: str):
    wire = await answered(Wire([part(b"")], method=method, **GOOD_HEADERS))
    assert wire.status == 405
    assert wire.headers[b"allow"] == b"POST"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        f"Basic {KEY}",
        "Bearer tpc_" + "x" * 43,
        f"Bearer {KEY} ",
        KEY,
        "Bearer " + "k" * 43,
        "Bearer tpc_" + "k" * 10_000,
        "Bearer tpc_é",
    ],
)
async def test_without_its_key_nothing_is_taken(authorization: str):
    wire = await answered(Wire([], **{**GOOD_HEADERS, "authorization": authorization}))
    assert wire.status == 401
    assert wire.headers[b"www-authenticate"].startswith(b"Bearer")
    assert wire.headers[b"content-type"] == b"application/problem+json"
    assert wire.body["status"] == 401
    assert wire.body["title"] == "Unauthorized"
    assert wire.body["detail"]


@pytest.mark.parametrize("media", ["text/plain", "", "application/json-seq", "multipart/form-data"])
async def test_other_media_are_refused(media: str):
    assert (await answered(Wire([], **{**GOOD_HEADERS, "content-type": media}))).status == 415


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_is_known_however_it_is_named(media: str):
    assert (await answered(Wire([part(b"{}")], **{**GOOD_HEADERS, "content-type": media}))).status == 200


async def test_a_message_declared_too_large_is_refused_unread():
    wire = await answered(Wire([], content_length=str((1 << 20) + 1), **GOOD_HEADERS))
    assert wire.status == 413


async def test_a_message_that_grows_too_large_is_refused_on_the_way():
    wire = Wire([part(bytes(1 << 19), more=True)] * 10, content_length="lies", **GOOD_HEADERS)
    assert (await answered(wire)).status == 413
    assert len(wire.parts) == 7


async def test_one_byte_less_is_taken():
    assert (await answered(Wire([part(bytes(1 << 20))], **GOOD_HEADERS))).status == 200


async def test_a_sender_that_stops_in_the_middle_is_not_waited_for():
    wire = await answered(Wire([part(b"{", more=True)], **GOOD_HEADERS), endpoint(body_seconds=0.01))
    assert wire.status == 408


async def test_a_sender_that_hangs_up_is_not_answered():
    wire = await answered(Wire([part(b"{", more=True), {"type": "http.disconnect"}], **GOOD_HEADERS))
    assert wire.sent == []


async def test_what_all_messages_hold_together_is_bounded_and_given_back():
    busy = endpoint(max_held_bytes=100)
    assert (await answered(Wire([part(bytes(101))], **GOOD_HEADERS), busy)).status == 503
    for _ in range(3):
        wire = Wire([part(bytes(60), more=True), {"type": "http.disconnect"}], **GOOD_HEADERS)
        await answered(wire, busy)
        assert (await answered(Wire([part(bytes(100))], **GOOD_HEADERS), busy)).status == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotUnderstood("Not JSON."), 400),
        (OtherCamera("Another camera."), 403),
        (TryLater("Later."), 503),
        (OSError(28, f"No space left for {SECRET_PLATE}"), 503),
        (RuntimeError(SECRET_PLATE), 503),
    ],
)
async def test_each_failure_has_its_answer(error: Exception, status: int, caplog: pytest.LogCaptureFixture):
    wire = await answered(Wire([part(b"{}")], **GOOD_HEADERS), endpoint(error))
    assert wire.status == wire.body["status"] == status
    assert (b"retry-after" in wire.headers) == (status == 503)
    assert SECRET_PLATE not in wire.body["detail"]
    assert SECRET_PLATE not in caplog.text
