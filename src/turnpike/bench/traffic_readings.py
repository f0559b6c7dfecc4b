"""The readings of rendered clips: taken from the engine as frames pass, or from a file, so that following can be tried again in seconds.

A file has one line of JSON a clip: its truth, and what `engine.examine` found on each frame. The frames that are given back with it have no
picture, only its size.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from turnpike.bench.errors import BenchFailed
from turnpike.capture.services import Frame
from turnpike.recognition.services import Box, Candidate, Fate, Reading
from turnpike.simulation.services import TrafficTruth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.recognition.services import Engine


class KeptReading(msgspec.Struct, omit_defaults=True):
    """A reading as it is kept: its doubt in words, or none."""

    text: str
    raw_text: str
    confidence: float
    box: Box
    candidates: tuple[Candidate, ...] = ()
    country: str | None = None
    grammar: str = ""
    doubt: str = ""
    presence: float = 1.0

    @classmethod
    def of(cls, reading: Reading) -> KeptReading:
        """The reading to be kept."""
        return cls(**{name: getattr(reading, name) for name in cls.__struct_fields__})

    def reading(self) -> Reading:
        """The reading that was kept."""
        kept = {name: getattr(self, name) for name in self.__struct_fields__}
        return Reading(**kept | {"doubt": Fate(self.doubt) if self.doubt else ""})


class ClipReadings(msgspec.Struct):
    """What was found on each frame of a clip, in order, with the clip's truth."""

    engine: str
    truth: TrafficTruth
    times: list[datetime]
    readings: list[tuple[KeptReading, ...]]


class ListeningEngine:
    """The engine, with all that it finds written down by frame: `watch` the frames that it is given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.name
        self.found: dict[int, tuple[Reading, ...]] = {}
        self.times: list[datetime] = []

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The same frames, each counted before it is handed on."""
        for frame in frames:
            self.times.append(frame.captured_at)
            yield frame

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """As the engine's own."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """As the engine's own."""
        now = len(self.times) - 1
        if now not in self.found:
            self.found[now] = self._engine.examine(image)
        return self.found[now]

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """As the engine's own."""
        return self._engine.read_crop(image)

    def readings_of(self, truth: TrafficTruth) -> ClipReadings:
        """All that was found, to be kept."""
        found = [tuple(map(KeptReading.of, self.found.get(index, ()))) for index in range(len(self.times))]
        return ClipReadings(self.name, truth, self.times, found)


class ReplayingEngine:
    """Gives back what was found before; what it is asked about are frames of `frames`."""

    def __init__(self, kept: ClipReadings) -> None:
        self.name = kept.engine
        self._kept = kept
        width, height = kept.truth.size
        blank = np.zeros(1, np.uint8)
        # Of the picture's size without its memory; each an object of its own, by which it is known again.
        self._images = [
            np.lib.stride_tricks.as_strided(blank, (height, width, 3), (0, 0, 0)) for _ in kept.times
        ]
        self._place = {id(image): index for index, image in enumerate(self._images)}

    def frames(self) -> Iterator[Frame]:
        """The frames, without what was on them."""
        for index, (image, at) in enumerate(zip(self._images, self._kept.times, strict=True)):
            yield Frame(image, at, self._kept.truth.condition.value, index)

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """What was believed on that frame."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found on that frame."""
        return tuple(kept.reading() for kept in self._kept.readings[self._place[id(image)]])

    def read_crop(self, image: NDArray[np.uint8]) -> None:
        """Nothing is known of parts of a frame."""


def load_readings(path: Path) -> list[ClipReadings]:
    """Everything that the file has.

    Raises:
        BenchFailed: it is no such file, or of another version.
    """
    decoder = msgspec.json.Decoder(ClipReadings)
    try:
        return [decoder.decode(line) for line in path.read_bytes().splitlines() if line]
    except (OSError, msgspec.DecodeError) as error:
        raise BenchFailed(
            "These are no readings of rendered traffic; delete the file, and it is made anew."
        ) from error


def append_readings(path: Path, kept: ClipReadings) -> None:
    """Put one clip's readings at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(kept) + b"\n")
