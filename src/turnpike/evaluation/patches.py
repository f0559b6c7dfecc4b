"""The part of a picture that a report shows of a failure: the plate, its nearest surroundings, and nothing else."""

from __future__ import annotations

import io
from enum import Enum
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.evaluation.models import LabelBox

SHOWN_WIDTH_PX = 420
SHOWN_HEIGHT_PX = 320
_QUALITY = 82
_LEAST_SIDE_PX = 2
_MARK = (255, 206, 61)
_MARK_EDGE = (22, 34, 44)


class Surroundings(Enum):
    """How much of the picture is shown: to each side, and above and below, in widths of the plate."""

    CLOSE = (0.25, 0.2)
    NEAR = (1.0, 0.5)
    """Half a width above: a car's windscreen begins about one above its plate."""


def patch_of(image: NDArray[np.uint8], box: LabelBox, around: Surroundings) -> bytes:
    """The plate at `box` enlarged, as a JPEG; with its box drawn where more than it is shown. Empty where it lies outside.

    `image` is RGB, (height, width, 3). Only what is shown is in the file, which carries no notes of the camera's.
    """
    side, rise = (share * box[2] for share in around.value)
    height, width = image.shape[:2]
    left, top = max(0, int(box[0] - side)), max(0, int(box[1] - rise))
    right, bottom = min(width, int(box[0] + box[2] + side) + 1), min(height, int(box[1] + box[3] + rise) + 1)
    if right - left < _LEAST_SIDE_PX or bottom - top < _LEAST_SIDE_PX:
        return b""
    part = Image.fromarray(image[top:bottom, left:right])
    scale = min(SHOWN_WIDTH_PX / part.width, SHOWN_HEIGHT_PX / part.height)
    shown = part.resize(
        (max(1, round(part.width * scale)), max(1, round(part.height * scale))), Image.Resampling.BICUBIC
    )
    if around is Surroundings.NEAR:
        x, y = (box[0] - left) * scale, (box[1] - top) * scale
        frame = (x, y, x + box[2] * scale, y + box[3] * scale)
        draw = ImageDraw.Draw(shown)
        draw.rectangle(frame, outline=_MARK_EDGE, width=4)
        draw.rectangle(frame, outline=_MARK, width=2)
    jpeg = io.BytesIO()
    shown.save(jpeg, "JPEG", quality=_QUALITY, optimize=True)
    return jpeg.getvalue()
