"""What the shipped engine makes of held-out pictures: each plate found or not, each reading right or wrong, and why it was so sure."""

from __future__ import annotations

import multiprocessing as mp
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.held_out import Float, HeldOut, draw_held_out
from training.reader_data import Backdrops
from turnpike.recognition.confidence import Evidence, evidence_of
from turnpike.recognition.geometry import extent
from turnpike.recognition.networks import load_cards, open_network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader
from turnpike.recognition.rectifying import rectify, with_room
from turnpike.simulation.lettering import LetterCase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from turnpike.recognition.models import Corners

_LETTERS_SEED = 77
_SAME = 0.3


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known of a plate, in the words of the card's tables."""

    country: str
    era: str
    light: str
    width_px: float
    tilt_degrees: float
    lines: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """One plate, or one reading where no plate is.

    `seed` draws the picture again; `evidence` is None where nothing was read; `text` is what stands there, empty for no plate.
    """

    seed: int
    text: str
    read: str
    evidence: Evidence | None
    conditions: Conditions | None

    @property
    def right(self) -> bool:
        """Whether it was read as it stands."""
        return bool(self.text) and self.read == self.text


class Assessor:
    """The engine's parts and what held-out pictures are drawn from."""

    def __init__(self, fonts: Path | None, pictures: Path) -> None:
        cv2.setNumThreads(1)
        self._letters = LetterCase.load(fonts, np.random.default_rng(_LETTERS_SEED), stroke_sets=48)
        self._backdrops = Backdrops(pictures, most=600)
        cards = load_cards()
        self._detector = PlateDetector(open_network(cards.detector, threads=1, provider="cpu"))
        self._reader = PlateReader(open_network(cards.reader, threads=1, provider="cpu"), cards.countries)

    def draw(self, seed: int) -> HeldOut:
        """The picture of a seed."""
        return draw_held_out(np.random.default_rng((_LETTERS_SEED, seed)), self._letters, self._backdrops)

    def assess(self, seed: int) -> list[Assessed]:
        """The plate of the seed's picture, and whatever was read where none is."""
        held = self.draw(seed)
        regions = self._detector.detect(held.image)
        crops = (
            np.stack([rectify(held.image, with_room(one.corners)) for one in regions])
            if regions
            else np.zeros((0, 40, 192), np.uint8)
        )
        told = Conditions(held.country, held.era, held.light, held.width_px, held.tilt_degrees, held.lines)
        plate, strays = Assessed(seed, held.text, "", None, told), []
        for region, script in zip(regions, self._reader.read(crops), strict=True):
            if not script.texts or any(_overlap(region.corners, other) > _SAME / 3 for other in held.others):
                continue
            evidence = evidence_of(script, region.confidence, extent(region.corners)[1])
            text = script.texts[0].text
            if _overlap(region.corners, held.quad) > _SAME:
                plate = Assessed(seed, held.text, text, evidence, told)
            else:
                strays.append(Assessed(seed, "", text, evidence, None))
        return [plate, *strays]


def assess_all(
    seeds: Sequence[int], fonts: Path | None, pictures: Path, *, workers: int = 2
) -> list[Assessed]:
    """Every seed's plates and strays, in order."""
    with mp.get_context("spawn").Pool(workers, _prepare, (fonts, pictures)) as pool:
        return [one for found in pool.imap(_assess, seeds, chunksize=32) for one in found]


_assessor: list[Assessor] = []  # one a process, made by its initialiser


def _prepare(fonts: Path | None, pictures: Path) -> None:
    _assessor[:] = [Assessor(fonts, pictures)]


def _assess(seed: int) -> list[Assessed]:
    return _assessor[0].assess(seed)


def _overlap(corners: Corners, quad: Float) -> float:
    """Intersection over union of the upright boxes around both."""
    one = np.asarray(corners)
    low, high = np.maximum(one.min(0), quad.min(0)), np.minimum(one.max(0), quad.max(0))
    inner = float(np.clip(high - low, 0, None).prod())
    both = float((one.max(0) - one.min(0)).prod() + (quad.max(0) - quad.min(0)).prod()) - inner
    return inner / max(both, 1e-9)
