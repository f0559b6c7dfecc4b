"""Which read is of which vehicle's pass, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.recognition.services import Box, Reading, VehiclePass
    from turnpike.simulation.services import TrafficPass, TrafficTruth

LEAST_SHARED = 0.2
"""The least that the boxes of a read and of a plate share of the smaller of them, so that the read lies on that plate."""


@dataclass(frozen=True, slots=True, eq=False)
class PassScore:
    """One vehicle's pass with the reads that lie on its plate, in the order in which they came."""

    truth: TrafficPass
    reads: tuple[VehiclePass, ...]

    @property
    def exactly_one(self) -> bool:
        """Whether there is one read of it, whatever it says."""
        return len(self.reads) == 1

    @property
    def right(self) -> bool:
        """Whether there is one read of it, and that has its plate to the letter."""
        return self.exactly_one and self.reads[0].text == self.truth.plate


@dataclass(frozen=True, slots=True, eq=False)
class ClipScore:
    """All of one clip. `stray` are reads of nothing, and those of a plate that could hardly be read which are wrong or one too many."""

    truth: TrafficTruth
    passes: tuple[PassScore, ...]
    stray: tuple[VehiclePass, ...]
    left_out: int
    """Vehicles whose plate too few frames show legibly: nothing is asked of them."""
    frames_read: int = 0
    readings: tuple[tuple[Reading, ...], ...] = field(default=(), repr=False)
    """What was found on each frame, for a person who looks into a failure."""


@dataclass(slots=True)
class Times:
    """Processor time in seconds, of this one thread."""

    rendering_s: float = 0.0
    reading_s: float = 0.0
    rendered_frames: int = 0
    read_frames: int = 0


def score_clip(truth: TrafficTruth, reads: Sequence[VehiclePass]) -> ClipScore:
    """Give each read to the plate that it lies on, on the very frame that it has as its best."""
    given: dict[int, list[VehiclePass]] = {}
    stray = []
    for read in reads:
        place = _place_of(read, truth)
        if place is None:
            stray.append(read)
        else:
            given.setdefault(place, []).append(read)
    scores, left_out = [], 0
    for place, one in enumerate(truth.passes):
        own = given.get(place, [])
        if one.counts:
            scores.append(PassScore(one, tuple(own)))
            continue
        left_out += 1
        # Nobody asks for it; but who reads it is to read it once, and rightly.
        stray += own[1:] if own and own[0].text == one.plate else own
    return ClipScore(truth, tuple(scores), tuple(stray), left_out, truth.frames)


def _place_of(read: VehiclePass, truth: TrafficTruth) -> int | None:
    best, best_share = None, LEAST_SHARED
    for place, one in enumerate(truth.passes):
        for seen in one.seen:
            if seen.frame == read.best_frame.index and (share := _shared(read.box, seen.box)) > best_share:
                best, best_share = place, share
    return best


def _shared(one: Box, other: Box) -> float:
    """The share of the smaller box that lies in both."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / max(1, min(one[2] * one[3], other[2] * other[3]))
