"""A plate between four corners comes back upright, wherever and however it lies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.recognition.scenes import corners_of, projected

from turnpike.recognition.geometry import whole_of
from turnpike.recognition.rectifying import HEIGHT_PX, MARGIN_X, MARGIN_Y, WIDTH_PX, rectify
from turnpike.simulation.services import render_plate

PLATE = render_plate("AB12CDE", height_px=64)
STREET_PX = (640, 480)
LEVEL = ((150.0, 200.0), (450.0, 200.0), (450.0, 264.0), (150.0, 264.0))
QUADS = {
    "level": LEVEL,
    "turned left": ((150.0, 260.0), (440.0, 180.0), (456.0, 240.0), (166.0, 320.0)),
    "turned right": ((160.0, 160.0), (450.0, 250.0), (436.0, 312.0), (146.0, 222.0)),
    "seen from the side": ((200.0, 180.0), (420.0, 215.0), (420.0, 262.0), (200.0, 250.0)),
    "sheared": ((190.0, 200.0), (480.0, 200.0), (450.0, 264.0), (160.0, 264.0)),
    "on its side": ((300.0, 60.0), (300.0, 360.0), (236.0, 360.0), (236.0, 60.0)),
    "upside down": ((450.0, 264.0), (150.0, 264.0), (150.0, 200.0), (450.0, 200.0)),
}


def street(plate, quad):
    """A street with the plate between the corners of `quad`."""
    return projected(plate, quad, STREET_PX)


def upright(plate):
    """The plate as it comes back where nothing has to be straightened: resized, without its margins."""
    size = (round(WIDTH_PX * (1 - 2 * MARGIN_X)), round(HEIGHT_PX * (1 - 2 * MARGIN_Y)))
    grey = Image.fromarray(plate).convert("L")
    return np.asarray(grey.resize(size, Image.Resampling.BOX), np.float64)


def inner(crop):
    """A crop without its margins."""
    left, top = round(WIDTH_PX * MARGIN_X), round(HEIGHT_PX * MARGIN_Y)
    height, width = upright(PLATE).shape
    return crop[top : top + height, left : left + width].astype(np.float64)


def alike(crop, plate=PLATE):
    """How well two pictures of a plate agree: their correlation, 1 where one is the other."""
    return float(np.corrcoef(inner(crop).ravel(), upright(plate).ravel())[0, 1])


@pytest.mark.parametrize("quad", QUADS.values(), ids=QUADS)
def test_a_plate_comes_back_upright_from_its_corners(quad):
    crop = rectify(street(PLATE, quad), quad)
    assert crop.shape == (HEIGHT_PX, WIDTH_PX)
    assert crop.dtype == np.uint8
    assert alike(crop) > 0.93
    assert np.abs(inner(crop) - upright(PLATE)).mean() < 12


def test_corners_in_another_order_are_another_picture():
    """What the other tests would miss if any quad would do."""
    scene = street(PLATE, LEVEL)
    assert alike(rectify(scene, LEVEL)) > 0.95
    assert alike(rectify(scene, LEVEL[2:] + LEVEL[:2])) < 0.5
    assert alike(rectify(scene, corners_of((x + 30, y) for x, y in LEVEL))) < 0.5


def test_the_margins_show_what_is_around_the_plate():
    scene = np.zeros((200, 400, 3), np.uint8)
    scene[80:120, 100:300] = 255
    crop = rectify(scene, ((100.0, 80.0), (300.0, 80.0), (300.0, 120.0), (100.0, 120.0)))
    across, down = MARGIN_X * WIDTH_PX, MARGIN_Y * HEIGHT_PX
    assert crop[:, : int(across) - 1].max() == crop[:, WIDTH_PX - int(across) + 1 :].max() == 0
    assert crop[: int(down) - 1].max() == crop[HEIGHT_PX - int(down) + 1 :].max() == 0
    assert crop[int(down) + 2 : -int(down) - 2, int(across) + 2 : -int(across) - 2].min() == 255


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (12, 200, 99), (255, 255, 255)])
def test_colours_become_the_grey_that_people_see(colour):
    scene = np.full((60, 200, 3), colour, np.uint8)
    crop = rectify(scene, whole_of((200, 60)))
    (expected,) = set(np.asarray(Image.fromarray(scene).convert("L")).ravel().tolist())
    assert np.abs(crop.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("height_px", [40, 90, 130, 400, 900])
def test_plates_of_any_size_come_back_alike(height_px):
    """Thin strokes are not lost between the points that are looked at, however large the picture."""
    plate = render_plate("AB12CDE", height_px=height_px)
    crop = rectify(plate, whole_of((plate.shape[1], plate.shape[0])))
    assert alike(crop, plate) > 0.95
    assert alike(crop) > 0.93


def test_a_plate_of_4000_px_in_a_picture_as_large():
    plate = render_plate("AB12CDE", height_px=860)
    scene = np.full((1200, 4400, 3), 90, np.uint8)
    height, width = plate.shape[:2]
    assert width > 3900
    scene[100 : 100 + height, 200 : 200 + width] = plate
    quad = corners_of((x + 200, y + 100) for x, y in whole_of((width, height)))
    assert alike(rectify(scene, quad), plate) > 0.95


def test_a_fine_pattern_is_averaged_and_not_sampled():
    stripes = np.zeros((400, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = rectify(stripes, whole_of((1600, 400)))
    assert inner(crop).min() > 95
    assert inner(crop).max() < 160


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (3, 700), (700, 3), (6, 2)])
def test_tiny_pictures_have_a_crop(size):
    rng = np.random.default_rng(4)
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    crop = rectify(image, whole_of((size[1], size[0])))
    assert crop.shape == (HEIGHT_PX, WIDTH_PX)
    assert image.min() <= crop.min() <= crop.max() <= image.max()


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.floats(-20, 120), st.floats(-20, 100)),
    st.floats(12, 200),
    st.floats(-math.pi, math.pi),
    st.lists(st.floats(-0.05, 0.05), min_size=8, max_size=8),
)
def test_what_lies_outside_is_drawn_out_from_the_edge(middle, wide, turn, bent):
    """Which is as if the picture had been drawn out by hand first."""
    image = np.random.default_rng(1).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    upright = np.array([(-0.5, -0.15), (0.5, -0.15), (0.5, 0.15), (-0.5, 0.15)]) + np.reshape(bent, (4, 2))
    turned = upright @ [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    quad = turned * wide + middle
    crop = rectify(image, corners_of(quad))
    assert crop.shape == (HEIGHT_PX, WIDTH_PX)
    room = 400
    larger = np.pad(image, ((room, room), (room, room), (0, 0)), mode="edge")
    same = rectify(larger, corners_of(quad + room))
    assert np.abs(crop.astype(int) - same.astype(int)).max() <= 2


@pytest.mark.parametrize("move", [(-60.0, 0.0), (420.0, 0.0), (0.0, -220.0), (0.0, 250.0), (-170.0, -215.0)])
def test_a_plate_partly_outside_keeps_its_visible_part(move):
    quad = corners_of((x + move[0], y + move[1]) for x, y in LEVEL)
    visible = rectify(street(np.full_like(PLATE, 255), quad), quad) > 200
    crop, whole = rectify(street(PLATE, quad), quad), rectify(street(PLATE, LEVEL), LEVEL)
    assert visible.mean() > 0.03
    steps, columns = np.nonzero(visible)
    inside = np.zeros_like(visible)
    # Not what was drawn out from the edge.
    x = quad[0][0] + (columns / WIDTH_PX - MARGIN_X) / (1 - 2 * MARGIN_X) * 300
    y = quad[0][1] + (steps / HEIGHT_PX - MARGIN_Y) / (1 - 2 * MARGIN_Y) * 64
    seen = (x > 2) & (x < STREET_PX[0] - 3) & (y > 2) & (y < STREET_PX[1] - 3)
    inside[steps[seen], columns[seen]] = True
    assert inside.any()
    assert np.abs(crop.astype(float) - whole)[inside].mean() < 3


@pytest.mark.parametrize(
    "quad",
    [
        ((50.0, 40.0),) * 4,
        ((10.0, 40.0), (90.0, 40.0), (90.0, 40.0), (10.0, 40.0)),
        ((10.0, 10.0), (30.0, 30.0), (50.0, 50.0), (70.0, 70.0)),
        ((10.0, 10.0), (90.0, 10.0), (10.0, 70.0), (90.0, 70.0)),
        ((10.0, 10.0), (90.0, 10.0), (10.0, 10.0), (10.0, 70.0)),
        ((50.0, 40.0), (50.0000001, 40.0), (50.0000001, 40.0000001), (50.0, 40.0000001)),
        ((-500.0, -400.0), (-300.0, -400.0), (-300.0, -350.0), (-500.0, -350.0)),
        ((900.0, 400.0), (1000.0, 400.0), (1000.0, 450.0), (900.0, 450.0)),
    ],
    ids=[
        "a point",
        "a level line",
        "a slope",
        "crossed",
        "a corner twice",
        "almost a point",
        "far left",
        "far right",
    ],
)
def test_corners_that_hold_nothing_are_no_error(quad):
    crop = rectify(np.full((80, 100, 3), 77, np.uint8), quad)
    assert crop.shape == (HEIGHT_PX, WIDTH_PX)
    assert crop.dtype == np.uint8
