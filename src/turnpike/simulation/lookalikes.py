"""What stands on vehicles and in streets and is taken for a plate: signwriting, phone numbers, signs, badges, grilles.

Training shows them as what is no plate; nothing here is ever labelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from turnpike.plates.services import ALL_LETTERS
from turnpike.simulation.lettering import MASK_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from turnpike.simulation.lettering import LetterCase

_LETTERS = list(ALL_LETTERS)
_VOWELS = list("AEIOU")
_DIGITS = list("0123456789")
_MARGIN_PX = 60


def draw_lookalike(rng: np.random.Generator, letters: LetterCase) -> NDArray[np.uint8]:
    """One of them by chance, flat: RGB, uint8, (height, width, 3)."""
    kinds: tuple[Callable[[np.random.Generator, LetterCase], Image.Image], ...] = (
        _writing, _writing, _phone_number, _street_sign, _badge, _grille,
    )  # fmt: skip
    return np.asarray(kinds[int(rng.integers(len(kinds)))](rng, letters))


def _word(rng: np.random.Generator, shortest: int = 3, longest: int = 11) -> str:
    """Consonants and vowels in turn, so that it looks like a word and hardly like a mark."""
    length = int(rng.integers(shortest, longest + 1))
    return "".join(str(rng.choice(_VOWELS if at % 2 else _LETTERS)) for at in range(length))


def _ink(text: str, rng: np.random.Generator, letters: LetterCase, *, strokes: float = 0.1) -> Image.Image:
    masks = letters.draw(rng, strokes=strokes)
    spacing = np.zeros((MASK_HEIGHT_PX, int(rng.integers(2, 14))), np.uint8)
    space = np.zeros((MASK_HEIGHT_PX, int(rng.integers(20, 40))), np.uint8)
    tiles = [tile for c in text for tile in ((space,) if c == " " else (masks[c], spacing))]
    return Image.fromarray(np.hstack(tiles))


def _tone(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 255, 3)
    return int(red), int(green), int(blue)


def _panel(inks: list[Image.Image], rng: np.random.Generator) -> Image.Image:
    """Rows of writing on a panel of any colour that parts from them."""
    ground = _tone(rng) if rng.random() < 0.6 else (int(rng.integers(0, 255)),) * 3
    light = sum(ground) > 380
    inked = tuple(int(v) for v in (rng.integers(0, 90, 3) if light else rng.integers(170, 255, 3)))
    margin = rng.integers(4, _MARGIN_PX, 2)
    width = max(ink.width for ink in inks) + 2 * int(margin[0])
    height = len(inks) * (MASK_HEIGHT_PX + 12) + 2 * int(margin[1])
    panel = Image.new("RGB", (width, height), ground)
    for row, ink in enumerate(inks):
        panel.paste(inked, ((width - ink.width) // 2, int(margin[1]) + row * (MASK_HEIGHT_PX + 12)), ink)
    if rng.random() < 0.3:
        ImageDraw.Draw(panel).rectangle(
            (2, 2, width - 3, height - 3), outline=inked, width=int(rng.integers(1, 5))
        )
    return panel


def _writing(rng: np.random.Generator, letters: LetterCase) -> Image.Image:
    rows = int(rng.choice((1, 1, 2, 3)))
    words = [" ".join(_word(rng) for _ in range(int(rng.integers(1, 3)))) for _ in range(rows)]
    return _panel([_ink(words_of_row, rng, letters) for words_of_row in words], rng)


def _phone_number(rng: np.random.Generator, letters: LetterCase) -> Image.Image:
    digits = "".join(rng.choice(_DIGITS, int(rng.integers(9, 13))))
    cut = int(rng.integers(3, 6))
    return _panel([_ink(f"{digits[:cut]} {digits[cut:]}", rng, letters)], rng)


def _street_sign(rng: np.random.Generator, letters: LetterCase) -> Image.Image:
    name = f"{_word(rng, 4, 9)} {rng.choice(['ROAD', 'STREET', 'LANE', 'EXIT', 'CENTRE', 'STATION', 'TAXI'])}"
    return _panel([_ink(name, rng, letters, strokes=0.2)], rng)


def _badge(rng: np.random.Generator, letters: LetterCase) -> Image.Image:
    """A maker's oval or bar, with a few letters or none."""
    size = (int(rng.integers(90, 260)), int(rng.integers(50, 110)))
    badge = Image.new("RGB", size, _tone(rng))
    pen = ImageDraw.Draw(badge)
    pen.ellipse((3, 3, size[0] - 4, size[1] - 4), fill=_tone(rng), outline=(210, 212, 215), width=5)
    if rng.random() < 0.7:
        ink = _ink(_word(rng, 2, 6), rng, letters)
        ink.thumbnail((size[0] * 2 // 3, size[1] // 2))
        badge.paste((225, 226, 228), ((size[0] - ink.width) // 2, (size[1] - ink.height) // 2), ink)
    return badge


def _grille(rng: np.random.Generator, _letters: LetterCase) -> Image.Image:
    """Dark bars, upright or level, framed in metal."""
    size = (int(rng.integers(180, 480)), int(rng.integers(60, 130)))
    grille = Image.new("RGB", size, (int(rng.integers(10, 60)),) * 3)
    pen = ImageDraw.Draw(grille)
    step, bar = int(rng.integers(10, 42)), int(rng.integers(2, 9))
    tone = (int(rng.integers(70, 235)),) * 3
    upright = rng.random() < 0.5
    for at in range(0, size[0] if upright else size[1], step):
        box = (at, 0, at + bar, size[1]) if upright else (0, at, size[0], at + bar)
        pen.rectangle(box, fill=tone)
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=tone, width=int(rng.integers(1, 7)))
    return grille
