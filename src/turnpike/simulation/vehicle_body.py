"""A vehicle's skin as a surface: its mesh, its normals, and how paint and glass answer the light.

Vehicle axes, in metres: x to the viewer's right, y up, z away from the viewer, 0 at the nearest bumper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.light import Light
    from turnpike.simulation.vehicle_shapes import EndShape

FLANK_STEPS = 4
SQUARENESS = 3.0
"""Exponent of the superellipse that rounds the corners, seen from above."""
CROWN_M = 0.035
SMALLEST_REFLECTANCE = 0.05
_SUN = np.array([-0.42, 0.74, -0.52]) / math.sqrt(0.42**2 + 0.74**2 + 0.52**2)
_LAMPS = np.array([1.0, 0.93, 0.82])
_ROAD = np.array([0.20, 0.20, 0.205])


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The skin: fine rows (R, 4) and the mesh's faces (F, 4, 3) with unit normals (F, 3).

    `is_flank` (F,) marks the faces of the sides, on which wheels and side windows are painted.
    """

    shape: EndShape
    rows: NDArray[np.float64]
    faces: NDArray[np.float64]
    normals: NDArray[np.float64]
    is_flank: NDArray[np.bool_]

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (..., 3) of the end's skin at x and height y."""
        z, half, sweep = (np.interp(y, self.rows[:, 1], self.rows[:, column]) for column in (0, 2, 3))
        return _skin(np.clip(x / half, -1, 1), z, y, half, sweep)

    def flank(self, side: int, z: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (..., 3) of the left (-1) or right (1) side at depth z and height y."""
        half = np.interp(y, self.rows[:, 1], self.rows[:, 2])
        return np.stack((side * half, y - CROWN_M, z), axis=-1)


@lru_cache(maxsize=32)
def body_of(shape: EndShape, *, steps: int = 7, across_steps: int = 36) -> Body:
    """The body of a shape; `steps` faces between two rows and `across_steps` from corner to corner."""
    # The roof runs on to the other end; what hangs down there, no camera sees.
    roof = (shape.length_m, shape.rows[-1][1] + 0.002, *shape.rows[-1][2:])
    rows = _smooth(np.array((*shape.rows, roof)), steps)
    angles = np.linspace(-math.pi / 2, math.pi / 2, across_steps + 1)
    # Sampled by angle, for the corners turn fast and the middle hardly at all.
    across = np.sign(angles) * np.abs(np.sin(angles)) ** (2 / SQUARENESS)
    z, y, half, sweep = (rows[:, column, None] for column in range(4))
    middle = _skin(across[None, :], z, np.broadcast_to(y, (len(rows), len(across))), half, sweep)
    parts = np.linspace(0, 1, FLANK_STEPS + 1)[1:]
    grid = [middle]
    for side, edge in ((-1, middle[:, :1]), (1, middle[:, -1:])):
        depth = edge[..., 2] + (np.maximum(shape.length_m, edge[..., 2]) - edge[..., 2]) * parts[None, :]
        flank = np.stack(
            (np.broadcast_to(edge[..., 0], depth.shape), np.broadcast_to(edge[..., 1], depth.shape), depth),
            axis=-1,
        )
        grid = [flank[:, ::-1], *grid] if side < 0 else [*grid, flank]
    mesh = np.concatenate(grid, axis=1)
    faces = np.stack((mesh[:-1, :-1], mesh[:-1, 1:], mesh[1:, 1:], mesh[1:, :-1]), axis=2).reshape(-1, 4, 3)
    column = np.tile(np.arange(mesh.shape[1] - 1), mesh.shape[0] - 1)
    is_flank = (column < FLANK_STEPS) | (column >= FLANK_STEPS + across_steps)
    normals = np.cross(faces[:, 2] - faces[:, 0], faces[:, 3] - faces[:, 1])
    length = np.linalg.norm(normals, axis=1)
    whole = length > 1e-9  # noqa: PLR2004 - a face without area has no direction
    normals = normals[whole] / length[whole, None]
    # Faces wind so that their normals point outwards: to the viewer, up, or to the sides.
    return Body(shape, rows, faces[whole], -normals if _points_inwards(normals) else normals, is_flank[whole])


def shade(
    base: tuple[float, float, float],
    normals: NDArray[np.float64],
    to_viewer: NDArray[np.float64],
    light: Light,
    *,
    gloss: float = 1.0,
) -> NDArray[np.float64]:
    """Colours (F, 3), 0 to 1, of painted faces: diffuse light, the sky mirrored in the lacquer, the sun's spot.

    Source: Schlick 1994 for the share of light mirrored at a glancing angle; Blinn 1977 for the spot.
    """
    ambient = np.array(light.ambient)
    upward = normals[:, 1:2] * 0.5 + 0.5
    facing = np.clip(np.sum(normals * to_viewer, axis=1, keepdims=True), 0, 1)
    day = 1 - light.lamps
    sun = np.clip(normals @ _SUN, 0, 1)[:, None] * (0.25 + 0.75 * day)
    colour = np.array(base) * ambient * (0.38 + 0.34 * sun + 0.34 * upward)
    colour = colour + np.array(base) * light.lamps * (0.42 * facing + 0.16 * upward) * _LAMPS
    mirrored = 2 * facing * normals - to_viewer
    height = np.clip(mirrored[:, 1:2], -1, 1)
    sky = np.array(light.horizon) + (np.array(light.overhead) - np.array(light.horizon)) * np.clip(
        height, 0, 1
    )
    # The mirrored horizon: sky above, the road and the far hedges below, with a soft edge between.
    part = 1 / (1 + np.exp(-np.clip((height - 0.05) * 8, -30, 30)))
    surroundings = sky * part + _ROAD * ambient * (1 - part)
    share = (SMALLEST_REFLECTANCE + (1 - SMALLEST_REFLECTANCE) * (1 - facing) ** 5) * gloss + 0.07 * gloss
    colour = colour * (1 - share) + surroundings * share
    halfway = _SUN + to_viewer
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
    spot = np.clip(np.sum(normals * halfway, axis=1, keepdims=True), 0, 1) ** 60 * 0.5 * day * gloss
    return np.asarray(np.clip(colour + spot, 0, 1), dtype=np.float64)


def _skin(
    across: NDArray[np.float64],
    z: NDArray[np.float64],
    y: NDArray[np.float64],
    half: NDArray[np.float64],
    sweep: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Points at `across` (-1 to 1): the corners sweep back as a superellipse and the edges hang a little."""
    away = np.abs(across)
    back = 1 - (1 - np.minimum(away, 1) ** SQUARENESS) ** (1 / SQUARENESS)
    return np.stack(np.broadcast_arrays(half * across, y - CROWN_M * away**2, z + sweep * back), axis=-1)


def _smooth(rows: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Rows drawn through by a monotone curve. Source: Catmull and Rom 1974, with tangents cut to monotony."""
    slopes = np.gradient(rows, axis=0)
    rises = np.diff(rows, axis=0)
    limit = 2 * np.minimum(np.abs(np.vstack((rises[:1], rises))), np.abs(np.vstack((rises, rises[-1:]))))
    slopes = np.clip(slopes, -limit, limit)
    steps = np.linspace(0, 1, count, endpoint=False)[:, None]
    pieces = [
        rows[index] * (2 * steps**3 - 3 * steps**2 + 1)
        + slopes[index] * (steps**3 - 2 * steps**2 + steps)
        + rows[index + 1] * (3 * steps**2 - 2 * steps**3)
        + slopes[index + 1] * (steps**3 - steps**2)
        for index in range(len(rows) - 1)
    ]
    return np.vstack((*pieces, rows[-1:]))


def _points_inwards(normals: NDArray[np.float64]) -> bool:
    return float(np.median(normals[:, 2][np.abs(normals[:, 2]) > 0.5])) > 0  # noqa: PLR2004 - the end's own faces
