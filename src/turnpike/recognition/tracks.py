"""One vehicle being followed: where its plate was, what all looks at it say together, and the best picture of each text."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from turnpike.recognition.fates import Fate
from turnpike.recognition.fusing import Consensus
from turnpike.recognition.likeness import is_part, text_cost, text_difference
from turnpike.recognition.models import Candidate, TrackPoint, VehiclePass
from turnpike.recognition.motion import STILL_WIDTHS, Motion, place_of, place_within

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.capture.services import Frame
    from turnpike.recognition.models import Box, Reading
    from turnpike.recognition.motion import Misfit, Place

GAP_FRAMES = 3
"""How many frames in a row a vehicle may go unseen, where frames come further apart than any time allows."""
GATE = 6.0
"""Most that a reading may cost to be of a vehicle. Source: ours, set on rendered traffic; a text that is quite another costs more alone."""
SAME_TEXT_S = 3.0
"""Who drives out of the picture is not back so soon: till then the same text is the same vehicle, wherever it is. Source: ours."""
_UNTURNED_S = 1.0
"""For so long the same text is believed wherever it stands; later it must not be back on its way. Source: ours."""
HIDDEN_TEXT_S = 60.0
"""The same for one that something hid in the middle of the picture, as a lorry does in a queue."""
_SAME_PLACE_S, _SAME_PLACE_WIDTHS, _SAME_GROWTH = 0.7, 1.0, 1.35
"""A car is more than three plates wide and takes most of a second to drive its own length, so that whatever stands within a plate's
width of a plate so soon, as large as it, is the same plate."""
_MOST_SURPRISE = 3.5
_AT_REST_S, _AT_REST_DIFFERENCE = 1.0, 2.0
_ANOTHER_DIFFERENCE, _ANOTHER_LOOKS, _ANOTHER_CONFIDENCE = 5.0, 3, 0.5
"""So many looks in a row at quite another text are at another vehicle, whatever its place."""
_NEW_VIEW_GROWTH, _NEW_VIEW_WIDTHS = 1.02, 0.15
_EDGE_PX = 2
_LOOKS = frozenset({"", Fate.UNSURE, Fate.TOO_SMALL})
"""Doubts of the text alone: with them a reading is still a look at a plate."""
_HARDLY_BELIEVED = 0.3
_COVERED_WIDTH = 0.9
_SHAPE_NOISE = 1.25
"""By what ratio a plate's width over its height is out from look to look."""
_WHOLE = 0.9
"""From this confidence on a text is whole, and what is a part of it no look at another."""
_MOST_VIEWS = 3
"""Texts whose best picture is kept: one of 1920 x 1080 has 6 MB."""
_MOST_POINTS = 64
_MOST_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class _View:
    """The best picture on which a text was read."""

    reading: Reading
    frame: Frame

    @property
    def quality(self) -> float:
        return self.reading.confidence * math.sqrt(self.reading.box[2])


