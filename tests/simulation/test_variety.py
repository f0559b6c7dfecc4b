"""Plates of every country, as training draws them: legible text, whole pictures, the same again by seed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from turnpike.plates.services import layouts_of
from turnpike.simulation.lettering import MASK_HEIGHT_PX, LetterCase, stroke_masks
from turnpike.simulation.nations import NATIONS
from turnpike.simulation.ornaments import top_band
from turnpike.simulation.variety import draw_plate, picture_sheet


@pytest.fixture(scope="module")
def letters():
    return LetterCase.load(None, np.random.default_rng(3), stroke_sets=4)


@pytest.fixture(scope="module")
def plates(letters):
    rng = np.random.default_rng(11)
    return [draw_plate(rng, letters) for _ in range(150)]


def test_each_plate_has_a_text_and_a_whole_picture(plates):
    for plate in plates:
        assert re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", plate.text), plate.text
        assert plate.image.dtype == np.uint8
        height, width, channels = plate.image.shape
        assert channels == 3
        assert height >= MASK_HEIGHT_PX
        assert width > height
        assert plate.lines in {1, 2}


def test_characters_stand_out_from_the_ground(plates):
    for plate in plates:
        grey = plate.image.mean(axis=2)
        assert np.percentile(grey, 97) - np.percentile(grey, 3) > 40, plate.country


def test_many_countries_are_drawn_and_about_two_in_five_are_british(plates):
    countries = [plate.country for plate in plates]
    assert 0.3 < countries.count("GB") / len(countries) < 0.55
    assert len(set(countries)) > 12


def test_the_same_seed_draws_the_same_plate(letters):
    one, other = (draw_plate(np.random.default_rng(5), letters) for _ in range(2))
    assert one.text == other.text
    assert np.array_equal(one.image, other.image)


def test_a_stroke_set_has_every_character_at_full_height():
    masks = stroke_masks(np.random.default_rng(1))
    assert set(masks) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert all(mask.shape[0] == MASK_HEIGHT_PX and mask.max() > 200 for mask in masks.values())


def test_each_nation_s_marks_are_written_in_known_symbols():
    for nation in NATIONS:
        for mark in nation.marks:
            assert re.fullmatch(r"[A-Z0-9 *-]+", mark), (nation.country, mark)
        assert nation.share > 0
        # Those of its own are for what no grammar knows.
        assert bool(nation.marks) is not bool(layouts_of(nation.country))


def test_a_band_along_the_top_leaves_the_mark_alone():
    plate = Image.new("RGB", (300, 110), (236, 238, 238))
    top_band(plate, 30, np.random.default_rng(2))
    seen = np.asarray(plate).astype(int)
    assert (seen[28:] == (236, 238, 238)).all()
    assert np.median(seen[:27, :, 2] - seen[:27, :, 0]) > 60


def test_letters_that_are_confused_are_drawn_more_often(letters):
    rng = np.random.default_rng(8)
    texts = [plate.text for plate in (draw_plate(rng, letters) for _ in range(400)) if plate.country == "DE"]
    drawn = [sign for text in texts for sign in text if sign.isalpha()]
    assert sum(sign in "BCDGHMNOQUVW" for sign in drawn) / len(drawn) > 12 / 26


def test_a_contact_sheet_holds_them_all(plates):
    assert picture_sheet(plates[:7], columns=3).size == (720, 288)
