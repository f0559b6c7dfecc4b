"""Frames of one camera to vehicle passes: which readings are of one vehicle, and what they agree on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from turnpike.capture.services import CaptureError
from turnpike.recognition.models import Candidate, VehiclePass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from turnpike.capture.services import Frame
    from turnpike.recognition.models import Box, Engine, Reading

GAP_S = 1.5
"""How long a vehicle may go unread within one pass. Source: ours; a van hides a car for about a second."""
GAP_FRAMES = 3
"""How many frames in a row it may go unread, where frames come further apart than the gap allows."""
ALONE_BELIEVED = 0.8
"""Least confidence of a pass that only one frame of several showed."""

_SAME_TEXT_EDITS = 2
_SAME_TEXT_SHARE = 0.4
_REACH_WIDTHS = 3.0  # of the plate, that a vehicle moves between two frames, at least
_REACH_WIDTHS_PER_S = 8.0
# A car is more than three plates wide and takes most of a second to drive its own length, so that whatever
# stands within a plate's width of a plate so soon is the same plate.
_SAME_PLACE_WIDTHS = 1.0
_SAME_PLACE_S = 0.7
_MOST_TEXTS = 8
_MOST_CANDIDATES = 4


@dataclass(slots=True)
class _Vote:
    """What speaks for one text: how often, with how much confidence, and its best view."""

    frames: int
    weight: float
    reading: Reading
    frame: Frame

    @property
    def quality(self) -> float:
        return self.reading.confidence * math.sqrt(self.reading.box[2])


@dataclass(slots=True)
class _Track:
    """A vehicle being followed."""

    first: Frame
    ordinal: int
    votes: dict[str, _Vote] = field(default_factory=dict)
    frames_read: int = 0
    last_at: datetime = field(init=False)
    last_text: str = field(init=False, default="")
    last_box: Box = field(init=False, default=(0, 0, 0, 0))
    missed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.last_at = self.first.captured_at

    @property
    def leading(self) -> _Vote:
        return max(self.votes.values(), key=lambda vote: (vote.weight, vote.reading.text))

    def add(self, reading: Reading, frame: Frame) -> None:
        self.frames_read += 1
        self.missed = 0
        self.last_at, self.last_text, self.last_box = frame.captured_at, reading.text, reading.box
        vote = self.votes.get(reading.text)
        if vote is None:
            if len(self.votes) >= _MOST_TEXTS:  # one that stands for hours must not fill the memory
                del self.votes[min(self.votes, key=lambda text: (self.votes[text].weight, text))]
            self.votes[reading.text] = _Vote(1, reading.confidence, reading, frame)
            return
        vote.frames += 1
        vote.weight += reading.confidence
        newer = _Vote(1, 0.0, reading, frame)
        if newer.quality > vote.quality:
            vote.reading, vote.frame = reading, frame

    def nearness(self, reading: Reading, frame: Frame) -> float | None:
        """How well a reading fits this vehicle, lower is better; None where it is of another."""
        elapsed_s = max(0.0, (frame.captured_at - self.last_at).total_seconds())
        edits = min(edit_distance(reading.text, text) for text in {self.leading.reading.text, self.last_text})
        moved = _distance(self.last_box, reading.box) / max(1, self.last_box[2], reading.box[2])
        if edits == 0:
            return moved / 100
        likeness = max(len(reading.text), len(self.last_text)) * _SAME_TEXT_SHARE
        if (
            edits <= min(_SAME_TEXT_EDITS, likeness)
            and moved <= _REACH_WIDTHS + _REACH_WIDTHS_PER_S * elapsed_s
        ):
            return edits + moved / 100
        if elapsed_s <= _SAME_PLACE_S and moved <= _SAME_PLACE_WIDTHS:
            return edits + moved / 100
        return None


def follow(frames: Iterable[Frame], engine: Engine) -> Iterator[VehiclePass]:
    """One pass for each vehicle, when it has gone unread for a while or the frames end.

    Readings of successive frames are of one vehicle where their texts agree or nearly do and it could have
    moved that far, or where they stand in the same place. The text is voted for, each reading weighing its
    confidence. Passes that end together come in the order in which they began; the same frames give the
    same passes.

    Raises:
        CaptureError: from `frames`, after the passes that were under way.
    """
    tracks: list[_Track] = []
    begun = seen_frames = 0
    rest = _Rest(frames)
    for frame in rest:
        seen_frames += 1
        readings = engine.read(frame.image)
        ended, tracks = _part(tracks, frame)
        yield from _believed(ended, seen_frames)
        for reading in _match(tracks, readings, frame):
            track = _Track(frame, begun)
            begun += 1
            track.add(reading, frame)
            tracks.append(track)
    yield from _believed(tracks, seen_frames)
    if rest.fault is not None:
        raise rest.fault


class _Rest:
    """Frames up to the end of their source, or to the fault that ended it."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = frames
        self.fault: CaptureError | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._frames
        except CaptureError as error:
            self.fault = error


