"""The pinhole camera of a scene, and the homography that lays a flat picture into it.

World axes, in metres: x to the right of the road's middle, y up from the ground, z along the road away
from the camera. Source: Hartley and Zisserman, Multiple View Geometry, 2nd edition, chapters 2 and 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAREST_M = 0.3
"""Points nearer than this, or behind the camera, are held at this depth: they lie outside every picture."""


@dataclass(frozen=True, slots=True)
class CameraView:
    """Where the camera stands over the road and how it looks: `pitch` in radians downwards.

    `shift_px` moves what is straight ahead to the right of the picture's middle, as turning the camera a little to the left would.
    """

    size: tuple[int, int]
    focal_px: float
    height_m: float
    pitch: float
    x_m: float
    shift_px: float = 0.0

    @property
    def middle_px(self) -> float:
        """The column in which all lines along the road meet."""
        return self.size[0] / 2 + self.shift_px

    @property
    def horizon_px(self) -> float:
        """The row on which the flat land ends."""
        return self.size[1] / 2 - self.focal_px * math.tan(self.pitch)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (..., 2) of world points (..., 3)."""
        x, y, z = points[..., 0] - self.x_m, points[..., 1] - self.height_m, points[..., 2]
        sine, cosine = math.sin(self.pitch), math.cos(self.pitch)
        depth = np.maximum(NEAREST_M, z * cosine - y * sine)
        upward = y * cosine + z * sine
        return np.stack(
            (
                self.middle_px + self.focal_px * x / depth,
                self.size[1] / 2 - self.focal_px * upward / depth,
            ),
            axis=-1,
        )

    def rays(
        self, scale: float = 1.0
    ) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
        """Directions x (1, W), y (H, 1), z (H, 1) of all pixels, of a picture `scale` times the size."""
        width, height = round(self.size[0] * scale), round(self.size[1] * scale)
        across = ((np.arange(width) + 0.5) / scale - self.middle_px) / self.focal_px
        up = (self.size[1] / 2 - (np.arange(height) + 0.5) / scale) / self.focal_px
        sine, cosine = math.sin(self.pitch), math.cos(self.pitch)
        return (
            across[None, :].astype(np.float32),
            (up * cosine - sine)[:, None].astype(np.float32),
            (up * sine + cosine)[:, None].astype(np.float32),
        )


def homography(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 3 by 3 matrix that takes four source points (4, 2) to four target points; its last entry is 1."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(
        np.array(rows, dtype=np.float64), np.asarray(target, dtype=np.float64).reshape(8)
    )
    return np.append(solved, 1.0).reshape(3, 3)


def warp(
    picture: NDArray[np.floating], quad: NDArray[np.float64], box: tuple[int, int, int, int]
) -> NDArray[np.floating]:
    """`picture` (h, w, c) laid into `quad` (4, 2; clockwise from its top left), cut to `box`.

    The result is (box height, box width, c), zero outside the quad. Sampling is bilinear after the picture
    was halved until it is less than twice the size of the quad, which keeps small pictures from flickering.
    """
    left, top, width, height = box
    longest = max(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[2] - quad[3])), 1.0)
    while picture.shape[1] >= 2 * longest and min(picture.shape[:2]) >= 4:  # noqa: PLR2004 - still divisible
        even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
        picture = (even[0::2, 0::2] + even[1::2, 0::2] + even[0::2, 1::2] + even[1::2, 1::2]) / 4
    high, wide = picture.shape[:2]
    # A border of nothing makes the picture's edge fade over one pixel instead of stepping.
    padded = np.pad(picture, ((2, 2), (2, 2), (0, 0)))
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float64)
    matrix = homography(quad, corners)
    x = np.arange(left, left + width)[None, :] + 0.5
    y = np.arange(top, top + height)[:, None] + 0.5
    weight = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    u = np.clip((matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / weight - 0.5, -1, wide) + 2
    v = np.clip((matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / weight - 0.5, -1, high) + 2
    column, row = u.astype(np.intp), v.astype(np.intp)
    across = (u - column).astype(np.float32)[..., None]
    down = (v - row).astype(np.float32)[..., None]
    above = padded[row, column] * (1 - across) + padded[row, column + 1] * across
    below = padded[row + 1, column] * (1 - across) + padded[row + 1, column + 1] * across
    return np.asarray(above * (1 - down) + below * down, dtype=np.float32)
