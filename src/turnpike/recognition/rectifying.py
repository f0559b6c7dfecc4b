"""A plate cut out of a picture by its four corners, made square for the reader; with Pillow and numpy alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.recognition.geometry import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners

HEIGHT_PX, WIDTH_PX = 56, 192
MARGIN_Y, MARGIN_X = 0.10, 0.03
"""Share of the crop's height and width that is left around the plate. Source: ours."""
ROOM = (0.06, 0.12)
"""By how much a found plate is read longer and higher than its corners say: a narrow sign at the edge is worth more than a tight cut. Source:
ours, set on held-out renders."""
_ROOM = 0.35
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_COARSER_THAN = 1.5


def with_room(corners: Corners, room: tuple[float, float] = ROOM) -> Corners:
    """What to cut out to read the plate between `corners`, as a detector finds them; `room` as shares of its length and height."""
    return grown(corners, *room)


def without_room(corners: Corners) -> Corners:
    """The corners that `with_room` makes into these."""
    along, across = ROOM
    return grown(corners, 1 / (1 + along) - 1, 1 / (1 + across) - 1)


def rectify(image: NDArray[np.uint8], corners: Corners) -> NDArray[np.uint8]:
    """The plate between `corners` of `image` (RGB, uint8): grey, uint8, (HEIGHT_PX, WIDTH_PX), its margins included.

    What lies outside the picture is drawn out from its edge.
    """
    quad = np.asarray(corners, np.float64)
    size = quad.max(axis=0) - quad.min(axis=0)
    low = np.floor(quad.min(axis=0) - _ROOM * size - 2).astype(int)
    high = np.ceil(quad.max(axis=0) + _ROOM * size + 2).astype(int)
    height, width = image.shape[:2]
    left, top = int(np.clip(low[0], 0, width - 1)), int(np.clip(low[1], 0, height - 1))
    right, bottom = int(np.clip(high[0], left + 1, width)), int(np.clip(high[1], top + 1, height))
    grey = image[top:bottom, left:right].astype(np.float32) @ _LUMA
    patch = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    padding = ((top - low[1], high[1] - bottom), (left - low[0], high[0] - right))
    if any(side > 0 for pair in padding for side in pair):
        patch = np.pad(patch, [(max(0, a), max(0, b)) for a, b in padding], mode="edge")
    quad = quad - low
    # A large plate is made coarser first, or thin strokes fall between the points that are looked at.
    tall = (math.dist(quad[0], quad[3]) + math.dist(quad[1], quad[2])) / 2
    wide = (math.dist(quad[0], quad[1]) + math.dist(quad[3], quad[2])) / 2
    picture = Image.fromarray(patch)
    factor = max(1, math.floor(min(tall / HEIGHT_PX, wide / WIDTH_PX * 2) / _COARSER_THAN + 0.5))
    if factor > 1:
        picture = picture.reduce(factor)
        quad = quad / factor
    found = picture.transform(
        (WIDTH_PX, HEIGHT_PX), Image.Transform.PERSPECTIVE, _coefficients(quad), Image.Resampling.BILINEAR
    )
    return np.asarray(found, dtype=np.uint8)


def _coefficients(quad: NDArray[np.float64]) -> tuple[float, ...]:
    """Pillow's eight numbers that take a point of the crop to a point of the picture."""
    dx, dy = MARGIN_X * WIDTH_PX, MARGIN_Y * HEIGHT_PX
    target = ((dx, dy), (WIDTH_PX - dx, dy), (WIDTH_PX - dx, HEIGHT_PX - dy), (dx, HEIGHT_PX - dy))
    rows, values = [], []
    for (u, v), (x, y) in zip(target, quad, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
        values += [x, y]
    try:
        return tuple(np.linalg.solve(np.array(rows), np.array(values)))
    except np.linalg.LinAlgError:
        # Corners on one line hold nothing to read; any map will do.
        return (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
