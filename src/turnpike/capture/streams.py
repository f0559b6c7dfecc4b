"""A live stream to its newest frames, whatever the network does."""

from __future__ import annotations

import logging
import random
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, cast

import av
import numpy as np

from turnpike.capture.errors import StreamUnreachable
from turnpike.capture.models import Frame, StreamCounts
from turnpike.capture.sources import redact
from turnpike.capture.stream_clock import StreamClock
from turnpike.capture.videos import MAX_VIDEO_PIXELS, to_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from turnpike.capture.stream_clock import Instant

_log = logging.getLogger(__name__)
_OPTIONS = {
    "rtsp_transport": "tcp",  # UDP loses packets, and a lost packet is a smeared plate
    "fflags": "nobuffer",
    "flags": "low_delay",
}
_LOOK_EACH = 8
"""Of a picture's rows and columns this many are passed over for one that is compared."""
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
    instant: Instant
    index: int


class StreamReader:
    """Reads an RTSP stream in a thread of its own and keeps only the newest frame.

    Use it as a context manager. `first_connect_s` is how long the first connection may take before
    `frames` gives up; None goes on trying for ever. `silence_s` is how long a connected stream may say
    nothing before it is opened anew. A stream that shows one and the same picture for `frozen_s`, as a camera does whose encoder hangs, is `is_frozen` until it
    changes, and what it shows meanwhile is not handed out again.
    """

    def __init__(
        self,
        url: str,
        *,
        first_connect_s: float | None = None,
        silence_s: float = 5.0,
        frozen_s: float = 10.0,
        pauses: Pauses = _PAUSES,
        rng: random.Random | None = None,
        clock: StreamClock | None = None,
    ) -> None:
        self._url = url
        self._first_connect_s = first_connect_s
        self._silence_s = silence_s
        self._frozen_s = frozen_s
        self._pauses = pauses
        self._rng = rng or random.SystemRandom()
        self._clock = clock or StreamClock()
        self._stopping = threading.Event()
        self._arrival = threading.Condition()
        self._newest: _Arrived | None = None
        self._counts = StreamCounts()
        self._look: bytes = b""
        self._same_since_s = 0.0
        self._last_frame_s: float | None = None
        self.is_frozen = False
        self._thread = threading.Thread(target=self._run, name="stream-reader", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if kind is None or not issubclass(kind, KeyboardInterrupt):  # which ends the process, thread and all
            self._thread.join(self._silence_s + 1)

    @property
    def counts(self) -> StreamCounts:
        """What became of the frames so far."""
        with self._arrival:
            return replace(self._counts, jumps=self._clock.jumps)

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced before they were taken."""
        return self._counts.dropped

    @property
    def connections(self) -> int:
        """How often the stream was opened and gave a frame."""
        return self._counts.connections

    @property
    def reconnects(self) -> int:
        """How often the stream came back after it was lost."""
        return max(0, self.connections - 1)

    @property
    def silent_for_s(self) -> float | None:
        """How long ago the last frame came, by the steady clock; None before the first."""
        return None if self._last_frame_s is None else max(0.0, time.monotonic() - self._last_frame_s)

    def stop(self) -> None:
        """End `frames` and the thread soon; safe from a signal handler."""
        self._stopping.set()

    def frames(
        self,
        seconds: float | None = None,
        *,
        every_s: float = 0.0,
        turn: AbstractContextManager[object] | None = None,
    ) -> Iterator[Frame]:
        """Each time the newest frame, at most one each `every_s`, until `stop`, or until `seconds` after the first one.

        `turn` is entered before the frame is taken and left when the next is asked for: whoever waits for a turn is given what is there then.

        Raises:
            StreamUnreachable: the first connection took longer than `first_connect_s`.
        """
        for frame in self.frames_and_pauses(seconds, every_s=every_s, turn=turn):
            if frame is not None:
                yield frame

    def frames_and_pauses(
        self,
        seconds: float | None = None,
        *,
        every_s: float = 0.0,
        turn: AbstractContextManager[object] | None = None,
        pause_s: float = 3.0,
    ) -> Iterator[Frame | None]:
        """As `frames`, and None once where no new frame has come for `pause_s` after one was due: whatever was in view may have left unseen.

        Raises:
            StreamUnreachable: the first connection took longer than `first_connect_s`.
        """
        give_up_at = None if self._first_connect_s is None else time.monotonic() + self._first_connect_s
        end_at: float | None = None
        pace = _Pace(every_s)
        taken_at, is_told = time.monotonic(), True
        while not self._stopping.is_set():
            has_frame = self._await(pace.wait_s(time.monotonic()))
            now = time.monotonic()
            if end_at is not None and now >= end_at:
                return
            if has_frame:
                give_up_at = None
                end_at = end_at or (None if seconds is None else now + seconds)
                with turn or nullcontext():
                    if (frame := self._take(pace)) is not None:
                        yield frame
                        taken_at, is_told = time.monotonic(), False
            elif not is_told and now - taken_at >= every_s + pause_s:
                is_told = True
                yield None
            elif give_up_at is not None and now >= give_up_at:
                raise StreamUnreachable(
                    "Nothing answered at this address in time; check it, and that the camera is on."
                )

    def _await(self, pause_s: float) -> bool:
        """Whether a frame is there and due; waits a little for it."""
        if pause_s > 0:
            self._stopping.wait(min(pause_s, _WAKE_S))
            return False
        with self._arrival:
            if self._newest is None:
                self._arrival.wait(_WAKE_S)
            return self._newest is not None

    def _take(self, pace: _Pace) -> Frame | None:
        with self._arrival:
            arrived, self._newest = self._newest, None
            if arrived is None:
                return None
            missed = pace.taken(time.monotonic())
            counts = self._counts
            self._counts = replace(counts, taken=counts.taken + 1, missed=counts.missed + missed)
        # Only frames that are wanted are converted: it costs more than decoding them.
        image, instant = to_rgb(arrived.decoded), arrived.instant
        return Frame(image, instant.at, self._url, arrived.index, steady_s=instant.steady_s)

    def _put(self, decoded: av.VideoFrame) -> None:
        jumps = self._clock.jumps
        instant = self._clock.now()
        if self._clock.jumps != jumps:
            _log.warning("The machine's clock was put %+.1f s.", self._clock.last_jump_s)
        self._last_frame_s = time.monotonic()
        repeats = self._repeats(decoded, instant.steady_s)
        with self._arrival:
            counts = self._counts
            if repeats:
                self._counts = replace(counts, received=counts.received + 1, repeated=counts.repeated + 1)
                return
            dropped = counts.dropped + (self._newest is not None)
            self._counts = replace(counts, received=counts.received + 1, dropped=dropped)
            self._newest = _Arrived(decoded, instant, counts.received)
            self._arrival.notify()

    def _repeats(self, decoded: av.VideoFrame, steady_s: float) -> bool:
        """Whether the picture has been the same for too long to be a camera's: a lens sees noise, if nothing else."""
        look = _look_of(decoded)
        if look != self._look:
            self._look, self._same_since_s = look, steady_s
            if self.is_frozen:
                self.is_frozen = False
                _log.info("The stream at %s moves again.", redact(self._url))
        elif not self.is_frozen and steady_s - self._same_since_s >= self._frozen_s:
            self.is_frozen = True
            _log.warning(
                "The stream at %s shows one picture without any change; restart the camera.",
                redact(self._url),
            )
        return self.is_frozen

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
                if cast("object", stream.codec_context) is None:  # whatever the library's types say
                    _log.warning(
                        "The stream at %s has a coding that cannot be read here; set H.264.",
                        redact(self._url),
                    )
                    return False
                stream.codec_context.options = {"max_pixels": str(MAX_VIDEO_PIXELS)}
                stream.thread_type = "SLICE"  # threads by frame would hold frames back
                for frame in self._decoded(container, stream):
                    if self._stopping.is_set():
                        break
                    if not answered:
                        answered = True
                        self._count(connections=1)
                        _log.info("The stream at %s is read.", redact(self._url))
                    self._put(frame)
        except (av.HTTPUnauthorizedError, av.HTTPForbiddenError):
            _log.warning("The stream at %s refuses us; check user name and password.", redact(self._url))
        except Exception as error:  # noqa: BLE001 - a reader that ended would leave the camera away for good
            # The library's own text repeats the address, password included: only its kind is told.
            _log.info("The stream at %s failed: %s.", redact(self._url), type(error).__name__)
        return answered

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        """The frames that decode whole; what does not is counted, and the stream goes on."""
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                self._count(corrupt=1)
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self._count(corrupt=1)
                else:
                    yield frame

    def _count(self, *, connections: int = 0, corrupt: int = 0) -> None:
        with self._arrival:
            counts = self._counts
            self._counts = replace(
                counts, connections=counts.connections + connections, corrupt=counts.corrupt + corrupt
            )


class _Pace:
    """When the next frame is due: on a grid, so that what is taken late is not made up for by a bunch."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due_s: float | None = None

    def wait_s(self, now_s: float) -> float:
        """How long until then; 0 where it is due."""
        return 0.0 if self._due_s is None else max(0.0, self._due_s - now_s)

    def taken(self, now_s: float) -> int:
        """A frame was taken; gives how many were due before it and were not taken."""
        if self._every_s <= 0:
            return 0
        due_s = now_s if self._due_s is None else self._due_s
        missed = int(max(0.0, now_s - due_s) / self._every_s)
        self._due_s = due_s + (missed + 1) * self._every_s
        return missed


def _look_of(decoded: av.VideoFrame) -> bytes:
    """Some of the picture's brightness, which no two pictures of a lens have alike."""
    plane = decoded.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height].reshape(
        plane.height, plane.line_size
    )
    return bytes(rows[::_LOOK_EACH, : plane.width : _LOOK_EACH].tobytes())
