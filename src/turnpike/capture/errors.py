"""What can go wrong between a source and its frames.

InputError
└── CaptureError              a source gives no frames, or not all of them
    ├── SourceUnknown         the source is of no kind that can be read
    ├── FolderEmpty           a folder holds no pictures
    ├── PictureUnreadable     a file is no picture, or its picture is damaged or too large
    ├── VideoUnreadable       a file is no video that can be decoded
    ├── VideoCutShort         a video ended early or was damaged; what decoded was given before
    └── StreamUnreachable     nothing answered at an address in time

No sentence names the file or the address: file names often hold plates, addresses hold passwords, and
errors end in logs. Whoever asked knows which source it was.
"""

from __future__ import annotations

from turnpike.errors import InputError


class CaptureError(InputError):
    """A source gives no frames, or not all of them."""


class SourceUnknown(CaptureError):
    """The source is of no kind that can be read."""


class FolderEmpty(CaptureError):
    """The folder holds no pictures."""


class PictureUnreadable(CaptureError):
    """The file is no picture, or its picture is damaged or too large."""


class VideoUnreadable(CaptureError):
    """The file is no video that can be decoded."""


class VideoCutShort(CaptureError):
    """The video ended early or was damaged; what decoded was given before."""


class StreamUnreachable(CaptureError):
    """Nothing answered at the address in time."""
