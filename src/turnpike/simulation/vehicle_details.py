"""Glass, lamps, grille and trim of a vehicle's two ends and its sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.models import VehicleKind
from turnpike.simulation.vehicle_brush import PAINT

if TYPE_CHECKING:
    from turnpike.simulation.light import Light
    from turnpike.simulation.models import TownVehicle
    from turnpike.simulation.perspective import CameraView
    from turnpike.simulation.vehicle_brush import Brush, Pose, Rgb

GLASS_BANDS, FEW_GLASS_BANDS = 26, 6


def _lit(colour: Rgb, light: Light, floor: float = 0.0) -> Rgb:
    """A matt colour in the light, never darker than `floor` of itself."""
    red, green, blue = (
        channel * max(floor, ambient + 0.34 * light.lamps)
        for channel, ambient in zip(colour, light.ambient, strict=True)
    )
    return red, green, blue


def _half_width_at(brush: Brush, y: float) -> float:
    return float(np.interp(y, brush.body.rows[:, 1], brush.body.rows[:, 2]))


def paint_sides(brush: Brush, pose: Pose, view: CameraView, light: Light) -> None:
    """Side windows, wheel arches and wheels of the flank that the camera can see."""
    shape = brush.body.shape
    side = 1 if pose.x_m < view.x_m else -1
    low, high = shape.window
    start = float(np.interp(low, brush.body.rows[:, 1], brush.body.rows[:, 0])) + 0.30
    slant = float(np.interp(high, brush.body.rows[:, 1], brush.body.rows[:, 0])) + 0.22
    glass = [
        (start, low + 0.02),
        (slant, high),
        (shape.length_m - 0.9, high),
        (shape.length_m - 0.5, low + 0.02),
    ]
    z, y = np.array(glass).T
    brush.polygon(brush.body.flank(side, z, y), _lit((0.10, 0.12, 0.14), light))
    turn = np.linspace(0, 2 * math.pi, 28, endpoint=False)
    radius = shape.wheel_radius_m
    for scale, tint in ((1.18, 0.02), (1.0, 0.06), (0.68, 0.42), (0.6, 0.2)):
        z = shape.wheel_z_m + radius * scale * np.cos(turn)
        y = np.maximum(0.0, radius + radius * scale * np.sin(turn))
        brush.polygon(brush.body.flank(side, z, y + 0.035), _lit((tint, tint, tint), light))


def paint_front(brush: Brush, vehicle: TownVehicle, light: Light, style: int) -> None:
    """Everything on the front; `style` varies grille and lamps from car to car."""
    shape = brush.body.shape
    _screen(brush, light, wiper=True)
    _mirrors(brush, vehicle, light)
    if not brush.is_small:
        _bonnet(brush, light)
        _lower_front(brush, light)
    _grille(brush, light, style)
    for side in (-1, 1):
        _headlamp(brush, side, light, style)
    _plate_holder(brush, light)
    badge_y = shape.opening[2] + 0.005 if style % 2 else (shape.opening[1] + shape.opening[2]) / 2
    brush.disc(0, badge_y, 0.048, _lit((0.70, 0.71, 0.73), light))
    brush.disc(0, badge_y, 0.036, _lit((0.16, 0.17, 0.20), light))


def paint_rear(brush: Brush, vehicle: TownVehicle, light: Light, style: int) -> None:
    """Everything on the back."""
    shape = brush.body.shape
    _screen(brush, light, wiper=False)
    half = _half_width_at(brush, shape.bumper_y_m)
    low = shape.rows[1][1]
    mid = low + (shape.bumper_y_m - low) * 0.45
    foot = _half_width_at(brush, low - 0.02)
    valance = [(-half + 0.10, mid), (half - 0.10, mid), (foot - 0.10, low - 0.02), (-foot + 0.10, low - 0.02)]
    brush.skin(valance, _lit((0.085, 0.085, 0.09), light))
    for side in (-1, 1):
        brush.skin(_box(side * (half - 0.25), mid + 0.045, 0.075, 0.012), _lit((0.55, 0.05, 0.05), light))
    brush.line(
        [(-half + 0.03, shape.bumper_y_m), (half - 0.03, shape.bumper_y_m)], 0.012, (0.02, 0.02, 0.02), 0.7
    )
    gate = half - 0.14
    top = shape.window[0] - 0.03
    brush.line(
        [(-gate, top), (-gate, shape.bumper_y_m + 0.03), (gate, shape.bumper_y_m + 0.03), (gate, top)],
        0.008,
        (0, 0, 0),
        0.5,
    )
    if vehicle.kind is VehicleKind.VAN:
        brush.line([(0, shape.bumper_y_m + 0.03), (0, shape.rows[-3][1])], 0.012, (0, 0, 0), 0.6)
    width, bottom, upper = shape.opening
    recess = [(-width, upper), (width, upper), (width - 0.05, bottom), (-width + 0.05, bottom)]
    brush.skin(recess, (0, 0, 0), 0.28)
    brush.line(
        [(-width, upper), (width, upper)],
        0.016,
        _lit((0.62, 0.63, 0.65) if style % 3 else (0.1, 0.1, 0.1), light),
    )
    brush.disc(0, upper + 0.075, 0.045, _lit((0.70, 0.71, 0.73), light))
    brush.disc(0, upper + 0.075, 0.033, _lit((0.20, 0.21, 0.24), light))
    for side in (-1, 1):
        _tail_lamp(brush, side, light, style)
    high = shape.window[1] + 0.035
    brush.skin(_box(0, high, 0.16, 0.010), _lit((0.42, 0.04, 0.05), light, 0.3))
    _plate_holder(brush, light)


def _box(x: float, y: float, half_width: float, half_height: float) -> list[tuple[float, float]]:
    return [
        (x - half_width, y + half_height),
        (x + half_width, y + half_height),
        (x + half_width, y - half_height),
        (x - half_width, y - half_height),
    ]


def _screen(brush: Brush, light: Light, *, wiper: bool) -> None:
    """Front or rear window: a dark band about it, then glass that mirrors more sky towards its top."""
    low, high = brush.body.shape.window
    bands = FEW_GLASS_BANDS if brush.is_small else GLASS_BANDS
    heights = np.linspace(low, high, bands + 1)
    part = (heights - low) / (high - low)
    inset = 0.075 + 0.05 * np.clip(np.abs(part - 0.5) * 2 - 0.86, 0, 1) / 0.14
    halves = np.array([_half_width_at(brush, float(y)) for y in heights])
    edges = halves - inset
    rim = [(-float(e) - 0.03, float(y)) for e, y in zip(edges, heights, strict=True)]
    rim += [(float(e) + 0.03, float(y)) for e, y in zip(edges[::-1], heights[::-1], strict=True)]
    brush.skin(
        [(x, y + (0.02 if y > (low + high) / 2 else -0.015)) for x, y in rim],
        _lit((0.03, 0.03, 0.035), light),
    )
    inside = np.array(_lit((0.075, 0.085, 0.095), light))
    sky = (np.array(light.horizon) * 0.35 + np.array(light.overhead) * 0.65) * (0.75 if wiper else 0.5)
    for index in range(bands):
        share = 0.10 + 0.42 * float(part[index]) ** 1.4
        red, green, blue = (float(channel) for channel in inside * (1 - share) + sky * share)
        y0, y1, e0, e1 = (
            float(v) for v in (heights[index], heights[index + 1], edges[index], edges[index + 1])
        )
        brush.polygon(
            brush.body.at(np.array([-e0, e0, e1, -e1]), np.array([y0, y0, y1, y1])), (red, green, blue)
        )
    if brush.is_small:
        return
    _inside(brush, light, low, high)
    if wiper:
        e = float(edges[0])
        brush.line([(-e * 0.75, low + 0.012), (e * 0.02, low + 0.03)], 0.016, (0.02, 0.02, 0.02))
        brush.line([(e * 0.08, low + 0.012), (e * 0.80, low + 0.03)], 0.016, (0.02, 0.02, 0.02))
    else:
        brush.line([(0, low + 0.01), (-0.28, low + 0.05)], 0.018, (0.02, 0.02, 0.02))


def _inside(brush: Brush, light: Light, low: float, high: float) -> None:
    """Head rests and the mirror, faintly: nobody is drawn."""
    tall = high - low
    dark = _lit((0.03, 0.032, 0.036), light)
    for x in (-0.30, 0.30):
        seat = [
            (x - 0.17, low + 0.02),
            (x - 0.15, low + tall * 0.50),
            (x + 0.15, low + tall * 0.50),
            (x + 0.17, low + 0.02),
        ]
        brush.skin(seat, dark, 0.35)
        brush.skin(_box(x, low + tall * 0.60, 0.085, tall * 0.10), dark, 0.4)
    brush.skin(_box(0, low + tall * 0.88, 0.075, 0.022), dark, 0.7)


def _bonnet(brush: Brush, light: Light) -> None:
    shape = brush.body.shape
    front = shape.lamp[3] + 0.02
    back = shape.window[0] - 0.03
    half = _half_width_at(brush, front)
    gap = [(-half + 0.09, back), (-half + 0.05, front + 0.05), (-half + 0.22, front), (0, front - 0.015)]
    gap += [(half - 0.22, front), (half - 0.05, front + 0.05), (half - 0.09, back)]
    brush.line(gap, 0.010, (0, 0, 0), 0.55)
    for side in (-1, 1):
        crease = [
            (side * shape.opening[0] * 0.92, front + 0.005),
            (side * shape.opening[0] * 1.2, back - 0.01),
        ]
        brush.line(crease, 0.014, _lit((1, 1, 1), light), 0.16)
        brush.line([(x + side * 0.02, y) for x, y in crease], 0.014, (0, 0, 0), 0.14)


def _mirrors(brush: Brush, vehicle: TownVehicle, light: Light) -> None:
    shape = brush.body.shape
    low = shape.window[0]
    z = float(np.interp(low, brush.body.rows[:, 1], brush.body.rows[:, 0])) + 0.32
    root = _half_width_at(brush, low + 0.05)
    turn = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    for side in (-1, 1):
        arm = [[root - 0.02, low + 0.06, z], [root + 0.10, low + 0.09, z], [root + 0.10, low + 0.05, z]]
        arm.append([root - 0.02, low + 0.01, z])
        brush.polygon(np.array(arm) * [side, 1, 1], _lit((0.06, 0.06, 0.065), light))
        middle_x, middle_y = side * (root + 0.125), low + 0.085
        for grow, tint in ((1.0, 0.62), (0.9, 0.92)):
            x = middle_x + side * 0.115 * grow * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.7
            y = (
                middle_y
                + 0.072 * grow * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.7
                + (1 - grow) * 0.08
            )
            red, green, blue = _lit(PAINT[vehicle.colour], light)
            brush.polygon(
                np.stack((x, y, np.full_like(x, z)), axis=-1), (red * tint, green * tint, blue * tint)
            )


def _lower_front(brush: Brush, light: Light) -> None:
    shape = brush.body.shape
    low = shape.rows[1][1]
    top = shape.plate_y_m - 0.075
    dark = _lit((0.05, 0.05, 0.055), light)
    half = shape.opening[0]
    brush.skin([(-half - 0.06, top), (half + 0.06, top), (half, low + 0.02), (-half, low + 0.02)], dark)
    for step in range(1, 4):
        y = low + 0.02 + (top - low - 0.02) * step / 4
        brush.line([(-half, y), (half, y)], 0.008, _lit((0.16, 0.16, 0.17), light))
    edge = _half_width_at(brush, shape.plate_y_m - 0.10)
    for side in (-1, 1):
        inner, outer = side * (half + 0.13), side * (edge - 0.05)
        y = shape.plate_y_m - 0.02
        brush.skin(
            [(inner, y + 0.05), (outer, y + 0.07), (outer, y - 0.055), (inner + side * 0.03, y - 0.075)], dark
        )
        brush.disc(side * (half + 0.215), y, 0.042, _lit((0.55, 0.57, 0.60), light))
        brush.disc(side * (half + 0.215), y, 0.030, _lit((0.80, 0.82, 0.84), light))


def _grille(brush: Brush, light: Light, style: int) -> None:
    shape = brush.body.shape
    half, low, high = shape.opening
    top, bottom = (half, half - 0.07) if style % 3 else (half - 0.05, half - 0.02)
    chrome, dark = _lit((0.72, 0.73, 0.75), light), _lit((0.035, 0.035, 0.04), light)
    outline = [(-top, high), (top, high), (bottom, low), (-bottom, low)]
    brush.skin(outline, dark)
    slats = 3 + style % 3
    for step in range(1, 0 if brush.is_small else slats + 1):
        y = low + (high - low) * step / (slats + 1)
        width = bottom + (top - bottom) * step / (slats + 1) - 0.01
        brush.line(
            [(-width, y), (width, y)], 0.009, chrome if style % 4 == 0 else _lit((0.20, 0.20, 0.21), light)
        )
    if style % 2:
        brush.line([*outline, outline[0]], 0.012, chrome, 0.9)


def _headlamp(brush: Brush, side: int, light: Light, style: int) -> None:
    inner, outer, low, high = brush.body.shape.lamp
    rise = 0.022 if style % 2 else 0.0
    outline = [
        (side * inner, high - 0.035),
        (side * (inner + 0.10), high - 0.008),
        (side * outer, high + rise),
        (side * (outer + 0.012), high - 0.045),
        (side * (outer - 0.05), low + 0.012),
        (side * (inner + 0.07), low),
    ]
    brush.skin(outline, _lit((0.30, 0.32, 0.34), light))
    brush.skin([(x * 0.99, y - 0.004) for x, y in outline], _lit((0.13, 0.14, 0.155), light))
    middle = (low + high) / 2
    glow = 0.55 + 0.45 * light.lamps
    for x, radius in ((outer - 0.10, 0.046), (inner + 0.125, 0.038)):
        brush.disc(side * x, middle, radius, _lit((0.62, 0.64, 0.67), light, 0.3))
        brush.disc(side * x, middle, radius * 0.78, (0.86 * glow, 0.89 * glow, 0.93 * glow))
        brush.disc(side * x - 0.008, middle + 0.01, radius * 0.35, (1, 1, 1), 0.9)
    strip = [
        (side * (inner + 0.045), high - 0.03),
        (side * (inner + 0.11), high - 0.016),
        (side * (outer - 0.02), high + rise - 0.012),
    ]
    brush.line(strip, 0.012, (0.97, 0.98, 1.0))


def _tail_lamp(brush: Brush, side: int, light: Light, style: int) -> None:
    inner, outer, low, high = brush.body.shape.lamp
    reach = inner if style % 2 else inner + 0.06
    outline = [
        (side * (reach + 0.02), high - 0.05),
        (side * (outer - 0.06), high),
        (side * outer, high - 0.01),
        (side * (outer + 0.015), low + 0.02),
        (side * (reach + 0.06), low),
        (side * reach, low + 0.03),
    ]
    glow = light.lamps
    brush.skin(outline, (0.30 + 0.35 * glow, 0.02, 0.03))
    middle = (low + high) / 2
    shrunk = [
        (side * (abs(x) * 0.86 + (reach + outer) * 0.07), middle + (y - middle) * 0.78) for x, y in outline
    ]
    brush.skin(shrunk, (0.62 + 0.36 * glow, 0.045 + 0.10 * glow, 0.06 + 0.06 * glow))
    x = (reach + outer) / 2
    wide = max(0.02, (outer - reach) * 0.26)
    brush.skin(_box(side * x, low + (high - low) * 0.24, wide, 0.020), _lit((0.88, 0.86, 0.84), light, 0.35))
    brush.skin(_box(side * x, low + (high - low) * 0.42, wide, 0.014), _lit((0.90, 0.48, 0.10), light, 0.35))
    brush.line([outline[0], outline[1]], 0.010, (1, 0.7, 0.7), 0.35)


def _plate_holder(brush: Brush, light: Light) -> None:
    brush.skin(_box(0, brush.body.shape.plate_y_m, 0.275, 0.068), _lit((0.03, 0.03, 0.032), light))
