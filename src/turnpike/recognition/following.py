"""Frames of one camera to vehicle passes: which readings are of one vehicle, when it has passed, and whether it is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.capture.services import CaptureError
from turnpike.recognition.tracks import GAP_FRAMES, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from turnpike.capture.services import Frame
    from turnpike.recognition.models import Engine, Reading, VehiclePass

GONE_S = 0.5
"""How long a vehicle may go unseen before its pass is told, where by its motion it has left the picture. Source: ours."""
HIDDEN_S = 2.5
"""The same where by its motion it is still in the picture, so that something hides it; a van does for about a second. Source: ours."""
STANDING_S = 4.0
"""After so long a vehicle that stands is told of, and once: who waits for it must not wait until it leaves. Source: ours."""
LONGEST_UNTOLD_S = 20.0
"""And one that crawls; and one that stands and on whose text its looks do not quite agree, which more of the same will not mend."""
REST_S = 900.0
"""How long one that stands may go unseen, as behind others, and still be the same. Source: ours."""
ALONE_BELIEVED = 0.8
"""Least confidence of a pass that only one frame of several showed."""
BELIEVED = 0.5
"""Least confidence of any pass."""
_LEAST_PRESENCE = 0.3
_SURE = 0.9
_ACROSS_WIDTHS, _DOWN_WIDTHS = 0.6, 0.25
"""From the picture's edge to a plate's centre, where the whole of it is within, with a little room; in plate widths."""
_SMALL_PX = 36
"""A plate that goes away and has become so narrow is not read any more."""


def follow(
    frames: Iterable[Frame | None],
    engine: Engine,
    *,
    unbelieved: Callable[[VehiclePass], None] | None = None,
) -> Iterator[VehiclePass]:
    """One pass for each vehicle: when it is gone, or has stood for a while; what was under way when the frames end comes then.

    None among the frames says that none has come for a while: what was under way is over by then, and comes at once.

    All that the engine found counts, also what it did not believe: where a plate was tells which readings are of one vehicle, and several doubtful looks
    may make one that is sure. Passes that are told together come in the order in which they began; the same frames give the same passes. What
    was seen and is not believed, as one frame alone showed it or its looks do not agree, goes to `unbelieved`.

    Raises:
        CaptureError: from `frames`, after the passes that were under way.
    """
    road = _Road(unbelieved)
    rest = _Rest(frames)
    for frame in rest:
        if frame is None:
            yield from road.end()
        else:
            yield from road.see(frame, engine.examine(frame.image))
    yield from road.end()
    if rest.fault is not None:
        raise rest.fault


class _Rest:
    """Frames up to the end of their source, or to the fault that ended it."""

    def __init__(self, frames: Iterable[Frame | None]) -> None:
        self._frames = frames
        self.fault: CaptureError | None = None

    def __iter__(self) -> Iterator[Frame | None]:
        try:
            yield from self._frames
        except CaptureError as error:
            self.fault = error


class _Road:
    """The vehicles that one camera has before it."""

    def __init__(self, unbelieved: Callable[[VehiclePass], None] | None) -> None:
        self._unbelieved = unbelieved
        self._tracks: list[Track] = []
        self._last: Frame | None = None
        self._at_s = self._step_s = 0.0
        self._begun = self._frames = 0

    def see(self, frame: Frame, readings: Sequence[Reading]) -> Iterator[VehiclePass]:
        """One more frame; gives the passes that are over by it."""
        self._frames += 1
        at_s = self._time_of(frame)
        for track in self._tracks:
            track.resize(frame.size)
        over = [track for track in self._tracks if _end(track, at_s, frame.size)]
        yield from self._tell([track for track in over if not track.is_told])
        self._tracks = [track for track in self._tracks if _is_kept(track, at_s)]
        plates = [one for one in readings if not one.doubt or one.presence >= _LEAST_PRESENCE]
        for reading in self._assign(plates, frame, at_s):
            self._tracks.append(Track.begun(reading, frame, at_s, self._begun))
            self._begun += 1
        for follower in [one for track in self._tracks if (one := track.follower()) is not None]:
            follower.ordinal = self._begun
            self._tracks.append(follower)
            self._begun += 1
        yield from self._tell([track for track in self._tracks if _is_due(track, at_s)])

    def _time_of(self, frame: Frame) -> float:
        """Seconds since the first frame; a clock that was put back stops no vehicle."""
        if self._last is not None:
            step_s = _step_s(self._last, frame)
            self._step_s = step_s if step_s >= 0 else self._step_s
            self._at_s += self._step_s
        self._last = frame
        return self._at_s

    def end(self) -> Iterator[VehiclePass]:
        """The frames have ended, or none comes for now: then whatever is seen again was told of."""
        untold = [track for track in self._tracks if not track.is_told]
        for track in untold:
            track.is_over = True
        yield from self._tell(untold)

    def _assign(self, readings: Sequence[Reading], frame: Frame, at_s: float) -> list[Reading]:
        """Give each reading to the vehicle that it fits best, one each; return those that fit none."""
        costs = sorted(
            (cost, track.ordinal, place)
            for track in self._tracks
            for place, reading in enumerate(readings)
            if (cost := track.cost(reading, at_s)) is not None
        )
        by_ordinal = {track.ordinal: track for track in self._tracks}
        waiting = dict(enumerate(readings))
        for track in self._tracks:
            track.missed += 1
        for _, ordinal, place in costs:
            if place in waiting and ordinal in by_ordinal:
                by_ordinal.pop(ordinal).add(waiting.pop(place), frame, at_s)
        return list(waiting.values())

    def _tell(self, tracks: Iterable[Track]) -> Iterator[VehiclePass]:
        for track in sorted(tracks, key=lambda track: track.ordinal):
            if track.frames_read and self._is_believed(track):
                yield track.vehicle_pass()
                track.told()
                continue
            # What was not believed must not swallow what is seen better a moment later.
            self._tracks.remove(track)
            if track.frames_read and self._unbelieved is not None:
                self._unbelieved(track.vehicle_pass())

    def _is_believed(self, track: Track) -> bool:
        confidence = track.leading.confidence
        alone = track.frames_read == 1 and self._frames > 1
        return confidence >= (ALONE_BELIEVED if alone else BELIEVED)


def _step_s(before: Frame, after: Frame) -> float:
    if before.steady_s is not None and after.steady_s is not None:
        return after.steady_s - before.steady_s
    return (after.captured_at - before.captured_at).total_seconds()


def _end(track: Track, at_s: float, size: tuple[int, int]) -> bool:
    """Give the vehicle up where it is gone: at once where it drove out of the picture, later where something may hide it."""
    unseen_s = at_s - track.last_at_s
    if track.is_over or track.missed < GAP_FRAMES or unseen_s <= GONE_S:
        return False
    ahead = track.motion.predict(track.last_at_s + GONE_S)
    across, down = _ACROSS_WIDTHS * ahead.width, _DOWN_WIDTHS * ahead.width
    is_inside = across <= ahead.x <= size[0] - across and down <= ahead.y <= size[1] - down
    track.was_hidden = is_inside and ahead.width >= min(_SMALL_PX, track.motion.last.width)
    track.is_over = unseen_s > (HIDDEN_S if track.was_hidden else GONE_S)
    return track.is_over


def _is_due(track: Track, at_s: float) -> bool:
    """Whether it has stood, or crawled, for so long that it is told of before it leaves."""
    if track.is_told or track.missed:
        return False
    confidence, still_s = track.leading.confidence, track.motion.still_s
    if still_s >= LONGEST_UNTOLD_S:
        return confidence >= BELIEVED
    is_long = still_s >= STANDING_S or at_s - track.first_at_s >= LONGEST_UNTOLD_S
    return is_long and confidence >= _SURE


def _is_kept(track: Track, at_s: float) -> bool:
    """Whether it may still be seen again as the same vehicle."""
    unseen_s = at_s - track.last_at_s
    if not track.is_told or track.missed < GAP_FRAMES:
        return True
    return unseen_s <= (REST_S if track.is_at_rest else track.same_text_s)
