"""A number plate drawn flat: background, identifier band, characters.

Source: The Road Vehicles (Display of Registration Marks) Regulations 2001 (black on white in front, black on
yellow behind; white, silver or grey on black for vehicles made before 1980; a green flash for zero
emission); the layout of 520 by 111 mm is the common British plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from turnpike.plates.services import display
from turnpike.simulation.errors import PlateTextError
from turnpike.simulation.glyphs import (
    GLYPHS,
    Lettering,
    glyph_polygons,
    glyph_width_mm,
    lay_out,
    row_width_mm,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUPERSAMPLING = 4
BAND_WIDTH_MM = 44.0
CORNER_RADIUS_MM = 9.0
SMALLEST_HEIGHT_PX = 8

Colour = tuple[int, int, int]

_INK: Colour = (18, 18, 20)
_SILVER: Colour = (214, 216, 218)


class Band(Enum):
    """What stands at the plate's left edge."""

    NONE = "none"
    UNITED_KINGDOM = "uk"
    GREEN = "green"


class Ground(Enum):
    """The plate's background."""

    WHITE = "white"
    YELLOW = "yellow"
    BLACK = "black"


LETTERING = Lettering()

_GROUND_COLOURS: dict[Ground, Colour] = {
    Ground.WHITE: (236, 238, 238),
    Ground.YELLOW: (247, 197, 20),
    Ground.BLACK: (22, 22, 24),
}


@dataclass(frozen=True, slots=True)
class PlateStyle:
    """How a plate looks; the defaults are the front plate of a current car."""

    ground: Ground = Ground.WHITE
    band: Band = Band.NONE
    width_mm: float = 520.0
    height_mm: float = 111.0
    lettering: Lettering = LETTERING


FRONT = PlateStyle()
REAR = PlateStyle(ground=Ground.YELLOW)


def plate_groups(plate: str) -> tuple[str, ...]:
    """The plate's characters as they are parted on the vehicle: `AB12CDE` gives `AB12`, `CDE`."""
    return tuple(display(plate).split(" "))


def render_plate(plate: str, *, style: PlateStyle = FRONT, height_px: int = 96) -> NDArray[np.uint8]:
    """The plate as RGB, uint8, shape (height_px, round(height_px * width / height), 3), corners square.

    Raises:
        PlateTextError: a character is not A-Z or 0-9, the row does not fit, or height_px is under 8.
    """
    return np.asarray(draw_plate(plate, style=style, height_px=height_px).convert("RGB"))


def draw_plate(plate: str, *, style: PlateStyle, height_px: int) -> Image.Image:
    """As `render_plate`, as RGBA with rounded corners: what a scene puts onto a vehicle."""
    groups = plate_groups(plate)
    left_mm, room_mm = _room(style)
    row_mm = row_width_mm(groups, style.lettering)
    if not plate or any(character not in GLYPHS for character in plate):
        raise PlateTextError("A plate is drawn from the letters A-Z and the digits 0-9; give at least one.")
    if row_mm > room_mm:
        raise PlateTextError(
            f"The characters need {row_mm:.0f} mm and the plate has {room_mm:.0f} mm; widen it."
        )
    if height_px < SMALLEST_HEIGHT_PX:
        raise PlateTextError(f"Ask for a plate of at least {SMALLEST_HEIGHT_PX} pixels in height.")
    size = (round(height_px * style.width_mm / style.height_mm), height_px)
    scale = height_px * SUPERSAMPLING / style.height_mm
    large = (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING)

    ink = Image.new("L", large)
    top_mm = (style.height_mm - style.lettering.height_mm) / 2
    draw_row(ink, groups, style.lettering, (left_mm + (room_mm - row_mm) / 2, top_mm), scale)
    picture = Image.new("RGB", large, _GROUND_COLOURS[style.ground])
    _draw_band(picture, style, scale)
    picture.paste(_SILVER if style.ground is Ground.BLACK else _INK, mask=ink)
    shape = Image.new("L", large)
    ImageDraw.Draw(shape).rounded_rectangle(
        (0, 0, large[0] - 1, large[1] - 1), radius=CORNER_RADIUS_MM * scale, fill=255
    )
    # Reduced apart, for the colours of what is cut off the corners are still wanted.
    small = picture.reduce(SUPERSAMPLING)
    small.putalpha(shape.reduce(SUPERSAMPLING))
    return small


def draw_row(
    mask: Image.Image,
    groups: tuple[str, ...],
    lettering: Lettering,
    origin_mm: tuple[float, float],
    px_per_mm: float,
) -> None:
    """Fill the characters of one row into a mask (mode L), its top left corner at `origin_mm`."""
    for character, x_mm in lay_out(groups, lettering):
        left, top = (origin_mm[0] + x_mm) * px_per_mm, origin_mm[1] * px_per_mm
        width = glyph_width_mm(character, lettering) * px_per_mm
        box = (round(left), round(top), round(left + width), round(top + lettering.height_mm * px_per_mm))
        cell = Image.new("L", (max(1, box[2] - box[0]), max(1, box[3] - box[1])))
        pen = ImageDraw.Draw(cell)
        for piece in glyph_polygons(character, lettering):
            pen.polygon([(x * px_per_mm, y * px_per_mm) for x, y in piece], fill=255)
        mask.paste(ImageChops.lighter(mask.crop(box), cell), box[:2])


def _room(style: PlateStyle) -> tuple[float, float]:
    """Left edge and width of what the band and the margins leave for characters, in millimetres."""
    band_mm = 0.0 if style.band is Band.NONE else BAND_WIDTH_MM
    margin_mm = style.lettering.margin_mm
    # Beside a band the plate's own edge keeps the margin; the band already parts the characters from it.
    left_mm = band_mm + (0.0 if band_mm else margin_mm)
    return left_mm, style.width_mm - left_mm - margin_mm


def _draw_band(picture: Image.Image, style: PlateStyle, scale: float) -> None:
    if style.band is Band.NONE:
        return
    height = round(style.height_mm * scale)
    colour = (18, 138, 84) if style.band is Band.GREEN else (20, 60, 140)
    ImageDraw.Draw(picture).rectangle((0, 0, round(BAND_WIDTH_MM * scale), height), fill=colour)
    small = Lettering(height_mm=17, width_mm=12, stroke_mm=3, radius_mm=5, spacing_mm=3)
    mask = Image.new("L", picture.size)
    left_mm = (BAND_WIDTH_MM - row_width_mm(("UK",), small)) / 2
    draw_row(mask, ("UK",), small, (left_mm, style.height_mm - 32), scale)
    picture.paste((240, 242, 244), mask=mask)
