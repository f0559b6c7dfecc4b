"""A terrace of houses along one side of the road: fronts, windows, doors, roofs, the near gable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.texture import coverage, lay, rgb, sample, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.perspective import CameraView

ROOF_SLOPE = 0.8
GABLE_DEPTH_M = 7.5
LONGEST_M = 130.0
OVERHANG_M = 0.3
LIT_SHARE = 0.45
PANTILE_SHARE = 0.4

# Gault brick of the fens, red brick, render and paint.
_WALLS = np.array(
    (
        (0.66, 0.60, 0.46),
        (0.50, 0.27, 0.20),
        (0.56, 0.33, 0.24),
        (0.80, 0.78, 0.72),
        (0.72, 0.66, 0.52),
        (0.74, 0.72, 0.68),
        (0.60, 0.42, 0.30),
    ),
    np.float32,
)
_DOORS = np.array(
    ((0.16, 0.26, 0.22), (0.36, 0.10, 0.10), (0.13, 0.17, 0.30), (0.20, 0.20, 0.21)), np.float32
)
_SLATE = rgb((0.34, 0.35, 0.38))
_PANTILE = rgb((0.52, 0.31, 0.23))
_FRAME = rgb((0.88, 0.88, 0.85))
_GLASS = rgb((0.20, 0.24, 0.29))
_PIPE = rgb((0.16, 0.16, 0.17))
# Middle along the house and height of the sill, in metres.
_WINDOWS = ((3.6, 0.9), (1.3, 3.5), (3.6, 3.5))
_CURTAIN_GLOW = rgb((1.0, 0.72, 0.36))


@dataclass(frozen=True, slots=True)
class Terrace:
    """Houses on `side` (-1 left, 1 right), their fronts `front_m` from the road's middle."""

    side: int
    front_m: float
    start_m: float
    eaves_m: float
    seed: int


@dataclass(slots=True, eq=False)
class Canvas:
    """What is being painted: albedo and glow (H, W, 3), depth (H, W); infinite depth is sky."""

    albedo: NDArray[np.floating]
    glow: NDArray[np.floating]
    depth_m: NDArray[np.floating]


def paint_terrace(canvas: Canvas, view: CameraView, terrace: Terrace) -> None:
    """Put the terrace onto the canvas wherever it is nearer than what is there; not at all where the camera looks past it."""
    if not _columns(view, terrace.side).size:
        return
    rng = np.random.default_rng([terrace.seed, 7])
    edges = np.cumsum(rng.uniform(5.0, 7.2, 24)) + terrace.start_m
    edges = np.concatenate(([terrace.start_m], edges[edges < LONGEST_M])).astype(np.float32)
    walls = _WALLS[rng.integers(0, len(_WALLS), len(edges))]
    doors = _DOORS[rng.integers(0, len(_DOORS), len(edges))]
    _front(canvas, view, terrace, edges, (walls, doors), rng)
    _roof(canvas, view, terrace, edges, rng)
    _gable(canvas, view, terrace, walls[0])


