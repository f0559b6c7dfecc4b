"""Readings of successive frames to one pass for each vehicle."""

from __future__ import annotations

import random
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.capture.services import Frame, VideoCutShort
from turnpike.recognition.direction import direction_of
from turnpike.recognition.fates import Fate
from turnpike.recognition.following import LONGEST_UNTOLD_S, STANDING_S
from turnpike.recognition.likeness import edit_distance
from turnpike.recognition.services import Candidate, Reading, VehiclePass, follow
from turnpike.recognition.tracks import SAME_TEXT_S

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Script:
    """An engine that says, for each frame, what it was told to; frames are told apart by their pixel."""

    name = "scripted"

    def __init__(self, readings):
        self._readings = readings

    def read(self, image):
        return self.examine(image)

    def examine(self, image):
        return tuple(self._readings[int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])])

    def read_crop(self, image):
        return None


def seen(text, x=100, y=100, width=100, confidence=0.9):
    return Reading(text, text, confidence, (x, y, width, width // 4), (), "GB")


def at(frame, text, confidence):
    """What else may have been read where the only reading of `frame` is."""
    x, y, width, _ = frame[0].box
    return seen(text, x, y, width, confidence)


def _marked(number):
    """A large picture that costs nothing, with its number in the first pixel."""
    image = np.zeros((1080, 1920, 3), np.uint8)
    image[0, 0] = number % 256, number // 256, 0
    return image


def passes(script, every_s=0.2, **how):
    frames = [
        Frame(
            _marked(number),
            START + timedelta(seconds=number * every_s),
            "road.mp4",
            number * 5,
        )
        for number in range(len(script))
    ]
    return list(follow(frames, Script(script), **how))


def approaching(text, frames=12, confidence=0.9):
    """A vehicle that comes from far away, moves ever faster down the picture and grows."""
    return [
        [seen(text, x=600 + 20 * n + 2 * n * n, y=200 + 3 * n * n, width=50 + n * n, confidence=confidence)]
        for n in range(frames)
    ]


@pytest.mark.parametrize("every_s", [0.04, 0.2, 0.27, 1.0, 1.7])
def test_a_vehicle_that_moves_and_grows_is_one_pass(every_s):
    (only,) = passes(approaching("AB12CDE"), every_s)
    assert only.text == "AB12CDE"
    assert only.frames_agreeing == only.frames_read == 12
    assert only.first_frame_index == 0
    assert only.first_seen_at == START
    assert abs((only.last_seen_at - START).total_seconds() - 11 * every_s) < 1e-6
    assert only.best_frame.index == 55  # the nearest
    assert only.captured_at == only.best_frame.captured_at
    assert only.box == (1062, 563, 171, 42)


def test_misread_frames_join_the_pass_and_are_outvoted():
    script = approaching("AB12CDE")
    for n, text in ((0, "AB12"), (1, "A812CDE"), (5, "AB12CD"), (8, "4812COE"), (11, "B12CDE")):
        x, y, width, _ = script[n][0].box
        script[n] = [seen(text, x, y, width, confidence=0.7)]
    (only,) = passes(script)
    assert only.text == "AB12CDE"
    assert (only.frames_agreeing, only.frames_read) == (7, 12)
    assert {candidate.text for candidate in only.candidates} < {
        "AB12",
        "A812CDE",
        "AB12CD",
        "4812COE",
        "B12CDE",
    }
    assert sum(c.confidence for c in only.candidates) + only.confidence <= 1


def test_a_parked_vehicle_is_one_pass_while_it_stays():
    (only,) = passes([[seen("AB12CDE")] if n % 3 else [] for n in range(600)])
    assert (only.last_seen_at - only.first_seen_at).total_seconds() == pytest.approx(STANDING_S, abs=0.3)


def test_one_that_stands_is_told_of_once_however_it_goes_on():
    misread = [seen("XY34ZFG", confidence=0.99)]
    stands = [misread if n % 10 == 7 else [seen("AB12CDE")] for n in range(150)]
    hidden: list[list[Reading]] = [[] for _ in range(300)]
    leaves = [[seen("AB12CDE", x=100 + 12 * n, y=100 + 10 * n, width=100 + 6 * n)] for n in range(20)]
    (only,) = passes([*stands, *hidden, *stands, *leaves])
    assert only.text == "AB12CDE"
    assert only.confidence > 0.9


def test_what_others_hide_for_a_while_is_the_same_pass():
    script = approaching("AB12CDE")
    script[5:11] = [[] for _ in range(6)]  # 1.2 s
    script[11] = [at(script[11], "A812CDE", 0.6)]
    (only,) = passes(script)
    assert (only.text, only.frames_read) == ("AB12CDE", 6)


def test_what_shows_of_a_plate_behind_a_post_is_no_vehicle_of_its_own():
    script = approaching("AB12CDE")
    for n, (shown, left) in {4: ("B12CDE", 0.15), 5: ("CDE", 0.6), 7: ("AB", 0.0)}.items():
        x, y, width, _ = script[n][0].box
        script[n] = [seen(shown, round(x + left * width), y, width * len(shown) // 7, confidence=0.99)]
    (only,) = passes(script)
    assert (only.text, only.frames_agreeing, only.frames_read) == ("AB12CDE", 9, 9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("arrives", [True, False], ids=["arriving", "parked"])
def test_half_hidden_for_minutes_it_stays_one_pass_where_it_is(seed, arrives):
    """What is guessed of the hidden half must not feed on itself."""
    rng = random.Random(seed)

    def box(n):
        away_m = max(1.5, 20 - 1.26 * n) if arrives else 20
        width = round(1200 / away_m)
        return (
            round(640 - width / 2) + rng.randint(-1, 1),
            200 + width + rng.randint(-1, 1),
            width + rng.randint(-1, 1),
            width // 4,
        )

    whole = [box(n) for n in range(14 if arrives else 75)]
    x, y, width, height = whole[-1]
    script = [[Reading("AB12CDE", "AB12CDE", 0.97, one, (), "GB")] for one in whole]
    script += [
        [
            Reading(
                "AB12",
                "AB12",
                0.6,
                (x + rng.randint(-1, 1), y + rng.randint(-1, 1), width // 2 + rng.randint(-1, 1), height),
                (),
                "GB",
            )
        ]
        for _ in range(1_500)
    ]
    (only,) = passes(script)
    assert only.text == "AB12CDE"


def _resized(script, at, across, down):
    """The same road, in a picture of other pixels from a frame on."""
    return [
        [
            replace(
                one, box=tuple(round(side * by) for side, by in zip(one.box, (across, down) * 2, strict=True))
            )
            for one in readings
        ]
        if n >= at
        else readings
        for n, readings in enumerate(script)
    ]


def test_a_change_of_resolution_splits_no_pass_and_moves_no_vehicle():
    parked = [[seen("AB12CDE", x=200, y=300)] for _ in range(120)]
    crossing = [[seen("KN68WXY", x=100 + 40 * n, y=200)] for n in range(14)]
    approaches = approaching("LT22GHJ")
    for script, way in ((parked, ""), (crossing, ""), (approaches, "towards")):
        half = len(script) // 2
        frames = [
            Frame(
                _marked(n) if n < half else _marked(n)[:720, :1280],
                START + timedelta(seconds=n / 5),
                "rtsp://",
                n,
            )
            for n in range(len(script))
        ]
        (only,) = follow(frames, Script(_resized(script, half, 2 / 3, 2 / 3)))
        assert direction_of(only.track) == way
        size = only.best_frame.image.shape
        assert all(
            x + width <= size[1] and y + height <= size[0]
            for x, y, width, height in (p.box for p in only.track)
        )


def test_what_is_under_way_is_told_when_the_frames_pause():
    script = [*approaching("AB12CDE", 8), *([[]] * 4), *approaching("KN68WXY", 8)]
    given = iter(script)
    frames = [Frame(_marked(n), START + timedelta(seconds=n / 5), "rtsp://", n) for n, _ in enumerate(given)]
    taken = []

    def live():
        yield from frames[:8]
        yield None
        taken.append(list(told))
        yield from frames[8:]

    told = []
    for seen_pass in follow(live(), Script(script)):
        told.append(seen_pass.text)  # noqa: PERF401 - it is looked at meanwhile
    assert taken == [["AB12CDE"]]
    assert told == ["AB12CDE", "KN68WXY"]


def test_one_whose_looks_never_quite_agree_is_told_of_all_the_same():
    doubtful = [
        replace(seen(text, confidence=0.7), candidates=(Candidate(other, 0.25),))
        for text, other in (("AB12CDE", "A812CDE"), ("A812CDE", "AB12CDE"))
    ]
    script = [[doubtful[n % 2]] for n in range(400)]
    (only,) = passes(script)
    assert (only.last_seen_at - only.first_seen_at).total_seconds() == pytest.approx(
        LONGEST_UNTOLD_S, abs=0.3
    )


def test_a_first_look_that_saw_a_sign_too_many_is_put_right():
    script = approaching("AB12CD")
    script[0] = [at(script[0], "AB12CDE", 0.97)]
    (only,) = passes(script)
    assert (only.text, only.frames_agreeing) == ("AB12CD", 11)


def test_what_is_not_believed_does_not_swallow_what_is_seen_better_later():
    told: list[VehiclePass] = []
    far = [
        [seen("AB", x=600, y=200, width=30, confidence=0.3)],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
    ]
    found = passes([*far, *approaching("AB12CDE")], unbelieved=told.append)
    assert [one.text for one in found] == ["AB12CDE"]
    assert [(one.text, one.frames_read) for one in told] == [("AB", 1)]


def test_several_doubtful_looks_make_one_that_is_believed():
    script = [[replace(one[0], confidence=0.45, doubt=Fate.UNSURE)] for one in approaching("AB12CDE")]
    (only,) = passes(script)
    assert (only.text, only.frames_agreeing) == ("AB12CDE", 12)
    assert only.confidence > 0.5


def test_a_part_that_is_cut_off_is_no_look():
    script = approaching("AB12CDE")
    script[-3:] = [[replace(at(one, "AB12", 0.99), doubt=Fate.CUT_OFF)] for one in script[-3:]]
    (only,) = passes(script)
    assert (only.text, only.frames_read, len(only.track)) == ("AB12CDE", 9, 12)


def test_the_best_picture_is_of_its_own_text():
    script = approaching("AB12CDE")
    x, y, width, _ = script[11][0].box
    script[11] = [seen("A812CDE", x, y, width, confidence=0.9)]  # the nearest is misread
    (only,) = passes(script)
    assert only.text == "AB12CDE"
    assert only.best_frame.index == 50
    assert only.box == script[10][0].box


def test_one_that_drove_out_of_the_picture_is_told_of_at_once():
    arrives = [[seen("AB12CDE", x=40 + 6 * n, y=20 + 30 * n, width=60 + 12 * n)] for n in range(8)]
    script = [*arrives, *([[]] * 40)]
    given_out = 0

    def frames():
        nonlocal given_out
        for number in range(len(script)):
            given_out = number
            image = np.zeros((300, 600, 3), np.uint8)
            image[0, 0, 0] = number
            yield Frame(image, START + timedelta(seconds=number * 0.2), "", number)

    assert next(follow(frames(), Script(script))).text == "AB12CDE"
    assert given_out <= len(arrives) + 3


def test_a_clock_that_is_put_back_splits_no_pass_and_ends_those_that_are_over():
    script = [*approaching("AB12CDE"), *([[]] * 20), [seen("XY34ZFG")]]
    jumped = START - timedelta(hours=1)
    frames = [
        Frame(_marked(n), (START if n < 6 else jumped) + timedelta(seconds=n * 0.2), "", n)
        for n in range(len(script))
    ]
    (first, second) = follow(frames, Script(script))
    assert (first.text, first.frames_read, second.text) == ("AB12CDE", 12, "XY34ZFG")


def test_pictures_are_let_go_once_a_pass_is_told():
    held: list[weakref.ref[np.ndarray]] = []
    still_there: list[int] = []

    def frames():
        for number in range(100):
            still_there.append(sum(image() is not None for image in held[:-2]))
            image = _marked(number)
            held.append(weakref.ref(image))
            yield Frame(image, START + timedelta(seconds=number * 0.2), "", number)

    for one in follow(frames(), Script([[seen("AB12CDE")] for _ in range(100)])):
        assert one.text == "AB12CDE"
        del one
    assert max(still_there) <= 3
    assert still_there[-1] == 0


def test_where_it_was_is_kept_in_a_bounded_number_of_points():
    script = [[seen("AB12CDE", x=2 * n, y=100 + n, width=100 + n // 4)] for n in range(90)]
    (only,) = passes(script)
    assert 32 <= len(only.track) <= 64
    assert [point.captured_at for point in only.track] == sorted(point.captured_at for point in only.track)
    assert only.track[0].box == script[0][0].box


def test_what_is_hidden_in_a_queue_goes_on_and_does_not_drive_back():
    arrives = [[seen("AB12CDE", x=300 + 20 * n, y=200 + 20 * n, width=80 + 4 * n)] for n in range(6)]
    hidden: list[list[Reading]] = [[] for _ in range(60)]
    goes_on = [[seen("AB12CDE", x=430 + 20 * n, y=330 + 20 * n, width=108 + 4 * n)] for n in range(6)]
    assert len(passes([*arrives, *hidden, *goes_on])) == 1
    assert len(passes([*arrives, *hidden, *arrives])) == 2


def test_one_that_comes_back_later_is_another_pass():
    gone: list[list[Reading]] = [[] for _ in range(round(SAME_TEXT_S / 0.2) + 2)]
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
