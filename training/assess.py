"""What the shipped engine makes of held-out pictures: each plate found or not, each reading right or wrong, and why it was so sure."""

from __future__ import annotations

import argparse
import multiprocessing as mp
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.held_out import HeldOut, draw_held_out
from training.reader_data import Backdrops
from turnpike.recognition.confidence import Evidence, evidence_of
from turnpike.recognition.geometry import extent, overlaps
from turnpike.recognition.looking import read_regions
from turnpike.recognition.networks import load_cards, open_network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader
from turnpike.simulation.lettering import LetterCase

if TYPE_CHECKING:
    from collections.abc import Sequence


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
        told = Conditions(held.country, held.era, held.light, held.width_px, held.tilt_degrees, held.lines)
        plate, strays = Assessed(seed, held.text, "", None, told), []
        for region, script in zip(regions, read_regions(self._reader, held.image, regions), strict=True):
            if not script.texts or (overlaps(region.corners, held.others) > _SAME / 3).any():
                continue
            evidence = evidence_of(script, region.confidence, extent(region.corners)[1])
            text = script.texts[0].text
            if overlaps(region.corners, [held.quad])[0] > _SAME:
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


def assess_options(told: str | None, first_seed: int, count: int) -> tuple[Path | None, list[Assessed]]:
    """Read the command line (--fonts, --pictures, --count) and assess so many pictures; the folder of founts as well."""
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("--fonts", type=Path, default=None)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--count", type=int, default=count)
    options = parser.parse_args()
    seeds = range(first_seed, first_seed + options.count)
    return options.fonts, assess_all(seeds, options.fonts, options.pictures)


_assessor: list[Assessor] = []  # one a process, made by its initialiser


def _prepare(fonts: Path | None, pictures: Path) -> None:
    _assessor[:] = [Assessor(fonts, pictures)]


def _assess(seed: int) -> list[Assessed]:
    return _assessor[0].assess(seed)
