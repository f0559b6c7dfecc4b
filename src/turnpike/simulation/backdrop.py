"""Everything in a scene that does not move: painted once a camera, lit anew for each moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.buildings import Canvas, Terrace, paint_terrace
from turnpike.simulation.ground import HALF_ROAD_M, KERB_M, PAVEMENT_M, paint_ground
from turnpike.simulation.perspective import CameraView
from turnpike.simulation.planting import Tree, paint_far_country, paint_lamp_posts, paint_trees
from turnpike.simulation.sky import paint_sky
from turnpike.simulation.texture import rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.light import Light
    from turnpike.simulation.models import TownCamera

TOWN_RADIUS_M, OUTSKIRTS_RADIUS_M = 700.0, 1_300.0
HAZE_M = 420.0
NEAR_LIGHT_M = 9.0
UPRIGHT_LAMP_LIGHT = 0.42
_LAMP_COLOUR = rgb((0.60, 0.50, 0.34))
_SPOT_COLOUR = rgb((0.30, 0.30, 0.31))


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """The unlit scene of one camera: albedo, glow (H, W, 3), depth and lamp light (H, W); depth inf is sky."""

    view: CameraView
    canvas: Canvas
    lamp_light: NDArray[np.floating]
    seed: int


def view_of(camera: TownCamera, size: tuple[int, int]) -> CameraView:
    """How this camera looks onto its road: each is mounted and zoomed a little differently."""
    rng = np.random.default_rng([_seed_of(camera), 1])
    focal = rng.uniform(1.36, 1.46) * size[0]
    return CameraView(
        size=size,
        focal_px=float(focal),
        height_m=float(rng.uniform(1.85, 2.1)),
        pitch=math.radians(float(rng.uniform(6.0, 6.8))),
        x_m=float(rng.uniform(0.2, 0.4)),
    )


def backdrop_of(camera: TownCamera, size: tuple[int, int]) -> Backdrop:
    """The backdrop of a camera; takes about a second, and the last two are kept."""
    return backdrop_for(view_of(camera, size), _seed_of(camera), math.hypot(camera.x_m, camera.y_m))


@lru_cache(maxsize=2)
def backdrop_for(view: CameraView, seed: int, radius: float) -> Backdrop:
    """What a view shows of a street `radius` metres from a town's middle; `seed` draws its houses and trees."""
    rng = np.random.default_rng([seed, 2])
    size = view.size
    in_town = radius < TOWN_RADIUS_M
    lamps = _lamps(rng) if radius < OUTSKIRTS_RADIUS_M else ()
    ground = paint_ground(view, paved=radius < OUTSKIRTS_RADIUS_M, lamps=lamps, seed=seed)
    shape = (size[1], size[0])
    canvas = Canvas(
        np.zeros((*shape, 3), np.float32),
        np.zeros((*shape, 3), np.float32),
        np.full(shape, np.inf, np.float32),
    )
    canvas.albedo[ground.top_row :] = ground.albedo
    canvas.depth_m[ground.top_row :] = ground.depth_m
    light = np.zeros(shape, np.float32)
    light[ground.top_row :] = ground.lamp_light
    paint_far_country(canvas, view, rng)
    front_m = HALF_ROAD_M + KERB_M + PAVEMENT_M + 0.5
    if in_town:
        for side in (-1, 1):
            terrace = Terrace(
                side, front_m, float(rng.uniform(13, 19)), float(rng.uniform(5.5, 6.1)), seed * 2 + side
            )
            paint_terrace(canvas, view, terrace)
    else:
        paint_trees(canvas, view, _trees(rng, paved=bool(lamps)))
    paint_lamp_posts(canvas, view, lamps)
    # What stands up is lit by the lamps about it, whatever ground it hides.
    upright = np.ones(shape, np.bool_)
    upright[ground.top_row :] = canvas.depth_m[ground.top_row :] < ground.depth_m
    light[upright] = UPRIGHT_LAMP_LIGHT if lamps else 0.0
    return Backdrop(view, canvas, light, seed)


def light_backdrop(backdrop: Backdrop, light: Light, rng: np.random.Generator) -> NDArray[np.floating]:
    """The scene as seen in that light, (H, W, 3), 0 to 1; `rng` draws the clouds."""
    canvas, view = backdrop.canvas, backdrop.view
    depth = canvas.depth_m
    lit = rgb(light.ambient) + (_LAMP_COLOUR * np.float32(light.lamps)) * backdrop.lamp_light[..., None]
    # The camera's own lamp reaches what is near, and no more.
    near = np.exp(-np.minimum(depth, 99) / np.float32(NEAR_LIGHT_M))
    lit += (_SPOT_COLOUR * np.float32(light.lamps)) * near[..., None]
    picture = canvas.albedo * lit
    haze = (1 - np.exp(-depth / np.float32(HAZE_M)))[..., None] * np.float32(0.9)
    picture += (rgb(light.horizon) * np.float32(0.92) - picture) * haze
    picture += canvas.glow * np.float32(light.lamps) * (1 - haze)
    top = max(0, round(view.horizon_px)) + 4
    sky = paint_sky(view.size[0], top, light, rng)
    open_sky = np.isinf(depth[:top])[..., None]
    picture[:top] = np.where(open_sky, sky + canvas.glow[:top] * np.float32(light.lamps), picture[:top])
    return np.clip(picture, 0, 1)


def _seed_of(camera: TownCamera) -> int:
    """The same for a camera in every run: its place, not its object."""
    return (round(camera.x_m * 10) * 40_503 + round(camera.y_m * 10) * 9_973) % 1_000_003


def _lamps(rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    start = rng.uniform(15, 20)
    # Their heads hang over the kerb, by turns on the left and on the right.
    return tuple((HALF_ROAD_M * (1 if step % 2 else -1), float(start + 17 * step)) for step in range(5))


def _trees(rng: np.random.Generator, *, paved: bool) -> tuple[Tree, ...]:
    """An avenue with hedges below it."""
    trees: list[Tree] = []
    for step in range(16):
        for side in (-1, 1):
            z = 16.0 + step * 8.5 + float(rng.uniform(-3, 3))
            x = side * float(rng.uniform(6.4, 9.5))
            height = float(rng.uniform(4.5, 8.5))
            trees.append(Tree(x, z, height, height * float(rng.uniform(0.75, 0.95)), int(rng.integers(0, 5))))
    back_m = 6.2 if paved else 5.2
    for step in range(14):
        for side in (-1, 1):
            x = side * (back_m + float(rng.uniform(0, 0.5)))
            trees.append(Tree(x, 11.0 + step * 3.2, 1.5, 4.2, int(rng.integers(0, 2))))
    return tuple(trees)
