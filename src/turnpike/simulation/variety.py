"""Plates as varied as the world's: any country, fount, colour, border, seal, bolt, slogan and dirt.

Training draws its plates here; the demo world's plates come from the same glyphs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from turnpike.plates.services import GAPS, Layout, layouts_of
from turnpike.simulation import ornaments
from turnpike.simulation.lettering import MASK_HEIGHT_PX, LetterCase, Masks
from turnpike.simulation.nations import (
    BLACK_ON_WHITE,
    BLACK_ON_YELLOW,
    EUROPEAN_MM,
    NATIONS,
    TWO_LINE_MM,
    WHITE_ON_BLACK,
    Nation,
    Paint,
)
from turnpike.simulation.plate_art import plate_groups
from turnpike.simulation.registrations import draw_registrations

BRITISH_SHARE = 0.42
_BRITISH = Nation(
    "GB",
    0.0,
    paints=(BLACK_ON_WHITE, BLACK_ON_YELLOW, BLACK_ON_WHITE, BLACK_ON_YELLOW, WHITE_ON_BLACK),
    size_mm=EUROPEAN_MM,
    band="UK",
    strokes=0.85,
    two_line=0.20,
)
_SHARES = np.array([nation.share for nation in NATIONS]) / sum(nation.share for nation in NATIONS)
_DIGITS = "0123456789"
# Letters that a blurred picture confuses with others are drawn more often than chance would.
_CONFUSED, _CONFUSED_SHARE = "BCDGHMNOQUVW", 0.2

Image8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PlateArt:
    """A flat plate: `image` RGB uint8 (height, width, 3); `text` its characters, a space at each visible gap.

    `lines` are the rows as they stand, one or two.
    """

    image: Image8
    text: str
    country: str
    lines: int


def draw_plate(rng: np.random.Generator, letters: LetterCase) -> PlateArt:
    """One plate by chance; about two in five are British."""
    british = rng.random() < BRITISH_SHARE
    nation = _BRITISH if british else NATIONS[int(rng.choice(len(NATIONS), p=_SHARES))]
    mark = _british_mark(rng) if british else _mark(nation, rng)
    two_line = rng.random() < nation.two_line and any(c in mark for c in GAPS)
    rows = _break(mark, rng) if two_line else [mark]
    masks = letters.draw(rng, strokes=nation.strokes)
    paint = nation.paints[int(rng.integers(len(nation.paints)))]
    image = _compose(rows, masks, nation, paint, rng)
    return PlateArt(image=image, text=_label(mark), country=nation.country, lines=len(rows))


def _british_mark(rng: np.random.Generator) -> str:
    mark = draw_registrations(1, rng)[0]
    chance = rng.random()
    if chance > 0.98:
        serial = "".join(rng.choice(list("ABCDEFGHJKLMNPRSTUVWXY"), 3))
        return f"Q{rng.integers(1, 1000)} {serial}"
    if 0.07 <= chance < 0.10:
        # Of a prefix series the short numbers were held back and sold.
        year = str(rng.choice(list("ABCDEFGHJKLMNPRSTVWXY")))
        series = "".join(rng.choice(list("ABCDEFGHJKLMNOPRSTUVWXY"), 3))
        return f"{year}{rng.integers(1, 21)} {series}"
    if chance < 0.07:
        # Private marks lean on ones and short numbers; dateless both ways round.
        letters = "".join(rng.choice(list("ABCDEFGHJKLMNOPRSTUVWXY"), int(rng.integers(1, 4))))
        digits = str(rng.integers(1, 10 ** int(rng.integers(1, 5 if len(letters) < 3 else 4))))
        return f"{letters} {digits}" if rng.random() < 0.6 else f"{digits} {letters}"
    groups = plate_groups(mark)
    # Illegal spacing is common enough that a reader must not lean on the gap.
    return "".join(groups) if chance < 0.17 else " ".join(groups)


def _mark(nation: Nation, rng: np.random.Generator) -> str:
    layouts = layouts_of(nation.country) or (Layout(nation.country, nation.marks),)
    choices = [(mark, layout.letters) for layout in layouts for mark in layout.marks]
    mark, letters = choices[int(rng.integers(len(choices)))]
    return "".join(_character(symbol, letters, rng) for symbol in mark)


def _character(symbol: str, letters: str, rng: np.random.Generator) -> str:
    if symbol in "LX" and rng.random() < _CONFUSED_SHARE:
        confused = [letter for letter in _CONFUSED if letter in letters]
        return confused[int(rng.integers(len(confused)))]
    if symbol == "L":
        return letters[int(rng.integers(len(letters)))]
    if symbol == "D":
        return _DIGITS[int(rng.integers(10))]
    if symbol == "X":
        return (letters + _DIGITS * 2)[int(rng.integers(len(letters) + 20))]
    return symbol


def _label(mark: str) -> str:
    return "".join(" " if c in GAPS else c for c in mark)


def _break(mark: str, rng: np.random.Generator) -> list[str]:
    places = [index for index, c in enumerate(mark) if c in GAPS]
    # The break that halves the row best, mostly.
    place = (
        min(places, key=lambda p: abs(p - len(mark) / 2)) if rng.random() < 0.8 else int(rng.choice(places))
    )
    return [mark[:place], mark[place + 1 :]]


def _row(text: str, masks: Masks, rng: np.random.Generator, *, narrow: float) -> NDArray[np.uint8]:
    """One row's ink, MASK_HEIGHT_PX high."""
    spacing = int(rng.uniform(5, 14)) if rng.random() < 0.85 else int(rng.uniform(1, 6))
    gap = spacing + int(rng.uniform(9, 34))
    tiles: list[NDArray[np.uint8]] = []
    for character in text:
        if character in GAPS:
            tiles.append(ornaments.separator(character, gap, rng))
            continue
        mask = masks[character]
        if abs(narrow - 1) > 0.02:
            width = max(5, round(mask.shape[1] * narrow))
            mask = np.asarray(
                Image.fromarray(mask).resize((width, MASK_HEIGHT_PX), Image.Resampling.BILINEAR)
            )
        tiles += [mask, np.zeros((MASK_HEIGHT_PX, spacing), np.uint8)]
    return np.hstack(tiles)


