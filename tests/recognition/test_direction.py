"""Which way a plate went, over tracks of a camera that looks along, across or down upon a road."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from turnpike.recognition.models import TrackPoint
from turnpike.recognition.services import direction_of

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOCAL_PX = 1400.0
PLATE_M = (0.52, 0.111)


def seen(distances_m, *, height_m=3.0, aside_m=1.6, noise_px=1.5, seed=1, every_s=0.2):
    """Where a plate is seen by a level camera `height_m` above it, so far away at each instant."""
    rng = np.random.default_rng(seed)
    asides = np.broadcast_to(np.asarray(aside_m, float), np.shape(distances_m))
    points = []
    for number, (far, aside) in enumerate(zip(distances_m, asides, strict=True)):
        scale = FOCAL_PX / far
        x, y = 640 + aside * scale, 360 + height_m * scale
        width, height = PLATE_M[0] * scale, PLATE_M[1] * scale
        box = np.array([x - width / 2, y - height / 2, width, height]) + rng.normal(0, noise_px, 4)
        left, top, wide, high = (int(value) for value in box.round())
        points.append(
            TrackPoint(BEGAN + timedelta(seconds=number * every_s), (left, top, max(1, wide), max(1, high)))
        )
    return tuple(points)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("frames", [3, 6, 40, 300])
def test_what_grows_and_sinks_comes_and_the_reverse_goes_whatever_the_noise(frames, seed):
    far = np.linspace(16, 6, frames)
    assert direction_of(seen(far, seed=seed)) == "towards"
    assert direction_of(seen(far[::-1], seed=seed)) == "away"


def test_the_order_is_that_of_time_and_not_of_the_list():
    track = seen(np.linspace(16, 6, 9))
    assert direction_of(track[::-1]) == "towards"


def test_one_frame_or_one_instant_tells_nothing():
    (point,) = seen([8.0])
    assert direction_of(()) == direction_of((point,)) == ""
    assert direction_of((point, TrackPoint(point.captured_at, (0, 0, 400, 90)))) == ""


def test_two_frames_tell_it_only_where_size_and_place_agree():
    near, far = (500, 600, 160, 36), (600, 400, 80, 18)
    two = (TrackPoint(BEGAN, far), TrackPoint(BEGAN + timedelta(seconds=0.2), near))
    higher = (TrackPoint(BEGAN, far), TrackPoint(BEGAN + timedelta(seconds=0.2), (500, 380, 160, 36)))
    assert direction_of(two) == "towards"
    assert direction_of(higher) == ""


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("frames", [3, 8, 200])
def test_a_parked_vehicle_has_no_direction(frames, seed):
    assert direction_of(seen([9.0] * frames, seed=seed, noise_px=2.0)) == ""


@pytest.mark.parametrize("seed", range(10))
def test_stop_and_go_is_one_way_and_going_back_is_none(seed):
    queue = [16, 14, 12, *[11.0] * 60, 10, 9, 8, 7, *[6.5] * 30]
    back = [*np.linspace(16, 8, 20), *np.linspace(8, 15, 20)]
    assert direction_of(seen(queue, seed=seed)) == "towards"
    assert direction_of(seen(queue[::-1], seed=seed)) == "away"
    assert direction_of(seen(back, seed=seed)) == ""
    # Nearer at the end than at the beginning, and yet going as much as coming.
    assert direction_of(seen([*np.linspace(16, 6, 20), *np.linspace(6, 12, 20)], seed=seed)) == ""


def test_a_long_stand_hides_neither_coming_nor_going():
    assert direction_of(seen([16, 15, 14, 13, 12, 11, 10, *[9.0] * 400])) == "towards"


@pytest.mark.parametrize("seed", range(10))
def test_what_crosses_a_camera_that_looks_from_the_side_has_no_direction(seed):
    across = np.linspace(-3, 3, 15)
    assert direction_of(seen([9.0] * 15, aside_m=across, seed=seed)) == ""
    assert direction_of(seen([9.0] * 15, aside_m=across[::-1], seed=seed)) == ""


def test_a_camera_beside_the_road_sees_more_of_sideways_and_still_tells():
    assert direction_of(seen(np.linspace(18, 7, 12), height_m=0.6, aside_m=3.0)) == "towards"


@pytest.mark.parametrize("seed", range(10))
def test_from_a_gantry_looking_steeply_down_the_way_down_the_picture_tells(seed):
    rng = np.random.default_rng(seed)
    tops = np.linspace(80, 620, 10) + rng.normal(0, 2, 10)
    track = tuple(
        TrackPoint(BEGAN + timedelta(seconds=number / 5), (600, round(top), 120 + number % 3, 27))
        for number, top in enumerate(tops)
    )
    backwards = tuple(
        TrackPoint(BEGAN + timedelta(seconds=number / 5), point.box)
        for number, point in enumerate(reversed(track))
    )
    assert direction_of(track) == "towards"
    assert direction_of(backwards) == "away"


def test_one_wrong_box_among_many_changes_nothing():
    track = list(seen(np.linspace(16, 6, 12)))
    track[-1] = TrackPoint(track[-1].captured_at, (3, 3, 40, 9))
    assert direction_of(track) == "towards"
