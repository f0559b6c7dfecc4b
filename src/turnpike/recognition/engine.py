"""The first engine: a general text detector and reader, and the rules that tell plates from other writing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike.plates.services import PlateError, normalise
from turnpike.recognition.geometry import (
    box_of,
    follows_on_row,
    joined,
    may_be_piece,
    may_be_plate,
    overlap,
    upright,
)
from turnpike.recognition.models import Candidate, Reading
from turnpike.recognition.plausibility import PlateText, plate_in, text_of_crop
from turnpike.recognition.rapidocr_parts import DEFAULT_THREADS, RapidOcr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.models import Box, Corners, Detector, Engine, Reader

BELIEVED = 0.5
"""Least confidence of a reading that is handed out. Source: ours; half of the characters at least."""
_LONGEST_PIECE = 5
"""Most characters that one part of a plate's row has. Source: ours; Czech and Slovak rows part as 2 and 5."""
_CERTAIN = 0.9
_SAME_PLATE_OVERLAP = 0.2


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of writing, and the plate in it if there is one."""

    corners: Corners
    written: str
    confidence: float
    plate: PlateText | None
    pieces: int = 1

    @property
    def is_certain(self) -> bool:
        """Whether its syntax and its confidence leave nothing to look for."""
        return self.plate is not None and self.plate.telling and self.confidence >= _CERTAIN

    @property
    def rank(self) -> tuple[bool, int, float]:
        """What wins where two lines claim the same place: a row wins over its own pieces."""
        return self.plate is not None and self.plate.telling, self.pieces, self.confidence


class TextEngine:
    """Plates by way of all writing in the picture: slow, and needs no training."""

    def __init__(self, name: str, detector: Detector, reader: Reader) -> None:
        self.name = name
        self._detector = detector
        self._reader = reader

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, most confident first."""
        lines = [
            line
            for region in self._detector.detect(image)
            if may_be_piece(region.corners)
            and (line := self._line(image, region.corners)) is not None
            and line.confidence >= BELIEVED
        ]
        plates = [line for line in lines if line.plate is not None and may_be_plate(line.corners)]
        size = (image.shape[1], image.shape[0])
        readings: list[Reading] = []
        for line in sorted([*_rows(lines), *plates], key=lambda line: line.rank, reverse=True):
            box = box_of(line.corners, size)
            if not any(overlap(box, reading.box) > _SAME_PLATE_OVERLAP for reading in readings):
                readings.append(_reading(line, box))
        return tuple(sorted(readings, key=lambda reading: -reading.confidence))

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, its box the whole; None where nothing is legible."""
        height, width = image.shape[:2]
        whole = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
        line = self._line(image, whole)
        # A picture that is only the plate is read at once; one askew, or with its surroundings, is searched.
        found = list(self.read(image)) if line is None or not line.is_certain else []
        if line is not None and line.confidence >= BELIEVED and _plain(line.written):
            found.append(_reading(line, (0, 0, width, height)))
        if not found:
            return None
        best = max(found, key=lambda reading: (reading.country == "GB", reading.confidence))
        return replace(best, text=text_of_crop(best.text), box=(0, 0, width, height))

    def _line(self, image: NDArray[np.uint8], corners: Corners) -> _Line | None:
        transcript = self._reader.read(upright(image, corners))
        if transcript is None:
            return None
        return _Line(corners, transcript.text, transcript.confidence, plate_in(transcript.text))


class RapidOcrEngine(TextEngine):
    """`TextEngine` on RapidOCR's detector and reader, on so many threads."""

    def __init__(self, threads: int = DEFAULT_THREADS) -> None:
        parts = RapidOcr(threads)
        parts.load()
        super().__init__(parts.name, parts, parts)


@lru_cache(maxsize=1)
def load_engine() -> Engine:
    """The engine of this process, loaded once.

    Raises:
        EngineUnavailable: the library or its model files are not there.
    """
    return RapidOcrEngine()


def _rows(lines: list[_Line]) -> list[_Line]:
    """Plates that the detector took apart: two pieces beside each other that only together are one."""
    rows = []
    for left in lines:
        for right in lines:
            if left is right or not follows_on_row(left.corners, right.corners):
                continue
            together = joined(left.corners, right.corners)
            plate = plate_in(f"{left.written} {right.written}")
            if plate is None or not may_be_plate(together):
                continue
            if plate.telling or (_is_piece(left) and _is_piece(right)):
                confidence = min(left.confidence, right.confidence)
                rows.append(_Line(together, f"{left.written} {right.written}", confidence, plate, pieces=2))
    return rows


def _is_piece(line: _Line) -> bool:
    """Whether a line may be one part of a plate's row, rather than a plate by itself or a word."""
    return len(line.written) <= _LONGEST_PIECE and not (line.plate is not None and line.plate.telling)


def _reading(line: _Line, box: Box) -> Reading:
    plain = _plain(line.written) or ""
    if line.plate is None:
        return Reading(plain, line.written, line.confidence, box)
    others = (Candidate(plain, line.confidence / 2),) if plain not in ("", line.plate.text) else ()
    return Reading(line.plate.text, line.written, line.confidence, box, others, line.plate.country)


def _plain(written: str) -> str | None:
    """All that is written, normalised; None where that is no text for a plate."""
    try:
        return normalise(written)
    except PlateError:
        return None
