"""Where plates are: one look at the whole picture, then a closer one at each place where a plate may be, at the size that the network tells best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.recognition.fates import Fate
from turnpike.recognition.geometry import overlaps, size_of
from turnpike.recognition.models import Dropped, Region, Survey, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners
    from turnpike.recognition.networks import Network

VIEW_PX = 640
"""Longest side of what the network looks at first; larger pictures are made smaller for it."""
MOST_COARSER = 2.5
"""But by no more than this, or plates that can be read are too small to be seen."""
FOUND = 0.30
"""Least score of a plate. Source: ours; what is no plate is refused later, by the reader and the calibration."""
HINT = 0.20
"""Least score of a place that is looked at closer; below `FOUND` then, it is counted as hardly a plate. Under a fifth a street has dozens."""
_CLEAR_PX = (72.0, 150.0)
"""A plate seen between these sizes is told as well as it can be; others are brought to the size below."""
_CLOSE_PX = 112.0
_CLOSE_VIEW_PX = (224, 128)
STRIDE_PX = 8
CORNER_UNIT_PX = 16.0
"""What the network's corners are counted in, from a cell's middle."""
_MULTIPLE_PX = 32
_GREY = 114
_SAME_PLATE = 0.25
_SMALLEST_WIDTH_PX = 12.0
_MOST_REGIONS = 24
_MOST_COUNTED = 100
"""How many places beyond those are told apart, at most, so that a wall of writing takes no longer than a street."""


class PlateDetector:
    """A `Detector` on our own network; see docs/models.md."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, image: NDArray[np.uint8]) -> tuple[Region, ...]:
        """The plates of `image` (RGB, uint8), most certain first, each with its own four corners."""
        return self.survey(image).found

    def survey(self, image: NDArray[np.uint8]) -> Survey:
        """The plates of `image` as `detect` gives them, what was dropped and why, and what was looked at."""
        height, width = image.shape[:2]
        if min(height, width) < STRIDE_PX:
            return Survey(())
        longest = max(height, width)
        scale = min(1.0, max(VIEW_PX / longest, 1 / MOST_COARSER))
        first = self._look(image, scale, (0, 0))
        dropped = list(first.dropped)
        views = [View((0, 0, width, height), scale)]
        found: list[Region] = []
        for hint in _distinct(first.found, dropped):
            seen = self._closer(image, hint, scale, views)
            if seen is None:
                dropped.append(Dropped(hint, Fate.NONE_CLOSER))
            elif seen.confidence < FOUND:
                dropped.append(Dropped(seen, Fate.FAINT))
            else:
                found.append(seen)
        return Survey(_distinct(found, dropped), tuple(dropped), tuple(views))

    def _closer(
        self, image: NDArray[np.uint8], hint: Region, scale: float, views: list[View]
    ) -> Region | None:
        """The plate of `hint`, seen at `scale`, at the size that the network tells best; None if it is none then."""
        size = size_of(hint.corners)
        close = min(1.0, _CLOSE_PX / size)
        if _CLEAR_PX[0] <= size * scale <= _CLEAR_PX[1] or close == scale:
            return hint
        view = np.floor(np.array(_CLOSE_VIEW_PX) / close)
        low = np.floor(np.mean(hint.corners, axis=0) - view / 2)
        (left, top), (right, bottom) = np.maximum((low, low + view), 0).astype(int).tolist()
        part = image[top:bottom, left:right]
        if min(part.shape[:2]) < STRIDE_PX:
            return hint
        views.append(View((left, top, part.shape[1], part.shape[0]), close))
        seen = self._look(part, close, (left, top)).found
        shared = overlaps(hint.corners, [one.corners for one in seen])
        same = [one for one, share in zip(seen, shared, strict=True) if share > _SAME_PLATE]
        return max(same, key=lambda one: one.confidence, default=None)

    def _look(self, part: NDArray[np.uint8], scale: float, origin: tuple[int, int]) -> Survey:
        height, width = part.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            part = np.asarray(Image.fromarray(part).resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0))
        wide, high = (-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in size)
        canvas = np.full((1, 3, high, wide), _GREY, np.float32)
        canvas[0, :, : size[1], : size[0]] = part.transpose(2, 0, 1)
        (cells,) = self._network(canvas)
        return _regions(cells[0], (width / size[0], height / size[1]), origin)


def _regions(cells: NDArray[np.float32], zoom: tuple[float, float], origin: tuple[int, int]) -> Survey:
    """Neighbouring cells that answer for the same plate, as one region each: corners weighed by the cells' scores."""
    likely = 1 / (1 + np.exp(-cells[0].astype(np.float64)))
    rows, columns = np.nonzero(likely >= HINT)
    if not len(rows):
        return Survey(())
    scores = likely[rows, columns]
    middles = np.stack([(columns + 0.5) * STRIDE_PX, (rows + 0.5) * STRIDE_PX], axis=1)
    offsets = cells[1:, rows, columns].T.astype(np.float64).reshape(-1, 4, 2)
    quads: NDArray[np.float64] = offsets * CORNER_UNIT_PX + middles[:, None]
    found: list[Region] = []
    dropped: list[Dropped] = []
    left = np.argsort(-scores)
    while len(left) and (len(found) < _MOST_REGIONS or len(dropped) < _MOST_COUNTED):
        best = left[0]
        same = overlaps(quads[best], quads[left]) > _SAME_PLATE
        same[0] = True
        group = left[same]
        weights = scores[group] ** 2 * (scores[group] >= 0.5 * scores[best])
        quad = (quads[group] * weights[:, None, None]).sum(axis=0) / weights.sum()
        region = Region(_corners(quad * zoom + origin), float(scores[best]))
        if len(found) >= _MOST_REGIONS:
            dropped.append(Dropped(region, Fate.LEFT_OUT))
        elif np.ptp(quad[:, 0]) < _SMALLEST_WIDTH_PX:
            dropped.append(Dropped(region, Fate.TOO_SMALL))
        else:
            found.append(region)
        left = left[~same]
    return Survey(tuple(found), tuple(dropped))


def _distinct(regions: Sequence[Region], dropped: list[Dropped]) -> tuple[Region, ...]:
    """Of regions on the same plate the most certain; the others are `dropped`."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda one: -one.confidence):
        if (overlaps(region.corners, [one.corners for one in kept]) > _SAME_PLATE).any():
            dropped.append(Dropped(region, Fate.DUPLICATE))
        else:
            kept.append(region)
    return tuple(kept)


def _corners(quad: NDArray[np.float64]) -> Corners:
    (a, b), (c, d), (e, f), (g, h) = quad.tolist()
    return (a, b), (c, d), (e, f), (g, h)
