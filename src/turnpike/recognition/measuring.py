"""What can be measured of a plate on its picture, to say what would have it read: how large, how sharp, how bright, how askew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.recognition.geometry import extent
from turnpike.recognition.rectifying import HEIGHT_PX, MARGIN_X, MARGIN_Y, WIDTH_PX, rectify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners

_BRIGHTEST = 250
_PLATE_MM, _STROKE_MM = 520.0, 14.0
"""Source: schedule 3 of the Road Vehicles (Display of Registration Marks) Regulations 2001; others' plates are much alike."""
_STEEPEST = 98
"""The percentile of slopes that stands for an edge: a few pixels of noise lie above."""
_LEAST_SLOPE = 0.5


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one plate.

    `width_px`, `height_px` as it stands on the picture; `darkest`, `brightest` (0-255) what a twentieth of it is below and above;
    `glaring` the share (0-1) that is white beyond telling; `edge_strokes` how wide an edge along the writing is, in widths of a sign's stroke
    (1 is sharp enough, 2 is blurred), `edge_strokes_across` that of edges across it; `turned_deg` how far its writing is from level, `leaning_deg`
    how far its sides are from square to it.
    """

    width_px: float
    height_px: float
    darkest: float
    brightest: float
    glaring: float
    edge_strokes: float
    edge_strokes_across: float
    turned_deg: float
    leaning_deg: float

    @property
    def size_px(self) -> float:
        """Its width, or two and a half of its heights where it has two rows."""
        return max(self.width_px, 2.5 * self.height_px)

    @property
    def contrast(self) -> float:
        """Between its dark and its bright parts (0-255)."""
        return self.brightest - self.darkest


def measure(image: NDArray[np.uint8], corners: Corners) -> Measures:
    """The measures of the plate between `corners` of `image` (RGB, uint8)."""
    crop = rectify(image, corners).astype(np.float64)
    side, top = round(MARGIN_X * WIDTH_PX), round(MARGIN_Y * HEIGHT_PX)
    plate = crop[top : HEIGHT_PX - top, side : WIDTH_PX - side]
    darkest, brightest = np.percentile(plate, (5, 95)).tolist()
    stroke_px = plate.shape[1] * _STROKE_MM / _PLATE_MM
    contrast = max(brightest - darkest, 1.0)
    along, across = (
        contrast / max(float(np.percentile(np.abs(np.diff(plate, axis=axis)), _STEEPEST)), _LEAST_SLOPE)
        for axis in (1, 0)
    )
    width, height = extent(corners)
    # What is made taller for the reader than the picture has it is not blurred by that.
    tallness = (plate.shape[0] / max(height, 1.0)) / (plate.shape[1] / max(width, 1.0))
    turned, leaning = _angles(corners)
    return Measures(
        width_px=width,
        height_px=height,
        darkest=darkest,
        brightest=brightest,
        glaring=float((plate >= _BRIGHTEST).mean()),
        edge_strokes=along / stroke_px,
        edge_strokes_across=across / (stroke_px * tallness),
        turned_deg=turned,
        leaning_deg=leaning,
    )


def _angles(corners: Corners) -> tuple[float, float]:
    """How far the writing is from level, and the sides from square to it, in degrees from 0 to 90."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    along = math.atan2(by - ay + cy - dy, bx - ax + cx - dx)
    down = math.atan2(dy - ay + cy - by, dx - ax + cx - bx)
    leaning = abs(math.degrees(down - along) % 180 - 90)
    return abs(math.degrees(along)), leaning
