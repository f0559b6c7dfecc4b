"""Held-out pictures: drawn plates on the vehicles of permitted pictures, with what is known of each plate and its light.

The seed is none that training uses. The vehicles are those of the training pictures, since others are not permitted; the figures
on real pictures that were never trained on stand beside these on the card.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from training.detector_data import SCENE_HEIGHT_PX, SCENE_WIDTH_PX, Float, Image8, Place, lay, window
from training.pictures import quads_of
from turnpike.plates.services import formats_of
from turnpike.simulation.variety import draw_plate

if TYPE_CHECKING:
    from training.reader_data import Backdrops
    from turnpike.simulation.lettering import LetterCase

Light = Literal["day", "night", "infra-red", "rain"]
_LIGHTS: tuple[Light, ...] = ("day", "day", "day", "night", "infra-red", "rain")
_HEIGHTS_PX = (12.0, 60.0)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A picture (RGB, uint8) with one drawn plate that is known, and the quads of real ones, whose text is not."""

    image: Image8
    quad: Float
    others: Float
    text: str
    country: str
    era: str
    lines: int
    light: Light

    @property
    def width_px(self) -> float:
        """Of the plate, along its writing."""
        return float(np.linalg.norm(self.quad[1] - self.quad[0]))

    @property
    def height_px(self) -> float:
        """Of the plate, across its writing."""
        return float(np.linalg.norm(self.quad[3] - self.quad[0]))

    @property
    def tilt_degrees(self) -> float:
        """How far its writing leans from the level, either way."""
        across = self.quad[1] - self.quad[0]
        return abs(math.degrees(math.atan2(float(across[1]), float(across[0]))))


def draw_held_out(rng: np.random.Generator, letters: LetterCase, backdrops: Backdrops) -> HeldOut:
    """One picture; the plate is the only one that is drawn, other real ones may stand around it."""
    while True:
        picture, boxes = backdrops.pictures[int(rng.integers(len(backdrops.pictures)))]
        x, y, w, h = boxes[int(rng.integers(len(boxes)))]
        art = draw_plate(rng, letters)
        high = float(np.exp(rng.uniform(*np.log(_HEIGHTS_PX)))) * (1.8 if art.lines > 1 else 1.0)
        wide = high * art.image.shape[1] / art.image.shape[0]
        scale = wide / (w * float(rng.uniform(0.95, 1.15)))
        if not 0.3 <= scale <= 4.0 or wide > 0.8 * SCENE_WIDTH_PX:
            continue
        image, quads = window(picture, quads_of(boxes), scale, (x + w / 2, y + h / 2))
        middle = np.array([SCENE_WIDTH_PX / 2, SCENE_HEIGHT_PX / 2])
        nearest = int(np.argmin([np.linalg.norm(quad.mean(axis=0) - middle) for quad in quads]))
        own = quads[nearest]
        place = Place(own.mean(axis=0), wide, float(h * scale))
        quad = lay(image, art.image, [], rng, place)
        if quad is None:
            continue
        light = _LIGHTS[int(rng.integers(len(_LIGHTS)))]
        text = art.text.replace(" ", "")
        era = forms[0].era if art.country == "GB" and (forms := formats_of(text)) else ""
        others = np.delete(quads, nearest, axis=0)
        return HeldOut(_lit(image, quad, light, rng), quad, others, text, art.country, era, art.lines, light)


def _lit(image: Image8, quad: Float, light: Light, rng: np.random.Generator) -> Image8:
    """The picture by that light, with the noise, blur and compression that go with it."""
    picture = image.astype(np.float32)
    noise = float(rng.uniform(0.5, 6))
    if light == "night":
        picture = picture * float(rng.uniform(0.2, 0.5)) + float(rng.uniform(0, 12))
        noise = float(rng.uniform(3, 12))
    elif light == "infra-red":
        picture = np.repeat(picture @ np.array([[0.7], [0.25], [0.05]], np.float32), 3, axis=2)
        mask = cv2.fillPoly(np.zeros(image.shape[:2], np.uint8), [np.round(quad).astype(np.int32)], 255)
        share = cv2.GaussianBlur(mask, (0, 0), 1.0)[..., None] / np.float32(255)
        # The plate throws the lamp's light back; everything else is nearly dark.
        picture = picture * (
            float(rng.uniform(0.12, 0.35)) * (1 - share) + float(rng.uniform(0.8, 1.15)) * share
        )
        noise = float(rng.uniform(2, 9))
    elif light == "rain":
        for _ in range(int(rng.integers(60, 260))):
            at = rng.uniform(0, [SCENE_WIDTH_PX, SCENE_HEIGHT_PX])
            end = at + np.array([rng.uniform(-3, 3), rng.uniform(6, 26)])
            tone = (float(rng.uniform(140, 220)),) * 3
            cv2.line(picture, tuple(at.astype(int)), tuple(end.astype(int)), tone, 1, cv2.LINE_AA)  # type: ignore[call-overload]
        picture = (picture - 128) * float(rng.uniform(0.6, 0.9)) + 128
    else:
        picture = picture * float(rng.uniform(0.7, 1.2))
    sigma = (
        float(rng.uniform(0.0, 0.045))
        * float(np.linalg.norm(quad[3] - quad[0]))
        / (1.8 if light == "night" else 1.0)
    )
    if sigma > 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    picture = picture + rng.normal(0, 1, picture.shape).astype(np.float32) * noise
    coded = np.clip(picture, 0, 255).astype(np.uint8)
    quality = int(rng.integers(35, 95))
    return cv2.imdecode(cv2.imencode(".jpg", coded, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
