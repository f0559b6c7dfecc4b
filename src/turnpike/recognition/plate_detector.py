"""Where plates are: one pass over the whole picture, and closer looks where it is larger than the network's view."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.recognition.models import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners
    from turnpike.recognition.networks import Network

VIEW_PX = 640
"""Longest side of what the network looks at in one pass; larger pictures are made smaller for the first pass."""
CLOSE_FROM = 1.35
"""A picture this much larger than the view is looked at a second time, in overlapping parts, at up to twice the first scale."""
_MOST_SCALE = 2.0
_STRIDE_PX = 8
_MULTIPLE_PX = 32
_CORNER_UNIT_PX = 16.0
_GREY = 114
_OVERLAP_PX = 96
_STRETCH = 1.15
"""A part may be this much longer than the view, where that saves a part."""
FOUND = 0.30
"""Least score of a cell that is looked at. Source: ours; what is no plate is refused later, by the reader and the calibration."""
_SAME_PLATE = 0.25
_SMALLEST_WIDTH_PX = 12.0
_MOST_REGIONS = 24


class PlateDetector:
    """A `Detector` on our own network; see docs/models.md."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, image: NDArray[np.uint8]) -> tuple[Region, ...]:
        """The plates of `image` (RGB, uint8), most certain first, each with its own four corners."""
        height, width = image.shape[:2]
        if min(height, width) < _STRIDE_PX:
            return ()
        whole = min(1.0, VIEW_PX / max(height, width))
        found = self._look(image, whole, (0, 0))
        if 1 / whole >= CLOSE_FROM:
            close = min(1.0, whole * _MOST_SCALE)
            for left, top, right, bottom in _parts(width, height, close):
                found += self._look(image[top:bottom, left:right], close, (left, top))
        return _distinct(found)

    def _look(self, part: NDArray[np.uint8], scale: float, origin: tuple[int, int]) -> list[Region]:
        height, width = part.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if scale < 1.0:
            part = np.asarray(Image.fromarray(part).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
        wide, high = (-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in size)
        canvas = np.full((1, 3, high, wide), _GREY, np.float32)
        canvas[0, :, : size[1], : size[0]] = part.transpose(2, 0, 1)
        (cells,) = self._network(canvas)
        return _regions(cells[0], (width / size[0], height / size[1]), origin)


def _parts(width: int, height: int, scale: float) -> list[tuple[int, int, int, int]]:
    """Overlapping parts that fill the view at `scale`: left, top, right, bottom in the picture's pixels."""
    return [
        (left, top, right, bottom)
        for top, bottom in _spans(height, VIEW_PX / scale, _OVERLAP_PX / scale)
        for left, right in _spans(width, VIEW_PX / scale, _OVERLAP_PX / scale)
    ]


def _spans(length: int, view: float, overlap: float) -> list[tuple[int, int]]:
    if length <= view * _STRETCH:
        return [(0, length)]
    count = math.ceil((length - overlap) / (view * _STRETCH - overlap))
    view = min(length, (length + (count - 1) * overlap) / count)
    starts = np.linspace(0, length - view, count)
    return [(round(start), min(length, round(start + view))) for start in starts]


def _regions(cells: NDArray[np.float32], zoom: tuple[float, float], origin: tuple[int, int]) -> list[Region]:
    """Neighbouring cells that answer for the same plate, as one region each: corners weighed by the cells' scores."""
    likely = 1 / (1 + np.exp(-cells[0].astype(np.float64)))
    rows, columns = np.nonzero(likely >= FOUND)
    if not len(rows):
        return []
    scores = likely[rows, columns]
    middles = np.stack([(columns + 0.5) * _STRIDE_PX, (rows + 0.5) * _STRIDE_PX], axis=1)
    offsets = cells[1:, rows, columns].T.astype(np.float64).reshape(-1, 4, 2)
    quads: NDArray[np.float64] = offsets * _CORNER_UNIT_PX + middles[:, None]
    found: list[Region] = []
    left = np.argsort(-scores)
    while len(left) and len(found) < _MOST_REGIONS:
        best = left[0]
        same = _shared(quads[best], quads[left]) > _SAME_PLATE
        same[0] = True
        group = left[same]
        weights = scores[group] ** 2 * (scores[group] >= 0.5 * scores[best])
        quad = (quads[group] * weights[:, None, None]).sum(axis=0) / weights.sum()
        if quad[:, 0].max() - quad[:, 0].min() >= _SMALLEST_WIDTH_PX:
            found.append(Region(_corners(quad * zoom + origin), float(scores[best])))
        left = left[~same]
    return found


def _shared(quad: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of the upright boxes around quads."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    lows, highs = others.min(axis=1), others.max(axis=1)
    inner = np.clip(np.minimum(high, highs) - np.maximum(low, lows), 0, None).prod(axis=1)
    found: NDArray[np.float64] = inner / np.maximum(
        (high - low).prod() + (highs - lows).prod(axis=1) - inner, 1e-9
    )
    return found


def _distinct(regions: list[Region]) -> tuple[Region, ...]:
    """Of regions on the same plate, seen in several passes, the most certain."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda one: -one.confidence):
        quad = np.asarray(region.corners)
        others = np.asarray([one.corners for one in kept]).reshape(-1, 4, 2)
        if not kept or _shared(quad, others).max() <= _SAME_PLATE:
            kept.append(region)
    return tuple(kept[:_MOST_REGIONS])


def _corners(quad: NDArray[np.float64]) -> Corners:
    (a, b), (c, d), (e, f), (g, h) = quad.tolist()
    return (a, b), (c, d), (e, f), (g, h)
