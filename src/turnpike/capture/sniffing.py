"""What a file holds by its first bytes, to say what is wrong with it in words that help."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 16
# Source: the formats' own specifications; ISO/IEC 14496-12 for the boxes, ISO/IEC 23008-12 for the brands.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_PICTURE_BRANDS = {b"avif", b"avis"}
_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"wide"}
_VIDEOS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\0\0\x01\xba", b"\0\0\x01\xb3")


class Content(Enum):
    """What the first bytes of a file say."""

    EMPTY = auto()
    PICTURE = auto()
    HEIF = auto()
    VIDEO = auto()
    OTHER = auto()


def content_of(path: Path) -> Content:
    """What the file holds; `OTHER` where it cannot be told or read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return Content.OTHER
    if not head:
        return Content.EMPTY
    if head[4:8] in _BOXES:
        return _by_brand(head[8:12]) if head[4:8] == b"ftyp" else Content.VIDEO
    if head[:4] == b"RIFF":
        return {b"WEBP": Content.PICTURE, b"AVI ": Content.VIDEO}.get(head[8:12], Content.OTHER)
    if head.startswith(_PICTURES):
        return Content.PICTURE
    return Content.VIDEO if head.startswith(_VIDEOS) else Content.OTHER


def _by_brand(brand: bytes) -> Content:
    if brand in _HEIF_BRANDS:
        return Content.HEIF
    return Content.PICTURE if brand in _PICTURE_BRANDS else Content.VIDEO
