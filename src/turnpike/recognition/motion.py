"""Where a plate was to where it will be: what a camera sees of something that drives straight on.

Source: ours, from the pinhole camera. At a steady pace the distance grows or shrinks evenly, so that one over the plate's width does too; and as
the vehicle goes straight on, its plate moves in the picture along a line, in step with its width.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.recognition.models import Box

_REMEMBERED = 6
"""Places that tell how it moves on; older ones tell of other speeds."""
_WINDOW_S = 2.0
_STEADY = 3
"""Places from which on a prediction is trusted."""
_LEAST_STEP_S = 1e-3
_GROWS = 1.06
"""Least ratio of widths by which depth is told from measuring noise."""
_MOST_GROWTH = 4.0
STILL_WIDTHS = 0.35
"""Within so many plate widths a plate stands. Source: ours; trembling masts and boxes of whole pixels."""
_STILL_GROWTH = 1.12
_BACK_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Place:
    """A plate's centre and width in pixels, `at_s` seconds after some beginning."""

    at_s: float
    x: float
    y: float
    width: float

    def scaled(self, across: float, down: float) -> Place:
        """The same in a picture of so many times the columns and rows."""
        return Place(self.at_s, self.x * across, self.y * down, self.width * across)


@dataclass(frozen=True, slots=True)
class Misfit:
    """How far off a prediction a place is, in standard deviations; and how many plate widths it has moved since it was last seen."""

    surprise: float
    moved_widths: float
    growth: float


def place_of(box: Box, at_s: float) -> Place:
    """The place that `box` marks."""
    x, y, width, height = box
    return Place(at_s, x + width / 2, y + height / 2, float(max(1, width)))


def place_within(part: Box, expected: Place, width: float) -> Place:
    """Where the whole of a plate is of which only `part` shows: as near to where it is expected as the part allows, `width` pixels wide."""
    x, y, shown, height = part
    room = max(0.0, width - shown) / 2
    middle = x + shown / 2
    return Place(expected.at_s, min(max(expected.x, middle - room), middle + room), y + height / 2, width)


@dataclass(slots=True)
class Motion:
    """The places of one plate so far, oldest first."""

    places: deque[Place] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _stood: Place | None = None
    """Where it began to stand."""

    @property
    def last(self) -> Place:
        """Where it was seen last."""
        return self.places[-1]

    def add(self, place: Place) -> None:
        """It was seen there."""
        while self.places and place.at_s - self.places[0].at_s > _WINDOW_S and len(self.places) >= _STEADY:
            self.places.popleft()
        self.places.append(place)
        if self._stood is None or not _is_about(self._stood, place):
            self._stood = place

    def predict(self, at_s: float) -> Place:
        """Where it will be at that time, if it goes on so."""
        last = self.last
        times = [one.at_s - last.at_s for one in self.places]
        if times[-1] - times[0] < _LEAST_STEP_S:
            return Place(at_s, last.x, last.y, last.width)
        widths = [one.width for one in self.places]
        ahead_s = at_s - last.at_s
        inverse = 1 / last.width + _slope(times, [1 / width for width in widths]) * ahead_s
        width = 1 / max(inverse, 1 / (last.width * _MOST_GROWTH))
        in_depth = max(widths) > min(widths) * _GROWS
        over, further = (widths, width - last.width) if in_depth else (times, ahead_s)
        x = last.x + _slope(over, [one.x for one in self.places]) * further
        y = last.y + _slope(over, [one.y for one in self.places]) * further
        return Place(at_s, x, y, width)

    def scale(self, across: float, down: float) -> None:
        """The camera's picture is another number of pixels from now on."""
        self.places = deque((one.scaled(across, down) for one in self.places), maxlen=_REMEMBERED)
        self._stood = self._stood and self._stood.scaled(across, down)

    def misfit(self, place: Place, *, is_part: bool = False) -> Misfit:
        """How well `place` goes on from where it was; one `is_part` where only a part of the plate shows, which may be any part of it."""
        last, expected = self.last, self.predict(place.at_s)
        elapsed_s = max(0.0, place.at_s - last.at_s)
        if len(self.places) >= _STEADY:
            spread, size_spread = 0.30 + 1.2 * elapsed_s, 0.12 + 0.4 * elapsed_s
        elif len(self.places) > 1:
            spread, size_spread = 0.5 + 2.5 * elapsed_s, 0.15 + 0.8 * elapsed_s
        else:
            spread, size_spread = 1.0 + 4.0 * elapsed_s, 0.15 + 1.5 * elapsed_s
        unit = max(expected.width, place.width)
        hidden = max(0.0, expected.width - place.width) if is_part else 0.0
        across = max(0.0, abs(place.x - expected.x) - hidden / 2)
        off = math.hypot(across, place.y - expected.y) / unit
        size_off = abs(math.log((place.width + hidden) / expected.width))
        return Misfit(
            surprise=math.hypot(off / spread, size_off / size_spread),
            moved_widths=math.hypot(place.x - last.x, place.y - last.y) / max(last.width, place.width),
            growth=max(place.width / last.width, last.width / place.width),
        )

    def goes_on_to(self, place: Place) -> bool:
        """Whether `place` is where it was or further on its way, not back on it: what somebody hides does not drive backwards."""
        last, first = self.last, self.places[0]
        way = (last.x - first.x, last.y - first.y)
        length = math.hypot(*way)
        if length <= STILL_WIDTHS * last.width:
            return True
        ahead = ((place.x - last.x) * way[0] + (place.y - last.y) * way[1]) / length
        grows = last.width > first.width * _GROWS
        shrinks = first.width > last.width * _GROWS
        back = (grows and place.width < last.width / _BACK_GROWTH) or (
            shrinks and place.width > last.width * _BACK_GROWTH
        )
        return ahead >= -last.width and not back

    @property
    def still_s(self) -> float:
        """How long it has stood where it is."""
        return 0.0 if self._stood is None else self.last.at_s - self._stood.at_s


def _is_about(one: Place, other: Place) -> bool:
    near = max(one.width, other.width) <= _STILL_GROWTH * min(one.width, other.width)
    return near and math.hypot(one.x - other.x, one.y - other.y) <= STILL_WIDTHS * one.width


def _slope(over: Sequence[float], values: Sequence[float]) -> float:
    """Of the line of least squares. By hand: for six values numpy takes ten times as long."""
    middle, mean = sum(over) / len(over), sum(values) / len(values)
    spread = sum((one - middle) ** 2 for one in over)
    return sum((one - middle) * (value - mean) for one, value in zip(over, values, strict=True)) / max(
        spread, 1e-12
    )
