"""Cameras that post reads, in a process of their own beside the server's."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import msgspec
import numpy as np

from turnpike.bench.apart import answer_process
from turnpike.simulation.services import draw_registrations

_VEHICLES = 2_000
_TIMEOUT_S = 60.0


class PostReads(msgspec.Struct, frozen=True):
    """What is asked: reads in messages of `reads_per_message`, from as many cameras as there are keys.

    `reads_per_s` is the pace at which messages fall due; with 0 each camera posts as soon as it has its answer.
    """

    url: str
    keys: tuple[str, ...]
    reads_per_message: int
    reads_per_s: float
    seconds: float


class ReadsPosted(msgspec.Struct, frozen=True):
    """What came of it; the time to an answer counts from when its message was due, so that a queue shows."""

    stored: int
    elapsed_s: float
    ack_ms: tuple[float, ...]


class _Answer(msgspec.Struct, frozen=True):
    stored: int


class _Cameras:
    def __init__(self, asked: PostReads) -> None:
        self._asked = asked
        self._run = uuid.uuid4().hex
        self._plates = draw_registrations(_VEHICLES, np.random.default_rng(1))
        self._numbers = itertools.count()
        self._pause = threading.Event()
        self._began = time.perf_counter()

    def post_all(self) -> ReadsPosted:
        """From all cameras at once, until the time is over and what was begun is answered."""
        self._began = time.perf_counter()
        with ThreadPoolExecutor(len(self._asked.keys)) as cameras:
            answers = list(itertools.chain.from_iterable(cameras.map(self._post_from, self._asked.keys)))
        elapsed_s = time.perf_counter() - self._began
        return ReadsPosted(sum(stored for stored, _ in answers), elapsed_s, tuple(ms for _, ms in answers))

    def _post_from(self, key: str) -> list[tuple[int, float]]:
        """How many reads of each message were stored, and after how many milliseconds it was answered."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        answers = []
        with httpx.Client(headers=headers, timeout=_TIMEOUT_S, trust_env=False) as client:
            for number in self._numbers:
                body = self._message(number)
                due = self._wait_until_due(number)
                if due - self._began >= self._asked.seconds:
                    break
                answered = client.post(self._asked.url, content=body).raise_for_status()
                taken_ms = (time.perf_counter() - due) * 1000
                answers.append((msgspec.json.decode(answered.content, type=_Answer).stored, taken_ms))
        return answers

    def _wait_until_due(self, number: int) -> float:
        if not self._asked.reads_per_s:
            return time.perf_counter()
        due = self._began + number * self._asked.reads_per_message / self._asked.reads_per_s
        self._pause.wait(max(0.0, due - time.perf_counter()))
        return due

    def _message(self, number: int) -> bytes:
        captured_at = datetime.now(UTC)
        first = number * self._asked.reads_per_message
        reads = [
            {
                "event_id": f"{self._run}-{at}",
                "plate": self._plates[at * 7919 % _VEHICLES],
                "confidence": 0.93,
                "captured_at": captured_at,
                "country": "GB",
                "direction": "towards",
                "frames_agreeing": 5,
            }
            for at in range(first, first + self._asked.reads_per_message)
        ]
        return msgspec.json.encode({"source": {"software": "turnpike-bench"}, "reads": reads})


def post_reads(asked: PostReads) -> ReadsPosted:
    """Post them, and say what was answered."""
    return _Cameras(asked).post_all()


if __name__ == "__main__":
    answer_process(PostReads, post_reads)
