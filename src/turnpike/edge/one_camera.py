"""One camera at the roadside: capture, recognise, outbox, send."""

from __future__ import annotations

import base64
import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from turnpike.capture import services as capture
from turnpike.edge.models import Candidate, PostedRead, Sampling
from turnpike.edge.outbox import Outbox
from turnpike.edge.sender import Sender
from turnpike.edge.steadiness import SteadyEngine
from turnpike.edge.tally import Tally, Telling
from turnpike.images import services as images
from turnpike.recognition import services as recognition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.edge.status import EdgeStatus
    from turnpike.edge.turns import Turns

_Frame = TypeVar("_Frame", capture.Frame, capture.Frame | None)
_log = logging.getLogger(__name__)
_FOLDER_POLL_S = 1.0
_STREAM, _VIDEO = "The stream", "The video"
"""What a log calls them: an address may hold a password, and a file's name a plate."""
_RAW_TEXT_CHARACTERS = 32
"""What the centre takes of the writing as it was seen."""


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """What one roadside process is to do.

    `name` stands in the log and the status. `follow` keeps watching a folder for new pictures; of a video or stream one frame is read each `every_s` seconds,
    and `frames` caps those of a video file, evenly sampled. A video that was begun goes on as it was
    begun, whatever these two say now: other frames would give its vehicles other names, and read them twice.
    """

    source: str
    centre_url: str
    key: str
    outbox: Path
    follow: bool = False
    every_s: float = 0.2
    frames: int | None = None
    drain_s: float = 60.0
    name: str = "camera"
    describer: recognition.Describer = field(default_factory=recognition.Describer)


