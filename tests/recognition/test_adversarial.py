"""Pictures made to fool or to tire recognition: what is looked at and read is bounded, and what was left out is counted."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from turnpike.recognition.services import CountingEngine, Fate, FrameFate
from turnpike.simulation.services import render_plate

SIZE = (1280, 720)
LONGEST_S = 6.0
"""An empty street takes some 0.03 s; on a machine that does six other things at once much more."""


def noise():
    return np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)


def wall_of_text():
    wall = Image.new("RGB", SIZE, "white")
    letters = np.random.default_rng(2).choice(list("ABCDEFGHJKLMNPRSTUVWXYZ0123456789"), (44, 106))
    for row, line in enumerate(letters):
        ImageDraw.Draw(wall).text((4, row * 16), "".join(line), fill="black", font_size=16)
    return np.asarray(wall)


def many_rectangles():
    wall = Image.new("RGB", SIZE, (90, 95, 100))
    for at in range(1000):
        x, y = at % 32 * 40 + 2, at // 32 * 22 + 2
        ImageDraw.Draw(wall).rectangle((x, y, x + 34, y + 9), fill="white", outline="black")
    return np.asarray(wall)


def many_plates():
    wall = Image.new("RGB", SIZE, (90, 95, 100))
    plate = Image.fromarray(render_plate("AB12CDE", height_px=18))
    for at in range(12 * 20):
        wall.paste(plate, (at % 12 * 104 + 8, at // 12 * 36 + 8))
    return np.asarray(wall)


def flat(tone):
    return lambda: np.full((SIZE[1], SIZE[0], 3), tone, np.uint8)


@pytest.mark.parametrize(
    "draw",
    [noise, wall_of_text, many_rectangles, many_plates, flat(0), flat(255)],
    ids=["noise", "text", "rectangles", "plates", "black", "white"],
)
def test_no_picture_takes_long_or_is_dropped_unseen(engine, draw):
    image = draw()
    began = time.process_time()
    counting = CountingEngine(engine)
    readings = counting.examine(image)
    assert time.process_time() - began < LONGEST_S
    survey = engine.survey(image)
    assert len(survey.found) <= 24
    assert len(survey.views) <= 1 + 24
    assert counting.counts.frames == 1
    assert counting.counts.places == len(readings) + len(survey.dropped)


def test_of_more_plates_than_are_looked_at_the_others_are_counted(engine):
    counting = CountingEngine(engine)
    assert len(counting.examine(many_plates())) <= 24
    assert counting.counts[Fate.LEFT_OUT] >= 50
    assert "more than are looked at" in counting.counts.summary


@pytest.mark.parametrize("tone", [0, 255])
def test_a_picture_of_one_tone_has_nothing_on_it(engine, tone):
    counting = CountingEngine(engine)
    assert counting.read(flat(tone)()) == ()
    assert counting.counts[FrameFate.NONE_FOUND] == 1
