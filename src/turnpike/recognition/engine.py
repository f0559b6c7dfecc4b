"""Pictures to readings: the detector's corners, the reader's texts, and a confidence that says how far to trust them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from turnpike import config
from turnpike.plates.services import PlateError, normalise
from turnpike.recognition.confidence import confidence_of, evidence_of
from turnpike.recognition.fates import Fate
from turnpike.recognition.geometry import box_of, extent, is_cut, size_of, whole_of
from turnpike.recognition.looking import read_regions
from turnpike.recognition.models import Candidate, Inspection, Reading, Region, Survey, Surveyor
from turnpike.recognition.networks import load_cards, open_network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader
from turnpike.recognition.rectifying import without_room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners, Detector
    from turnpike.recognition.networks import Calibration
    from turnpike.recognition.plate_reader import Script

BELIEVED = 0.5
"""Least confidence of a reading that is handed out: more likely right than wrong, on the card's own figures."""
PRESENT = 0.6
"""Least presence of a plate that is told of though its text is not believed. Source: ours, set on the training pictures."""
_MOST_CANDIDATES = 4
_LEAST_CANDIDATE = 0.005
_CROP_FOUND = 0.9
"""What the detector is taken to have said of a picture that is known to be a plate."""
_NO_PLATE = 0.5
_FILLS = 0.6
_SMALL_PX = 45.0
"""A plate smaller than this whose text is not believed is too small to be read. Source: docs/models.md; of plates under 60 px half are read."""
_SHORTEST_PLATE = 2
"""Characters. Source: the shortest British registrations, a letter and a digit."""
SMALLEST_SIDE_PX = 5
"""A picture with a shorter side is not looked at."""


