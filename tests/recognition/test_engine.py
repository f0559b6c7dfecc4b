"""The engine: its rules on a scripted detector and reader, and the real one on drawn plates and pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from turnpike.capture.services import load_picture
from turnpike.recognition.services import Reading, Region, TextEngine, Transcript
from turnpike.simulation.services import Ground, PlateStyle, render_plate


@dataclass
class Page:
    """Detector and reader of a picture whose lines are known: (text, confidence, x, y, width, height)."""

    lines: list[tuple[str, float, int, int, int, int]]

    def detect(self, image):
        return tuple(
            Region(((x, y), (x + w, y), (x + w, y + h), (x, y + h)), 1.0) for _, _, x, y, w, h in self.lines
        )

    def read(self, patch):
        # Each line is painted in a brightness of its own.
        number = round(float(patch.mean()) / 10) - 1
        return Transcript(*self.lines[number][:2]) if 0 <= number < len(self.lines) else None


def read(*lines) -> list[Reading]:
    image = np.zeros((400, 800, 3), np.uint8)
    for number, (_, _, x, y, w, h) in enumerate(lines, start=1):
        image[y : y + h, x : x + w] = number * 10
    page = Page(list(lines))
    return list(TextEngine("scripted", page, page).read(image))


def test_a_plate_is_read_among_other_writing():
    found = read(("RENAULT", 0.99, 100, 50, 120, 20), ("AB12 CDE", 0.9, 100, 200, 120, 26))
    assert [(r.text, r.raw_text, r.box, r.country) for r in found] == [
        ("AB12CDE", "AB12 CDE", (100, 200, 120, 26), "GB")
    ]


def test_pieces_of_one_row_are_one_plate():
    (found,) = read(("AB12", 0.95, 100, 200, 70, 26), ("CDE", 0.9, 182, 202, 55, 25))
    assert (found.text, found.confidence) == ("AB12CDE", 0.9)
    assert found.box == (100, 200, 137, 27)
    assert [r.text for r in read(("47040", 0.9, 150, 200, 80, 26), ("BS", 0.9, 100, 200, 40, 26))] == [
        "BS47040"
    ]


@pytest.mark.parametrize(
    "right",
    [("CDE", 0.9, 300, 200, 55, 26), ("CDE", 0.9, 182, 240, 55, 26), ("CDE", 0.9, 182, 205, 30, 12)],
    ids=["too far", "another row", "smaller"],
)
def test_writing_elsewhere_is_not_joined(right):
    assert "AB12CDE" not in [r.text for r in read(("AB12", 0.95, 100, 200, 70, 26), right)]


def test_two_plates_side_by_side_stay_two():
    found = read(("AB12 CDE", 0.9, 100, 200, 120, 26), ("XY34 ZFG", 0.8, 230, 200, 120, 26))
    assert [r.text for r in found] == ["AB12CDE", "XY34ZFG"]


@pytest.mark.parametrize(
    "line",
    [
        ("AB12 CDE", 0.4, 100, 200, 120, 26),  # hardly legible
        ("AB12 CDE", 0.9, 100, 200, 30, 9),  # too far away
        ("AB12 CDE", 0.9, 100, 200, 300, 20),  # too long
        ("AB12 CDE", 0.9, 100, 100, 50, 100),  # upright
    ],
)
def test_what_no_plate_looks_like_is_left_out(line):
    assert read(line) == []


def test_the_other_text_is_kept_where_look_alikes_were_exchanged():
    (found,) = read(("MAO6 RRV", 0.9, 100, 200, 120, 26))
    assert found.text == "MA06RRV"
    assert [(c.text, c.confidence) for c in found.candidates] == [("MAO6RRV", 0.45)]


def test_the_real_engine_reads_a_drawn_plate_in_its_place(engine):
    scene = Image.new("RGB", (640, 480), (90, 95, 100))
    plate = render_plate("AB12CDE", style=PlateStyle(ground=Ground.YELLOW), height_px=48)
    scene.paste(Image.fromarray(plate), (200, 300))
    (found,) = engine.read(np.asarray(scene))
    assert (found.text, found.country) == ("AB12CDE", "GB")
    x, y, width, height = found.box
    assert 195 <= x < 250
    assert 290 <= y < 320
    assert 150 < width < 240
    assert 25 < height < 60
    assert 0.5 <= found.confidence <= 1


def test_the_real_engine_reads_a_crop(engine):
    crop = render_plate("LB07SEO", height_px=44)
    found = engine.read_crop(crop)
    assert found is not None
    assert found.text == "LB07SEO"
    assert found.box == (0, 0, crop.shape[1], crop.shape[0])


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (4, 400), (6, 3000), (300, 8)])
def test_odd_pictures_have_no_plates(engine, size):
    assert engine.read(np.zeros((*size, 3), np.uint8)) == ()
    assert engine.read_crop(np.zeros((*size, 3), np.uint8)) is None


def test_the_engine_says_what_it_is(engine):
    assert engine.name.startswith("rapidocr-3.")
    assert engine.name.endswith("/PP-OCRv6-small")


@pytest.mark.pictures
def test_the_real_engine_reads_a_real_picture(engine, pictures):
    readings = engine.read(load_picture(pictures / "check" / "eu" / "0000.jpg").image)
    assert [reading.text for reading in readings] == ["M5XSX"]
