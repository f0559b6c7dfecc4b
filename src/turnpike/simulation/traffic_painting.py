"""A clip's pictures: the still scene once, then for each frame the vehicles with the blur of their movement, and the weather."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from turnpike.simulation.backdrop import backdrop_for, light_backdrop
from turnpike.simulation.lens import develop, soften
from turnpike.simulation.scene import paint_passing, to_image
from turnpike.simulation.traffic_stage import placed_at
from turnpike.simulation.traffic_weather import Sky

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from turnpike.simulation.models import View
    from turnpike.simulation.perspective import CameraView
    from turnpike.simulation.traffic_plates import RoadVehicle
    from turnpike.simulation.traffic_stage import Placed, Post, Stage

BLURRED_PX = 0.8
"""Movement during the exposure that is less than this is not to be seen."""
_MOST_SHUTTERS = 5
_EDGE_PX = 3
_DEFOCUS_PX = 2.2


def pictures(stage: Stage, times_s: Iterable[float], rng: np.random.Generator) -> Iterator[Image.Image]:
    """The scene at each of the times, as the sensor keeps it."""
    backdrop = backdrop_for(stage.view, stage.backdrop_seed, stage.radius_m)
    still = soften(to_image(light_backdrop(backdrop, stage.light, rng)))
    sky = Sky(stage.weather, stage.view.size, rng)
    posts = [_post_picture(post, stage.view, stage.light.ambient) for post in stage.posts]
    before: tuple[object, ...] = ()
    painted = still
    for moment in times_s:
        placed = placed_at(stage, moment)
        now = tuple((id(one.drive), one.pose) for one in placed)
        if now != before or painted is still:
            painted = still.copy()
            for one in placed:
                _paint(painted, one, stage, moment)
            for picture, corner in posts:
                painted.paste(picture, corner, picture)
            before = now
        yield develop(sky.over(painted), stage.light, rng)


def _paint(picture: Image.Image, one: Placed, stage: Stage, at_s: float) -> None:
    low = np.floor(one.outline.min(axis=0)) - _EDGE_PX
    high = np.ceil(one.outline.max(axis=0)) + _EDGE_PX
    box = (
        max(0, int(low[0])),
        max(0, int(low[1])),
        min(picture.width, int(high[0])),
        min(picture.height, int(high[1])),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    flat = _flat(one.drive.vehicle, one.drive.end)
    paint_passing(
        picture, one.drive.vehicle.worn, one.drive.end, one.pose, stage.view, stage.light, flat=flat
    )
    # So much nearer or farther it comes while the sensor looks, and so much larger or smaller.
    growth = one.drive.speed_m_s(at_s) * stage.weather.exposure_s / one.pose.z_m
    meeting = np.array([stage.view.middle_px, stage.view.horizon_px])
    moved_px = float(np.abs(one.plate - meeting).max()) * growth
    if moved_px < BLURRED_PX:
        return
    _smear(picture, box, one.outline, meeting, growth, min(_MOST_SHUTTERS, 1 + math.ceil(moved_px)))


def _smear(
    picture: Image.Image,
    box: tuple[int, int, int, int],
    outline: NDArray[np.float64],
    meeting: NDArray[np.float64],
    growth: float,
    shutters: int,
) -> None:
    """Blur what lies in the outline as by coming nearer: away from the point in which all lines along the road meet."""
    sharp = picture.crop(box)
    blurred = sharp
    for number, share in enumerate(np.linspace(-0.5, 0.5, shutters)):
        scale = 1 + growth * float(share)
        offsets = [float(meeting[axis] - box[axis]) * (1 - 1 / scale) for axis in (0, 1)]
        moved = sharp.transform(
            sharp.size,
            Image.Transform.AFFINE,
            (1 / scale, 0, offsets[0], 0, 1 / scale, offsets[1]),
            resample=Image.Resampling.BILINEAR,
        )
        blurred = moved if number == 0 else Image.blend(blurred, moved, 1 / (number + 1))
    mask = Image.new("L", sharp.size)
    corners = [(float(x) - box[0], float(y) - box[1]) for x, y in outline]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    picture.paste(blurred, box[:2], mask.filter(ImageFilter.BoxBlur(_EDGE_PX)))


@lru_cache(maxsize=32)
def _flat(vehicle: RoadVehicle, end: View) -> NDArray[np.floating]:
    return vehicle.flat(end)


def _post_picture(
    post: Post, view: CameraView, ambient: tuple[float, float, float]
) -> tuple[Image.Image, tuple[int, int]]:
    """A post as it stands before the lens, a little out of focus, with where it is pasted."""
    picture = Image.new("RGBA", view.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    red, green, blue = (min(255, round(255 * channel)) for channel in ambient)
    parts = post.outlines(view)
    left, right = float(parts[0][:, 0].min()), float(parts[0][:, 0].max())
    for column in range(int(left), int(right) + 1):
        # A round pole: light from the left, dark towards its edges.
        across = (column - left) / max(1.0, right - left)
        tone = 0.24 + 0.34 * max(0.0, 1 - abs(across - 0.32) * 1.9)
        pen.line(
            (column, 0, column, view.size[1]),
            fill=(round(red * tone), round(green * tone), round(blue * tone), 255),
        )
    for sign in parts[1:]:
        points = [(float(x), float(y)) for x, y in sign]
        middle = sign.mean(axis=0)
        pen.polygon(points, fill=(round(red * 0.62), round(green * 0.07), round(blue * 0.08), 255))
        inner = [(float(x), float(y)) for x, y in middle + (sign - middle) * 0.74]
        pen.polygon(inner, fill=(round(red * 0.84), round(green * 0.84), round(blue * 0.84), 255))
    soft = picture.filter(ImageFilter.GaussianBlur(_DEFOCUS_PX))
    # What is outside must not darken the soft edge: the colour is the pole's own up to the end.
    solid = picture.filter(ImageFilter.MaxFilter(7))
    solid.putalpha(soft.getchannel("A"))
    box = ImageChops.offset(solid.getchannel("A"), 0).getbbox() or (0, 0, 1, 1)
    return solid.crop(box), (box[0], box[1])