class PlateEngine:
    """A detector, a reader and their calibration; safe from several threads."""

    def __init__(self, name: str, detector: Detector, reader: PlateReader, calibration: Calibration) -> None:
        self.name = name
        self.detector = detector
        self._reader = reader
        self._calibration = calibration

    @property
    def reader(self) -> PlateReader:
        """What reads the plates that are found."""
        return self._reader

    @property
    def calibration(self) -> Calibration:
        """What makes evidence a confidence."""
        return self._calibration

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, most confident first."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, most confident first; what is not believed says why."""
        return self.inspect(image).readings

    def inspect(self, image: NDArray[np.uint8]) -> Inspection:
        """All that was found in `image`, as `examine` tells it, and what the detector dropped."""
        survey = self.survey(image)
        scripts = read_regions(self._reader, image, survey.found)
        readings = self.judged(image, survey.found, scripts)
        return Inspection(tuple(sorted(readings, key=lambda reading: -reading.confidence)), survey.dropped)

    def survey(self, image: NDArray[np.uint8]) -> Survey:
        """What the detector makes of `image`; nothing, where it is too small to hold a plate."""
        if min(image.shape[:2]) < SMALLEST_SIDE_PX:
            return Survey(())
        if isinstance(self.detector, Surveyor):
            return self.detector.survey(image)
        return Survey(self.detector.detect(image))

    def judged(
        self, image: NDArray[np.uint8], regions: Sequence[Region], scripts: Sequence[Script]
    ) -> list[Reading]:
        """What is written on each of `regions` of `image`, and whether it is believed, in order."""
        size = (image.shape[1], image.shape[0])
        readings = [
            self._reading(region, script, size) for region, script in zip(regions, scripts, strict=True)
        ]
        return [
            replace(reading, doubt=reading.doubt or Fate.CUT_OFF) if _may_be_cut(region, size) else reading
            for region, reading in zip(regions, readings, strict=True)
        ]

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, its box the whole; None where nothing is legible."""
        height, width = image.shape[:2]
        if min(height, width) < SMALLEST_SIDE_PX:
            return None
        regions = self.crop_regions(image)
        size = (width, height)
        scripts = read_regions(self._reader, image, regions)
        legible = [
            self._reading(region, script, size)
            for region, script in zip(regions, scripts, strict=True)
            if script.texts
        ]
        if not legible:
            return None
        return replace(max(legible, key=lambda one: one.confidence), box=(0, 0, width, height), doubt="")

    def crop_regions(self, image: NDArray[np.uint8]) -> list[Region]:
        """Where the plate may be in a picture that it fills: the whole, and what the detector finds."""
        height, width = image.shape[:2]
        # With its surroundings guessed, the detector can find the corners of a plate that is cut close or stands askew.
        room = max(height, width // 4) // 2
        canvas = np.pad(image, ((room, room), (room, room), (0, 0)), mode="edge")
        found = [replace(one, corners=_moved(one.corners, -room)) for one in self.detector.detect(canvas)]
        return [Region(without_room(whole_of((width, height))), _CROP_FOUND), *found]

    def _reading(self, region: Region, script: Script, size: tuple[int, int]) -> Reading:
        box = box_of(region.corners, size)
        presence = region.confidence * (1 - script.no_plate)
        if not script.texts:
            return Reading("", script.raw, 0.0, box, doubt=Fate.NOTHING_LEGIBLE, presence=presence)
        first = script.texts[0]
        evidence = evidence_of(script, region.confidence, extent(region.corners)[1])
        confidence = confidence_of(evidence, self._calibration)
        # In proportion to the first, as far as what it leaves of certainty goes.
        rest = max(1 - first.probability, 1e-9)
        share = min(confidence / first.probability, (1 - confidence) / rest)
        others = tuple(
            Candidate(one.text, round(one.probability * share, 4))
            for one in script.texts[1 : 1 + _MOST_CANDIDATES]
            if one.probability >= _LEAST_CANDIDATE
        )
        return Reading(
            text=first.text,
            raw_text=script.raw,
            confidence=confidence,
            box=box,
            candidates=others,
            country=first.country or script.country,
            grammar=first.grammar,
            doubt=_doubt(region, script, confidence),
            presence=presence,
        )


def load_engine(
    threads: int | None = None, provider: str | None = None, precision: str | None = None
) -> PlateEngine:
    """The engine of this process, on so many threads of ONNX Runtime's `provider`; what is None is as the settings say.

    `precision` is one of `precisions()`, the first of them when None.

    Raises:
        EngineUnavailable: a model file is missing or is not the one on its card, or the provider is not installed.
        ConfigurationError: the settings cannot be read.
    """
    if threads is None or provider is None:
        settings = config.load()
        threads = threads or settings.recognition_threads
        provider = provider or settings.recognition_provider
    return _opened(threads, provider, precision)


@lru_cache(maxsize=4)
def _opened(threads: int, provider: str, precision: str | None) -> PlateEngine:
    cards = load_cards()
    pair = cards.pair(precision)
    detector = PlateDetector(open_network(pair.detector, threads=threads, provider=provider))
    reader = PlateReader(open_network(pair.reader, threads=threads, provider=provider), cards.countries)
    return PlateEngine(f"{pair.detector.name}+{pair.reader.name}", detector, reader, cards.calibration)


def _doubt(region: Region, script: Script, confidence: float) -> Fate | Literal[""]:
    """Why a reading is not believed; empty where it is."""
    text = script.texts[0].text
    if script.no_plate > _NO_PLATE:
        return Fate.NO_PLATE
    if len(text) < _SHORTEST_PLATE:
        return Fate.NO_PLATE_TEXT
    try:
        normalise(text)
    except PlateError:
        return Fate.NO_PLATE_TEXT
    if not any(character.isdigit() for character in text) and confidence < (1 + BELIEVED) / 2:
        return Fate.NO_DIGIT
    if confidence >= BELIEVED:
        return ""
    return Fate.TOO_SMALL if size_of(region.corners) < _SMALL_PX else Fate.UNSURE


def _may_be_cut(region: Region, size: tuple[int, int]) -> bool:
    """Whether a part of the plate may lie outside the picture; a picture that a plate fills is one of that plate."""
    return is_cut(region.corners, size) and extent(region.corners)[0] < _FILLS * size[0]


def _moved(corners: Corners, by: float) -> Corners:
    (a, b), (c, d), (e, f), (g, h) = corners
    return (a + by, b + by), (c + by, d + by), (e + by, f + by), (g + by, h + by)
