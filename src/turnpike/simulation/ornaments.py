"""What stands on a plate beside its characters: bands, seals, slogans, borders, bolts, dirt, relief."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from turnpike.simulation.lettering import MASK_HEIGHT_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nations import Nation

Colour = tuple[int, int, int]
_MIDDLE = MASK_HEIGHT_PX // 2
_BAND_TONES: tuple[Colour, ...] = (
    (16, 52, 150),
    (10, 40, 120),
    (30, 80, 190),
    (16, 130, 80),
    (60, 64, 70),
    (225, 225, 225),
)
_WORDS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz"


def separator(kind: str, gap_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What parts two groups: nothing (` `), a dash or a dot (`-`), or seals and arms (`*`); coverage, full height."""
    if kind == " ":
        return np.zeros((MASK_HEIGHT_PX, gap_px), np.uint8)
    width = max(gap_px, int(rng.integers(14, 26))) if kind == "-" else int(rng.integers(22, 46))
    tile = Image.new("L", (width, MASK_HEIGHT_PX))
    pen = ImageDraw.Draw(tile)
    if kind == "-":
        _dash(pen, width, rng)
    else:
        _seals(pen, width, rng)
    return np.asarray(tile)


def _dash(pen: ImageDraw.ImageDraw, width: int, rng: np.random.Generator) -> None:
    chance = rng.random()
    if chance < 0.6:
        half = int(rng.integers(3, 6))
        pen.rectangle((3, _MIDDLE - half, width - 4, _MIDDLE + half), fill=255)
    elif chance < 0.8:
        radius = int(rng.integers(3, 8))
        pen.ellipse((width // 2 - radius, _MIDDLE - radius, width // 2 + radius, _MIDDLE + radius), fill=255)


def _seals(pen: ImageDraw.ImageDraw, width: int, rng: np.random.Generator) -> None:
    centre = width // 2
    middles = (rng.integers(15, 24), rng.integers(46, 58)) if rng.random() < 0.55 else (rng.integers(18, 56),)
    for middle in middles:
        y = int(middle)
        radius = int(rng.integers(7, max(8, min(16, centre))))
        tone = int(rng.integers(50, 220))
        if rng.random() < 0.7:
            pen.ellipse((centre - radius, y - radius, centre + radius, y + radius), fill=tone)
        else:
            shield = [(-radius, -radius), (radius, -radius), (radius, 3), (0, radius + 4), (-radius, 3)]
            pen.polygon([(centre + x, y + v) for x, v in shield], fill=tone)
        if rng.random() < 0.7:
            inner = max(2, radius - int(rng.integers(2, 6)))
            box = (centre - inner, y - inner, centre + inner, y + inner)
            pen.ellipse(box, outline=int(rng.integers(0, 255)), width=int(rng.integers(1, 3)))
        if rng.random() < 0.6:
            lean = int(rng.integers(-3, 4))
            pen.line(
                (centre - radius // 2, y, centre + radius // 2, y + lean),
                fill=int(rng.integers(0, 255)),
                width=int(rng.integers(1, 4)),
            )


def ground(plate: Image.Image, nation: Nation, rng: np.random.Generator) -> None:
    """Graphics behind the characters: skies, hills and washes of colour, where a country prints them."""
    if not nation.slogans or rng.random() < 0.45:
        return
    base = np.asarray(plate, np.float32)
    coarse = rng.uniform(0, 255, (int(rng.integers(2, 5)), int(rng.integers(2, 6)), 3)).astype(np.uint8)
    wash = Image.fromarray(coarse).resize(plate.size, Image.Resampling.BICUBIC)
    share = rng.uniform(0.08, 0.38)
    mixed = base * (1 - share) + np.asarray(wash, np.float32) * share
    plate.paste(Image.fromarray(mixed.astype(np.uint8)))
    if rng.random() < 0.4:
        width, height = plate.size
        points = [(int(x), int(rng.uniform(0.25, 0.9) * height)) for x in np.linspace(0, width, 7)]
        tone: Colour = (int(rng.integers(120, 230)), int(rng.integers(120, 230)), int(rng.integers(120, 230)))
        ImageDraw.Draw(plate).polygon([(0, height), *points, (width, height)], fill=tone)


def relief(plate: Image.Image, coverage: Image.Image, rng: np.random.Generator) -> None:
    """Pressed, raised or gel letters: the shade that they throw."""
    if rng.random() > 0.3:
        return
    shift = (int(rng.integers(-4, 5)), int(rng.integers(1, 5)))
    shade = ImageChops.offset(coverage, *shift).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 2.0))))
    dark = float(rng.uniform(0.15, 0.55))
    plate.paste((60, 60, 62), mask=shade.point([int(level * dark) for level in range(256)]))