def edit_distance(one: str, other: str) -> int:
    """Least number of characters put in, left out or exchanged to get from one text to the other.

    Source: V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
    """
    row = list(range(len(other) + 1))
    for above, character in enumerate(one, 1):
        before, row[0] = row[0], above
        for at, against in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (character != against))
    return row[-1]


def _match(tracks: list[_Track], readings: tuple[Reading, ...], frame: Frame) -> list[Reading]:
    """Give each reading to the vehicle that it fits best, one each; return those that fit none."""
    fits = sorted(
        (
            (fit, track.ordinal, place)
            for track in tracks
            for place, reading in enumerate(readings)
            if (fit := track.nearness(reading, frame)) is not None
        ),
    )
    by_ordinal = {track.ordinal: track for track in tracks}
    waiting = dict(enumerate(readings))
    for track in tracks:
        track.missed += 1
    for _, ordinal, place in fits:
        if place in waiting and ordinal in by_ordinal:
            by_ordinal.pop(ordinal).add(waiting.pop(place), frame)
    return list(waiting.values())


def _part(tracks: list[_Track], frame: Frame) -> tuple[list[_Track], list[_Track]]:
    """The vehicles that are gone by the time of `frame`, and those that may still be read."""
    ended: list[_Track] = []
    open_: list[_Track] = []
    for track in tracks:
        unread_s = (frame.captured_at - track.last_at).total_seconds()
        (ended if unread_s > GAP_S and track.missed >= GAP_FRAMES else open_).append(track)
    return ended, open_


def _believed(tracks: Iterable[_Track], seen_frames: int) -> Iterator[VehiclePass]:
    for track in sorted(tracks, key=lambda track: track.ordinal):
        confident = track.leading.reading.confidence >= ALONE_BELIEVED
        if track.frames_read > 1 or confident or seen_frames == 1:
            yield _pass(track)


def _pass(track: _Track) -> VehiclePass:
    winner = track.leading
    total = sum(vote.weight for vote in track.votes.values())
    others = sorted(
        (vote for vote in track.votes.values() if vote is not winner),
        key=lambda vote: (-vote.weight, vote.reading.text),
    )
    return VehiclePass(
        text=winner.reading.text,
        raw_text=winner.reading.raw_text,
        confidence=winner.reading.confidence * winner.weight / total,
        candidates=tuple(
            Candidate(vote.reading.text, vote.reading.confidence * vote.weight / total)
            for vote in others[:_MOST_CANDIDATES]
        ),
        country=winner.reading.country,
        frames_agreeing=winner.frames,
        frames_read=track.frames_read,
        best_frame=winner.frame,
        box=winner.reading.box,
        captured_at=winner.frame.captured_at,
        first_seen_at=track.first.captured_at,
        last_seen_at=track.last_at,
        first_frame_index=track.first.index,
    )


def _distance(one: Box, other: Box) -> float:
    return math.dist(
        (one[0] + one[2] / 2, one[1] + one[3] / 2),
        (other[0] + other[2] / 2, other[1] + other[3] / 2),
    )
