"""The brush that paints on a vehicle's body.

Everything is placed on the body in metres and projected, so that it keeps its perspective wherever the
vehicle stands. Painting happens at twice the picture's size and is then halved, which smooths the edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from turnpike.simulation.models import Colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.simulation.perspective import CameraView
    from turnpike.simulation.vehicle_body import Body

MARGIN_PX = 12
SMALL_PX = 75.0
"""Under so many pixels a metre, trim that would be less than a pixel is left out."""

Rgb = tuple[float, float, float]
Rgba = tuple[int, int, int, int]

PAINT: dict[Colour, Rgb] = {
    Colour.BLACK: (0.075, 0.078, 0.085),
    Colour.WHITE: (0.90, 0.90, 0.89),
    Colour.SILVER: (0.64, 0.66, 0.68),
    Colour.GREY: (0.33, 0.345, 0.36),
    Colour.BLUE: (0.085, 0.19, 0.43),
    Colour.RED: (0.58, 0.065, 0.075),
    Colour.GREEN: (0.08, 0.27, 0.19),
    Colour.ORANGE: (0.83, 0.35, 0.06),
}


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the vehicle's nearest point stands on the road, and how far it is turned (radians, to the right)."""

    x_m: float
    z_m: float
    yaw: float = 0.0

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """World points of points on the vehicle."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        return np.stack((x * cosine + z * sine + self.x_m, y, z * cosine - x * sine + self.z_m), axis=-1)


class Brush:
    """Paints on one vehicle's body: all points are metres on the vehicle, colours 0 to 1."""

    def __init__(self, body: Body, pose: Pose, view: CameraView, picture: Image.Image) -> None:
        """Prepare the part of `picture` that the vehicle can cover."""
        self.body, self._pose, self._view, self._picture = body, pose, view, picture
        reach = self.pixels(body.faces.reshape(-1, 3))
        long = body.shape.length_m
        around = [[-1.5, 0, -0.7], [1.9, 0, -0.7], [-1.5, 0, long], [1.9, 0, long]]
        ground = self.pixels(np.array(around, dtype=np.float64))
        reach = np.vstack((reach, ground))
        low = np.clip(np.floor(reach.min(axis=0)) - MARGIN_PX, 0, picture.size).astype(int)
        high = np.clip(np.ceil(reach.max(axis=0)) + MARGIN_PX, 0, picture.size).astype(int)
        self._box = (
            int(low[0]),
            int(low[1]),
            max(int(high[0]), int(low[0]) + 1),
            max(int(high[1]), int(low[1]) + 1),
        )
        self.is_small = self.metre_px(np.zeros(3)) < SMALL_PX
        self._ground = picture.crop(self._box)
        self._large, self._pen = self._enlarge()

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Picture pixels of points on the vehicle."""
        return self._view.project(self._pose.place(points))

    def metre_px(self, point: NDArray[np.float64]) -> float:
        """How many pixels a metre takes at that point."""
        across = point + np.array([1.0, 0, 0])
        return float(np.hypot(*(self.pixels(across) - self.pixels(point))))

    def finish(self) -> None:
        """Put what was painted back into the picture."""
        self._picture.paste(self._large.reduce(2), self._box[:2])

    def _enlarge(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        size = (self._ground.width * 2, self._ground.height * 2)
        large = self._ground.resize(size, Image.Resampling.NEAREST)
        return large, ImageDraw.Draw(large, "RGBA")

    def polygon(self, points: NDArray[np.float64], colour: Rgb, alpha: float = 1.0) -> None:
        """Fill a polygon of points (n, 3)."""
        self._pen.polygon(self._fine(points), fill=_rgba(colour, alpha))

    def skin(self, outline: Sequence[tuple[float, float]], colour: Rgb, alpha: float = 1.0) -> None:
        """Fill an outline of (x, y) lying on the end's skin; long sides follow its curve."""
        self.polygon(self._on_skin(outline, closed=True), colour, alpha)

    def line(
        self, outline: Sequence[tuple[float, float]], width_m: float, colour: Rgb, alpha: float = 1.0
    ) -> None:
        """Draw along points (x, y) of the end's skin."""
        points = self._on_skin(outline, closed=False)
        width = max(1, round(width_m * self.metre_px(points[0]) * 2))
        self._pen.line(self._fine(points), fill=_rgba(colour, alpha), width=width, joint="curve")

    def disc(self, x: float, y: float, radius_m: float, colour: Rgb, alpha: float = 1.0) -> None:
        """Fill a disc on the end's skin."""
        turn = np.linspace(0, 2 * math.pi, 24, endpoint=False)
        self.polygon(self.body.at(x + radius_m * np.cos(turn), y + radius_m * np.sin(turn)), colour, alpha)

    def fill_faces(self, colours: NDArray[np.float64], shown: NDArray[np.bool_]) -> None:
        """Fill the mesh's faces, farthest first."""
        world = self._pose.place(self.body.faces[shown])
        order = np.argsort(-world[..., 2].mean(axis=1))
        fine = ((self._view.project(world[order]) - self._box[:2]) * 2).reshape(-1, 8).tolist()
        tints = (np.clip(colours[shown][order], 0, 1) * 255).astype(np.uint8).tolist()
        pen = ImageDraw.Draw(self._large)
        for face, tint in zip(fine, tints, strict=True):
            pen.polygon(face, fill=tuple(tint))

    def shadows(self, layers: Sequence[tuple[NDArray[np.float64], float, float]]) -> None:
        """Darken the ground before anything else is painted: outlines with their strength and blur in metres."""
        metre_px = self.metre_px(np.zeros(3))
        for outline, strength, blur_m in layers:
            size = (self._ground.width // 2 + 1, self._ground.height // 2 + 1)
            mask = Image.new("L", size)
            corners = (self.pixels(outline) - self._box[:2]) / 2
            ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in corners], fill=int(255 * strength))
            radius = blur_m * metre_px / 2
            soft = mask.filter(ImageFilter.BoxBlur(radius)).filter(ImageFilter.BoxBlur(radius))
            self._ground.paste((10, 10, 14), mask=soft.resize(self._ground.size, Image.Resampling.BILINEAR))
        self._large, self._pen = self._enlarge()

    def _fine(self, points: NDArray[np.float64]) -> list[tuple[float, float]]:
        fine = (self.pixels(points) - self._box[:2]) * 2
        return [(float(x), float(y)) for x, y in fine]

    def _on_skin(self, outline: Sequence[tuple[float, float]], *, closed: bool) -> NDArray[np.float64]:
        corners = np.array([*outline, outline[0]] if closed else outline, dtype=np.float64)
        parts = np.linspace(0, 1, 6, endpoint=False)[None, :, None]
        dense = (corners[:-1, None] * (1 - parts) + corners[1:, None] * parts).reshape(-1, 2)
        dense = np.vstack((dense, corners[-1:]))
        return self.body.at(dense[:, 0], dense[:, 1])


def _rgba(colour: Rgb, alpha: float) -> Rgba:
    red, green, blue = (round(255 * min(1.0, max(0.0, channel))) for channel in colour)
    return red, green, blue, round(255 * alpha)
