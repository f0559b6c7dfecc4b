"""Plate patches: cut from a picture, or taken from elsewhere and made safe to keep.

Until the rest of a picture can be obscured, the patch around the plate is all that is kept of it.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from turnpike.images.errors import PatchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_WIDTH_PX = 512
MAX_HEIGHT_PX = 256
MAX_PATCH_BYTES = 64 * 1024
"""Source: ours; a plate is legible from about 100 px of width, and a patch of this size shows no face."""

MARGIN = 0.12
"""Share of the box's width and height added on each side. Source: ours; a person checks the reading by the
plate's edges, and detectors' boxes cut into them."""

MAX_PICTURE_BYTES = 8 * 2**20
"""Of a JPEG to cut from. Source: ours; one of 4K in the best quality has about four."""
MAX_PICTURE_PX = 8_500_000
"""Pixels of a picture that is decoded whole to cut a patch from; a larger one is decoded at a half, a quarter or an eighth of its width. Source: ours;
4K is whole, and three bytes a pixel stay far under the 64 MB that a message may take."""
MAX_PROGRESSIVE_PX = 4_000_000
"""The same of a progressive JPEG, of which the decoder holds all coefficients as well, at any scale. Source: ours; the same memory."""

_QUALITIES = (85, 70, 50, 30)
_MAX_SCANS = 32  # a progressive JPEG has about ten; thousands in a small file only burn the reader's time

_START, _SCAN, _COMMENT, _FILL = 0xD8, 0xDA, 0xFE, 0xFF
_WITH_LENGTH = {*range(0xC0, 0xD0), *range(0xDA, 0xFF)}
_APPLICATION = range(0xE0, 0xF0)
_ADOBE = 0xEE  # holds no metadata but which colours the file is in
_LENGTH = struct.Struct(">H")
_DECODING_FAULTS = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, struct.error)


def cut_patch(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bytes:
    """The JPEG of `box` in `image` with 12 % more on each side, clipped to the picture.

    Args:
        image: RGB, shape (height, width, 3).
        box: x, y, width and height in pixels of `image`; may reach over its edge.

    Returns:
        A JPEG of at most 512 x 256 px and 64 KiB, scaled down where needed, never up; no metadata.

    Raises:
        PatchError: the picture is not of that shape and type, or the box is empty or outside of it.
    """
    if image.dtype != np.uint8 or image.shape[2:] != (3,):
        raise PatchError("A picture to cut from is RGB: uint8, height by width by 3.")
    x, y, width, height = box
    if width <= 0 or height <= 0:
        raise PatchError("The plate's box is empty; give a width and a height above 0.")
    across, down = round(width * MARGIN), round(height * MARGIN)
    left, top = max(0, x - across), max(0, y - down)
    right, bottom = min(image.shape[1], x + width + across), min(image.shape[0], y + height + down)
    if left >= right or top >= bottom:
        raise PatchError("The plate's box lies outside of the picture; give it in the picture's pixels.")
    patch = Image.fromarray(np.ascontiguousarray(image[top:bottom, left:right]))
    patch.thumbnail((MAX_WIDTH_PX, MAX_HEIGHT_PX), Image.Resampling.LANCZOS)
    return _encode(patch)


def patch_from(jpeg: bytes, box: tuple[int, int, int, int]) -> bytes:
    """As `cut_patch`, from a JPEG in which `box` is in its pixels; nothing else of it is kept. Takes at most 64 MB, whatever the picture.

    Raises:
        PatchError: not a JPEG, cut short or damaged, too large, or the box is empty or outside of it.
    """
    if len(jpeg) > MAX_PICTURE_BYTES:
        raise PatchError(f"A picture has at most {MAX_PICTURE_BYTES >> 20} MB; send a smaller one.")
    try:
        with JpegImageFile(io.BytesIO(_without_metadata(jpeg))) as picture:
            across, down = _decode_small_enough(picture)
            left, top = int(box[0] / across), int(box[1] / down)
            width, height = max(1, round(box[2] / across)), max(1, round(box[3] / down))
            # Only what is cut becomes an array: a second copy of the whole would take its size again.
            margin = (round(width * MARGIN) + 1, round(height * MARGIN) + 1)
            edges = (
                max(0, left - margin[0]),
                max(0, top - margin[1]),
                min(picture.width, left + width + margin[0]),
                min(picture.height, top + height + margin[1]),
            )
            if min(box[2:]) <= 0 or edges[0] >= edges[2] or edges[1] >= edges[3]:
                raise PatchError(
                    "The plate's box is empty or outside of the picture; give it in the picture's pixels."
                )
            region = np.asarray(picture.crop(edges).convert("RGB"))
    except _DECODING_FAULTS:
        raise PatchError("The picture is no JPEG, or a damaged one; send it as a JPEG.") from None
    return cut_patch(region, (left - edges[0], top - edges[1], width, height))


def _decode_small_enough(picture: JpegImageFile) -> tuple[float, float]:
    """Decode it within bounds, and say by how much it was made smaller, across and down.

    Raises:
        PatchError: even an eighth of it is too large.
    """
    width, height = picture.size
    if picture.info.get("progressive") and width * height > MAX_PROGRESSIVE_PX:
        raise PatchError("A progressive JPEG has at most 4 megapixels here; send a baseline one.")
    for part in (1, 2, 4, 8):
        if width * height <= MAX_PICTURE_PX * part * part:
            picture.draft("RGB", (width // part, height // part))
            picture.load()
            return width / picture.width, height / picture.height
    raise PatchError("The picture is too large; send it with fewer pixels.")


def check_patch(jpeg: bytes) -> bytes:
    """The patch as it may be kept: decoded and encoded anew, so that nothing but its pixels remains.

    The pixels are kept as they lie; an EXIF orientation is not followed. Memory and time are bounded: sizes
    are checked before anything is decoded.

    Raises:
        PatchError: not a JPEG, cut short or damaged, over 64 KiB or over 512 x 256 px.
    """
    if len(jpeg) > MAX_PATCH_BYTES:
        raise PatchError(f"A plate patch has at most {MAX_PATCH_BYTES // 1024} KiB; send a smaller one.")
    try:
        # Not Image.open: it would try to warn about sizes that are refused below anyway.
        with JpegImageFile(io.BytesIO(_without_metadata(jpeg))) as picture:
            if picture.width > MAX_WIDTH_PX or picture.height > MAX_HEIGHT_PX:
                raise PatchError(
                    f"A plate patch has at most {MAX_WIDTH_PX} x {MAX_HEIGHT_PX} px; cut it to the plate."
                )
            return _encode(picture if picture.mode == "L" else picture.convert("RGB"))
    except _DECODING_FAULTS:
        raise PatchError("The plate patch is no JPEG, or a damaged one; send it as a JPEG.") from None


def _encode(patch: Image.Image) -> bytes:
    """The first quality that fits; the last always does at 512 x 256 px."""
    jpeg = b""
    for quality in _QUALITIES:
        target = io.BytesIO()
        patch.save(target, "JPEG", quality=quality)
        jpeg = target.getvalue()
        if len(jpeg) <= MAX_PATCH_BYTES:
            break
    return jpeg


def _without_metadata(jpeg: bytes) -> bytes:
    """`jpeg` less comments and application segments, so that no parser of those sees hostile ones.

    Source: ITU-T T.81 annex B, the marker segments up to the first scan.

    Raises:
        ValueError: it is not built as a JPEG is, or has more scans than any honest one.
        struct.error: it ends within a segment's length.
    """
    if not jpeg.startswith(bytes((0xFF, _START))):
        raise ValueError("no start of image")
    if jpeg.count(bytes((0xFF, _SCAN))) > _MAX_SCANS:  # cannot occur within a scan: 0xFF is escaped there
        raise ValueError("too many scans")
    kept, at = [jpeg[:2]], 2
    while True:
        if jpeg[at : at + 1] != b"\xff" or at + 1 == len(jpeg):
            raise ValueError("no marker")
        marker = jpeg[at + 1]
        if marker == _SCAN:
            return b"".join([*kept, jpeg[at:]])
        if marker == _FILL:
            at += 1
            continue
        if marker not in _WITH_LENGTH:  # other readers pass over it and would see what follows otherwise
            raise ValueError("a marker that has no place here")
        end = at + 2 + _LENGTH.unpack_from(jpeg, at + 2)[0]
        if marker == _ADOBE or not (marker in _APPLICATION or marker == _COMMENT):
            kept.append(jpeg[at:end])
        at = end
