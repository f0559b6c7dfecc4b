"""The ground of a scene in perspective: asphalt, markings, kerbs, pavement, verges.

Source for the widths: Traffic Signs Manual, chapter 5 (centre line 100 mm, two metres marked and four
open on slow roads; edge line 100 mm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.texture import coverage, lay, rgb, sample, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.perspective import CameraView

LANE_M = 2.85
HALF_ROAD_M = LANE_M + 0.30
KERB_M = 0.16
PAVEMENT_M = 1.9
DASH_M, DASH_PERIOD_M = 2.0, 6.0
FARTHEST_M = 400.0

_ASPHALT = rgb((0.335, 0.335, 0.345))
_MARKING = rgb((0.86, 0.86, 0.83))
_KERB = rgb((0.56, 0.55, 0.53))
_PAVING = rgb((0.50, 0.485, 0.465))
_GRASS = rgb((0.275, 0.345, 0.150))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """`top_row` is the first row of ground; albedo (H, W, 3), depth and lamp light (H, W) start there."""

    top_row: int
    albedo: NDArray[np.floating]
    depth_m: NDArray[np.floating]
    lamp_light: NDArray[np.floating]


def paint_ground(
    view: CameraView, *, paved: bool, lamps: tuple[tuple[float, float], ...], seed: int
) -> Ground:
    """The ground under the horizon; `lamps` are the x, z of lamp heads that light it at night."""
    across, up, ahead = view.rays()
    top_row = int(np.argmax(up[:, 0] < -view.height_m / FARTHEST_M))
    reach = (-view.height_m / up[top_row:]).astype(np.float32)
    z = np.broadcast_to(reach * ahead[top_row:], (reach.shape[0], across.shape[1]))
    x = (view.x_m + reach * across).astype(np.float32)
    blur_m = reach / view.focal_px
    albedo = _asphalt(x, z, blur_m, seed)
    _markings(albedo, x, z, blur_m, seed)
    _edges(albedo, x, z, blur_m, paved=paved, seed=seed)
    light = np.zeros_like(x)
    for lamp_x, lamp_z in lamps:
        light += 1.0 / (1.0 + ((x - lamp_x) ** 2 + (z - lamp_z) ** 2) / 18.0)
    return Ground(top_row, albedo, np.ascontiguousarray(z), light)


def _asphalt(
    x: NDArray[np.floating], z: NDArray[np.floating], blur_m: NDArray[np.floating], seed: int
) -> NDArray[np.floating]:
    grain = sample(tile(seed, 256), x, z, 0.012) * np.clip(0.02 / blur_m, 0, 1)
    patches = sample(tile(seed, 8), x, z, 0.045)
    # Tyres polish two tracks in each lane, and oil darkens the middle.
    track = np.cos((np.abs(x) / LANE_M - 0.5) * (4 * np.pi)) * 0.018 * (np.abs(x) < LANE_M)
    shade = 1 + 0.07 * grain + 0.045 * patches + track
    return np.asarray(_ASPHALT * shade[..., None])


def _markings(
    albedo: NDArray[np.floating],
    x: NDArray[np.floating],
    z: NDArray[np.floating],
    blur_m: NDArray[np.floating],
    seed: int,
) -> None:
    worn = np.clip(0.86 + 0.16 * sample(tile(seed, 64), x, z, 0.01), 0.45, 1)
    along_blur = blur_m * np.maximum(1, z / 2)
    phase = (z + 1.2) % DASH_PERIOD_M
    dash = np.clip(np.minimum(phase, DASH_M - phase) / along_blur + 0.5, 0, 1)
    # Far away a pixel holds several dashes: their share is what remains to be seen.
    blend = np.clip(along_blur / DASH_PERIOD_M * 2, 0, 1)
    dash = dash * (1 - blend) + DASH_M / DASH_PERIOD_M * blend
    lay(albedo, _MARKING, coverage(x, -0.06, 0.06, blur_m) * dash * worn)
    for side in (-1, 1):
        lay(albedo, _MARKING, coverage(x * side, LANE_M - 0.05, LANE_M + 0.06, blur_m) * worn * 0.92)


def _edges(
    albedo: NDArray[np.floating],
    x: NDArray[np.floating],
    z: NDArray[np.floating],
    blur_m: NDArray[np.floating],
    *,
    paved: bool,
    seed: int,
) -> None:
    away = np.abs(x)
    tufts = sample(tile(seed, 128), x, z, 0.02) * np.clip(0.05 / blur_m, 0, 1)
    meadow = sample(tile(seed, 8), x, z, 0.06)
    grass = _GRASS * (1 + 0.16 * tufts + 0.14 * meadow)[..., None]
    grass[..., 0] *= 1 + 0.12 * meadow
    ragged = HALF_ROAD_M + (0.0 if paved else 0.05) * (1 + meadow)
    lay(albedo, grass, np.clip((away - ragged) / blur_m + 0.5, 0, 1))
    if not paved:
        lay(albedo, _ASPHALT * np.float32(0.7), coverage(away, HALF_ROAD_M - 0.1, HALF_ROAD_M + 0.03, blur_m))
        return
    joints = np.minimum(_nearest(z, 0.60), _nearest(away - HALF_ROAD_M, 0.60)) / blur_m
    near = np.clip(0.06 / blur_m, 0, 1)
    slabs = sample(tile(seed, 64), np.floor(away / 0.6) * 7.3, np.floor(z / 0.6) * 3.1, 0.05)
    paving = (
        _PAVING
        * (1 + 0.05 * slabs * near + 0.03 * meadow - 0.18 * near * np.clip(1.2 - joints, 0, 1))[..., None]
    )
    end = HALF_ROAD_M + KERB_M + PAVEMENT_M
    lay(albedo, paving, coverage(away, HALF_ROAD_M, end, blur_m))
    gaps = 1 - 0.25 * np.clip(1.2 - _nearest(z, 0.9) / blur_m, 0, 1) * near
    kerb_top = coverage(away, HALF_ROAD_M + 0.05, HALF_ROAD_M + KERB_M, blur_m) * gaps
    lay(albedo, _KERB, kerb_top)
    lay(albedo, _KERB * np.float32(0.62), coverage(away, HALF_ROAD_M - 0.01, HALF_ROAD_M + 0.05, blur_m))


def _nearest(position: NDArray[np.floating], period: float) -> NDArray[np.floating]:
    """Distance to the nearest multiple of `period`."""
    part = position % period
    return np.asarray(np.minimum(part, period - part))
