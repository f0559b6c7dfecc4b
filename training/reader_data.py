"""Reader samples made on the fly: grey crops with their text, country and whether they are a plate at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.drawn_scenes import draw_scenes
from training.exposures import Severity, degrade, draw_severity, jittered, photograph, rectify
from training.pictures import boxes_by_picture, load
from turnpike.recognition.plate_reader import NO_PLATE, OTHER_COUNTRY
from turnpike.recognition.rectifying import HEIGHT_PX, WIDTH_PX
from turnpike.simulation.lookalikes import draw_lookalike
from turnpike.simulation.nations import NATIONS
from turnpike.simulation.variety import draw_plate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.simulation.lettering import LetterCase

COUNTRIES = (NO_PLATE, "GB", *[nation.country or OTHER_COUNTRY for nation in NATIONS])
MOST_CHARACTERS = 14
EMPTY_SHARE, LOOKALIKE_SHARE = 0.05, 0.04
MINED_SHARE, REAL_SHARE = 0.6, 0.12
DRAWN_SCENE_SHARE = 0.2
_AROUND_PX = 40
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

    def __init__(
        self, folder: Path, *, most: int = 260, seed: int = 0, mined: Path | None = None, drawn: int = 0
    ) -> None:
        boxes = boxes_by_picture(folder)
        paths = list(boxes)
        np.random.default_rng(seed).shuffle(paths)  # type: ignore[arg-type]  # a list of paths shuffles
        self.pictures = [(load(path), boxes[path]) for path in paths[:most]]
        self.scenes = draw_scenes(drawn, np.random.default_rng(seed))
        corners = json.loads(mined.read_text()) if mined else {}
        self._mined = [
            (picture, np.array(quad, np.float32))
            for path, (picture, _) in zip(paths[:most], self.pictures, strict=True)
            for quad in corners.get(str(path.relative_to(folder)), ())
        ]

    def draw(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A whole picture, now and then a drawn street."""
        if self.scenes and rng.random() < DRAWN_SCENE_SHARE:
            return self.scenes[int(rng.integers(len(self.scenes)))][0]
        return self.pictures[int(rng.integers(len(self.pictures)))][0]

    def draw_empty(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A grey crop in a plate's shape that touches no labelled plate; most of them fooled a detector, where it was asked."""
        if self._mined and rng.random() < MINED_SHARE:
            picture, quad = self._mined[int(rng.integers(len(self._mined)))]
            around, moved = _around(picture, quad)
            return _poorer(cv2.cvtColor(around, cv2.COLOR_RGB2GRAY), moved, rng, worst=0.5)
        while True:
            picture, boxes = self.pictures[int(rng.integers(len(self.pictures)))]
            high = int(rng.uniform(10, 60))
            wide = int(high * rng.uniform(1.2, 5.5))
            x = int(rng.integers(0, max(1, picture.shape[1] - wide)))
            y = int(rng.integers(0, max(1, picture.shape[0] - high)))
            if all(x + wide < b[0] or b[0] + b[2] < x or y + high < b[1] or b[1] + b[3] < y for b in boxes):
                crop = cv2.cvtColor(picture[y : y + high, x : x + wide], cv2.COLOR_RGB2GRAY)
                return cv2.resize(crop, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)


class RealPlates:
    """Plates of the training pictures that a run before labelled itself; see training/self_label.py."""

    def __init__(self, folder: Path, labels: Path) -> None:
        self.plates: list[tuple[NDArray[np.uint8], NDArray[np.float32], str, int]] = []
        for row in json.loads(labels.read_text()):
            picture = cv2.imread(str(folder / row["path"]), cv2.IMREAD_GRAYSCALE)
            quad = np.array(row["corners"], np.float32)
            self.plates.append((*_around(picture, quad), row["text"], COUNTRIES.index(row["country"])))

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], str, int]:
        """A crop as a detector would cut it, often made poorer; its text and its country."""
        around, quad, text, country = self.plates[int(rng.integers(len(self.plates)))]
        tall = float(np.linalg.norm(quad[3] - quad[0]))
        shrink = float(rng.uniform(1.0, max(1.0, tall / 11)))
        if shrink > 1.1:
            size = max(8, round(around.shape[1] / shrink)), max(8, round(around.shape[0] / shrink))
            quad = quad * (np.array(size, np.float32) / (around.shape[1], around.shape[0])).astype(np.float32)
            around = cv2.resize(around, size, interpolation=cv2.INTER_AREA)
        return _poorer(around, quad, rng, worst=0.7), text, country


def _around(
    picture: NDArray[np.uint8], quad: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What is within _AROUND_PX of a quad, and the quad in it."""
    low = np.maximum(quad.min(axis=0).astype(int) - _AROUND_PX, 0)
    high = quad.max(axis=0).astype(int) + _AROUND_PX
    around = np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]])
    return around, (quad - low).astype(np.float32)


def _poorer(
    grey: NDArray[np.uint8], quad: NDArray[np.float32], rng: np.random.Generator, *, worst: float
) -> NDArray[np.uint8]:
    """The reader's crop of a quad, after damage of up to `worst` (0-1)."""
    tall = float(np.linalg.norm(quad[3] - quad[0]))
    seen = degrade(grey.astype(np.float32), rng, Severity(0.5, float(rng.uniform(0, worst))), tall)
    return rectify(seen, jittered(quad, rng))


def make_samples(
    count: int,
    rng: np.random.Generator,
    letters: LetterCase,
    backdrops: Backdrops,
    real: RealPlates | None = None,
) -> Samples:
    """That many samples, in the order in which they were drawn; with `real` plates some are of those."""
    crops = np.zeros((count, HEIGHT_PX, WIDTH_PX), np.uint8)
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
        if real and chance > 1 - REAL_SHARE:
            crops[len(texts)], text, countries[len(texts)] = real.draw(rng)
            texts.append(text)
            continue
        art = draw_plate(rng, letters)
        if len(art.text) > MOST_CHARACTERS:
            continue
        for _ in range(min(EXPOSURES_A_PLATE, count - len(texts))):
            crops[len(texts)] = _crop(art.image, rng, backdrops)
            countries[len(texts)] = COUNTRIES.index(art.country or OTHER_COUNTRY)
            texts.append(art.text)
    return Samples(crops, tuple(texts), countries, legible)


def _crop(flat: NDArray[np.uint8], rng: np.random.Generator, backdrops: Backdrops) -> NDArray[np.uint8]:
    picture, quad = photograph(flat, backdrops.draw(rng), rng, draw_severity(rng))
    return rectify(picture, jittered(quad, rng))
