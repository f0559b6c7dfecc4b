"""What kind of source a text names, and which pictures a folder holds."""

from __future__ import annotations

import os
import re
from pathlib import Path

from turnpike.capture.errors import FolderEmpty, SourceUnknown
from turnpike.capture.models import SourceKind

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"})
VIDEO_SUFFIXES = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".ts",
        ".mts",
        ".m2ts",
        ".mpg",
        ".mpeg",
        ".h264",
        ".264",
        ".hevc",
        ".flv",
    }
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_STREAM_SCHEMES = {"rtsp", "rtsps"}


def classify(source: str) -> SourceKind:
    """The kind of source that `source` names: an address by its scheme, a folder, else a file by its suffix.

    A file of another suffix, and one that is not there, counts as a picture; loading it says what is wrong.

    Raises:
        SourceUnknown: an address of another scheme than rtsp and rtsps.
    """
    if scheme := _SCHEME.match(source):
        if scheme[1].lower() in _STREAM_SCHEMES:
            return SourceKind.STREAM
        raise SourceUnknown("Only rtsp:// and rtsps:// addresses can be read; save anything else to a file.")
    path = Path(source)
    try:
        if path.is_dir():
            return SourceKind.FOLDER
    except OSError:  # such as a name that is too long; loading it says so
        return SourceKind.PICTURE
    return SourceKind.VIDEO if path.suffix.lower() in VIDEO_SUFFIXES else SourceKind.PICTURE


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """All pictures in `folder` and below it, in order of their paths; hidden files are left out.

    Raises:
        FolderEmpty: there is none.
    """
    found = tuple(
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in PICTURE_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        raise FolderEmpty("This folder holds no pictures; give one with JPEG or PNG files in it.")
    return found


def redact(address: str) -> str:
    """`address` without user, password and query, fit for a screen or a log; of a path that says more than where, nothing is left."""
    # Up to the last @, since passwords are often typed in with unescaped signs.
    bare = re.sub(r"(?<=://).*@", "", address)
    bare = re.sub(r"[?#].*", "", bare)
    # Some recorders take user and password in the path: /user=admin&password=secret&channel=1.
    return re.sub(r"(?<=://)([^/]*)/.*[=&;:].*", r"\1/…", bare)


def shown(source: str) -> str:
    """A source's name as a screen may show it: redacted, with a mark for bytes that are no text and for what would move the cursor."""
    text = os.fsencode(redact(source)).decode(errors="replace")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
