"""Where regions lie: boxes, extents and overlap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from turnpike.recognition.models import Box, Corners

_EDGE_PX = 1.5
_HEIGHTS = 2.5
_LONG = 2.6
_SHORT_UNIT = 1.2


def box_of(corners: Corners, size: tuple[int, int]) -> Box:
    """The upright box around `corners`, within a picture of `size` (width, height); never empty."""
    xs = [min(max(x, 0.0), size[0]) for x, _ in corners]
    ys = [min(max(y, 0.0), size[1]) for _, y in corners]
    left, top = min(math.floor(min(xs)), size[0] - 1), min(math.floor(min(ys)), size[1] - 1)
    return left, top, max(1, math.ceil(max(xs)) - left), max(1, math.ceil(max(ys)) - top)


def extent(corners: Corners) -> tuple[float, float]:
    """Mean width and height along the writing, in pixels."""
    top_left, top_right, bottom_right, bottom_left = corners
    width = (math.dist(top_left, top_right) + math.dist(bottom_left, bottom_right)) / 2
    height = (math.dist(top_left, bottom_left) + math.dist(top_right, bottom_right)) / 2
    return width, height


def size_of(corners: Corners) -> float:
    """How large a plate stands on its picture, in pixels: its width, or two and a half of its heights where it has two rows."""
    wide, high = extent(corners)
    return max(wide, _HEIGHTS * high, 1.0)


def is_cut(corners: Corners, size: tuple[int, int]) -> bool:
    """Whether a region reaches the edge of a picture of `size` (width, height), so that a part of it may lie outside."""
    return any(
        x < _EDGE_PX or x > size[0] - _EDGE_PX or y < _EDGE_PX or y > size[1] - _EDGE_PX for x, y in corners
    )


def whole_of(size: tuple[int, int]) -> Corners:
    """The corners of a picture of `size` (width, height) itself."""
    width, height = float(size[0]), float(size[1])
    return (0.0, 0.0), (width, 0.0), (width, height), (0.0, height)


def grown(corners: Corners, along: float, across: float) -> Corners:
    """The region made longer along its writing and higher across it, by these shares, about its middle."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    ux, uy = (bx - ax + cx - dx) / 4 * along, (by - ay + cy - dy) / 4 * along
    vx, vy = (dx - ax + cx - bx) / 4 * across, (dy - ay + cy - by) / 4 * across
    return (
        (ax - ux - vx, ay - uy - vy),
        (bx + ux - vx, by + uy - vy),
        (cx + ux + vx, cy + uy + vy),
        (dx - ux + vx, dy - uy + vy),
    )


def overlaps(corners: ArrayLike, others: Sequence[Corners] | NDArray[np.floating]) -> NDArray[np.float64]:
    """Of the upright boxes around `corners` (4, 2) and around each of `others` (n, 4, 2): intersection over union, (n,)."""
    one, many = np.asarray(corners, np.float64), np.asarray(others, np.float64).reshape(-1, 4, 2)
    low, high = one.min(axis=0), one.max(axis=0)
    lows, highs = many.min(axis=1), many.max(axis=1)
    inner = np.clip(np.minimum(high, highs) - np.maximum(low, lows), 0, None).prod(axis=1)
    whole = (high - low).prod() + (highs - lows).prod(axis=1)
    found: NDArray[np.float64] = inner / np.maximum(whole - inner, 1e-9)
    return found


def plate_unit_px(box: Box) -> float:
    """About how wide a long European plate (520 mm) would be where the plate in `box` is, by which a vehicle around it is measured.

    A plate that is less than 2.6 times as long as high has two rows or is of another continent, and is shorter. Source: ours.
    """
    width, height = box[2], box[3]
    return float(width) if width >= _LONG * height else max(float(width), _LONG * height) * _SHORT_UNIT