def band(plate: Image.Image, width_px: int, letters: str, rng: np.random.Generator) -> None:
    """A band at the left edge, mostly blue, with its ring of stars or flag and the country's letters."""
    height = plate.height
    pen = ImageDraw.Draw(plate)
    pen.rectangle(
        (0, 0, width_px, height), fill=_BAND_TONES[int(rng.choice(6, p=(0.38, 0.23, 0.15, 0.12, 0.07, 0.05)))]
    )
    _emblem(pen, (width_px, height), rng)
    font = ImageFont.load_default(size=float(rng.uniform(16, 26)))
    shown = (
        letters
        if letters != "UK"
        else str(rng.choice(["UK", "GB", "ENG", "SCO", "CYM", "GBJ", "GBG", "GBM", ""]))
    )
    pen.text(
        (width_px // 2, int(height * 0.76)),
        shown,
        fill=(240, 240, 240) if rng.random() < 0.9 else (170, 30, 40),
        font=font,
        anchor="mm",
    )
    if rng.random() < 0.15:
        right = int(rng.integers(14, 34))
        pen.rectangle((plate.width - right, 0, plate.width, height), fill=_BAND_TONES[0])


def top_band(plate: Image.Image, height_px: int, rng: np.random.Generator) -> None:
    """A blue band along the upper edge with the country's name and a flag, as the Mercosur states have."""
    pen = ImageDraw.Draw(plate)
    tone: Colour = (int(rng.integers(0, 40)), int(rng.integers(40, 80)), int(rng.integers(120, 190)))
    pen.rectangle((0, 0, plate.width, height_px - 3), fill=tone)
    name = "".join(rng.choice(list(_WORDS[:26]), int(rng.integers(5, 10))))
    font = ImageFont.load_default(size=max(8.0, height_px * float(rng.uniform(0.5, 0.75))))
    pen.text((plate.width // 2, height_px // 2), name, fill=(235, 236, 238), font=font, anchor="mm")
    flag = (plate.width - 2 * height_px, height_px // 5, plate.width - height_px, height_px * 3 // 4)
    pen.rectangle(flag, fill=tuple(int(v) for v in rng.integers(60, 255, 3)))


def _emblem(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator) -> None:
    """A ring of stars, a flag or arms, in the upper part of a band of `size` (width, height)."""
    centre, radius = (size[0] // 2, int(size[1] * 0.28)), int(min(size) * 0.26)
    if rng.random() < 0.6:
        for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
            pen.ellipse((x - 1.5, y - 1.5, x + 1.5, y + 1.5), fill=(240, 210, 60))
    elif rng.random() < 0.6:
        box = (centre[0] - radius, centre[1] - radius // 2, centre[0] + radius, centre[1] + radius // 2)
        pen.rectangle(box, fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    else:
        # Arms: a shield with something on it.
        half = max(4, radius)
        points = [(-half, -half), (half, -half), (half, half // 3), (0, half), (-half, half // 3)]
        pen.polygon(
            [(centre[0] + x, centre[1] + y) for x, y in points],
            fill=tuple(int(v) for v in rng.integers(0, 255, 3)),
        )
        pen.ellipse(
            (centre[0] - half // 2, centre[1] - half // 2, centre[0] + half // 2, centre[1]),
            fill=(230, 225, 215),
        )


def slogans(plate: Image.Image, top_px: int, bottom_px: int, ink: Colour, rng: np.random.Generator) -> None:
    """Words above and below the mark: a state's or a town's name, a motto; no word in particular."""
    pen = ImageDraw.Draw(plate)
    for y, room in ((top_px // 2, top_px), (plate.height - bottom_px // 2, bottom_px)):
        if rng.random() < 0.25 or room < 12:
            continue
        words = "".join(rng.choice(list(_WORDS), int(rng.integers(4, 16))))
        if rng.random() < 0.6:
            words = words.upper()
        font = ImageFont.load_default(size=max(8.0, room * float(rng.uniform(0.45, 0.8))))
        tone = ink if rng.random() < 0.7 else tuple(int(v) for v in rng.integers(0, 220, 3))
        pen.text((int(plate.width * rng.uniform(0.4, 0.6)), y), words, fill=tone, font=font, anchor="mm")


def border(plate: Image.Image, ink: Colour, rng: np.random.Generator) -> None:
    """A printed or pressed line along the edge; a dealer's line at the foot."""
    pen = ImageDraw.Draw(plate)
    width, height = plate.size
    if rng.random() < 0.45:
        inset = int(rng.integers(1, 5))
        pen.rounded_rectangle(
            (inset, inset, width - 1 - inset, height - 1 - inset),
            radius=int(rng.integers(2, 12)),
            outline=ink,
            width=int(rng.integers(1, 4)),
        )
    if rng.random() < 0.3:
        words = "".join(rng.choice(list(_WORDS), int(rng.integers(8, 26))))
        pen.text(
            (width // 2, height - 6), words, fill=ink, font=ImageFont.load_default(size=9.0), anchor="mm"
        )


def bolts_and_dirt(plate: Image.Image, rng: np.random.Generator) -> None:
    """Screw caps in any colour, spots, and a film of dirt that thickens to one side."""
    pen = ImageDraw.Draw(plate)
    width, height = plate.size
    for _ in range(int(rng.choice((0, 0, 1, 2, 2, 4)))):
        x, y, radius = rng.uniform(0, width), rng.uniform(4, height - 4), rng.uniform(2, 6)
        tone = (
            tuple(int(v) for v in rng.integers(0, 255, 3))
            if rng.random() < 0.3
            else (int(rng.integers(255)),) * 3
        )
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tone)
    if rng.random() < 0.35:
        coarse = rng.uniform(0, 1, (int(rng.integers(2, 8)), int(rng.integers(3, 16)))) ** 2
        film = Image.fromarray((coarse * rng.uniform(40, 190)).astype(np.uint8)).resize(
            plate.size, Image.Resampling.BICUBIC
        )
        plate.paste(tuple(int(v) for v in rng.uniform(60, 150, 3)), mask=film)
