"""Every stage from one picture to its readings, kept to be shown: the same steps as `PlateEngine.examine`, through the same code."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from turnpike.recognition.confidence import Evidence, evidence_of
from turnpike.recognition.counting import frame_fate
from turnpike.recognition.decoding import ALPHABET, BLANK
from turnpike.recognition.engine import SMALLEST_SIDE_PX
from turnpike.recognition.fates import Fate
from turnpike.recognition.geometry import extent
from turnpike.recognition.looking import OTHER_CUTS, is_unsure, read_regions
from turnpike.recognition.measuring import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.recognition.engine import PlateEngine
    from turnpike.recognition.fates import FrameFate
    from turnpike.recognition.measuring import Measures
    from turnpike.recognition.models import Reading, Region, View
    from turnpike.recognition.networks import Calibration
    from turnpike.recognition.plate_reader import PlateReader, Script, Signs

_MOST_CHOICES = 3
_LEAST_CHOICE = 0.01


@dataclass(frozen=True, slots=True)
class Position:
    """One place in the writing: the likeliest signs there, each with its probability (0-1); an empty one stands for none, a space for a gap."""

    choices: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """One way in which a plate was cut out: `crop` as the reader saw it (56, 192), grey, uint8, and what it made of it."""

    crop: NDArray[np.uint8] = field(repr=False)
    positions: tuple[Position, ...]
    script: Script


@dataclass(frozen=True, slots=True)
class ConfidencePart:
    """One of the figures that a confidence is made of, and what it adds to the log odds."""

    name: str
    value: float
    adds: float


@dataclass(frozen=True, slots=True)
class Place:
    """One place that may be a plate. What the detector dropped has no reading, no cuts and no parts."""

    region: Region
    fate: Fate
    measures: Measures
    reading: Reading | None = None
    script: Script | None = None
    """What all cuts have together."""
    cuts: tuple[Cut, ...] = ()
    parts: tuple[ConfidencePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that became of one picture of `size` (width, height): what was looked at, and each place, those that were read first."""

    size: tuple[int, int]
    views: tuple[View, ...]
    places: tuple[Place, ...]
    readings: tuple[Reading, ...]
    """As `PlateEngine.examine` gives them, or of a crop as `read_crop` does."""
    fate: FrameFate


def explain(engine: PlateEngine, image: NDArray[np.uint8]) -> Explanation:
    """What becomes of `image` (RGB, uint8), stage by stage."""
    survey = engine.survey(image)
    recorder = _Recorder(engine.reader)
    scripts = read_regions(recorder, image, survey.found)
    readings = engine.judged(image, survey.found, scripts)
    read = [
        _place(engine.calibration, image, region, (reading, script, cuts))
        for region, reading, script, cuts in zip(
            survey.found, readings, scripts, recorder.by_region(), strict=True
        )
    ]
    dropped = [Place(one.region, one.fate, measure(image, one.region.corners)) for one in survey.dropped]
    places = (*sorted(read, key=_certainty), *sorted(dropped, key=lambda one: -one.region.confidence))
    return _explanation(image, survey.views, places, tuple(one.reading for one in places if one.reading))


def explain_crop(engine: PlateEngine, image: NDArray[np.uint8]) -> Explanation:
    """What becomes of `image` as one plate that fills it: of the ways in which it was looked at, the surest is what is read."""
    best = engine.read_crop(image)
    if min(image.shape[:2]) < SMALLEST_SIDE_PX:
        return _explanation(image, (), (), ())
    regions = engine.crop_regions(image)
    recorder = _Recorder(engine.reader)
    scripts = read_regions(recorder, image, regions)
    readings = engine.judged(image, regions, scripts)
    places = sorted(
        (
            _place(engine.calibration, image, region, (reading, script, cuts))
            for region, reading, script, cuts in zip(
                regions, readings, scripts, recorder.by_region(), strict=True
            )
        ),
        key=_certainty,
    )
    fates = [Fate.READ if best else Fate.NOTHING_LEGIBLE, *[Fate.DUPLICATE] * (len(places) - 1)]
    told = tuple(
        Place(one.region, fate, one.measures, one.reading, one.script, one.cuts, one.parts)
        for one, fate in zip(places, fates, strict=True)
    )
    return _explanation(image, (), told, (best,) if best else ())


def _certainty(place: Place) -> float:
    return -place.reading.confidence if place.reading else 0.0


def _explanation(
    image: NDArray[np.uint8],
    views: tuple[View, ...],
    places: tuple[Place, ...],
    readings: tuple[Reading, ...],
) -> Explanation:
    fate = frame_fate(one.fate for one in places if one.reading)
    return Explanation((image.shape[1], image.shape[0]), views, places, readings, fate)


class _Recorder:
    """A reader that keeps what it is given and what it makes of it."""

    def __init__(self, reader: PlateReader) -> None:
        self._reader = reader
        self._runs: list[list[Cut]] = []

    def read(self, crops: NDArray[np.uint8]) -> tuple[Script, ...]:
        cuts = [
            Cut(crop, positions(signs), self._reader.script(signs))
            for crop, signs in zip(crops, self._reader.signs(crops), strict=True)
        ]
        self._runs.append(cuts)
        return tuple(cut.script for cut in cuts)

    def by_region(self) -> list[tuple[Cut, ...]]:
        """All cuts of each region, in order: the first of each, and for those in doubt the others, as `read_regions` asks for them."""
        first, again = self._runs
        others = iter(again)
        return [
            (cut, *(next(others) for _ in OTHER_CUTS)) if is_unsure(cut.script) else (cut,) for cut in first
        ]


def positions(signs: Signs) -> tuple[Position, ...]:
    """The writing sign by sign, as the network sees it without the grammar."""
    shares = signs.shares
    codes = shares.argmax(axis=-1)
    found: list[Position] = []
    at = 0
    while at < len(codes):
        end = at + 1
        while end < len(codes) and codes[end] == codes[at]:
            end += 1
        if codes[at] != BLANK:
            best = shares[at + int(shares[at:end, codes[at]].argmax())]
            order = np.argsort(-best)[:_MOST_CHOICES]
            choices = tuple(
                ("" if code == BLANK else ALPHABET[code - 1], float(best[code]))
                for code in order
                if best[code] >= _LEAST_CHOICE
            )
            found.append(Position(choices))
        at = end
    return tuple(found)


def _place(
    calibration: Calibration,
    image: NDArray[np.uint8],
    region: Region,
    seen: tuple[Reading, Script, Sequence[Cut]],
) -> Place:
    reading, script, cuts = seen
    parts: tuple[ConfidencePart, ...] = ()
    if script.texts:
        evidence = evidence_of(script, region.confidence, extent(region.corners)[1])
        names = [one.name for one in fields(Evidence)]
        parts = (
            *(
                ConfidencePart(name, value, weight * value)
                for name, value, weight in zip(names, astuple(evidence), calibration.weights, strict=True)
            ),
            ConfidencePart("constant", 1.0, calibration.constant),
        )
    fate = Fate(reading.doubt or Fate.READ)
    return Place(region, fate, measure(image, region.corners), reading, script, tuple(cuts), parts)
