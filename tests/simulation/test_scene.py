from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.simulation.light import light_of, sun_elevation_degrees
from turnpike.simulation.perspective import CameraView, homography, warp
from turnpike.simulation.services import Colour, Passing, TownVehicle, VehicleKind, View, render_scene

NOON = datetime(2026, 5, 19, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 5, 19, 23, 30, tzinfo=UTC)


def scene(town, *, lane=1, when=NOON, seed=1, vehicle=None):
    camera = town.cameras[seed % len(town.cameras)]
    car = vehicle or TownVehicle("AK73WMR", Colour.BLUE, VehicleKind.HATCHBACK)
    passing = Passing(camera.camera_id, 43_200, lane, 25)
    return render_scene(passing, car, camera, when, rng=np.random.default_rng(seed))


def test_the_same_seed_is_the_same_picture(town):
    first, second, other = scene(town), scene(town), scene(town, seed=9)
    assert first.image.dtype == np.uint8
    assert first.image.shape == (720, 1280, 3)
    assert first.image.tobytes() == second.image.tobytes()
    assert first.plates == second.plates
    assert other.image.tobytes() != first.image.tobytes()


@pytest.mark.parametrize("kind", list(VehicleKind))
@pytest.mark.parametrize("lane", [1, 2])
@pytest.mark.parametrize("when", [NOON, NIGHT])
def test_the_box_holds_the_plate(town, kind, lane, when):
    car = TownVehicle("AK73WMR", Colour.BLACK, kind)
    rendered = scene(town, lane=lane, when=when, vehicle=car, seed=2)
    (plate,) = rendered.plates
    x, y, width, height = plate.box
    assert plate.text == car.plate
    assert 110 <= width <= 220
    assert 0 < x < 1280 - width
    assert 0 < y < 720 - height
    for corner in plate.quad:
        assert x <= corner[0] <= x + width
        assert y <= corner[1] <= y + height
    inside = rendered.image[y : y + height, x : x + width].astype(int)
    bright = inside[..., 0] > 95
    assert 0.35 < bright.mean() < 0.9
    ground = np.median(inside[bright], axis=0)
    # Yellow behind, white in front; and round about the plate it is dark.
    assert (ground[0] - ground[2] > 60) == (lane == 2)
    below = rendered.image[y + height + 3, x : x + width].mean()
    assert below < inside.mean() - 30


def test_lanes_show_ends():
    assert Passing("a", 0, 1, 20).view is View.FRONT
    assert Passing("a", 0, 2, 20).view is View.REAR


def test_nights_are_darker(town):
    assert scene(town, when=NIGHT).image.mean() < 0.45 * scene(town).image.mean()


@pytest.mark.parametrize(
    ("when", "latitude", "expected"),
    [
        # At an equinox noon the sun stands at the complement of the latitude; at a solstice 23.4 degrees off it.
        (datetime(2026, 3, 20, 12, 7, tzinfo=UTC), 52.5, 37.5),
        (datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 52.5, 60.9),
        (datetime(2026, 12, 21, 11, 58, tzinfo=UTC), 52.5, 14.1),
        (datetime(2026, 6, 21, 0, 2, tzinfo=UTC), 52.5, -14.1),
    ],
)
def test_the_sun_stands_where_it_should(when, latitude, expected):
    assert sun_elevation_degrees(when, latitude, 0.0) == pytest.approx(expected, abs=1.0)


def test_lamps_are_lit_by_night_only():
    assert light_of(-10).lamps == 1
    assert light_of(20).lamps == 0
    assert sum(light_of(20).ambient) > sum(light_of(0).ambient) > sum(light_of(-12).ambient)


corner = st.floats(-20, 20)


@given(st.tuples(*[corner] * 8))
@settings(max_examples=80, deadline=None)
def test_a_homography_takes_corners_to_corners(shifts):
    source = np.array([[0, 0], [200, 0], [200, 100], [0, 100]], dtype=float)
    target = source * 1.5 + np.array(shifts).reshape(4, 2)
    matrix = homography(source, target)
    mapped = np.c_[source, np.ones(4)] @ matrix.T
    assert np.allclose(mapped[:, :2] / mapped[:, 2:], target, atol=1e-6)


def test_a_warp_onto_itself_changes_nothing():
    picture = np.random.default_rng(1).random((20, 30, 3)).astype(np.float32)
    quad = np.array([[5, 7], [35, 7], [35, 27], [5, 27]], dtype=float)
    laid = warp(picture, quad, (5, 7, 30, 20))
    assert np.allclose(laid, picture, atol=1e-4)
    assert not warp(picture, quad, (60, 60, 5, 5)).any()


def test_what_is_projected_lies_on_the_ray_through_its_pixel():
    view = CameraView((1280, 720), 1800.0, 1.9, 0.11, 0.3)
    point = np.array([1.4, 0.0, 9.0])
    column, row = view.project(point)
    across, up, ahead = (part.ravel() for part in view.rays())
    reach = -view.height_m / np.interp(row - 0.5, np.arange(720), up)
    assert np.interp(row - 0.5, np.arange(720), ahead) * reach == pytest.approx(9.0, abs=0.05)
    assert np.interp(column - 0.5, np.arange(1280), across) * reach + 0.3 == pytest.approx(1.4, abs=0.01)
