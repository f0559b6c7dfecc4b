"""A video file to evenly sampled frames with their times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import av
import numpy as np

from turnpike.capture.errors import VideoCutShort, VideoUnreadable
from turnpike.capture.models import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

_MICROSECONDS = 1_000_000
_ROUNDING_S = 1e-3
# Containers round durations, and the last frame's own length is often not written.
_MISSING_TAIL_S = 0.75
_RIGHT_ANGLE = 90
_ASSUMED_FPS = 25
# Playlists are left out: a file from outside must not make the library open other files or addresses.
_CONTAINERS = "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv"


@dataclass(frozen=True, slots=True)
class _Length:
    """How long a video says that it is; `declared` is false where it had to be counted."""

    seconds: float
    declared: bool


def video_frames(path: Path, *, every_s: float | None, limit: int | None) -> Iterator[Frame]:
    """The frames of the video, in order: all; or one each `every_s` seconds; or `limit`, spread evenly.

    With both, whichever gives fewer. A frame's time is the start of the recording (the container's
    creation time, else the file's last change less the duration) plus its own offset.

    Raises:
        VideoUnreadable: missing, or no video.
        VideoCutShort: after the last frame that decodes, where the file ended early or was damaged.
    """
    try:
        container = _open(path)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoUnreadable(_sentence(error)) from error
    with container:
        if not container.streams.video:
            raise VideoUnreadable("This file holds no video; give one with a picture track.")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        length = _length_of(container, stream, path)
        step_s = max(every_s or 0.0, length.seconds / limit if limit else 0.0)
        base_at = _base_at(container, path, length.seconds)
        yield from _sampled(container, stream, path, length, base_at, step_s, limit)


def _open(path: Path) -> InputContainer:
    if path.exists() and not path.is_file():  # a pipe could be waited for without end
        raise VideoUnreadable("This is not a file; give a video file.")
    # With the protocol said, a colon in the name is no protocol.
    return av.open(f"file:{path}", options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"})


def _sampled(
    container: InputContainer,
    stream: VideoStream,
    path: Path,
    length: _Length,
    base_at: datetime,
    step_s: float,
    limit: int | None,
) -> Iterator[Frame]:
    decoded = _Decoded(container, stream)
    due_s, given = 0.0, 0
    for index, (at_s, frame) in enumerate(decoded):
        if at_s + _ROUNDING_S < due_s:
            continue
        # The next sample is due on the grid, so that an uneven frame rate does not stretch it.
        while step_s > 0 and due_s <= at_s + _ROUNDING_S:
            due_s += step_s
        yield Frame(to_rgb(frame), base_at + timedelta(seconds=at_s), str(path), index)
        given += 1
        if given == limit:
            return
    cut_short = length.declared and decoded.ended_s < length.seconds - _MISSING_TAIL_S
    if decoded.damaged or cut_short or not given:
        raise VideoCutShort("This video is damaged or cut short; only what came before could be read.")


class _Decoded:
    """The frames that decode, with their offsets; damaged packets are stepped over and remembered."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        self.damaged = False
        self.ended_s = 0.0

    def __iter__(self) -> Iterator[tuple[float, av.VideoFrame]]:
        first_s: float | None = None
        rate = float(self._stream.average_rate or _ASSUMED_FPS)
        for index, frame in enumerate(self._frames()):
            stamp_s = frame.time if frame.time is not None else (first_s or 0.0) + index / rate
            first_s = stamp_s if first_s is None else first_s
            at_s = max(0.0, stamp_s - first_s)
            self.ended_s = max(self.ended_s, at_s + 1 / rate)
            yield at_s, frame

    def _frames(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.damaged = True
                continue
            yield from (frame for frame in frames if isinstance(frame, av.VideoFrame))

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError:
            self.damaged = True


def to_rgb(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """The decoded frame as RGB, uint8, (height, width, 3), C-contiguous, turned as it is displayed."""
    image = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / _RIGHT_ANGLE) % 4
    return np.ascontiguousarray(np.rot90(image, turns) if turns else image, dtype=np.uint8)


def _length_of(container: InputContainer, stream: VideoStream, path: Path) -> _Length:
    if stream.duration and stream.time_base:
        return _Length(float(stream.duration * stream.time_base), declared=True)
    if container.duration:
        # With several tracks the longest gave the length, which need not be the picture.
        return _Length(container.duration / _MICROSECONDS, declared=len(container.streams) == 1)
    return _Length(_counted_s(path), declared=False)


def _counted_s(path: Path) -> float:
    """Length by going through the packets, for files that do not write it down."""
    stamps: list[float] = []
    packets, rate = 0, float(_ASSUMED_FPS)
    try:
        with _open(path) as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or _ASSUMED_FPS)
            for packet in container.demux(stream):
                packets += packet.size > 0
                if packet.pts is not None and packet.time_base is not None:
                    stamps.append(float(packet.pts * packet.time_base))
    except av.FFmpegError:
        pass  # damaged further on; what came before tells enough
    return max(stamps) - min(stamps) if stamps else packets / rate


def _base_at(container: InputContainer, path: Path, seconds: float) -> datetime:
    written = container.metadata.get("creation_time", "")
    try:
        created_at = datetime.fromisoformat(written)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) - timedelta(seconds=seconds)
    return created_at.astimezone(UTC) if created_at.tzinfo else created_at.replace(tzinfo=UTC)


def _sentence(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the name."
    if isinstance(error, PermissionError):
        return "This file may not be read; change its permissions."
    return "This file is not a video that can be read, or it is cut short; fetch it again."
