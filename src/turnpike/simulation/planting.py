"""Hedges, trees, lamp posts and the far country: what stands up out of the flat land."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from turnpike.simulation.texture import cloud_noise, rgb, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.buildings import Canvas
    from turnpike.simulation.perspective import CameraView

SPRITE_PX = 320
LEAVES = 3_000
LAMP_HEIGHT_M = 6.0
LAMP_ARM_M = 1.0
FAR_TREES_M = 260.0

_FOLIAGE = np.array(
    ((0.21, 0.27, 0.12), (0.25, 0.29, 0.12), (0.31, 0.27, 0.12), (0.18, 0.23, 0.12), (0.24, 0.26, 0.13)),
    np.float32,
)
_BARK = (58, 50, 42)
_POST = (74, 78, 80)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree `height_m` tall at x, z; wide ones are hedges."""

    x_m: float
    z_m: float
    height_m: float
    width_m: float
    variant: int


def paint_far_country(canvas: Canvas, view: CameraView, rng: np.random.Generator) -> None:
    """The line of trees on the horizon."""
    width, horizon = view.size[0], round(view.horizon_px)
    line = cloud_noise((width, 1), (14, 1), rng, octaves=6)[0]
    hill = smooth_noise((width, 1), (5, 1), rng)[0]
    height_px = np.clip(view.focal_px / FAR_TREES_M * (3.4 + 1.9 * line + 1.2 * hill), 2, None)
    rows = np.arange(canvas.albedo.shape[0])[:, None]
    # Down over the ground's first rows, where the land would otherwise end in a ruled line.
    shown = (rows > horizon - height_px[None, :]) & (rows <= horizon + 3)
    texture = cloud_noise((width, 64), (160, 16), rng, octaves=3)
    shade = 1 + 0.16 * texture[np.clip(rows[:, 0] - horizon + 40, 0, 63)]
    colour = _FOLIAGE[0] * shade[..., None]
    canvas.albedo[shown] = colour[shown]
    canvas.depth_m[shown] = FAR_TREES_M


def paint_trees(canvas: Canvas, view: CameraView, trees: tuple[Tree, ...]) -> None:
    """The trees, farthest first, each behind what is nearer."""
    for tree in sorted(trees, key=lambda tree: -tree.z_m):
        foot = np.array([[tree.x_m, -0.1, tree.z_m], [tree.x_m, tree.height_m, tree.z_m]])
        (x, bottom), (_, top) = view.project(foot)
        high = bottom - top
        wide = high * tree.width_m / tree.height_m
        sprite = _foliage(tree.variant, is_hedge=tree.width_m > tree.height_m)
        scaled = sprite.resize((max(1, round(wide)), max(1, round(high))), Image.Resampling.LANCZOS)
        _paste(
            canvas, np.asarray(scaled, dtype=np.float32) / 255, (round(x - wide / 2), round(top)), tree.z_m
        )


def paint_lamp_posts(canvas: Canvas, view: CameraView, lamps: tuple[tuple[float, float], ...]) -> None:
    """Posts beside the road with their heads over it; the heads glow."""
    for head_x, z in lamps:
        post_x = head_x + (LAMP_ARM_M if head_x > 0 else -LAMP_ARM_M)
        knee = post_x + (head_x - post_x) * 0.3
        top = LAMP_HEIGHT_M
        points = np.array([[post_x, 0, z], [post_x, top - 0.4, z], [knee, top, z], [head_x, top + 0.05, z]])
        pixels = view.project(points)
        scale = view.focal_px / z
        corner = np.floor(pixels.min(axis=0) - scale * 0.6).astype(int)
        reach = np.ceil(pixels.max(axis=0) + scale * 0.6).astype(int) - corner
        large = Image.new("RGBA", (int(reach[0]) * 2, int(reach[1]) * 2), (*_POST, 0))
        pen = ImageDraw.Draw(large)
        line = [(float(x) * 2, float(y) * 2) for x, y in pixels - corner]
        pen.line(line[:2], fill=(*_POST, 255), width=max(2, round(0.13 * scale * 2)))
        pen.line(line[1:], fill=(*_POST, 255), width=max(2, round(0.09 * scale * 2)), joint="curve")
        head = 0.35 * scale
        x, y = line[-1]
        pen.rounded_rectangle((x - head, y - head * 0.2, x + head, y + head * 0.3), head * 0.2, (*_POST, 255))
        sprite = np.asarray(large.reduce(2), dtype=np.float32) / 255
        _paste(canvas, sprite, (int(corner[0]), int(corner[1])), z)
        _halo(canvas, (float(pixels[-1, 0]), float(pixels[-1, 1] + head * 0.1)), scale)