def _compose(rows: list[str], masks: Masks, nation: Nation, paint: Paint, rng: np.random.Generator) -> Image8:
    narrow = float(rng.uniform(0.72, 1.15))
    inks = [_row(row, masks, rng, narrow=narrow) for row in rows]
    band_px = int(rng.integers(30, 48)) if nation.band and rng.random() < 0.65 else 0
    width = max(ink.shape[1] for ink in inks) + int(rng.integers(14, 70)) + band_px
    top, bottom = _margins(nation, rng)
    between = int(rng.integers(8, 22))
    height = top + bottom + len(inks) * MASK_HEIGHT_PX + (len(inks) - 1) * between
    size_mm = TWO_LINE_MM if len(rows) > 1 else nation.size_mm
    # The plate is widened to its country's shape, where the row leaves room for it.
    width = max(width, round(height * size_mm[0] / size_mm[1] * rng.uniform(0.85, 1.0)))

    plate = Image.new("RGB", (width, height), _varied(paint[0], rng))
    ornaments.ground(plate, nation, rng)
    coverage = Image.new("L", (width, height))
    for number, ink in enumerate(inks):
        room = width - band_px - ink.shape[1]
        x = band_px + int(room * rng.uniform(0.35, 0.65))
        coverage.paste(Image.fromarray(ink), (x, top + number * (MASK_HEIGHT_PX + between)))
    ornaments.relief(plate, coverage, rng)
    plate.paste(_varied(paint[1], rng), mask=coverage)
    if band_px:
        ornaments.band(plate, band_px, nation.band, rng)
    if nation.top_band and rng.random() < nation.top_band:
        ornaments.top_band(plate, top, rng)
    elif nation.slogans:
        ornaments.slogans(plate, top, bottom, paint[1], rng)
    ornaments.border(plate, paint[1], rng)
    ornaments.bolts_and_dirt(plate, rng)
    return np.asarray(plate)


def _margins(nation: Nation, rng: np.random.Generator) -> tuple[int, int]:
    if nation.slogans:
        return int(rng.integers(18, 48)), int(rng.integers(10, 40))
    return int(rng.integers(7, 20)), int(rng.integers(7, 20))


def _varied(colour: tuple[int, int, int], rng: np.random.Generator) -> tuple[int, int, int]:
    shift = rng.uniform(0.85, 1.06) * np.array(colour) + rng.uniform(-10, 10, 3)
    red, green, blue = np.clip(shift, 0, 255).astype(int)
    return int(red), int(green), int(blue)


def picture_sheet(
    arts: list[PlateArt], columns: int = 6, cell_px: tuple[int, int] = (240, 96)
) -> Image.Image:
    """A contact sheet with each plate above its text, for a person to look at."""
    sheet = Image.new("RGB", (columns * cell_px[0], -(-len(arts) // columns) * cell_px[1]), (90, 90, 90))
    pen = ImageDraw.Draw(sheet)
    for index, art in enumerate(arts):
        x, y = index % columns * cell_px[0], index // columns * cell_px[1]
        thumb = Image.fromarray(art.image)
        thumb.thumbnail((cell_px[0] - 8, cell_px[1] - 24))
        sheet.paste(thumb, (x + 4, y + 4))
        pen.text((x + 4, y + cell_px[1] - 16), f"{art.country} {art.text}", fill="white")
    return sheet
