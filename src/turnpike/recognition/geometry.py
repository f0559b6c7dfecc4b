"""Where regions lie: boxes, slopes, neighbours, and patches cut out upright."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Box, Corners

_MIN_ASPECT, _MAX_ASPECT = 1.2, 8.0
"""Width to height of a plate's writing. Source: ours; from two-row plates to the 520 by 110 mm plate, whose
characters alone are about 5.5 to 1, seen askew or with its frame."""
_MIN_HEIGHT_PX = 7.0
_MIN_WIDTH_PX = 40.0
"""Of a whole plate. Source: ours; seven characters with their gaps take five to six pixels each at least to
be told apart, and a plate read too far away gets a wrong text."""
_MAX_SLOPE_DEGREES = 35.0


def box_of(corners: Corners, size: tuple[int, int]) -> Box:
    """The upright box around `corners`, within a picture of `size` (width, height)."""
    xs = [min(max(x, 0.0), size[0]) for x, _ in corners]
    ys = [min(max(y, 0.0), size[1]) for _, y in corners]
    left, top = math.floor(min(xs)), math.floor(min(ys))
    return left, top, max(1, math.ceil(max(xs)) - left), max(1, math.ceil(max(ys)) - top)


def extent(corners: Corners) -> tuple[float, float]:
    """Mean width and height along the writing, in pixels."""
    top_left, top_right, bottom_right, bottom_left = corners
    width = (math.dist(top_left, top_right) + math.dist(bottom_left, bottom_right)) / 2
    height = (math.dist(top_left, bottom_left) + math.dist(top_right, bottom_right)) / 2
    return width, height


def may_be_plate(corners: Corners) -> bool:
    """Whether a region has the size, proportions and slope of a plate's writing."""
    width, height = extent(corners)
    return (
        height >= _MIN_HEIGHT_PX
        and width >= _MIN_WIDTH_PX
        and _MIN_ASPECT <= width / height <= _MAX_ASPECT
        and abs(_slope_degrees(corners)) <= _MAX_SLOPE_DEGREES
    )


def may_be_piece(corners: Corners) -> bool:
    """Whether a region could be a part of a plate's row; its width alone tells nothing."""
    width, height = extent(corners)
    return (
        height >= _MIN_HEIGHT_PX
        and width / height <= _MAX_ASPECT
        and abs(_slope_degrees(corners)) <= _MAX_SLOPE_DEGREES
    )


def follows_on_row(left: Corners, right: Corners) -> bool:
    """Whether `right` continues the row of `left`: as high, as far down, and no further than a plate's gap."""
    (_, left_height), (_, right_height) = extent(left), extent(right)
    height = max(left_height, right_height)
    if min(left_height, right_height) < 0.65 * height:
        return False
    # From the middle of the left one's right edge to the middle of the right one's left edge.
    end = _middle(left[1], left[2])
    start = _middle(right[0], right[3])
    along = math.radians(_slope_degrees(left))
    gap = (start[0] - end[0]) * math.cos(along) + (start[1] - end[1]) * math.sin(along)
    off = abs((start[1] - end[1]) * math.cos(along) - (start[0] - end[0]) * math.sin(along))
    return -0.4 * height <= gap <= 1.3 * height and off <= 0.35 * height


def joined(left: Corners, right: Corners) -> Corners:
    """The region from the left edge of `left` to the right edge of `right`."""
    return left[0], right[1], right[2], left[3]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0-1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def upright(image: NDArray[np.uint8], corners: Corners) -> NDArray[np.uint8]:
    """The region of `image` as an upright patch (RGB, uint8) of its own size."""
    width, height = extent(corners)
    top_left, top_right, bottom_right, bottom_left = corners
    patch = Image.fromarray(image).transform(
        (max(1, round(width)), max(1, round(height))),
        Image.Transform.QUAD,
        (*top_left, *bottom_left, *bottom_right, *top_right),
        Image.Resampling.BICUBIC,
    )
    return np.asarray(patch, dtype=np.uint8)


def _slope_degrees(corners: Corners) -> float:
    start, end = _middle(corners[0], corners[3]), _middle(corners[1], corners[2])
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
