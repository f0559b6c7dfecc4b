"""Decoded pictures of any mode to upright RGB of eight bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
_ANY_MODE = {"La": "LA", "RGBa": "RGBA"}
"""By way of which other modes Pillow makes RGB of some."""


def upright_rgb(picture: Image.Image, orientation: int) -> NDArray[np.uint8]:
    """The picture as RGB, uint8, (height, width, 3), C-contiguous, turned as its Exif `orientation` asks for.

    What is transparent shows the colour that lies beneath.
    """
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = Image.fromarray(_eight_bits(np.asarray(picture)))
    turn = _UPRIGHT.get(orientation)
    upright = picture.transpose(turn) if turn is not None else picture
    if upright.mode in _ANY_MODE:
        upright = upright.convert(_ANY_MODE[upright.mode])
    if upright.mode != "RGB":
        upright = upright.convert("RGB")
    return np.ascontiguousarray(upright, dtype=np.uint8)


def _eight_bits(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Deep pixels brought to eight bits: of whole numbers the highest eight that any of them uses, since cameras write 10 or 12 bits into 16."""
    if np.issubdtype(pixels.dtype, np.floating):
        finite: NDArray[np.float32] = pixels.astype(np.float32)
        np.nan_to_num(finite, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        # A share of 1, as most programs write them, or else whatever scale there is.
        most = max(1.0, float(finite.max(initial=0.0)))
        finite *= 255 / most  # in place: such pictures are large enough once
        return np.clip(finite, 0, 255, out=finite).astype(np.uint8)
    whole = np.maximum(pixels, 0)
    shift = max(0, int(whole.max(initial=0)).bit_length() - 8)
    found: NDArray[np.uint8] = (whole >> shift).astype(np.uint8)
    return found
