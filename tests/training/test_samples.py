"""What the models learn from: samples that are what their labels say, and the same again for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="OpenCV is not installed; training needs it, see training/README.md")

from training.detector_data import SCENE_HEIGHT_PX, SCENE_WIDTH_PX, make_scene, targets_of
from training.drawn_scenes import draw_scenes
from training.exposures import jittered, rectify, rolled
from training.held_out import draw_held_out
from training.pictures import boxes_by_picture, corners_of
from training.reader_data import COUNTRIES, Backdrops, make_samples

from turnpike.recognition import rectifying
from turnpike.recognition.plate_detector import STRIDE_PX
from turnpike.recognition.rectifying import HEIGHT_PX, WIDTH_PX
from turnpike.simulation.lettering import LetterCase
from turnpike.simulation.services import render_plate


@pytest.fixture(scope="module")
def letters():
    return LetterCase.load(None, np.random.default_rng(1), stroke_sets=3)


@pytest.fixture(scope="module")
def backdrops(drawn_pictures):
    return Backdrops(drawn_pictures, drawn=2)


def test_samples_are_the_same_for_the_same_seed(letters, backdrops):
    one, other = (make_samples(24, np.random.default_rng(3), letters, backdrops) for _ in range(2))
    assert (one.crops == other.crops).all()
    assert one.texts == other.texts


def test_samples_say_what_they_are(letters, backdrops):
    samples = make_samples(192, np.random.default_rng(4), letters, backdrops)
    assert samples.crops.shape == (192, HEIGHT_PX, WIDTH_PX)
    empty = [country == COUNTRIES.index("none") for country in samples.countries]
    assert any(empty)
    assert not all(empty)
    for text, is_empty, legible in zip(samples.texts, empty, samples.legible, strict=True):
        assert (text == "") == is_empty
        assert legible or is_empty
        assert len(text) <= 14


def test_a_crop_is_cut_alike_in_training_and_on_the_road():
    plate = render_plate("AB12CDE", height_px=60)
    scene = np.full((200, 480, 3), 90, np.uint8)
    scene[70:130, 100 : 100 + plate.shape[1]] = plate
    right = 100.0 + plate.shape[1]
    whole = ((100.0, 70.0), (right, 70.0), (right, 130.0), (100.0, 130.0))
    quad = np.array(whole, np.float32)
    grey = (scene @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    trained = rectify(grey, quad).astype(float)
    read = rectifying.rectify(scene, whole).astype(float)
    assert np.abs(trained - read).mean() < 6


def test_every_labelled_plate_of_the_training_pictures_is_known(drawn_pictures):
    boxes = boxes_by_picture(drawn_pictures)
    assert [path.name for path in boxes] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert all(len(found) == 1 for found in boxes.values())
    (box,) = boxes[drawn_pictures / "train" / "2.jpg"]
    assert box[:2] == (240.0, 220.0)
    assert corners_of(box)[2] == (240.0 + box[2], 220.0 + box[3])


def test_jitter_keeps_the_plate_in_view():
    rng = np.random.default_rng(6)
    quad = np.array([[100, 50], [300, 60], [300, 100], [100, 90]], np.float32)
    found = np.array([jittered(quad, rng) for _ in range(300)])
    assert np.abs(found.mean(axis=0) - quad).max() < 12
    assert np.isfinite(found).all()


def test_a_rolling_shutter_moves_the_corners_with_the_picture():
    picture = np.zeros((80, 200, 3), np.float32)
    picture[20:60, 60:140] = 255
    quad = np.array([[[60, 20], [140, 20], [140, 60], [60, 60]]], np.float32)
    leaned = 0.0
    for seed in range(20):
        seen, (moved,) = rolled(picture, quad, np.random.default_rng(seed), 40.0)
        for row, corner in ((21, 0), (58, 3)):
            edge = int(np.argmax(seen[row, :, 0] > 128))
            assert abs(edge - moved[corner, 0]) < 1.6
        leaned = max(leaned, abs(float(moved[0, 0] - moved[3, 0])))
    assert leaned > 3


def test_a_drawn_street_knows_the_corners_of_its_plate():
    for picture, quads in draw_scenes(2, np.random.default_rng(2)):
        assert picture.shape[2] == 3
        ((low_x, low_y), (high_x, high_y)) = quads[0].min(axis=0), quads[0].max(axis=0)
        inside = picture[int(low_y) + 2 : int(high_y) - 1, int(low_x) + 2 : int(high_x) - 1]
        assert inside.std() > 15, "there is writing"


def test_targets_point_at_the_plates_corners(letters, backdrops):
    rng = np.random.default_rng(8)
    scenes = [make_scene(rng, letters, backdrops) for _ in range(12)]
    assert any(scene.exact.any() for scene in scenes)
    for scene in scenes:
        targets = targets_of(scene)
        assert targets.plate.shape == (SCENE_HEIGHT_PX // STRIDE_PX, SCENE_WIDTH_PX // STRIDE_PX)
        for y, x in zip(*np.nonzero(targets.plate), strict=True):
            middle = np.array([(x + 0.5) * STRIDE_PX, (y + 0.5) * STRIDE_PX])
            quad = targets.corners[:, y, x].reshape(4, 2) + middle
            assert min(np.abs(quad - one).max() for one in scene.quads) < 0.01


def test_a_held_out_picture_holds_its_plate(letters, backdrops):
    held = draw_held_out(np.random.default_rng((1, 2)), letters, backdrops)
    again = draw_held_out(np.random.default_rng((1, 2)), letters, backdrops)
    assert held.text == again.text
    assert (held.image == again.image).all()
    assert held.width_px > 0.5 * held.height_px
    assert 0 <= held.quad[:, 0].min() < held.quad[:, 0].max() < SCENE_WIDTH_PX + 40
