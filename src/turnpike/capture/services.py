"""Pictures, folders, videos and streams to frames, for every other folder."""

from __future__ import annotations

from turnpike.capture.errors import (
    CaptureError,
    FolderEmpty,
    PictureUnreadable,
    SourceUnknown,
    StreamUnreachable,
    VideoCutShort,
    VideoUnreadable,
)
from turnpike.capture.models import Frame, SourceKind, StreamCounts
from turnpike.capture.pictures import load_picture
from turnpike.capture.sources import classify, pictures_in, redact, shown
from turnpike.capture.stream_clock import StreamClock
from turnpike.capture.streams import Pauses, StreamReader
from turnpike.capture.videos import video_frames

__all__ = [
    "CaptureError",
    "FolderEmpty",
    "Frame",
    "Pauses",
    "PictureUnreadable",
    "SourceKind",
    "SourceUnknown",
    "StreamClock",
    "StreamCounts",
    "StreamReader",
    "StreamUnreachable",
    "VideoCutShort",
    "VideoUnreadable",
    "classify",
    "load_picture",
    "pictures_in",
    "redact",
    "shown",
    "video_frames",
]
