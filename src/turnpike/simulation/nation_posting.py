"""A nation's reads as load over HTTP: each camera posts its own, as real edges do, and waits where the centre asks it to."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import httpx
import msgspec
import numpy as np

from turnpike.simulation.errors import CentreRefused, CentreSilent
from turnpike.simulation.nation_messages import Load, Message, national_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from turnpike.errors import TurnpikeError
    from turnpike.simulation.nation_plan import NationPlan

_TIMEOUT_S = 60.0
_WAITING_MESSAGES = 8
"""Made and not yet sent, for each connection."""
_TRIES, _PAUSE_S = 10, 1.0
"""How often in a row a centre that does not answer is tried, and how long apart."""
_LONGEST_WAIT_S = 120.0
_POLL_S = 0.2
_STEPS_A_TENFOLD, _LEAST_MS_POWER, _POWERS = 200, -2, 9
_OF_THE_LOAD = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
_BUSY = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


class AnswerTimes:
    """How long answers took, to about a hundredth of each; as small for a day as for a second."""

    def __init__(self) -> None:
        self._counts = np.zeros(_STEPS_A_TENFOLD * _POWERS, np.int64)

    def add(self, ms: float) -> None:
        """Count one answer."""
        step = int((np.log10(max(ms, 10.0**_LEAST_MS_POWER)) - _LEAST_MS_POWER) * _STEPS_A_TENFOLD)
        self._counts[min(step, len(self._counts) - 1)] += 1

    def percentile_ms(self, percent: float) -> float:
        """What `percent` of the answers took at most; 0 where there were none. Source: the nearest-rank method."""
        total = int(self._counts.sum())
        if not total:
            return 0.0
        step = int(np.searchsorted(np.cumsum(self._counts), total * percent / 100))
        return float(10.0 ** ((step + 1) / _STEPS_A_TENFOLD + _LEAST_MS_POWER))


@dataclass(slots=True)
class LoadPosted:
    """What came of it so far; each read that was answered is stored, a duplicate or refused."""

    messages: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    """Put aside by the centre, or in a message that it would not take."""
    waits: int = 0
    """Answers that asked to come again later; the message was posted again."""
    elapsed_s: float = 0.0
    answers: AnswerTimes = field(default_factory=AnswerTimes)
    """From when a message was due (without a pace: sent) to its answer, waits included."""

    @property
    def reads(self) -> int:
        """How many were answered for."""
        return self.stored + self.duplicates + self.refused


class _Aside(msgspec.Struct, frozen=True):
    reason: str = ""


class _Answer(msgspec.Struct, frozen=True):
    stored: int
    duplicates: int
    quarantined: list[_Aside]


def post_reads(plan: NationPlan, load: Load, posted: LoadPosted, tell: Callable[[LoadPosted], None]) -> None:
    """Post all the plan's reads at the present time; `posted` grows as answers come, and `tell` is given it now and then.

    An interruption ends it after the messages that are on their way.

    Raises:
        CentreRefused: the centre does not take these cameras' reads at all.
        CentreSilent: the centre does not answer.
    """
    with _Connections(load, posted) as connections:
        for message in national_messages(plan, load, begun_s=time.time()):
            while not connections.offer(message):
                tell(posted)
            tell(posted)
            if connections.fault is not None:
                break
    tell(posted)
    if connections.fault is not None:
        raise connections.fault


class _Connections:
    """Threads, each with one connection and the cameras that are its own, so that a camera's messages keep their order."""

    def __init__(self, load: Load, posted: LoadPosted) -> None:
        self._load, self._posted = load, posted
        self._url = load.url.rstrip("/") + "/api/v1/reads"
        count = max(1, min(load.connections, len(load.keys)))
        self._queues: list[queue.Queue[Message | None]] = [
            queue.Queue(_WAITING_MESSAGES) for _ in range(count)
        ]
        self._threads = [threading.Thread(target=self._run, args=(waiting,)) for waiting in self._queues]
        self._counting, self._stopping = threading.Lock(), threading.Event()
        self._begun = time.perf_counter()
        self.fault: TurnpikeError | None = None

    def __enter__(self) -> Self:
        self._begun = time.perf_counter()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Wait for what is to be sent, or after an interruption for what is on its way."""
        if kind is not None:
            self._stopping.set()
        try:
            self._wait()
        except KeyboardInterrupt:
            self._stopping.set()
            self._wait()
            raise
        finally:
            self._posted.elapsed_s = time.perf_counter() - self._begun

    def offer(self, message: Message) -> bool:
        """Take `message` to be sent; false where its connection has enough to do, so that it is to be offered again."""
        if self._stopping.is_set():
            return True
        try:
            self._queues[message.camera % len(self._queues)].put(message, timeout=_POLL_S)
        except queue.Full:
            return False
        return True

    def _wait(self) -> None:
        for thread, waiting in zip(self._threads, self._queues, strict=True):
            while thread.is_alive():
                # What tells a thread that nothing follows; one that has ended reads it no more.
                with suppress(queue.Full):
                    waiting.put_nowait(None)
                thread.join(_POLL_S)

    def _run(self, waiting: queue.Queue[Message | None]) -> None:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
            while (message := waiting.get()) is not None:
                if self._stopping.is_set():
                    continue
                try:
                    self._send(client, message)
                except (CentreRefused, CentreSilent) as error:
                    self.fault = self.fault or error
                    self._stopping.set()

    def _send(self, client: httpx.Client, message: Message) -> None:
        due = self._begun + message.due_s
        if self._load.reads_per_s and self._stopping.wait(max(0.0, due - time.perf_counter())):
            return
        from_s = due if self._load.reads_per_s else time.perf_counter()
        key = self._load.keys[message.camera]
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        silent = 0
        while not self._stopping.is_set():
            try:
                response = client.post(self._url, content=message.body, headers=headers)
            except httpx.HTTPError as error:
                silent += 1
                if silent == _TRIES:
                    raise CentreSilent(
                        f"The centre does not answer ({type(error).__name__}); is it running at that address?"
                    ) from error
                self._stopping.wait(_PAUSE_S)
                continue
            silent = 0
            if response.status_code not in _BUSY:
                self._count(message, response, (time.perf_counter() - from_s) * 1000)
                return
            with self._counting:
                self._posted.waits += 1
            self._stopping.wait(_retry_after_s(response))

    def _count(self, message: Message, response: httpx.Response, ms: float) -> None:
        if response.status_code == HTTPStatus.OK:
            answer = _decoded(response)
        elif response.status_code in _OF_THE_LOAD:
            answer = _Answer(0, 0, [_Aside()] * message.reads)
        else:
            raise CentreRefused(
                f"The centre answered {response.status_code} to a camera of these keys; check the address and the keys."
            )
        with self._counting:
            posted = self._posted
            posted.messages += 1
            posted.stored += answer.stored
            posted.duplicates += answer.duplicates
            posted.refused += len(answer.quarantined)
            posted.answers.add(ms)
            posted.elapsed_s = time.perf_counter() - self._begun


def _decoded(response: httpx.Response) -> _Answer:
    try:
        return msgspec.json.decode(response.content, type=_Answer)
    except msgspec.MsgspecError as error:
        raise CentreRefused("The centre's answer is not understood; is its address right?") from error


def _retry_after_s(response: httpx.Response) -> float:
    """Seconds to wait, as asked; a second where the answer does not say."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdigit() else _PAUSE_S
