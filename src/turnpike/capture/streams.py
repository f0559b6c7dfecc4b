"""A live stream to its newest frames, whatever the network does."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import av

from turnpike.capture.errors import StreamUnreachable
from turnpike.capture.models import Frame
from turnpike.capture.sources import redact
from turnpike.capture.videos import to_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)
_OPTIONS = {
    "rtsp_transport": "tcp",  # UDP loses packets, and a lost packet is a smeared plate
    "fflags": "nobuffer",
    "flags": "low_delay",
}
_WAKE_S = 0.2  # how often a waiting reader looks whether it was stopped


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait before another attempt to connect, in seconds.

    Exponential from `first_s` to `longest_s`, of which a random half to whole is waited, so that a site's
    cameras do not all come back in the same instant. Source: "Exponential Backoff And Jitter" (M. Brooker,
    2015), equal jitter.
    """

    first_s: float = 0.5
    longest_s: float = 30.0

    def after(self, failures: int, rng: random.Random) -> float:
        """The pause after so many failures in a row (1 or more)."""
        whole_s: float = min(self.longest_s, self.first_s * 2 ** min(failures - 1, 30))
        return whole_s * rng.uniform(0.5, 1.0)


_PAUSES = Pauses()


@dataclass(frozen=True, slots=True, eq=False)
class _Arrived:
    decoded: av.VideoFrame
    captured_at: datetime
    index: int


class StreamReader:
    """Reads an RTSP stream in a thread of its own and keeps only the newest frame.

    Use it as a context manager. `first_connect_s` is how long the first connection may take before
    `frames` gives up; None goes on trying for ever. `silence_s` is how long a connected stream may say
    nothing before it is opened anew.
    """

    def __init__(
        self,
        url: str,
        *,
        first_connect_s: float | None = None,
        silence_s: float = 5.0,
        pauses: Pauses = _PAUSES,
        rng: random.Random | None = None,
    ) -> None:
        self._url = url
        self._first_connect_s = first_connect_s
        self._silence_s = silence_s
        self._pauses = pauses
        self._rng = rng or random.SystemRandom()
        self._stopping = threading.Event()
        self._arrival = threading.Condition()
        self._newest: _Arrived | None = None
        self._index = 0
        self._thread = threading.Thread(target=self._run, name="stream-reader", daemon=True)
        self.dropped = 0
        """Frames that a newer one replaced before they were taken."""
        self.connections = 0
        """How often the stream was opened and gave a frame."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if kind is None or not issubclass(kind, KeyboardInterrupt):  # which ends the process, thread and all
            self._thread.join(self._silence_s + 1)

    @property
    def reconnects(self) -> int:
        """How often the stream came back after it was lost."""
        return max(0, self.connections - 1)

    def stop(self) -> None:
        """End `frames` and the thread soon; safe from a signal handler."""
        self._stopping.set()

    def frames(self, seconds: float | None = None) -> Iterator[Frame]:
        """Each time the newest frame, until `stop`, or until `seconds` after the first one.

        Raises:
            StreamUnreachable: the first connection took longer than `first_connect_s`.
        """
        give_up_at = None if self._first_connect_s is None else time.monotonic() + self._first_connect_s
        end_at: float | None = None
        while not self._stopping.is_set():
            frame = self._take()
            now = time.monotonic()
            if end_at is not None and now >= end_at:
                return
            if frame is not None:
                give_up_at = None
                end_at = end_at or (None if seconds is None else now + seconds)
                yield frame
            elif give_up_at is not None and now >= give_up_at:
                raise StreamUnreachable(
                    "Nothing answered at this address in time; check it, and that the camera is on."
                )

    def _take(self) -> Frame | None:
        with self._arrival:
            if self._newest is None:
                self._arrival.wait(_WAKE_S)
            arrived, self._newest = self._newest, None
        if arrived is None:
            return None
        # Only frames that are wanted are converted: it costs more than decoding them.
        return Frame(to_rgb(arrived.decoded), arrived.captured_at, self._url, arrived.index)

    def _put(self, decoded: av.VideoFrame) -> None:
        with self._arrival:
            self.dropped += self._newest is not None
            self._newest = _Arrived(decoded, datetime.now(UTC), self._index)
            self._index += 1
            self._arrival.notify()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            if self._read_once():
                failures = 0
            failures += 1
            self._stopping.wait(self._pauses.after(failures, self._rng))

    def _read_once(self) -> bool:
        """One connection to its end; true where it gave a frame."""
        answered = False
        try:
            with av.open(
                self._url, options=_OPTIONS, timeout=(self._silence_s, self._silence_s)
            ) as container:
                stream = container.streams.video[0]
                stream.thread_type = "SLICE"  # threads by frame would hold frames back
                for frame in container.decode(stream):
                    if self._stopping.is_set():
                        break
                    if not answered:
                        answered = True
                        self.connections += 1
                        _log.info("The stream at %s is read.", redact(self._url))
                    if not frame.is_corrupt:
                        self._put(frame)
        except (av.FFmpegError, OSError, IndexError, ValueError) as error:
            # The library's own text repeats the address, password included: only its kind is told.
            _log.info("The stream at %s failed: %s.", redact(self._url), type(error).__name__)
        return answered