@dataclass(slots=True, eq=False)
class Track:
    """A vehicle being followed from a frame on, of which only the time and the number are kept; `ordinal` is its place among those that were begun.

    Seconds count from the source's beginning.
    """

    first_seen_at: datetime
    first_frame_index: int
    first_at_s: float
    ordinal: int
    motion: Motion = field(default_factory=Motion)
    consensus: Consensus = field(default_factory=Consensus)
    frames_read: int = 0
    missed: int = 0
    """Frames in a row that it was not seen on."""
    is_told: bool = False
    is_over: bool = False
    """Whether it was told of since it was gone: then only its text can bring it back."""
    was_hidden: bool = False
    """Whether, by its motion, it was still in the picture when it was given up."""
    last_at: datetime = field(init=False)
    presence: float = field(init=False, default=0.0)
    _was_cut: bool = field(init=False, default=False)
    _last_text: str = field(init=False, default="")
    _looks: dict[str, int] = field(init=False, default_factory=dict)
    _views: dict[str, _View] = field(init=False, default_factory=dict)
    _points: list[TrackPoint] = field(init=False, default_factory=list)
    _another: Track | None = field(init=False, default=None)
    _each: int = field(init=False, default=1)
    _seen: int = field(init=False, default=0)
    _size: tuple[int, int] = field(init=False, default=(0, 0))
    _shape: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.last_at = self.first_seen_at

    @classmethod
    def begun(cls, reading: Reading, frame: Frame, at_s: float, ordinal: int) -> Track:
        """One that `reading` on `frame` is the first of."""
        track = cls(frame.captured_at, frame.index, at_s, ordinal)
        track._size = frame.size
        track.add(reading, frame, at_s)
        return track

    @property
    def last_at_s(self) -> float:
        """When it was seen last."""
        return self.motion.last.at_s

    @property
    def same_text_s(self) -> float:
        """How long its text alone brings it back."""
        return HIDDEN_TEXT_S if self.was_hidden else SAME_TEXT_S

    @property
    def is_at_rest(self) -> bool:
        """Whether it stands, as in a queue or where it is parked."""
        return self.motion.still_s >= _AT_REST_S

    @property
    def leading(self) -> Candidate:
        """The likeliest text and its confidence; an empty one where nothing was legible."""
        return next(iter(self.consensus.ranked()), Candidate("", 0.0))

    def cost(self, reading: Reading, at_s: float) -> float | None:
        """What it takes to believe that the reading is of this vehicle, lower is better; None where it is of another."""
        elapsed_s = at_s - self.last_at_s
        leading = self.leading.text
        misfit = self.motion.misfit(place_of(reading.box, at_s), is_part=is_part(reading.text, leading))
        known = {leading, self._last_text}
        text = min(text_cost(reading, one) for one in known)
        place = place_of(reading.box, at_s)
        is_same = text == 0 and bool(reading.text)
        may_be_back = elapsed_s <= self.same_text_s and (
            elapsed_s <= _UNTURNED_S or self.motion.goes_on_to(place)
        )
        if is_same and not self.is_at_rest:
            return min(misfit.surprise, 10.0) / 10 if may_be_back or self.missed < GAP_FRAMES else None
        if self._is_where_it_was(misfit, elapsed_s):
            return 1 + text / 2
        is_alike = min(text_difference(reading, one) for one in known) <= _AT_REST_DIFFERENCE
        if self.is_at_rest and is_alike and misfit.moved_widths <= STILL_WIDTHS:
            return 1 + text / 2
        if self.is_over and not is_alike:
            return None
        cost = text + misfit.surprise**2 / 2
        return 1 + cost if misfit.surprise <= _MOST_SURPRISE and cost < GATE else None

    def add(self, reading: Reading, frame: Frame, at_s: float) -> None:
        """The vehicle was seen on `frame`."""
        if self.leading.confidence >= _WHOLE and _is_scrap(reading, self.leading.text):
            return
        if self.is_told and _is_look(reading, frame) and self._is_of_another(reading, frame, at_s):
            return
        place = place_of(reading.box, at_s)
        is_covered = self._is_covered(reading, at_s)
        is_new_view = not self.motion.places or self._is_new_view(self.motion.misfit(place))
        if self._was_cut:  # by the picture's edge: where the whole of it was is not known
            self.motion.places.clear()
        self._was_cut = _is_at_edge(reading, frame)
        if is_covered and self.motion.places:
            self.motion.add(self._whole_of(reading.box, at_s))
        else:
            self.motion.add(place)
            if not self._was_cut:
                self._shape = reading.box[2] / max(1, reading.box[3])
        self.missed, self.is_over = 0, False
        self.last_at = frame.captured_at
        self.presence = max(self.presence, reading.presence)
        self._mark(reading, frame)
        if is_covered or not _is_look(reading, frame):
            return
        self.frames_read += 1
        self._last_text = reading.text
        self.consensus.add(reading, is_new_view=is_new_view)
        if not self.is_told:
            self._looks[reading.text] = self._looks.get(reading.text, 0) + 1
            self._keep(reading, frame)

    def follower(self) -> Track | None:
        """The vehicle that took this one's place unseen, once that is sure; it is given once."""
        if self._another is None or self._another.frames_read < _ANOTHER_LOOKS:
            return None
        follower, self._another = self._another, None
        return follower

    def vehicle_pass(self) -> VehiclePass:
        """What is told of it, once something was legible."""
        ranked = self.consensus.ranked()
        # The likeliest text may be one that no single frame had first: then the best picture is that of the next that one had,
        # or where all those have fallen behind the texts that are kept, the best of any.
        best = max(self._views.values(), key=lambda view: view.quality)
        view = next((self._views[one.text] for one in ranked if one.text in self._views), best)
        winner = ranked[0]
        return VehiclePass(
            text=winner.text,
            raw_text=view.reading.raw_text,
            confidence=winner.confidence,
            candidates=ranked[1 : 1 + _MOST_CANDIDATES],
            country=view.reading.country,
            frames_agreeing=max(1, self._looks.get(winner.text, 0)),
            frames_read=self.frames_read,
            best_frame=view.frame,
            box=view.reading.box,
            captured_at=view.frame.captured_at,
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_at,
            first_frame_index=self.first_frame_index,
            # The best picture may be from before a change of size.
            track=tuple(self._points_in(view.frame.size)),
        )

    def told(self) -> None:
        """It was told of: its pictures are let go."""
        self.is_told = True
        self._views.clear()
        self._looks.clear()

    def resize(self, size: tuple[int, int]) -> None:
        """The camera's pictures have so many columns and rows from now on; where it was is told in those."""
        if size == self._size:
            return
        self.motion.scale(size[0] / self._size[0], size[1] / self._size[1])
        self._points, self._size = self._points_in(size), size
        if self._another is not None:
            self._another.resize(size)

    def _is_covered(self, reading: Reading, at_s: float) -> bool:
        """Whether only a part of it shows: a part of its text, on a part of its width."""
        leading = self.leading
        if leading.confidence < _WHOLE or not is_part(reading.text, leading.text):
            return False
        # On the whole width it is another opinion of the text, which may be the right one.
        return reading.box[2] < _COVERED_WIDTH * self.motion.predict(at_s).width

    def _whole_of(self, part: Box, at_s: float) -> Place:
        """Where the whole of it is while only a part shows: by how high that is, which nothing beside it hides."""
        expected = self.motion.predict(at_s)
        by_height = max(self._shape * part[3], float(part[2]))
        width = min(max(expected.width, by_height / _SHAPE_NOISE), by_height * _SHAPE_NOISE)
        return place_within(part, expected, width)

    def _points_in(self, size: tuple[int, int]) -> list[TrackPoint]:
        """Where it was, told in a picture of so many columns and rows."""
        if size == self._size:
            return self._points
        across, down = size[0] / self._size[0], size[1] / self._size[1]
        return [_scaled(point, across, down) for point in self._points]

    def _is_of_another(self, reading: Reading, frame: Frame, at_s: float) -> bool:
        """Whether it speaks against the text that was told; each such look in a row is kept for the vehicle that it may be of."""
        differs = text_difference(reading, self.leading.text) >= _ANOTHER_DIFFERENCE
        if not differs:
            self._another = None
        elif reading.confidence >= _ANOTHER_CONFIDENCE:
            if self._another is None:
                self._another = Track.begun(reading, frame, at_s, self.ordinal)
            else:
                self._another.add(reading, frame, at_s)
        return differs

    def _is_where_it_was(self, misfit: Misfit, elapsed_s: float) -> bool:
        return (
            elapsed_s <= _SAME_PLACE_S
            and misfit.moved_widths <= _SAME_PLACE_WIDTHS
            and misfit.growth <= _SAME_GROWTH
        )

    def _is_new_view(self, misfit: Misfit) -> bool:
        return misfit.moved_widths > _NEW_VIEW_WIDTHS or misfit.growth > _NEW_VIEW_GROWTH

    def _keep(self, reading: Reading, frame: Frame) -> None:
        newer = _View(reading, frame)
        kept = self._views.get(reading.text)
        if kept is None or newer.quality > kept.quality:
            self._views[reading.text] = newer
        if len(self._views) > _MOST_VIEWS:
            order = {one.text: place for place, one in enumerate(self.consensus.ranked())}
            del self._views[max(self._views, key=lambda text: (order.get(text, len(order)), text))]

    def _mark(self, reading: Reading, frame: Frame) -> None:
        """Keep where it was; of more than are kept each second one, and from then on half as many."""
        if self._seen % self._each == 0:
            self._points.append(TrackPoint(frame.captured_at, reading.box))
        if len(self._points) >= _MOST_POINTS:
            self._points, self._each = self._points[::2], self._each * 2
        self._seen += 1


def _scaled(point: TrackPoint, across: float, down: float) -> TrackPoint:
    x, y, width, height = point.box
    return replace(
        point, box=(round(x * across), round(y * down), round(width * across), round(height * down))
    )


def _is_scrap(reading: Reading, known: str) -> bool:
    """Whether it is another text that is hardly believed: something of what covers the plate, which tells nothing of it."""
    return reading.confidence < _HARDLY_BELIEVED and text_difference(reading, known) > _AT_REST_DIFFERENCE


def _is_look(reading: Reading, frame: Frame) -> bool:
    """Whether it says anything of the text: what is left of one that is cut off is another text, and what is no plate has none."""
    is_whole = not reading.doubt or not _is_at_edge(reading, frame)
    return bool(reading.text) and reading.doubt in _LOOKS and is_whole


def _is_at_edge(reading: Reading, frame: Frame) -> bool:
    x, y, width, height = reading.box
    columns, rows = frame.size
    return reading.doubt == Fate.CUT_OFF or min(x, y, columns - x - width, rows - y - height) <= _EDGE_PX