class Edge:
    """Reads one source to its end, or for ever, and sends what was read; with other cameras at one engine it takes its `turns`."""

    def __init__(self, plan: EdgePlan, engine: recognition.Engine, turns: Turns | None = None) -> None:
        self._plan = plan
        self._engine = recognition.CountingEngine(engine)
        self._turns = turns
        self._tally = Tally()
        self._outbox = Outbox(plan.outbox)
        self._sender = Sender(self._outbox, centre_url=plan.centre_url, key=plan.key)
        self._stopping = threading.Event()
        self._stream: capture.StreamReader | None = None
        self._earlier = capture.StreamCounts()
        self._telling = Telling(plan.outbox, self.status)

    def __enter__(self) -> Self:
        self._sender.start()
        self._telling.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._telling.stop()
        self._sender.stop()
        self._outbox.close()

    @property
    def failures(self) -> int:
        """Pictures and reads that had to be left out."""
        return self._tally.failures

    def status(self) -> EdgeStatus:
        """How the camera stands now, and what became of its frames."""
        return self._tally.status(
            self._plan.name, self._stream, self._counts(), self._engine.counts, self.sent, self.waiting
        )

    def _counts(self) -> capture.StreamCounts | None:
        """Of the stream since the process began, also of a reader that failed."""
        return None if self._stream is None else self._stream.counts + self._earlier

    @property
    def waiting(self) -> int:
        """Reads not yet taken by the centre."""
        return len(self._outbox)

    @property
    def sent(self) -> int:
        """Reads that the centre stored since this process began."""
        return self._sender.sent

    def stop_sending(self) -> None:
        """Ask the sender to end after the post in hand, without waiting for it."""
        self._sender.ask_to_stop()

    def stop(self) -> None:
        """Ask `run` to return after the frame in hand; safe from a signal handler."""
        self._stopping.set()
        if self._stream is not None:  # it may be waiting for a camera that is away
            self._stream.stop()

    def run(self) -> bool:
        """Read the source, then wait for the outbox to empty; false where time ran out with reads still in it.

        One that was told to stop does not wait: what the centre has not taken is safe in the outbox.

        Raises:
            CaptureError: the source as a whole cannot be read.
        """
        self._tally.begin()
        try:
            self._read()
        except Exception:
            self._tally.end(failed=True)
            raise
        self._tally.end()
        return self._sender.drain(self._plan.drain_s, self._stopping)

    def _read(self) -> None:
        kind = capture.classify(self._plan.source)
        if kind is capture.SourceKind.STREAM:
            self._read_stream()
        elif kind is capture.SourceKind.VIDEO:
            self._read_video(Path(self._plan.source))
        else:
            self._read_pictures(kind)

    def _read_pictures(self, kind: capture.SourceKind) -> None:
        pause = threading.Event()
        while not self._stopping.is_set():
            for picture, item, place in self._new_pictures(kind):
                if self._stopping.is_set():
                    return
                self._read_picture(picture, item, place)
            if not self._plan.follow:
                return
            pause.wait(_FOLDER_POLL_S)

    def _new_pictures(self, kind: capture.SourceKind) -> Iterator[tuple[Path, str, str]]:
        source = Path(self._plan.source)
        if kind is capture.SourceKind.PICTURE:
            found: tuple[Path, ...] = (source,)
        else:
            try:
                found = tuple(capture.pictures_in(source))
            except capture.CaptureError:
                # An empty folder is what a camera that has not yet delivered looks like.
                if not self._plan.follow:
                    raise
                found = ()
        for number, picture in enumerate(found, start=1):
            # A camera's own clearing may be quicker than we are.
            with suppress(FileNotFoundError):
                item = _item(picture)
                if not self._outbox.is_done(item):
                    yield picture, item, f"Picture {number} of {len(found)}, by name"

    def _read_picture(self, picture: Path, item: str, place: str) -> None:
        reads: list[PostedRead] = []
        try:
            frame = capture.load_picture(picture)
        except capture.CaptureError as error:
            self._count_failure(place, str(error))
        else:
            for ordinal, reading in enumerate(self._steady_engine(place).read(frame.image)):
                event_id = self._outbox.event_id(item, str(ordinal))
                reads += self._posted(reading, frame, event_id, place)
        self._outbox.put(reads, model=self._engine.name, item=item)

    def _read_video(self, video: Path) -> None:
        item = _item(video)
        if self._outbox.is_done(item):
            return
        sampling = self._sampling_of(item)
        frames = capture.video_frames(video, every_s=sampling.every_s, limit=sampling.frames)
        engine = self._steady_engine(_VIDEO)
        try:
            # A second attempt after a kill names each pass as the first did, so the centre knows them.
            for ordinal, seen in enumerate(self._passes(self._until_stopped(frames), engine)):
                if self._stopping.is_set():  # a pass cut off by the stop is read whole by the second attempt
                    return
                event_id = self._outbox.event_id(item, str(seen.first_frame_index), str(ordinal))
                self._put_pass(seen, event_id, _VIDEO)
        except capture.CaptureError as error:
            self._count_failure(_VIDEO, str(error))
        if self._stopping.is_set():  # the frames may have ended by the stop, with no vehicle in view
            return
        self._outbox.put((), model=self._engine.name, item=item)

    def _sampling_of(self, item: str) -> Sampling:
        asked = Sampling(self._plan.every_s, self._plan.frames)
        begun = self._outbox.begin(item, asked)
        if begun != asked:
            _log.warning(
                "This video was begun with --every %g and %s; it goes on so, that no vehicle is read twice.",
                begun.every_s,
                "no --frames" if begun.frames is None else f"--frames {begun.frames}",
            )
        return begun

    def _read_stream(self) -> None:
        with capture.StreamReader(self._plan.source) as stream:
            self._earlier, self._stream = self._counts() or self._earlier, stream
            if self._stopping.is_set():  # it was, before there was a stream to tell
                stream.stop()
            live = self._until_stopped(stream.frames_and_pauses(every_s=self._plan.every_s, turn=self._turns))
            for seen in self._passes(self._aged(live), self._steady_engine(_STREAM)):
                event_id = self._outbox.event_id(
                    self._plan.source, seen.captured_at.isoformat(), str(seen.first_frame_index)
                )
                self._put_pass(seen, event_id, _STREAM)

    def _passes(
        self, frames: Iterator[capture.Frame | None], engine: recognition.Engine
    ) -> Iterator[recognition.VehiclePass]:
        return map(
            self._plan.describer.describe,
            recognition.follow(frames, engine, unbelieved=self._tally.not_believed),
        )

    def _put_pass(self, seen: recognition.VehiclePass, event_id: str, name: str) -> None:
        """Counted as read once it is in the outbox, and as a failure where it cannot get there."""
        reads = self._posted(seen, seen.best_frame, event_id, name)
        try:
            self._outbox.put(reads, model=self._engine.name)
        except Exception:
            self._tally.failures += 1
            raise
        if reads:
            self._tally.passed(seen)

    def _aged(self, frames: Iterator[capture.Frame | None]) -> Iterator[capture.Frame | None]:
        """The frames; whoever asks for the next has read the one before, whose age is kept."""
        for frame in frames:
            yield frame
            if frame is not None and frame.steady_s is not None:
                self._tally.looked((time.monotonic() - frame.steady_s) * 1000)

    def _steady_engine(self, name: str) -> recognition.Engine:
        return SteadyEngine(self._engine, lambda sentence: self._count_failure(name, sentence))

    def _posted(
        self,
        reading: recognition.Reading | recognition.VehiclePass,
        frame: capture.Frame,
        event_id: str,
        name: str,
    ) -> tuple[PostedRead, ...]:
        """The read to post; none, and a failure counted, where its plate cannot be cut out of its picture."""
        try:
            return (_posted(reading, frame, event_id),)
        except images.PatchError as error:
            self._count_failure(name, str(error))
            return ()

    def _count_failure(self, name: str, sentence: str) -> None:
        self._tally.failures += 1
        _log.warning("%s: %s", name, sentence)

    def _until_stopped(self, frames: Iterator[_Frame]) -> Iterator[_Frame]:
        for frame in frames:
            if self._stopping.is_set():
                return
            yield frame


def _item(path: Path) -> str:
    """A file under the name that it keeps when the process starts from another folder; a new version is new."""
    return f"{path.resolve()}\0{path.stat().st_mtime_ns}"


def _posted(
    reading: recognition.Reading | recognition.VehiclePass, frame: capture.Frame, event_id: str
) -> PostedRead:
    # Nothing of the picture but the plate's own patch leaves the roadside.
    patch = images.cut_patch(frame.image, reading.box)
    posted = PostedRead(
        event_id=event_id,
        plate=reading.text,
        raw_text=reading.raw_text[:_RAW_TEXT_CHARACTERS],
        confidence=round(reading.confidence, 4),
        captured_at=frame.captured_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        country=reading.country or "",
        candidates=tuple(Candidate(c.text, round(c.confidence, 4)) for c in reading.candidates),
        patch=base64.b64encode(patch).decode(),
    )
    if isinstance(reading, recognition.Reading):
        return posted
    return msgspec.structs.replace(
        posted,
        frames_agreeing=reading.frames_agreeing,
        lane=reading.lane,
        direction=reading.direction,
        colour=reading.colour,
        make=reading.make,
    )
