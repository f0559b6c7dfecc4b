"""What a technician is told to do, by what is measured of a plate that was made so."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from turnpike.recognition.advice import advice_for, advice_for_frame, measured_faults
from turnpike.recognition.fates import Fate, FrameFate
from turnpike.recognition.measuring import measure
from turnpike.recognition.models import Region
from turnpike.recognition.stages import Explanation, Place
from turnpike.simulation.services import render_plate

LEFT, TOP = 60, 40


def made(height=30, *, focus=0.0, smear=0, gain=1.0, lift=0.0):
    """A picture with a plate of such a height, out of focus, smeared along its writing, darker or brighter; and its corners."""
    plate = Image.fromarray(render_plate("AB12CDE", height_px=height * 4))
    scene = Image.new("RGB", (1200, 700), (90, 95, 100))
    scene.paste(plate, (LEFT * 4, TOP * 4))
    scene = scene.resize((300, 175), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(focus))
    pixels = np.asarray(scene).astype(float)
    if smear:
        pixels = np.mean([np.roll(pixels, step, axis=1) for step in range(smear)], axis=0)
    image = np.clip(pixels * gain + lift, 0, 255).astype(np.uint8)
    right, bottom = LEFT + plate.width / 4, float(TOP + height)
    return image, ((LEFT, TOP), (right, TOP), (right, bottom), (LEFT, bottom))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({}, None),
        ({"height": 8}, "It is 38 px wide"),
        ({"focus": 3.0}, "blurred all round"),
        ({"smear": 12}, "blurred along its writing alone"),
        ({"gain": 0.15}, "too dark"),
        ({"gain": 0.2, "lift": 240.0}, "overexposed"),
        ({"gain": 0.15, "lift": 90.0}, "hardly stand out"),
    ],
    ids=["well", "small", "out of focus", "moving", "dark", "glaring", "flat"],
)
def test_what_is_wrong_with_a_plate_is_told(how, says):
    told = measured_faults(measure(*made(**how)))
    assert len(told) == (1 if says else 0), told
    assert not says or says in told[0]


def test_angles_are_measured_in_degrees():
    image = np.zeros((100, 200, 3), np.uint8)
    turned = measure(image, ((50, 20), (136.6, 70), (126.6, 87.3), (40, 37.3)))
    assert (round(turned.turned_deg), round(turned.leaning_deg)) == (30, 0)
    leaning = measure(image, ((50, 20), (150, 20), (170, 40), (70, 40)))
    assert (round(leaning.turned_deg), round(leaning.leaning_deg)) == (0, 45)
    assert "off level" in " ".join(measured_faults(turned))
    assert "steep angle" in " ".join(measured_faults(leaning))


def place(fate, **how):
    image, corners = made(**how)
    return Place(Region(corners, 0.9), fate, measure(image, corners))


def test_what_was_read_needs_no_advice():
    assert advice_for(place(Fate.READ, height=8), (300, 175)) == ()


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.READ])
def test_every_other_fate_says_what_to_do(fate):
    told = advice_for(place(fate), (300, 175))
    assert told
    assert all(one.endswith((".", "?")) for one in told)


def test_what_may_be_no_plate_is_advised_upon_only_if_it_is_one():
    told = advice_for(place(Fate.FAINT, height=8), (300, 175))
    assert told[0].startswith("If there is no plate")
    assert told[1].startswith("If it is a plate: It is 38 px wide")


def test_the_edge_that_cuts_a_plate_is_named():
    image, corners = made()
    shifted = tuple((x - LEFT - 4, y) for x, y in corners)
    cut = Place(Region(shifted, 0.9), Fate.CUT_OFF, measure(image, corners))  # type: ignore[arg-type]
    assert "the left edge" in advice_for(cut, (300, 175))[0]


@pytest.mark.parametrize(
    ("tone", "says"), [(5, "dark"), (250, "nearly white"), (120, "If there is a vehicle")]
)
def test_a_frame_without_a_place_says_what_can_be_seen_of_it(tone, says):
    image = np.full((40, 60, 3), tone, np.uint8)
    nothing = Explanation((60, 40), (), (), (), FrameFate.NONE_FOUND)
    assert says in advice_for_frame(nothing, image)[0]
    assert advice_for_frame(Explanation((60, 40), (), (), (), FrameFate.WITH_READ), image) == ()
