"""A picture file to a frame, and when it was taken."""

from __future__ import annotations

import struct
import warnings
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from turnpike.capture.errors import PictureUnreadable
from turnpike.capture.models import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_PICTURE_PIXELS = 80_000_000
"""Largest picture decoded. Source: ours; above any traffic camera (24 megapixels), and 240 MB as RGB."""

# What Pillow's decoders are known to raise on damaged files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    struct.error,
    zlib.error,
    OverflowError,
    MemoryError,
)
# How a picture is turned upright. Source: Exif 2.32, tag 0x0112 (orientation).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EARLIEST_YEAR = 1990  # a clock that was never set says 1970 or 1980


def load_picture(path: Path) -> Frame:
    """The picture in the file, turned upright.

    `captured_at` is the camera's own time (Exif DateTimeOriginal, in UTC where no offset is written) if it is
    sound, else when the file was last written.

    Raises:
        PictureUnreadable: missing, no picture, damaged, or over 80 megapixels.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe could be waited for without end
            raise PictureUnreadable("This is not a file; give a picture file.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of notes that cannot be read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.width * picture.height > MAX_PICTURE_PIXELS:
                    raise PictureUnreadable("This picture is too large; give one of at most 80 megapixels.")
                picture.load()
                exif = _exif(picture)
                image = _rgb(picture, exif)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureUnreadable("This picture is too large; give one of at most 80 megapixels.") from error
    except _DAMAGE as error:
        raise PictureUnreadable(_sentence(error)) from error
    return Frame(image, _taken_at(exif) or written_at, str(path), 0)


def _rgb(picture: Image.Image, exif: Image.Exif) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):  # 16 bits a pixel, as infrared cameras write them
        picture = Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    turn = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation, 1))
    upright = picture.transpose(turn) if turn is not None else picture
    return np.ascontiguousarray(upright.convert("RGB"), dtype=np.uint8)


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


def _sentence(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the name."
    if isinstance(error, PermissionError):
        return "This file may not be read; change its permissions."
    if isinstance(error, UnidentifiedImageError):
        return "This file is not a picture that can be read; give JPEG, PNG, WebP, TIFF or BMP."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this picture; give a smaller one."
    return "This picture is damaged or cut short; fetch it again."
