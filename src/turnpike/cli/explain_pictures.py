"""The pictures of a sheet: what was looked at, what was found, each plate as the reader saw it. Told apart by shape, not by colour alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from turnpike.recognition.services import Fate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.services import Place, View

LONGEST_PX = 1280
"""Longest side of a picture on a sheet."""
_LEAST_PX = 640
"""What is much smaller is enlarged, so that what is drawn into it does not cover it."""
_CLOSER_PX = 448
_READ, _DOUBTED, _DROPPED = (0, 112, 60), (190, 60, 0), (40, 70, 160)
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_DASH_PX, _GAP_PX = 9.0, 6.0
_CORNER_SHARE = 0.25

Point = tuple[float, float]


def shrunk(image: NDArray[np.uint8]) -> Image.Image:
    """The whole picture, no longer than a sheet takes."""
    picture = Image.fromarray(image)
    picture.thumbnail((LONGEST_PX, LONGEST_PX), reducing_gap=2.0)
    return picture


def first_look(image: NDArray[np.uint8], views: tuple[View, ...]) -> Image.Image:
    """The picture as the detector first looked at it, with a frame and a letter for each closer look."""
    first, *closer = views
    size = tuple(max(1, round(side * first.scale)) for side in (image.shape[1], image.shape[0]))
    picture = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
    scale = first.scale
    if max(size) > LONGEST_PX:
        picture.thumbnail((LONGEST_PX, LONGEST_PX))
        scale = picture.width / image.shape[1]
    draw = ImageDraw.Draw(picture)
    for number, view in enumerate(closer, start=1):
        x, y, wide, high = (side * scale for side in view.box)
        box: list[Point] = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
        _dashed(draw, box, _BLACK, _WHITE)
        _label(draw, (x + 2, y + 2), letter(number), _BLACK)
    return picture


def letter(number: int) -> str:
    """How a closer look is called, from 1: A, B, C, …"""
    return chr(ord("A") + number - 1) if number <= 26 else f"Z{number - 26}"  # noqa: PLR2004 - letters there are


def closer_look(image: NDArray[np.uint8], view: View) -> Image.Image:
    """A part of the picture as the detector looked at it closer, enlarged for people."""
    x, y, wide, high = view.box
    size = max(1, round(wide * view.scale)), max(1, round(high * view.scale))
    part = Image.fromarray(image[y : y + high, x : x + wide]).resize(size, Image.Resampling.BILINEAR)
    factor = max(1, _CLOSER_PX // max(size))
    return part.resize((size[0] * factor, size[1] * factor), Image.Resampling.NEAREST)


def found(image: NDArray[np.uint8], places: tuple[Place, ...]) -> Image.Image:
    """The picture with each place drawn in: read ones in a whole line, doubted ones dashed, dropped ones by their corners."""
    picture = shrunk(image)
    larger = max(1, _LEAST_PX // max(picture.size))
    picture = picture.resize((picture.width * larger, picture.height * larger), Image.Resampling.NEAREST)
    scale = picture.width / image.shape[1]
    draw = ImageDraw.Draw(picture)
    for number, place in reversed(list(enumerate(places, start=1))):
        quad: list[Point] = [(x * scale, y * scale) for x, y in place.region.corners]
        colour = colour_of(place)
        if place.fate is Fate.READ:
            draw.line([*quad, quad[0]], _WHITE, 5)
            draw.line([*quad, quad[0]], colour, 3)
        elif place.reading:
            _dashed(draw, quad, colour, _WHITE)
        else:
            _corners_only(draw, quad, colour)
        left, bottom = min(x for x, _ in quad), max(y for _, y in quad)
        _label(draw, (max(1.0, left), min(bottom + 4, picture.height - 18)), str(number), colour)
    return picture


def colour_of(place: Place) -> tuple[int, int, int]:
    """Beside its shape, what a place is told apart by."""
    if place.fate is Fate.READ:
        return _READ
    return _DOUBTED if place.reading else _DROPPED


def as_cut(crop: NDArray[np.uint8]) -> Image.Image:
    """A plate as the reader saw it, twice as large."""
    picture = Image.fromarray(crop)
    return picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST)


def _dashed(
    draw: ImageDraw.ImageDraw, quad: list[Point], colour: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    draw.line([*quad, quad[0]], ground, 3)
    for one, other in zip(quad, [*quad[1:], quad[0]], strict=True):
        length = math.dist(one, other)
        at = 0.0
        while at < length:
            ends = [at / length, min(1.0, (at + _DASH_PX) / length)]
            draw.line([_between(one, other, share) for share in ends], colour, 3)
            at += _DASH_PX + _GAP_PX


def _corners_only(draw: ImageDraw.ImageDraw, quad: list[Point], colour: tuple[int, int, int]) -> None:
    for one, other in zip(quad, [*quad[1:], quad[0]], strict=True):
        for width, ink in ((4, _WHITE), (2, colour)):
            draw.line([one, _between(one, other, _CORNER_SHARE)], ink, width)
            draw.line([other, _between(other, one, _CORNER_SHARE)], ink, width)


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _label(draw: ImageDraw.ImageDraw, at: Point, text: str, colour: tuple[int, int, int]) -> None:
    font = ImageFont.load_default(15)
    left, top, right, bottom = draw.textbbox(at, text, font=font)
    draw.rectangle((left - 3, top - 2, right + 3, bottom + 2), fill=colour, outline=_WHITE)
    draw.text(at, text, font=font, fill=_WHITE)
