"""Pictures to readings: the detector's corners, the reader's texts, and a confidence that says how far to trust them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from turnpike import config
from turnpike.plates.services import PlateError, normalise
from turnpike.recognition.confidence import confidence_of, evidence_of
from turnpike.recognition.geometry import box_of, extent, is_cut, whole_of
from turnpike.recognition.looking import read_regions
from turnpike.recognition.models import Candidate, Reading, Region
from turnpike.recognition.networks import load_cards, open_network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader
from turnpike.recognition.rectifying import without_room

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_CUT_OFF = "cut off by the picture's edge"
_SMALLEST_SIDE_PX = 5


class PlateEngine:
    """A detector, a reader and their calibration; safe from several threads."""

    def __init__(self, name: str, detector: Detector, reader: PlateReader, calibration: Calibration) -> None:
        self.name = name
        self.detector = detector
        self._reader = reader
        self._calibration = calibration

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, most confident first."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, most confident first; what is not believed says why."""
        if min(image.shape[:2]) < _SMALLEST_SIDE_PX:
            return ()
        regions = self.detector.detect(image)
        size = (image.shape[1], image.shape[0])
        readings = [
            replace(reading, doubt=reading.doubt or _CUT_OFF) if _may_be_cut(region, size) else reading
            for region, reading in zip(regions, self._readings(image, regions), strict=True)
        ]
        return tuple(sorted(readings, key=lambda reading: -reading.confidence))

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, its box the whole; None where nothing is legible."""
        height, width = image.shape[:2]
        if min(height, width) < _SMALLEST_SIDE_PX:
            return None
        # With its surroundings guessed, the detector can find the corners of a plate that is cut close or stands askew.
        room = max(height, width // 4) // 2
        canvas = np.pad(image, ((room, room), (room, room), (0, 0)), mode="edge")
        found = [replace(one, corners=_moved(one.corners, -room)) for one in self.detector.detect(canvas)]
        regions = [Region(without_room(whole_of((width, height))), _CROP_FOUND), *found]
        legible = [one for one in self._readings(image, regions) if one.text]
        if not legible:
            return None
        return replace(max(legible, key=lambda one: one.confidence), box=(0, 0, width, height), doubt="")

    def _readings(self, image: NDArray[np.uint8], regions: Sequence[Region]) -> list[Reading]:
        size = (image.shape[1], image.shape[0])
        scripts = read_regions(self._reader, image, regions)
        return [self._reading(region, script, size) for region, script in zip(regions, scripts, strict=True)]

    def _reading(self, region: Region, script: Script, size: tuple[int, int]) -> Reading:
        box = box_of(region.corners, size)
        presence = region.confidence * (1 - script.no_plate)
        if not script.texts:
            return Reading("", script.raw, 0.0, box, doubt="nothing legible", presence=presence)
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
            doubt=_doubt(first.text, script, confidence),
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


def _doubt(text: str, script: Script, confidence: float) -> str:
    """Why a reading is not believed; empty where it is."""
    if script.no_plate > _NO_PLATE:
        return "not a plate"
    try:
        normalise(text)
    except PlateError:
        return "not a plate's text"
    if not any(character.isdigit() for character in text) and confidence < (1 + BELIEVED) / 2:
        return "no digit"
    return "" if confidence >= BELIEVED else "too unsure"


def _may_be_cut(region: Region, size: tuple[int, int]) -> bool:
    """Whether a part of the plate may lie outside the picture; a picture that a plate fills is one of that plate."""
    return is_cut(region.corners, size) and extent(region.corners)[0] < _FILLS * size[0]


def _moved(corners: Corners, by: float) -> Corners:
    (a, b), (c, d), (e, f), (g, h) = corners
    return (a + by, b + by), (c + by, d + by), (e + by, f + by), (g + by, h + by)
