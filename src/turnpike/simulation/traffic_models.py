"""What a clip of rendered traffic is, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it decodes a truth
from enum import StrEnum
from typing import Literal

from turnpike.simulation.models import Colour, VehicleKind  # noqa: TC001 - as above

Box = tuple[int, int, int, int]
Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
LEAST_LEGIBLE_FRAMES = 2
"""A plate that fewer of the frames show legibly gives no pass that could be asked for."""


class Condition(StrEnum):
    """What makes a clip hard; the value is the word in figures and file names."""

    STEADY = "steady"
    FAST = "fast"
    QUEUE = "queue"
    PARKED = "parked"
    OVERTAKING = "overtaking"
    OCCLUSION = "occlusion"
    FOLLOWING_CLOSE = "following_close"
    BOTH_DIRECTIONS = "both_directions"
    NIGHT = "night"
    RAIN = "rain"
    DUSK = "dusk"
    COMING_BACK = "coming_back"


@dataclass(frozen=True, slots=True)
class PlateSeen:
    """Where a plate lies on one frame: wholly or partly in the picture, and whether it can be read there.

    `covered` is the share of it (0-1) that stands behind another vehicle or a post.
    """

    frame: int
    box: Box
    covered: float
    legible: bool


@dataclass(frozen=True, slots=True)
class TrafficPass:
    """One vehicle passing the camera once. `plate` is normalised; `seen` has each frame on which any of it shows.

    `lane` counts from the left of the picture, from 1; `speed_mph` is that of its movement, without the stops.
    """

    plate: str
    country: str
    kind: VehicleKind
    colour: Colour
    direction: Literal["towards", "away"]
    lane: int
    speed_mph: float
    seen: tuple[PlateSeen, ...]

    @property
    def legible(self) -> tuple[PlateSeen, ...]:
        """Where it can be read, in order."""
        return tuple(one for one in self.seen if one.legible)

    @property
    def counts(self) -> bool:
        """Whether enough frames show it legibly that one read of it can be asked for."""
        return len(self.legible) >= LEAST_LEGIBLE_FRAMES

    @property
    def first_frame(self) -> int:
        """The first frame on which it can be read; -1 where there is none."""
        return self.legible[0].frame if self.legible else -1

    @property
    def last_frame(self) -> int:
        """The last frame on which it can be read; -1 where there is none."""
        return self.legible[-1].frame if self.legible else -1


@dataclass(frozen=True, slots=True)
class TrafficTruth:
    """Everything that is so about a clip; `size` is width and height in pixels.

    `lanes` are where plates pass in each lane, in pixels, as a polygon each, from the left of the picture.
    """

    condition: Condition
    seed: int
    fps: float
    frames: int
    size: tuple[int, int]
    starts_at: datetime
    lanes: tuple[Quad, ...]
    passes: tuple[TrafficPass, ...]