def _halo(canvas: Canvas, centre: tuple[float, float], scale: float) -> None:
    reach = round(min(170.0, 3.2 * scale))
    x, y = round(centre[0]), round(centre[1])
    high, wide = canvas.glow.shape[:2]
    rows, columns = (
        slice(max(0, y - reach), min(high, y + reach)),
        slice(max(0, x - reach), min(wide, x + reach)),
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    dy = (np.arange(rows.start, rows.stop) - centre[1])[:, None] / scale
    dx = (np.arange(columns.start, columns.stop) - centre[0])[None, :] / scale
    away = np.sqrt(dx**2 + (dy * 1.1) ** 2)
    light = 2.2 * np.exp(-((away / 0.22) ** 2)) + 0.30 * np.exp(-((away / 0.9) ** 2)) * np.clip(
        1 - away / 3, 0, 1
    )
    canvas.glow[rows, columns] += light[..., None].astype(np.float32) * rgb((1.0, 0.86, 0.62))


def _paste(canvas: Canvas, sprite: NDArray[np.floating], corner: tuple[int, int], depth_m: float) -> None:
    """Mix an RGBA picture in at `corner`, where it is nearer than what is there."""
    high, wide = canvas.albedo.shape[:2]
    left, top = max(0, corner[0]), max(0, corner[1])
    right, bottom = min(wide, corner[0] + sprite.shape[1]), min(high, corner[1] + sprite.shape[0])
    if left >= right or top >= bottom:
        return
    cut = sprite[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    target = (slice(top, bottom), slice(left, right))
    cover = cut[..., 3:] * (canvas.depth_m[target] > depth_m)[..., None]
    canvas.albedo[target] += (cut[..., :3] - canvas.albedo[target]) * cover
    canvas.glow[target] *= 1 - cover
    solid = cover[..., 0] > 0.5  # noqa: PLR2004 - more than half of the pixel
    canvas.depth_m[target][solid] = depth_m


@lru_cache(maxsize=16)
def _foliage(variant: int, *, is_hedge: bool) -> Image.Image:
    """A crown of many small leaves, lit from above left, on a trunk; or a hedge, which has none."""
    rng = np.random.default_rng([variant, 11])
    side = SPRITE_PX * 2
    picture = Image.new("RGBA", (side, side), (60, 70, 40, 0))
    pen = ImageDraw.Draw(picture)
    base = _FOLIAGE[variant % len(_FOLIAGE)]
    if is_hedge:
        clumps = rng.uniform((0.08, 0.24), (0.92, 0.90), (60, 2))
        spread, leaf_px = 0.05, (4.0, 9.0)
    else:
        middle = side / 2
        trunk = [(middle - 20, side), (middle + 20, side), (middle + 8, side * 0.4), (middle - 8, side * 0.4)]
        pen.polygon(trunk, _BARK)
        angle, radius = rng.uniform(0, 2 * np.pi, 22), np.sqrt(rng.uniform(0, 1, 22))
        clumps = np.stack(
            (0.5 + 0.30 * radius * np.cos(angle), 0.40 + 0.28 * radius * np.sin(angle)), axis=-1
        )
        spread, leaf_px = 0.058, (4.0, 10.0)
    leaves = clumps[rng.integers(0, len(clumps), LEAVES)]
    leaves = leaves + np.clip(rng.normal(0, spread, leaves.shape), -2 * spread, 2 * spread)
    # Painted from below up, so that the lit tops lie over the shaded undersides.
    for x, y in leaves[np.argsort(-leaves[:, 1])]:
        shade = float(np.clip(1.36 - 0.85 * y - 0.25 * x + rng.normal(0, 0.13), 0.4, 1.7))
        red, green, blue = (int(255 * channel * shade) for channel in base)
        radius_px = float(rng.uniform(*leaf_px))
        box = (
            x * side - radius_px,
            y * side - radius_px * 0.7,
            x * side + radius_px,
            y * side + radius_px * 0.7,
        )
        pen.ellipse(box, (red, green, blue))
    return picture.filter(ImageFilter.GaussianBlur(1.0)).reduce(2)
