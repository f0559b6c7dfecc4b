"""A vehicle's colour: told by day against the plate's own white or yellow, and never by night."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from turnpike.recognition import colour as colours
from turnpike.recognition.colour import colour_of, is_day, plate_light
from turnpike.recognition.networks import load_cards
from turnpike.simulation.services import Colour, Passing, TownVehicle, VehicleKind, make_town, render_scene

BOX = (100, 100, 104, 22)


@pytest.fixture(scope="module")
def town():
    return make_town(8)


@pytest.fixture(scope="module", autouse=True)
def network():
    if load_cards().colour is None:
        pytest.skip("the network that tells colours is not in this checkout")


def pictured(town, paint, *, hour=12, lane=1):
    camera = town.cameras[0]
    scene = render_scene(
        Passing(camera.camera_id, hour * 3600, lane, 30),
        TownVehicle("AB12CDE", paint, VehicleKind.HATCHBACK),
        camera,
        datetime(2026, 6, 21, hour, tzinfo=UTC),
        size=(640, 360),
        rng=np.random.default_rng(4),
    )
    return scene.image, scene.plates[0].box


def frame(colour, plate=(235, 235, 235), signs=(20, 20, 20)):
    """A frame of one colour with lightly coloured corners, and a plate of two."""
    image = np.broadcast_to(np.array(colour, np.uint8), (240, 320, 3)).copy()
    image[:40, :160], image[:40, 160:] = (150, 170, 210), (90, 130, 80)
    x, y, width, height = BOX
    image[y : y + height, x : x + width] = plate
    image[y + 6 : y + 16, x + 10 : x + 94 : 4] = signs
    return image


@pytest.mark.parametrize("paint", [Colour.RED, Colour.WHITE, Colour.BLACK, Colour.BLUE])
def test_by_day_a_drawn_vehicle_has_its_own_colour(town, paint):
    assert colour_of(*pictured(town, paint)) == paint.value


def test_silver_and_grey_are_one_answer(town):
    told = {colour_of(*pictured(town, paint, lane=2)) for paint in (Colour.SILVER, Colour.GREY)}
    assert told <= {"silver or grey", ""}


@pytest.mark.parametrize("paint", [Colour.RED, Colour.WHITE])
def test_by_night_nothing_is_told(town, paint):
    assert colour_of(*pictured(town, paint, hour=1)) == ""


def test_a_dark_a_grey_and_a_tinted_frame_are_no_day():
    image = frame((120, 120, 120))
    assert is_day(image)
    assert not is_day(image // 4)
    infra_red = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert not is_day(infra_red)
    assert not is_day((image * np.array([1.0, 0.6, 0.7])).astype(np.uint8))


def test_infra_red_tells_nothing_whatever_is_in_it(town):
    image, box = pictured(town, Colour.RED)
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert colour_of(grey, box) == ""


def test_white_and_yellow_plates_are_the_reference_and_others_are_none():
    white = plate_light(frame((90, 90, 90), (235, 220, 200)), BOX)
    assert white is not None
    assert white[0] > white[1] > white[2]
    yellow = plate_light(frame((90, 90, 90), (240, 190, 30)), BOX)
    assert yellow is not None
    assert yellow[0] == yellow[1] == yellow[2]
    assert plate_light(frame((90, 90, 90), (30, 60, 200)), BOX) is None
    assert plate_light(frame((90, 90, 90), (20, 20, 20), (230, 230, 230)), BOX) is None


def test_a_small_vehicle_a_burnt_out_one_and_a_plate_without_reference_tell_nothing(town, monkeypatch):
    monkeypatch.setattr(colours, "_probabilities", lambda _: np.eye(len(colours.COLOURS))[4])
    image = frame((120, 120, 120))
    assert colour_of(image, BOX) == "red"
    assert colour_of(image, (100, 100, 30, 7)) == ""
    assert colour_of(frame((255, 255, 255)), BOX) == ""
    assert colour_of(frame((120, 120, 120), (20, 20, 20), (230, 230, 230)), BOX) == ""


def test_an_unsure_answer_is_none(monkeypatch):
    unsure = np.zeros(len(colours.COLOURS))
    unsure[[2, 3]] = 0.55, 0.45
    monkeypatch.setattr(colours, "_probabilities", lambda _: unsure)
    assert colour_of(frame((120, 120, 120)), BOX) == ""


@pytest.mark.parametrize("box", [(0, 0, 60, 14), (280, 230, 60, 14), (-20, -5, 60, 14), (0, 0, 320, 240)])
def test_a_plate_at_or_beyond_the_edge_is_no_error(box):
    assert colour_of(frame((120, 120, 120)), box) in colours.COLOURS
