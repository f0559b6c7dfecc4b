"""What recognition works on and hands out. Boxes are x, y, width, height in whole pixels of the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.capture.services import Frame
    from turnpike.recognition.fates import Fate

Box = tuple[int, int, int, int]
Point = tuple[float, float]
Direction = Literal["towards", "away", ""]
"""Seen from the camera; empty where it cannot be told."""
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
class View:
    """A part of a picture that the detector looked at, and how much smaller it was made for that (1 is not at all)."""

    box: Box
    scale: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A place that the detector did not hand on, and why."""

    region: Region
    fate: Fate


@dataclass(frozen=True, slots=True)
class Survey:
    """What the detector made of a picture: what it found, what it dropped, and what it looked at, the whole first."""

    found: tuple[Region, ...]
    dropped: tuple[Dropped, ...] = ()
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen of one plate on one picture.

    `text` is normalised, `raw_text` as it was read sign by sign, a space at each gap; `country` (ISO 3166-1 alpha-2) is
    None where neither its text nor its looks tell it. `candidates` are the other texts that it may have, likeliest first.
    `grammar` names what `text` was chosen by: a British era, a country's layout, or free text. `doubt` says why the reading is
    not believed, in words, and is empty where it is. `presence` (0-1) is how likely a plate is there at all, whatever stands on it.
    """

    text: str
    raw_text: str
    confidence: float
    box: Box
    candidates: tuple[Candidate, ...] = ()
    country: str | None = None
    grammar: str = ""
    doubt: Fate | Literal[""] = ""
    presence: float = 1.0


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that became of one picture: `readings` as `Engine.examine` gives them, and what the detector `dropped` before."""

    readings: tuple[Reading, ...]
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where a vehicle's plate was on one frame."""

    captured_at: datetime
    box: Box


@dataclass(frozen=True, slots=True)
class VehiclePass:
    """One vehicle passing one camera: the consensus of its readings.

    `box` lies in `best_frame`, which was captured at `captured_at`. `frames_read` of the frames showed the
    plate, and `frames_agreeing` of those had `text`. `track` has where the plate was, oldest first, thinned where there are many;
    `direction`, `lane` (1 to 16, 0 where it cannot be told), `colour` and `make` (empty where they cannot be told) are filled in from it and from the
    picture by `Describer`.
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
    track: tuple[TrackPoint, ...] = ()
    direction: Direction = ""
    lane: int = 0
    colour: str = ""
    make: str = ""


class Detector(Protocol):
    """Finds where plates may be. Images are RGB, uint8, (height, width, 3)."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Region, ...]:
        """The regions of `image`, in any order; empty where there is none."""
        ...


@runtime_checkable
class Surveyor(Protocol):
    """A detector that also tells what it dropped and what it looked at."""

    def survey(self, image: NDArray[np.uint8]) -> Survey:
        """What it made of `image`; `found` as its `detect` gives it."""
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

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, most confident first; what is not believed says why."""
        ...

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, its box the whole; None where nothing is legible."""
        ...
