"""A picture file to a frame, and when it was taken. Whatever the file holds: a frame or one sentence, in bounded memory."""

from __future__ import annotations

import struct
import warnings
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PIL import ExifTags, Image, ImageFile, JpegImagePlugin, UnidentifiedImageError

from turnpike.capture.errors import PictureUnreadable
from turnpike.capture.models import Frame
from turnpike.capture.pixels import upright_rgb
from turnpike.capture.sniffing import Content, content_of

if TYPE_CHECKING:
    from pathlib import Path

MAX_PICTURE_PIXELS = 80_000_000
"""Largest picture decoded. Source: ours; above any traffic camera (24 megapixels), and 320 MB in the decoder."""
MAX_REDUCED_PIXELS = 256_000_000
"""Largest JPEG that is decoded at half its size. Source: ours; above any camera that is sold (200 megapixels)."""
MAX_SIDE_PX = 65_535
"""Longest side. Source: what JPEG can hold; a longer one is no camera's, and a thin strip would cost memory by its padding."""
_CHUNK_BYTES, _MOST_CHUNKS = 1 << 20, 256
"""Of a progressive JPEG; one of 64 megapixels takes some 60 MB at the best quality."""
MAX_SCANS = 100
"""Most scans of a progressive JPEG, each of which goes over the whole picture. Source: ours; encoders write about ten."""
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "PPM")
"""No others: some that Pillow knows start other programs or are parsed by code that few have tried to break."""

# What Pillow's decoders are known to raise on damaged files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    struct.error,
    zlib.error,
    MemoryError,
)
_EARLIEST_YEAR = 1990  # a clock that was never set says 1970 or 1980
_TOO_LARGE = "This picture is too large; give one of at most 80 megapixels, or a plain (not progressive) JPEG of at most 256."
_SEVERAL = "This file holds more pictures than one, as an animation does; the first was read. Save the others by themselves."

_BY_CONTENT = {
    Content.EMPTY: "This file is empty; fetch it again.",
    Content.PICTURE: "This picture is damaged or cut short; fetch it again.",
    Content.HEIF: "This is a HEIC picture, which cannot be read here; save it as JPEG.",
    Content.VIDEO: "This file is a video with the name of a picture; give it an ending such as .mp4.",
    Content.OTHER: "This file is not a picture that can be read; give JPEG, PNG, WebP, TIFF or BMP.",
}


def load_picture(path: Path) -> Frame:
    """The picture in the file, turned upright; of several (an animation, pages) the first, and a note says so.

    `captured_at` is the camera's own time (Exif DateTimeOriginal, in UTC where no offset is written) if it is
    sound, else when the file was last written. A JPEG over 80 megapixels is decoded at half its size.

    Raises:
        PictureUnreadable: missing, no picture, damaged, or too large.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe could be waited for without end
            raise PictureUnreadable("This is not a file; give a picture file.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of notes that cannot be read
            # How large a picture may be is asked below, before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with _opened(path) as picture:
                return _loaded(picture, path)
    except _DAMAGE as error:
        raise PictureUnreadable(_sentence(error, path)) from error


def _opened(path: Path) -> ImageFile.ImageFile:
    try:
        return Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        with path.open("rb") as file:
            if not file.read(3) == b"\xff\xd8\xff":
                raise PictureUnreadable(_TOO_LARGE) from error
        # Pillow refuses what it could still decode at half its size.
        return JpegImagePlugin.JpegImageFile(path)


def _loaded(picture: ImageFile.ImageFile, path: Path) -> Frame:
    whole = picture.size
    notes = [f"{picture.format}, {picture.mode}, {whole[0]} by {whole[1]} px"]
    cautions: list[str] = []
    reduced_by = _fit(picture, path)
    if reduced_by > 1:
        cautions.append(
            f"This picture is too large to be decoded whole; it was read with sides {reduced_by} times shorter."
        )
    if getattr(picture, "is_animated", False):
        cautions.append(_SEVERAL)
    picture.load()
    exif = _exif(picture)
    turned = exif.get(ExifTags.Base.Orientation, 1)
    image = upright_rgb(picture, turned)
    if turned in range(2, 9):
        notes.append(f"Turned upright, as its Exif orientation {turned} asks for.")
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    taken_at = _taken_at(exif) or written_at
    return Frame(
        image, taken_at, str(path), 0, reduced_by=reduced_by, notes=tuple(notes), cautions=tuple(cautions)
    )


def _fit(picture: ImageFile.ImageFile, path: Path) -> int:
    """Ask the decoder for a picture that the memory holds; how many times shorter its sides are then.

    Raises:
        PictureUnreadable: it has none.
    """
    width, height = picture.size
    if max(width, height) > MAX_SIDE_PX:
        raise PictureUnreadable(
            f"A side of this picture is longer than {MAX_SIDE_PX:,} pixels; give a part of it."
        )
    progressive = bool(picture.info.get("progressive"))
    if progressive and _has_many_scans(path):
        raise PictureUnreadable("This JPEG is drawn in more steps than any camera uses; save it anew.")
    if width * height <= MAX_PICTURE_PIXELS:
        return 1
    # A progressive one is held whole, as coefficients, at whatever size it is asked for.
    if picture.format != "JPEG" or progressive or width * height > MAX_REDUCED_PIXELS:
        raise PictureUnreadable(_TOO_LARGE)
    picture.draft("RGB", (width // 2, height // 2))
    if picture.width * picture.height > MAX_PICTURE_PIXELS:
        raise PictureUnreadable(_TOO_LARGE)
    return 2


def _exif(picture: Image.Image) -> Image.Exif:
    try:
        return picture.getexif()
    except _DAMAGE:
        # Damaged notes about a picture are no reason to refuse the picture.
        return Image.Exif()


def _taken_at(exif: Image.Exif) -> datetime | None:
    try:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        written = str(details[ExifTags.Base.DateTimeOriginal])
        offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, "")).strip() or "+00:00"
        taken_at = datetime.strptime(f"{written} {offset}", "%Y:%m:%d %H:%M:%S %z").astimezone(UTC)
    except _DAMAGE:
        return None
    return taken_at if taken_at.year >= _EARLIEST_YEAR else None


def _sentence(error: BaseException, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the name."
    if isinstance(error, PermissionError):
        return "This file may not be read; change its permissions."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this picture; give a smaller one."
    content = content_of(path)
    if content is Content.OTHER and not isinstance(error, UnidentifiedImageError):
        content = Content.PICTURE  # it was taken for one by who knows it
    return _BY_CONTENT[content]


def _has_many_scans(path: Path) -> bool:
    """Whether a progressive JPEG has more than any camera makes; what is too long to be one is told so too."""
    scans, last = 0, b""
    with path.open("rb") as file:
        for _ in range(_MOST_CHUNKS):
            chunk = file.read(_CHUNK_BYTES)
            if not chunk:
                return False
            scans += (last + chunk).count(b"\xff\xda")
            if scans > MAX_SCANS:
                return True
            last = chunk[-1:]
    return True
