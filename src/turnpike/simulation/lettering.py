"""Sets of character masks: our own strokes in random proportions, and fonts from a folder.

No font is part of the project. Training names a folder of open-licensed ones; without any, strokes alone are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from turnpike.simulation.glyphs import GLYPHS, Lettering
from turnpike.simulation.plate_art import draw_row

if TYPE_CHECKING:
    from pathlib import Path

MASK_HEIGHT_PX = 72
_OVERSAMPLING = 2
_TURNED_M_SHARE = 0.6
_FONT_SIZE_PX = 110
_FONT_FILES = ("*.ttf", "*.otf", "*.woff")

Masks = Mapping[str, NDArray[np.uint8]]
"""Each of A-Z and 0-9 as coverage (uint8), all MASK_HEIGHT_PX high, each as wide as its ink."""


def stroke_masks(rng: np.random.Generator) -> Masks:
    """One set in proportions drawn by chance around the British standard's."""
    lettering = Lettering(
        height_mm=79.0,
        width_mm=float(rng.choice((50.0, rng.uniform(42.0, 58.0)))),
        stroke_mm=float(rng.uniform(10.0, 15.5)),
        radius_mm=float(rng.uniform(12.0, 25.0)),
    )
    scale = MASK_HEIGHT_PX * _OVERSAMPLING / lettering.height_mm
    masks = {}
    for character in GLYPHS:
        width_mm = lettering.stroke_mm if character in "1I" else lettering.width_mm
        mask = Image.new("L", (round(width_mm * scale), MASK_HEIGHT_PX * _OVERSAMPLING))
        draw_row(mask, (character,), lettering, (0.0, 0.0), scale)
        masks[character] = np.asarray(mask.reduce(_OVERSAMPLING))
    return MappingProxyType(masks)


def font_masks(path: Path) -> Masks | None:
    """One font's capitals and digits, each stretched to the full height as plates have them; None if it lacks some."""
    font = ImageFont.truetype(str(path), _FONT_SIZE_PX)
    masks = {}
    for character in GLYPHS:
        left, top, right, bottom = (round(edge) for edge in font.getbbox(character))
        if bottom - top < _FONT_SIZE_PX // 4 or right <= left:
            return None
        cell = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(cell).text((-left, -top), character, fill=255, font=font)
        width = max(6, round(cell.width * MASK_HEIGHT_PX / cell.height))
        masks[character] = np.asarray(cell.resize((width, MASK_HEIGHT_PX), Image.Resampling.BOX))
    return MappingProxyType(masks)


def plate_like(masks: Masks, rng: np.random.Generator) -> Masks:
    """A fount as plates have it: letters brought near one width, digits to another, and often a `W` that is an `M` upside down."""
    even = float(rng.uniform(0.5, 1.0))
    made = dict(masks)
    for signs in ("ABCDEFGHJKLMNOPQRSTUVWXYZ", "023456789"):
        common = float(np.median([masks[sign].shape[1] for sign in signs]))
        for sign in signs:
            width = max(6, round(masks[sign].shape[1] * (1 - even) + common * even))
            made[sign] = np.asarray(
                Image.fromarray(masks[sign]).resize((width, MASK_HEIGHT_PX), Image.Resampling.BILINEAR)
            )
    if rng.random() < _TURNED_M_SHARE:
        made["W"] = np.ascontiguousarray(made["M"][::-1])
    return MappingProxyType(made)


class LetterCase:
    """What a renderer takes its characters from."""

    def __init__(self, strokes: Sequence[Masks], fonts: Sequence[Masks]) -> None:
        self.strokes = tuple(strokes)
        self.fonts = tuple(fonts) or self.strokes

    @classmethod
    def load(cls, folder: Path | None, rng: np.random.Generator, *, stroke_sets: int = 24) -> LetterCase:
        """Random stroke sets, and every font under `folder` that has all characters, as it is and as plates would have it."""
        paths = sorted(p for pattern in _FONT_FILES for p in folder.rglob(pattern)) if folder else []
        plain = [masks for path in paths if (masks := font_masks(path)) is not None]
        fonts = [
            fount for masks in plain for fount in (masks, plate_like(masks, rng), plate_like(masks, rng))
        ]
        return cls([stroke_masks(rng) for _ in range(stroke_sets)], fonts)

    def draw(self, rng: np.random.Generator, *, strokes: float) -> Masks:
        """One set: with probability `strokes` of our own, otherwise a font."""
        sets = self.strokes if rng.random() < strokes else self.fonts
        return sets[int(rng.integers(len(sets)))]
