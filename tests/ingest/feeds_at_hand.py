"""Feeds for tests of the door: requests as ASGI has them, and a spool that only remembers."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from turnpike.ingest.feed_directory import Directory
from turnpike.ingest.feed_endpoint import FeedEndpoint, Guards
from turnpike.ingest.feed_traffic import Traffic
from turnpike.ingest.feeds import FeedWords

if TYPE_CHECKING:
    from turnpike.ingest.feeding import SpooledMessage


@dataclass
class Answered:
    """What an endpoint answered."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def __getitem__(self, name: str) -> str:
        return next(value for key, value in self.headers if key == name)

    @property
    def detail(self) -> str:
        return str(json.loads(self.body)["detail"])


MAPPED = FeedWords(settings={"plate": "p", "captured_at": "at"})
"""The least that the adapter of mapped JSON is told."""


class Spool:
    """Keeps what is put, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[SpooledMessage] = []
        self.refusal: Exception | None = None

    def put(self, message: SpooledMessage) -> Future[None]:
        future: Future[None] = Future()
        if self.refusal is not None:
            future.set_exception(self.refusal)
        else:
            self.messages.append(message)
            future.set_result(None)
        return future


class Door:
    """An endpoint over the records of this test, and what came through it."""

    def __init__(self, **guards: Any) -> None:
        self.spool, self.traffic = Spool(), Traffic()
        self.told: list[tuple[str, str, int, str]] = []
        # Its time stands still: what it has read counts until `look_again`, for another thread would not see this test's records.
        self.now_s = 0.0
        self.directory = Directory(lambda: self.now_s)
        self.directory.feeds()
        set_so = Guards(bytes(32), bytes(range(32)), trusted_proxies=0, certificate_header="")
        self.endpoint = FeedEndpoint(
            self.spool.put, self.directory, self.traffic, replace(set_so, **guards),
            tell=lambda *refusal: self.told.append(refusal),
        )  # fmt: skip

    def look_again(self) -> None:
        """Half a second later the records are asked."""
        self.now_s += 0.5
        self.directory.feeds()

    async def send(
        self,
        path: str,
        body: bytes = b"{}",
        *,
        method: str = "POST",
        query: bytes = b"",
        headers: dict[str, str] | None = None,
        client: str = "192.0.2.7",
        parts: list[dict[str, Any]] | None = None,
    ) -> Answered:
        """Send one request and wait for its answer."""
        given = {"content-length": str(len(body))} | (headers or {})
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query, "client": (client, 5),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        waiting = parts if parts is not None else [{"type": "http.request", "body": body}]
        answered = Answered()

        async def receive() -> dict[str, Any]:
            return waiting.pop(0)

        async def answer(event: Any) -> None:
            if event["type"] == "http.response.start":
                answered.status = event["status"]
                answered.headers = [(name.decode(), value.decode()) for name, value in event["headers"]]
            else:
                answered.body += event["body"]

        await self.endpoint.handle(scope, receive, answer)
        return answered