def _rays_at(
    view: CameraView, side: int
) -> tuple[slice, NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
    """The half of the columns in which this side's planes can be, and the rays through them."""
    across, up, ahead = view.rays()
    columns = _columns(view, side)
    part = slice(int(columns[0]), int(columns[-1]) + 1)
    return part, across[:, part], up, ahead


def _columns(view: CameraView, side: int) -> NDArray[np.intp]:
    across, _, _ = view.rays()
    # Rays along the road never meet its sides.
    return np.flatnonzero(across[0] * side > 1 / view.focal_px)


def _put(
    canvas: Canvas,
    part: slice,
    depth: NDArray[np.floating],
    colour: NDArray[np.floating],
    shown: NDArray[np.bool_],
    glow: NDArray[np.floating] | None = None,
) -> None:
    shown &= depth < canvas.depth_m[:, part]
    canvas.albedo[:, part][shown] = colour[shown]
    canvas.glow[:, part][shown] = 0 if glow is None else glow[shown]
    canvas.depth_m[:, part][shown] = depth[shown]


def _front(
    canvas: Canvas,
    view: CameraView,
    terrace: Terrace,
    edges: NDArray[np.floating],
    paint: tuple[NDArray[np.floating], NDArray[np.floating]],
    rng: np.random.Generator,
) -> None:
    part, across, up, ahead = _rays_at(view, terrace.side)
    reach = (terrace.side * terrace.front_m - view.x_m) / across
    z, y = reach * ahead, view.height_m + reach * up
    shown = (z > edges[0]) & (z < edges[-1]) & (y > 0) & (y < terrace.eaves_m)
    house = np.clip(np.searchsorted(edges, z) - 1, 0, len(edges) - 2)
    # Along the street a pixel is wide, for the front is seen almost edge on; upright it is not.
    blur_up = reach / view.focal_px
    blur_along = blur_up * np.maximum(1, z / terrace.front_m)
    near = np.clip(0.04 / blur_up, 0, 1)
    grain = sample(tile(terrace.seed, 64), z, y, 0.03)
    course = 1 - 0.10 * near * coverage(y % 0.225, 0, 0.03, blur_up) + 0.05 * grain
    colour = paint[0][house] * (course * (0.78 + 0.22 * np.clip(y / 1.2, 0, 1)))[..., None]
    glow = np.zeros_like(colour)
    offset = z - edges[house]
    lit = rng.random((len(edges), len(_WINDOWS))) < LIT_SHARE
    for index, (centre_m, sill_m) in enumerate(_WINDOWS):
        pane = np.where(lit[house, index][..., None], _CURTAIN_GLOW, np.float32(0))
        _window(colour, glow, pane, (np.abs(offset - centre_m), y - sill_m), (blur_along, blur_up))
    in_door = coverage(np.abs(offset - 1.3), -1, 0.48, blur_along)
    lay(colour, paint[1][house], in_door * coverage(y, -1, 1.8, blur_up))
    lay(colour, _GLASS, in_door * coverage(y, 1.84, 2.1, blur_up))
    lay(colour, _FRAME * np.float32(0.7), coverage(y, terrace.eaves_m - 0.14, terrace.eaves_m + 1, blur_up))
    lay(colour, _PIPE, coverage(offset, -0.07, 0.07, blur_along))
    _put(canvas, part, z, colour * _side_shade(terrace), shown, glow)


def _window(
    colour: NDArray[np.floating],
    glow: NDArray[np.floating],
    pane: NDArray[np.floating],
    position: tuple[NDArray[np.floating], NDArray[np.floating]],
    blur: tuple[NDArray[np.floating], NDArray[np.floating]],
) -> None:
    """One sash window, 1.24 by 1.45 m; `position` is the distance from its middle and the height over its sill."""
    (aside, above), (blur_along, blur_up) = position, blur
    lay(
        colour,
        _FRAME * np.float32(0.8),
        coverage(aside, -1, 0.72, blur_along) * coverage(above, -0.1, 0, blur_up),
    )
    lay(colour, _FRAME, coverage(aside, -1, 0.62, blur_along) * coverage(above, 0, 1.45, blur_up))
    upper = coverage(above, 0.75, 1.36, blur_up)
    lower = coverage(above, 0.09, 0.69, blur_up)
    glass = coverage(aside, -1, 0.54, blur_along) * np.maximum(upper, lower)
    lay(colour, _GLASS * (0.85 + 0.5 * above[..., None]), glass)
    lay(glow, pane, glass)


def _roof(
    canvas: Canvas, view: CameraView, terrace: Terrace, edges: NDArray[np.floating], rng: np.random.Generator
) -> None:
    part, across, up, ahead = _rays_at(view, terrace.side)
    start = (
        terrace.eaves_m
        - view.height_m
        + ROOF_SLOPE * (terrace.side * view.x_m - terrace.front_m + OVERHANG_M)
    )
    slope = up - ROOF_SLOPE * terrace.side * across
    reach = start / np.where(slope == 0, np.float32(-1), slope)
    z = (reach * ahead).astype(np.float32)
    outward = (terrace.side * (view.x_m + reach * across) - terrace.front_m).astype(np.float32)
    shown = (reach > 0) & (z > edges[0] - OVERHANG_M) & (z < edges[-1])
    shown &= (outward > -OVERHANG_M) & (outward < GABLE_DEPTH_M / 2)
    house = np.clip(np.searchsorted(edges, z) - 1, 0, len(edges) - 2)
    tiled = rng.random(len(edges)) < PANTILE_SHARE
    colour = np.where(tiled[house][..., None], _PANTILE, _SLATE).astype(np.float32)
    blur = np.abs(reach).astype(np.float32) / view.focal_px * 2
    grain = sample(tile(terrace.seed, 128), z, outward, 0.04)
    rows = coverage(outward % 0.3, 0, 0.05, blur) * np.clip(0.08 / blur, 0, 1)
    colour *= (1 + 0.07 * grain - 0.15 * rows)[..., None]
    _put(canvas, part, z, colour * _side_shade(terrace), shown)


def _gable(canvas: Canvas, view: CameraView, terrace: Terrace, wall: NDArray[np.floating]) -> None:
    part, across, up, ahead = _rays_at(view, terrace.side)
    reach = terrace.start_m / ahead
    x = terrace.side * (view.x_m + reach * across) - terrace.front_m
    y = np.broadcast_to(view.height_m + reach * up, x.shape)
    ridge = terrace.eaves_m + ROOF_SLOPE * (GABLE_DEPTH_M / 2 - np.abs(x - GABLE_DEPTH_M / 2))
    shown = (x > 0) & (x < GABLE_DEPTH_M) & (y > 0) & (y < ridge)
    grain = sample(tile(terrace.seed, 64), x.astype(np.float32), y.astype(np.float32), 0.03)
    course = 1 - 0.08 * coverage(y % 0.225, 0, 0.03, reach / np.float32(view.focal_px)) + 0.06 * grain
    colour = (wall * 0.9 * course[..., None]).astype(np.float32)
    depth = np.full(x.shape, terrace.start_m, dtype=np.float32)
    _put(canvas, part, depth, colour, shown)


def _side_shade(terrace: Terrace) -> np.float32:
    """The left of the road has the sun on it."""
    return np.float32(1.0 if terrace.side < 0 else 0.74)
