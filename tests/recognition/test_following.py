"""Readings of successive frames to one pass for each vehicle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.capture.services import Frame, VideoCutShort
from turnpike.recognition.following import GAP_S, edit_distance
from turnpike.recognition.services import Reading, follow

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Script:
    """An engine that says, for each frame, what it was told to; frames are told apart by their pixel."""

    name = "scripted"

    def __init__(self, readings):
        self._readings = readings

    def read(self, image):
        return tuple(self._readings[int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])])

    def read_crop(self, image):
        return None


def seen(text, x=100, y=100, width=100, confidence=0.9):
    return Reading(text, text, confidence, (x, y, width, width // 4), (), "GB")


def passes(script, every_s=0.2):
    frames = [
        Frame(
            np.full((4, 4, 3), [number % 256, number // 256, 0], np.uint8),
            START + timedelta(seconds=number * every_s),
            "road.mp4",
            number * 5,
        )
        for number in range(len(script))
    ]
    return list(follow(frames, Script(script)))


def approaching(text, frames=12, confidence=0.9):
    """A vehicle that comes from far away, moves ever faster down the picture and grows."""
    return [
        [seen(text, x=600 + 2 * n * n, y=200 + 3 * n * n, width=50 + n * n, confidence=confidence)]
        for n in range(frames)
    ]


@pytest.mark.parametrize("every_s", [0.04, 0.2, 0.27, 1.0, 2.0])
def test_a_vehicle_that_moves_and_grows_is_one_pass(every_s):
    (only,) = passes(approaching("AB12CDE"), every_s)
    assert only.text == "AB12CDE"
    assert only.frames_agreeing == only.frames_read == 12
    assert only.first_frame_index == 0
    assert only.first_seen_at == START
    assert abs((only.last_seen_at - START).total_seconds() - 11 * every_s) < 1e-6
    assert only.best_frame.index == 55  # the nearest
    assert only.captured_at == only.best_frame.captured_at
    assert only.box == (842, 563, 171, 42)


def test_misread_frames_join_the_pass_and_are_outvoted():
    script = approaching("AB12CDE")
    for n, text in ((0, "AB12"), (1, "A812CDE"), (5, "AB12CD"), (8, "4812COE"), (11, "B12CDE")):
        x, y, width, _ = script[n][0].box
        script[n] = [seen(text, x, y, width, confidence=0.7)]
    (only,) = passes(script)
    assert only.text == "AB12CDE"
    assert (only.frames_agreeing, only.frames_read) == (7, 12)
    assert "A812CDE" in [candidate.text for candidate in only.candidates]
    assert sum(c.confidence for c in only.candidates) + only.confidence <= 1


def test_a_parked_vehicle_is_one_pass_while_it_stays():
    (only,) = passes([[seen("AB12CDE")] if n % 3 else [] for n in range(600)])
    assert only.frames_read == 400


def test_one_that_comes_back_later_is_another_pass():
    gone: list[list[Reading]] = [[] for _ in range(round(GAP_S / 0.2) + 2)]
    found = passes([*approaching("AB12CDE"), *gone, *approaching("AB12CDE")])
    assert [one.text for one in found] == ["AB12CDE", "AB12CDE"]


def test_a_follower_in_the_same_place_is_another_pass():
    found = passes([*approaching("AB12CDE"), [], [], *approaching("XY34ZFG")])
    assert [one.text for one in found] == ["AB12CDE", "XY34ZFG"]
    assert all(one.frames_read == 12 for one in found)


def test_vehicles_side_by_side_are_two_passes():
    left, right = approaching("AB12CDE"), approaching("XY34ZFG")
    both = [[*one, seen("XY34ZFG", x=50, y=other[0].box[1])] for one, other in zip(left, right, strict=True)]
    found = passes(both)
    assert sorted(one.text for one in found) == ["AB12CDE", "XY34ZFG"]


def test_similar_plates_side_by_side_stay_two():
    script = [[seen("AB12CDE", x=50), seen("AB12CDF", x=700)] for _ in range(8)]
    assert sorted(one.text for one in passes(script)) == ["AB12CDE", "AB12CDF"]


def test_a_single_doubtful_frame_is_not_believed():
    assert passes([[], [seen("AB12CDE", confidence=0.6)], []]) == []
    assert [one.text for one in passes([[], [seen("AB12CDE", confidence=0.9)], []])] == ["AB12CDE"]


def test_a_fault_of_the_source_comes_after_the_passes_under_way():
    def cut_short():
        for number in range(5):
            yield Frame(
                np.full((4, 4, 3), [number, 0, 0], np.uint8), START + timedelta(seconds=number), "", number
            )
        raise VideoCutShort("It is cut short.")

    told = follow(cut_short(), Script(approaching("AB12CDE")))
    assert next(told).frames_read == 5
    with pytest.raises(VideoCutShort):
        next(told)


def test_a_pass_is_told_when_it_ends_not_when_the_frames_do():
    script = [*approaching("AB12CDE"), *([[]] * 20), [seen("XY34ZFG")]]
    frames = (
        Frame(np.full((4, 4, 3), [n, 0, 0], np.uint8), START + timedelta(seconds=n * 0.2), "", n)
        for n in range(len(script))
    )
    told = follow(frames, Script(script))
    assert next(told).text == "AB12CDE"
    assert next(frames).index < 30


@given(
    st.lists(
        st.lists(st.builds(seen, st.text("AB12", min_size=4, max_size=7), st.integers(0, 500)), max_size=3),
        max_size=30,
    )
)
def test_no_reading_is_counted_twice_and_passes_are_deterministic(script):
    found = passes(script)
    assert sum(one.frames_read for one in found) <= sum(map(len, script))
    assert all(1 <= one.frames_agreeing <= one.frames_read for one in found)
    assert all(0 <= one.confidence <= 1 for one in found)
    assert [(one.text, one.first_frame_index) for one in found] == [
        (one.text, one.first_frame_index) for one in passes(script)
    ]


words = st.text("ABC1", max_size=8)


@given(words, words, words)
def test_edit_distance_is_a_distance(one, other, third):
    assert (edit_distance(one, other) == 0) == (one == other)
    assert edit_distance(one, other) == edit_distance(other, one)
    assert edit_distance(one, third) <= edit_distance(one, other) + edit_distance(other, third)
    assert abs(len(one) - len(other)) <= edit_distance(one, other) <= max(len(one), len(other))
