"""What recognition works on and hands out. Boxes are x, y, width, height in whole pixels of the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.capture.services import Frame

Box = tuple[int, int, int, int]
Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Of a plate, in pixels, clockwise from its own top left."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another text that a plate may have, and how likely it is (0-1)."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture that may hold a plate, and how likely it does (0-1)."""

    corners: Corners
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen of one plate on one picture.

    `text` is normalised, `raw_text` as it was read sign by sign, a space at each gap; `country` (ISO 3166-1 alpha-2) is
    None where neither its text nor its looks tell it. `candidates` are the other texts that it may have, likeliest first.
    `grammar` names what `text` was chosen by: a British era, a country's layout, or free text. `doubt` says why the reading is
    not believed, and is empty where it is. `presence` (0-1) is how likely a plate is there at all, whatever stands on it.
    """

    text: str
    raw_text: str
    confidence: float
    box: Box
    candidates: tuple[Candidate, ...] = ()
    country: str | None = None
    grammar: str = ""
    doubt: str = ""
    presence: float = 1.0


@dataclass(frozen=True, slots=True)
class VehiclePass:
    """One vehicle passing one camera: the consensus of its readings.

    `box` lies in `best_frame`, which was captured at `captured_at`. `frames_read` of the frames showed the
    plate, and `frames_agreeing` of those had `text`.
    """

    text: str
    raw_text: str
    confidence: float
    candidates: tuple[Candidate, ...]
    country: str | None
    frames_agreeing: int
    frames_read: int
    best_frame: Frame = field(repr=False)
    box: Box
    captured_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    first_frame_index: int


class Detector(Protocol):
    """Finds where plates may be. Images are RGB, uint8, (height, width, 3)."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Region, ...]:
        """The regions of `image`, in any order; empty where there is none."""
        ...


class Engine(Protocol):
    """Everything between a picture and its readings. Images are RGB, uint8, (height, width, 3)."""

    @property
    def name(self) -> str:
        """Software and model with their versions, as they are stored with each read."""
        ...

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, most confident first."""
        ...

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, its box the whole; None where nothing is legible."""
        ...
