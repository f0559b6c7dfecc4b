"""A vehicle painted into a scene: shadow, wheels, skin, glass, lamps, grille and trim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.models import View
from turnpike.simulation.vehicle_body import body_of, shade
from turnpike.simulation.vehicle_brush import PAINT, Brush, Pose
from turnpike.simulation.vehicle_details import paint_front, paint_rear, paint_sides
from turnpike.simulation.vehicle_shapes import SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from turnpike.simulation.light import Light
    from turnpike.simulation.models import TownVehicle
    from turnpike.simulation.perspective import CameraView

PLATE_SIZE_M = (0.520, 0.111)
FACING_LEAST = -0.02
"""Faces turned a hair away are filled too, so that no gap opens along the outline."""
FINE_PX, MIDDLE_PX = 260.0, 130.0
"""From so many pixels a metre on, the finest and the middle mesh are used: (steps, steps across)."""
FINE, MIDDLE, COARSE = (7, 36), (4, 22), (2, 12)


def plate_corners(vehicle: TownVehicle, view: View) -> NDArray[np.float64]:
    """The plate's corners (4, 3) on the vehicle, clockwise from its top left."""
    body = body_of(SHAPES[vehicle.kind, view])
    y = body.shape.plate_y_m
    z = float(body.at(np.array([0.0]), np.array([y]))[0, 2]) - 0.012
    half, rise = PLATE_SIZE_M[0] / 2, PLATE_SIZE_M[1] / 2
    return np.array([[-half, y + rise, z], [half, y + rise, z], [half, y - rise, z], [-half, y - rise, z]])


def paint_vehicle(
    picture: Image.Image, vehicle: TownVehicle, end: View, pose: Pose, view: CameraView, light: Light
) -> None:
    """Paint one end of a vehicle into an RGB picture; the plate itself is laid on by the scene."""
    metre_px = view.focal_px / max(1.0, pose.z_m)
    steps, across_steps = FINE if metre_px > FINE_PX else MIDDLE if metre_px > MIDDLE_PX else COARSE
    body = body_of(SHAPES[vehicle.kind, end], steps=steps, across_steps=across_steps)
    brush = Brush(body, pose, view, picture)
    _paint_ground_contact(brush, light)
    world = pose.place(body.faces.mean(axis=1))
    to_viewer = np.array([view.x_m, view.height_m, 0.0]) - world
    to_viewer /= np.linalg.norm(to_viewer, axis=1, keepdims=True)
    facing = np.sum(body.normals * to_viewer, axis=1)
    colours = shade(PAINT[vehicle.colour], body.normals, to_viewer, light)
    shown = facing > FACING_LEAST
    brush.fill_faces(colours, shown & body.is_flank)
    paint_sides(brush, pose, view, light)
    brush.fill_faces(colours, shown & ~body.is_flank)
    style = sum(ord(character) * (index + 1) for index, character in enumerate(vehicle.plate))
    if end is View.FRONT:
        paint_front(brush, vehicle, light, style)
    else:
        paint_rear(brush, vehicle, light, style)
    brush.finish()


def _paint_ground_contact(brush: Brush, light: Light) -> None:
    shape = brush.body.shape
    half = shape.rows[3][2]
    day = 1 - light.lamps
    long, lean = shape.length_m, 0.35 * day
    outline = [[-half, 0, 0.1], [half + lean, 0, 0.0], [half + lean, 0, long], [-half, 0, long]]
    inner = [[-half + 0.1, 0, 0.25], [half - 0.1, 0, 0.25], [half - 0.1, 0, long], [-half + 0.1, 0, long]]
    wide = (np.array(outline, dtype=np.float64), 0.55 + 0.15 * day, 0.20)
    brush.shadows((wide, (np.array(inner, dtype=np.float64), 0.9, 0.08)))
    # Under the body it is dark from the ground up to the bumper.
    low = shape.rows[0][1] + 0.04
    z = 0.45
    dark = [[-half + 0.12, low, z], [half - 0.12, low, z], [half - 0.12, 0.06, z], [-half + 0.12, 0.06, z]]
    brush.polygon(np.array(dark), (0.02, 0.02, 0.022))
    for side in (-1, 1):
        _paint_tyre(brush, side, half, shape.wheel_radius_m)


def _paint_tyre(brush: Brush, side: int, half: float, radius: float) -> None:
    z = brush.body.shape.wheel_z_m - radius * 0.9
    outer, inner = side * (half - 0.035), side * (half - 0.245)
    for shrink, tint in ((0.0, 0.045), (0.03, 0.075), (0.07, 0.06)):
        left, right = inner + side * shrink, outer - side * shrink
        points = [[left, 0.35, z], [right, 0.35, z], [right, 0.05, z], [right - side * 0.02, 0.0, z + 0.1]]
        points += [[left + side * 0.02, 0.0, z + 0.1], [left, 0.05, z]]
        brush.polygon(np.array(points), (tint, tint, tint * 1.05))
