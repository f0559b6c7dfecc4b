"""Reader samples made on the fly: grey crops with their text, country and whether they are a plate at all."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.exposures import (
    READER_HEIGHT_PX,
    READER_WIDTH_PX,
    draw_severity,
    jittered,
    photograph,
    rectify,
)
from turnpike.simulation.lookalikes import draw_lookalike
from turnpike.simulation.nations import NATIONS
from turnpike.simulation.variety import draw_plate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.simulation.lettering import LetterCase

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "
COUNTRIES = ("none", "GB", *[nation.country or "??" for nation in NATIONS])
MOST_CHARACTERS = 14
EMPTY_SHARE, LOOKALIKE_SHARE = 0.02, 0.04
EXPOSURES_A_PLATE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """`crops` uint8 (n, height, width); `texts` with a space at each gap; `countries` indices of COUNTRIES.

    `legible` is false where writing stands that is no plate: what the reader makes of its characters is left to it.
    """

    crops: NDArray[np.uint8]
    texts: tuple[str, ...]
    countries: NDArray[np.int64]
    legible: NDArray[np.bool_]


class Backdrops:
    """Pictures to stand behind plates, and to cut what is not a plate from: never those for checking."""

    def __init__(self, folder: Path, *, most: int = 260, seed: int = 0) -> None:
        boxes: dict[Path, list[tuple[float, float, float, float]]] = defaultdict(list)
        for manifest in sorted((folder / "train").glob("*.csv")):
            with manifest.open() as file:
                for row in csv.DictReader(file):
                    box = tuple(float(row[key]) for key in "xywh")
                    boxes[manifest.parent / row["path"]].append(box)  # type: ignore[arg-type]  # four keys
        paths = sorted(boxes)
        np.random.default_rng(seed).shuffle(paths)  # type: ignore[arg-type]  # a list of paths shuffles
        self.pictures = [
            (cv2.cvtColor(cv2.imread(str(p)), cv2.COLOR_BGR2RGB), boxes[p]) for p in paths[:most]
        ]

    def draw(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A whole picture."""
        return self.pictures[int(rng.integers(len(self.pictures)))][0]

    def draw_empty(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A grey crop in a plate's shape that touches no labelled plate."""
        while True:
            picture, boxes = self.pictures[int(rng.integers(len(self.pictures)))]
            high = int(rng.uniform(10, 60))
            wide = int(high * rng.uniform(1.2, 5.5))
            x = int(rng.integers(0, max(1, picture.shape[1] - wide)))
            y = int(rng.integers(0, max(1, picture.shape[0] - high)))
            if all(x + wide < b[0] or b[0] + b[2] < x or y + high < b[1] or b[1] + b[3] < y for b in boxes):
                crop = cv2.cvtColor(picture[y : y + high, x : x + wide], cv2.COLOR_RGB2GRAY)
                return cv2.resize(crop, (READER_WIDTH_PX, READER_HEIGHT_PX), interpolation=cv2.INTER_AREA)


def make_samples(count: int, rng: np.random.Generator, letters: LetterCase, backdrops: Backdrops) -> Samples:
    """That many samples, in the order in which they were drawn."""
    crops = np.zeros((count, READER_HEIGHT_PX, READER_WIDTH_PX), np.uint8)
    texts: list[str] = []
    countries, legible = np.zeros(count, np.int64), np.ones(count, bool)
    while len(texts) < count:
        chance = rng.random()
        if chance < EMPTY_SHARE:
            crops[len(texts)] = backdrops.draw_empty(rng)
            texts.append("")
            continue
        if chance < EMPTY_SHARE + LOOKALIKE_SHARE:
            legible[len(texts)] = False
            crops[len(texts)] = _crop(draw_lookalike(rng, letters), rng, backdrops)
            texts.append("")
            continue
        art = draw_plate(rng, letters)
        if len(art.text) > MOST_CHARACTERS:
            continue
        for _ in range(min(EXPOSURES_A_PLATE, count - len(texts))):
            crops[len(texts)] = _crop(art.image, rng, backdrops)
            countries[len(texts)] = COUNTRIES.index(art.country or "??")
            texts.append(art.text)
    return Samples(crops, tuple(texts), countries, legible)


def _crop(flat: NDArray[np.uint8], rng: np.random.Generator, backdrops: Backdrops) -> NDArray[np.uint8]:
    picture, quad = photograph(flat, backdrops.draw(rng), rng, draw_severity(rng))
    return rectify(picture, jittered(quad, rng))
