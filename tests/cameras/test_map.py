"""The plan keeps every camera on the drawing, true to direction and distance."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.cameras.map import HEIGHT_PX, WIDTH_PX, plan
from turnpike.cameras.models import Camera


def camera(latitude: float, longitude: float, name: str = "gate") -> Camera:
    return Camera(camera_id=name, name=name, latitude=latitude, longitude=longitude, heading_degrees=0)


positions = st.tuples(st.floats(-89, 89), st.floats(-179, 179))


@given(st.lists(positions, min_size=1, max_size=20))
def test_every_camera_is_on_the_drawing(places: list[tuple[float, float]]):
    drawn = plan([camera(*place) for place in places])
    assert drawn is not None
    assert [marker.number for marker in drawn.markers] == list(range(1, len(places) + 1))
    assert all(0 <= marker.x <= WIDTH_PX and 0 <= marker.y <= HEIGHT_PX for marker in drawn.markers)
    assert 0 < drawn.bar_px <= 120.1


def test_north_is_up_and_east_is_right():
    drawn = plan([camera(51.50, -0.10), camera(51.51, -0.10), camera(51.50, -0.09)])
    assert drawn is not None
    middle, north, east = drawn.markers
    assert north.y < middle.y
    assert north.x == middle.x
    assert east.x > middle.x
    assert east.y == middle.y
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    assert (east.x - middle.x) / (middle.y - north.y) == pytest.approx(
        math.cos(math.radians(51.505)), rel=0.01
    )


def test_the_scale_bar_says_what_it_measures():
    drawn = plan([camera(0, 0), camera(0.01, 0)])  # 1113 m apart
    assert drawn is not None
    px_a_m = (drawn.markers[0].y - drawn.markers[1].y) / 1113.2
    assert drawn.bar_text == "500 m"
    assert drawn.bar_px == pytest.approx(500 * px_a_m, rel=0.01)


def test_labels_that_would_cover_another_are_left_out():
    drawn = plan(
        [camera(51.5, -0.1, "Long Name One"), camera(51.5, -0.1, "Long Name Two"), camera(51.6, -0.1, "Far")]
    )
    assert drawn is not None
    assert [marker.label for marker in drawn.markers] == ["Long Name One", "", "Far"]


@given(st.lists(st.tuples(st.floats(51.5, 51.5001), st.floats(-0.1, -0.0999)), min_size=2, max_size=8))
def test_cameras_at_one_place_are_drawn_beside_one_another(places: list[tuple[float, float]]):
    drawn = plan([camera(*place) for place in places])
    assert drawn is not None
    for one, other in combinations(drawn.markers, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) >= 29.8


def test_without_cameras_there_is_no_plan():
    assert plan([]) is None
