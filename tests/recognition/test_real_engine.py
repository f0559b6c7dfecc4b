"""The real engine on drawn plates and odd pictures; where its weights are not there, these are left out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.recognition.scenes import GREY, projected

from turnpike.capture.services import load_picture
from turnpike.simulation.services import Ground, PlateStyle, render_plate

YELLOW = PlateStyle(ground=Ground.YELLOW)


def overlap(one, other):
    """Intersection over union of two boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inner = max(0, width) * max(0, height)
    return inner / (one[2] * one[3] + other[2] * other[3] - inner)


def street(*plates, size=(640, 480)):
    """A picture with flat plates (pixels, x, y) in it."""
    scene = Image.new("RGB", size, GREY)
    for plate, x, y in plates:
        scene.paste(Image.fromarray(plate), (x, y))
    return np.asarray(scene)


def test_a_drawn_plate_is_read_in_its_place(engine):
    (found,) = engine.read(street((render_plate("AB12CDE", style=YELLOW, height_px=48), 200, 300)))
    assert (found.text, found.raw_text, found.country) == ("AB12CDE", "AB12 CDE", "GB")
    assert overlap(found.box, (200, 300, 225, 48)) > 0.6
    assert 0.5 <= found.confidence <= 1
    assert found.doubt == ""


def test_a_large_picture_s_small_plate_is_read(engine):
    plates = (
        (render_plate("KX54SVW", height_px=34), 1500, 800),
        (render_plate("AB12CDE", height_px=60), 300, 500),
    )
    found = engine.read(street(*plates, size=(2560, 1440)))
    assert sorted(reading.text for reading in found) == ["AB12CDE", "KX54SVW"]


@pytest.mark.parametrize("text", ["LB07SEO", "A11BCD", "MA06OOO"])
def test_a_crop_is_read(engine, text):
    crop = render_plate(text, height_px=44)
    found = engine.read_crop(crop)
    assert found is not None
    assert found.text == text
    assert found.box == (0, 0, crop.shape[1], crop.shape[0])


def test_a_plate_on_two_lines_is_read_in_order(engine):
    style = PlateStyle(ground=Ground.YELLOW, width_mm=285.0, height_mm=101.0)
    rows = [render_plate(row, style=style, height_px=48) for row in ("AB12", "CDE")]
    (found,) = engine.read(street((np.vstack(rows), 250, 200)))
    assert found.text == "AB12CDE"


@pytest.mark.parametrize(
    "quad",
    [
        ((200, 240), (412, 192), (423, 240), (211, 288)),
        ((210, 180), (420, 236), (407, 284), (197, 228)),
        ((230, 190), (400, 214), (400, 254), (230, 242)),
    ],
    ids=["to the left", "to the right", "from the side"],
)
def test_a_tilted_plate_is_read(engine, quad):
    (found,) = engine.read(projected(render_plate("KX54SVW", height_px=64), quad, (640, 480)))
    assert found.text == "KX54SVW"
    xs, ys = zip(*quad, strict=True)
    box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    assert overlap(found.box, box) > 0.5


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (4, 400), (6, 3000), (300, 8)])
@pytest.mark.parametrize("tone", [0, 128, 255])
def test_odd_pictures_have_no_plates(engine, size, tone):
    image = np.full((*size, 3), tone, np.uint8)
    assert engine.read(image) == ()
    engine.read_crop(image)  # says something or nothing, and never fails


def test_an_empty_street_has_no_plates(engine):
    assert engine.read(street()) == ()


def test_the_engine_says_what_it_is(engine):
    detector, reader = engine.name.split("+")
    assert detector
    assert reader


@pytest.mark.pictures
def test_a_real_picture_is_read(engine, pictures):
    readings = engine.read(load_picture(pictures / "check" / "eu" / "0000.jpg").image)
    assert [reading.text for reading in readings] == ["M5XSX"]
