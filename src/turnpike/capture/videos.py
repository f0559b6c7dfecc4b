"""A video file to evenly sampled frames with their times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import av
import numpy as np

from turnpike.capture.errors import VideoCutShort, VideoUnreadable
from turnpike.capture.models import Frame
from turnpike.capture.sniffing import Content, content_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

_MICROSECONDS = 1_000_000
_ROUNDING_S = 1e-3
_ROUNDING_STEPS = 1e-6
# Containers round durations, and the last frame's own length is often not written.
_MISSING_TAIL_S = 0.75
_RIGHT_ANGLE = 90
_ASSUMED_FPS = 25
MAX_VIDEO_PIXELS = 40_000_000
"""Largest frame decoded. Source: ours; above 8K (35 megapixels), and a decoder holds several."""
_LONGEST_STILL_S = 3600.0
"""How long nothing may come in a video that does not say how long it is; a longer gap is a clock that jumped. Source: ours."""
_BACK_S = 0.5
_LONGEST_S = 366 * 86_400.0
"""A video that says it is longer than a year says nothing about when it began."""
_EARLIEST_YEAR = 1990  # a clock that was never set says 1904 or 1970
# What PyAV raises on damaged files, beside its own errors.
_DAMAGE = (av.FFmpegError, ValueError, OSError, MemoryError, ArithmeticError)
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
        VideoUnreadable: missing, no video, or frames of over 40 megapixels.
        VideoCutShort: after the last frame that decodes, where the file ended early or was damaged.
    """
    try:
        container = _open(path)
    except _DAMAGE as error:
        raise VideoUnreadable(_sentence(error, path)) from error
    with container:
        if not container.streams.video:
            raise VideoUnreadable("This file holds no video; give one with a picture track.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise VideoUnreadable(
                "This video is written in a way that cannot be decoded here; save it as H.264."
            )
        if stream.codec_context.width * stream.codec_context.height > MAX_VIDEO_PIXELS:
            raise VideoUnreadable(
                "This video's frames are too large; give one of at most 40 megapixels a frame."
            )
        # One that grows on its way is not decoded from there on.
        stream.codec_context.options = {"max_pixels": str(MAX_VIDEO_PIXELS)}
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
    decoded = _Decoded(container, stream, length)
    due_s, given = 0.0, 0
    for index, (at_s, frame) in enumerate(decoded):
        if at_s + _ROUNDING_S < due_s:
            continue
        # The next sample is due on the grid, so that an uneven frame rate does not stretch it.
        if step_s > 0:
            due_s = max(due_s, (math.floor((at_s + _ROUNDING_S) / step_s + _ROUNDING_STEPS) + 1) * step_s)
        try:
            image = to_rgb(frame)
        except _DAMAGE:
            decoded.damaged = True
            continue
        notes = (f"{stream.codec_context.name}, {frame.format.name}, {frame.width} by {frame.height} px",)
        yield Frame(image, base_at + timedelta(seconds=at_s), str(path), index, notes=notes)
        given += 1
        if given == limit:
            return
    cut_short = length.declared and decoded.ended_s < length.seconds - _MISSING_TAIL_S
    if decoded.damaged or cut_short or not given:
        raise VideoCutShort("This video is damaged or cut short; only what came before could be read.")


class _Decoded:
    """The frames that decode, with their offsets; damaged packets are stepped over and remembered.

    Offsets never run back, and where the file's clock jumps they go on as if it had not: a jump must not have what comes after it left out.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, length: _Length) -> None:
        self._container, self._stream = container, stream
        self._longest_gap_s = (
            max(length.seconds, _MISSING_TAIL_S) + _MISSING_TAIL_S if length.declared else _LONGEST_STILL_S
        )
        self.damaged = False
        self.ended_s = 0.0

    def __iter__(self) -> Iterator[tuple[float, av.VideoFrame]]:
        rate = float(self._stream.average_rate or _ASSUMED_FPS)
        before_s, start_s = 0.0, 0.0
        for index, frame in enumerate(self._frames()):
            stamp_s = frame.time if frame.time is not None else start_s + index / rate
            if index == 0:
                start_s = stamp_s
            at_s = stamp_s - start_s
            if not before_s - _BACK_S <= at_s <= before_s + self._longest_gap_s:
                at_s = before_s + 1 / rate
                start_s = stamp_s - at_s
            before_s = at_s = max(at_s, before_s)
            self.ended_s = at_s + 1 / rate
            yield at_s, frame

    def _frames(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except _DAMAGE:
                self.damaged = True
                continue
            yield from (frame for frame in frames if isinstance(frame, av.VideoFrame))

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        try:
            yield from self._container.demux(self._stream)
        except _DAMAGE:
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
    except _DAMAGE:
        pass  # damaged further on; what came before tells enough
    return max(stamps) - min(stamps) if stamps else packets / rate


def _base_at(container: InputContainer, path: Path, seconds: float) -> datetime:
    written = container.metadata.get("creation_time", "")
    try:
        created_at = datetime.fromisoformat(written)
        created_at = created_at.astimezone(UTC) if created_at.tzinfo else created_at.replace(tzinfo=UTC)
        if created_at.year >= _EARLIEST_YEAR:
            return created_at
    except (ValueError, OverflowError):
        pass  # no time was written, or none that is one
    changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return changed_at - timedelta(seconds=seconds) if seconds < _LONGEST_S else changed_at


def _sentence(error: BaseException, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the name."
    if isinstance(error, PermissionError):
        return "This file may not be read; change its permissions."
    if content_of(path) is Content.EMPTY:
        return "This file is empty; fetch it again."
    if content_of(path) in {Content.PICTURE, Content.HEIF}:
        return "This file is a picture with the name of a video; give it an ending such as .jpg."
    return "This file is not a video that can be read, or it is cut short; fetch it again."
