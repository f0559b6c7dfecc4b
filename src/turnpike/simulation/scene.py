"""One picture of one vehicle passing one camera."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.plates.services import formats_of
from turnpike.simulation.backdrop import backdrop_of, light_backdrop
from turnpike.simulation.ground import LANE_M
from turnpike.simulation.lens import bloom, develop, soften
from turnpike.simulation.light import Light, light_at
from turnpike.simulation.models import Passing, ScenePlate, SceneRender, View
from turnpike.simulation.perspective import warp
from turnpike.simulation.plate_art import Band, Ground, PlateStyle, draw_plate
from turnpike.simulation.texture import rgb
from turnpike.simulation.vehicle_art import paint_vehicle, plate_corners
from turnpike.simulation.vehicle_body import body_of
from turnpike.simulation.vehicle_brush import Pose
from turnpike.simulation.vehicle_shapes import SHAPES

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from turnpike.simulation.models import TownCamera, TownVehicle
    from turnpike.simulation.perspective import CameraView

PLATE_HEIGHT_PX = 96
SECOND_HALF, FIRST_GREEN_YEAR = 50, 20
DARKEST_PLATE = 0.62
"""Plates throw light back to where it comes from, so the camera's own lamp keeps them bright at night."""


def render_scene(
    passing: Passing,
    vehicle: TownVehicle,
    camera: TownCamera,
    when: datetime,
    *,
    size: tuple[int, int] = (1280, 720),
    rng: np.random.Generator,
) -> SceneRender:
    """The picture that `camera` takes of `vehicle` at `when` (aware), with where its plate is.

    The scene is drawn for `size` in the proportion 16:9. The plate is 110 to 180 px wide at 1280 by 720.
    """
    light = light_at(when, camera.latitude, camera.longitude)
    backdrop = backdrop_of(camera, size)
    picture = soften(to_image(light_backdrop(backdrop, light, rng)))
    front = passing.view is View.FRONT
    pose = Pose(
        x_m=(1 if front else -1) * LANE_M / 2 + float(rng.uniform(-0.06, 0.06)),
        z_m=float(rng.uniform(5.9, 7.4)) if front else float(rng.uniform(7.0, 8.0)),
        yaw=float(rng.normal(0, 0.015)),
    )
    plate = paint_passing(picture, vehicle, passing.view, pose, backdrop.view, light)
    image = np.asarray(develop(picture, light, rng))
    return SceneRender(image, (plate,))


def to_image(picture: NDArray[np.floating]) -> Image.Image:
    """An RGB picture of values 0 to 1."""
    return Image.fromarray((picture * 255 + 0.5).astype(np.uint8))


def paint_passing(
    picture: Image.Image,
    vehicle: TownVehicle,
    end: View,
    pose: Pose,
    view: CameraView,
    light: Light,
    *,
    flat: NDArray[np.floating] | None = None,
) -> ScenePlate:
    """Paint the vehicle and its plate, and return where the plate is.

    `flat` is the plate as it is drawn, RGBA of 0 to 255, where it is not the one that this vehicle would wear.
    """
    _light_the_road(picture, vehicle, end, pose, view, light)
    paint_vehicle(picture, vehicle, end, pose, view, light)
    quad = view.project(pose.place(plate_corners(vehicle, end)))
    _lay_plate(
        picture, _flat_plate(vehicle.plate, style_of(vehicle, end)) if flat is None else flat, quad, light
    )
    _light_lamps(picture, vehicle, end, pose, view, light)
    low, high = np.floor(quad.min(axis=0)).astype(int), np.ceil(quad.max(axis=0)).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    first, second, third, fourth = ((round(float(x), 2), round(float(y), 2)) for x, y in quad)
    return ScenePlate(vehicle.plate, box, (first, second, third, fourth))


def style_of(vehicle: TownVehicle, end: View) -> PlateStyle:
    """The plate that this vehicle wears: historic ones are black, some current ones have a band.

    Source: a green flash may be shown since December 2020; a UK band since September 2021, on any car.
    """
    eras = {form.era for form in formats_of(vehicle.plate)}
    if "dateless" in eras and "northern ireland" not in eras:
        return PlateStyle(ground=Ground.BLACK)
    band = Band.NONE
    if "current" in eras:
        draw = sum(map(ord, vehicle.plate)) % 5
        is_recent = int(vehicle.plate[2:4]) % SECOND_HALF >= FIRST_GREEN_YEAR
        if draw == 0:
            band = Band.GREEN if is_recent else Band.UNITED_KINGDOM
        elif draw == 1 and is_recent:
            band = Band.UNITED_KINGDOM
    return PlateStyle(ground=Ground.WHITE if end is View.FRONT else Ground.YELLOW, band=band)


@lru_cache(maxsize=16)
def _flat_plate(plate: str, style: PlateStyle) -> NDArray[np.floating]:
    return np.asarray(draw_plate(plate, style=style, height_px=PLATE_HEIGHT_PX), dtype=np.float32)


def _lay_plate(
    picture: Image.Image, flat: NDArray[np.floating], quad: NDArray[np.float64], light: Light
) -> None:
    low = np.clip(np.floor(quad.min(axis=0)) - 2, 0, picture.size).astype(int)
    high = np.clip(np.ceil(quad.max(axis=0)) + 2, 0, picture.size).astype(int)
    if np.any(high <= low):
        return
    box = (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    laid = warp(flat, quad, box)
    cover = laid[..., 3:] / 255
    bright = np.maximum(np.minimum(rgb(light.ambient), 1), np.float32(DARKEST_PLATE))
    area = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    under = np.asarray(picture.crop(area), dtype=np.float32)
    mixed = under * (1 - cover) + laid[..., :3] * np.maximum(cover, 0) * bright
    picture.paste(Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)), area)


def _light_the_road(
    picture: Image.Image, vehicle: TownVehicle, end: View, pose: Pose, view: CameraView, light: Light
) -> None:
    """The pool of light before the bumper: white in front, a faint red behind."""
    if light.lamps <= 0:
        return
    inner, outer, *_ = SHAPES[vehicle.kind, end].lamp
    for side in (-1, 1):
        spot = pose.place(np.array([side * (inner + outer) / 2, 0.0, -1.0]))
        centre = view.project(spot)
        scale = view.focal_px / max(1.0, float(spot[2]))
        strength = light.lamps * (0.30 if end is View.FRONT else 0.12)
        tint = (1.0, 0.95, 0.85) if end is View.FRONT else (1.0, 0.12, 0.08)
        red, green, blue = (strength * channel for channel in tint)
        bloom(picture, (float(centre[0]), float(centre[1])), 1.3 * scale, (red, green, blue))


def _light_lamps(
    picture: Image.Image, vehicle: TownVehicle, end: View, pose: Pose, view: CameraView, light: Light
) -> None:
    shape = SHAPES[vehicle.kind, end]
    inner, outer, low, high = shape.lamp
    strength = light.lamps * (0.85 if end is View.FRONT else 0.5)
    if strength <= 0:
        return
    tint = (1.0, 0.96, 0.88) if end is View.FRONT else (1.0, 0.10, 0.08)
    for side in (-1, 1):
        x = side * (outer - 0.10 if end is View.FRONT else (inner + outer) / 2)
        lamp = pose.place(body_of(shape).at(np.array([x]), np.array([(low + high) / 2])))[0]
        centre = view.project(lamp)
        radius = (0.42 if end is View.FRONT else 0.30) * view.focal_px / float(lamp[2])
        red, green, blue = (strength * channel for channel in tint)
        bloom(picture, (float(centre[0]), float(centre[1])), radius, (red, green, blue))
