"""Cameras that post reads, in a process of their own beside the server's, at little cost: both share the processors.

Bodies are made beforehand, with marks where each message's number and second go; the HTTP is as much as is needed.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from turnpike.bench.apart import answer_process

_NUMBER, _SECOND = b"@@@@@@@@@@", b"2000-01-01T00:00:00"
_STORED = re.compile(rb'"stored":(\d+),"duplicates":(\d+)')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_OK, _LATER = b"200", b"503"
_BODIES = 16
_MILLISECONDS = 1000


class PostReads(msgspec.Struct, frozen=True):
    """What is asked: reads in messages of `reads_per_message`, each message with the next of the keys.

    `reads_per_s` is the pace at which messages fall due; with 0 each of the `connections` posts as soon as it has its answer.
    `plates` are those of the vehicles that pass, and `wanted` that of one that is looked for, once in `wanted_every` reads.
    """

    url: str
    keys: tuple[str, ...]
    plates: tuple[str, ...]
    reads_per_message: int
    reads_per_s: float
    seconds: float
    connections: int
    wanted: str = ""
    wanted_every: int = 10_000


class ReadsPosted(msgspec.Struct, frozen=True):
    """What came of it; the time to an answer counts from when its message was due, so that a queue shows."""

    stored: int
    posted: int
    elapsed_s: float
    refused_for_now: int
    ack_ms: tuple[float, ...]


class PostingFailed(Exception):
    """The server answered what no camera expects."""


class Cameras:
    """All of them, over a few connections, as a proxy in front of the centre has them."""

    def __init__(self, asked: PostReads) -> None:
        self._asked = asked
        self._bodies = _bodies(asked)
        self._heads = [
            (
                f"POST {urlsplit(asked.url).path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
                "Content-Type: application/json\r\nContent-Length: "
            ).encode()
            for key in asked.keys
        ]
        self._numbers = itertools.count()
        self._stored = self._posted = self._refused = 0
        self._ack_ms: list[float] = []
        self._began = 0.0

    async def post_all(self) -> ReadsPosted:
        """Until the time is over and what was begun is answered."""
        self._began = time.perf_counter()
        await asyncio.gather(*(self._post_over_one() for _ in range(self._asked.connections)))
        elapsed_s = time.perf_counter() - self._began
        return ReadsPosted(self._stored, self._posted, elapsed_s, self._refused, tuple(self._ack_ms))

    async def _post_over_one(self) -> None:
        address = urlsplit(self._asked.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for number in self._numbers:
            due = await self._wait_until_due(number)
            if due - self._began >= self._asked.seconds:
                break
            head, body = self._message(number)
            while not await self._answered(reader, writer, head, body):
                self._refused += 1
            self._ack_ms.append((time.perf_counter() - due) * _MILLISECONDS)
        writer.close()

    async def _answered(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, body: bytes
    ) -> bool:
        """Post once; false where it was refused for now, after the pause that was asked for."""
        writer.write(head)
        writer.write(body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        content = await reader.readexactly(int(length[1]) if length else 0)
        status = answer[9:12]
        if status == _LATER:
            pause = _RETRY.search(answer)
            await asyncio.sleep(int(pause[1]) if pause else 1)
            return False
        told = _STORED.search(content)
        if status != _OK or told is None:
            raise PostingFailed(f"The server answered {status.decode()}.")
        self._stored += int(told[1])
        self._posted += self._asked.reads_per_message
        return True

    async def _wait_until_due(self, number: int) -> float:
        if not self._asked.reads_per_s:
            return time.perf_counter()
        due = self._began + number * self._asked.reads_per_message / self._asked.reads_per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due

    def _message(self, number: int) -> tuple[bytes, bytes]:
        body = self._bodies[number % len(self._bodies)]
        second = datetime.now(UTC).isoformat(timespec="seconds")[: len(_SECOND)].encode()
        head = self._heads[number % len(self._heads)] + b"%d\r\n\r\n" % len(body)
        return head, body.replace(_NUMBER, b"%010d" % number).replace(_SECOND, second)


def _bodies(asked: PostReads) -> list[bytes]:
    """A few messages to be varied; each event's id is new by the message's number and this process's own."""
    run, of_all = uuid.uuid4().hex[:12], itertools.count()
    return [
        msgspec.json.encode(
            {
                "source": {"software": "turnpike-bench"},
                "reads": [
                    _read(asked, f"{run}-{_NUMBER.decode()}-{at}", next(of_all))
                    for at in range(asked.reads_per_message)
                ],
            }
        )
        for _ in range(max(_BODIES, 2 * asked.wanted_every // asked.reads_per_message if asked.wanted else 0))
    ]


def _read(asked: PostReads, event_id: str, number: int) -> dict[str, object]:
    is_wanted = asked.wanted and number % asked.wanted_every == asked.wanted_every - 1
    return {
        "event_id": event_id,
        "plate": asked.wanted if is_wanted else asked.plates[number * 7919 % len(asked.plates)],
        "confidence": 0.5 + number % 500 / 1000,
        "captured_at": f"{_SECOND.decode()}.{number % 1000:03d}Z",
        "country": "GB",
        "lane": number % 3 + 1,
        "direction": "towards",
        "frames_agreeing": number % 9 + 1,
    }


def post_reads(asked: PostReads) -> ReadsPosted:
    """Post them, and say what was answered."""
    return asyncio.run(Cameras(asked).post_all())


if __name__ == "__main__":
    answer_process(PostReads, post_reads)
