"""Where a plate was to where it will be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.recognition.motion import Motion, Place, place_of

FOCAL_PX = 1400.0


def seen_at(at_s, *, start_m=25.0, pace_m_s=-10.0, aside_m=1.5, camera_m=4.0, plate_m=0.52):
    """A plate before a camera at that time: the pinhole's truth, which the code does not know."""
    z = start_m + pace_m_s * at_s
    return Place(at_s, 640 + FOCAL_PX * aside_m / z, 100 + FOCAL_PX * camera_m / z, FOCAL_PX * plate_m / z)


def followed(times, **how):
    motion = Motion()
    for at_s in times:
        motion.add(seen_at(at_s, **how))
    return motion


@given(st.floats(10, 40), st.floats(-20, 20), st.floats(-4, 4))
def test_what_drives_straight_on_is_found_where_it_will_be(start_m, pace_m_s, aside_m):
    how = {"start_m": start_m + max(0, -pace_m_s), "pace_m_s": pace_m_s, "aside_m": aside_m}
    motion = followed([0.0, 0.2, 0.4], **how)
    ahead, truth = motion.predict(0.6), seen_at(0.6, **how)
    assert math.hypot(ahead.x - truth.x, ahead.y - truth.y) < 0.35 * truth.width
    assert ahead.width == pytest.approx(truth.width, rel=0.05)
    assert motion.misfit(truth).surprise < 1.0


def test_another_lane_s_vehicle_is_a_surprise():
    motion = followed([0.0, 0.2, 0.4])
    assert motion.misfit(seen_at(0.6, aside_m=-1.8)).surprise > 3
    assert motion.misfit(seen_at(0.6, start_m=40)).surprise > 3


def test_it_waits_longer_where_it_knows_less():
    truth = seen_at(1.2)
    assert followed([0.0]).misfit(truth).surprise < 3.5
    assert followed([0.0, 0.2, 0.4]).misfit(truth).surprise < 3.5


def test_what_stands_trembles_and_still_stands():
    motion = Motion()
    for step in range(20):
        motion.add(place_of((600 + step % 2, 400 - step % 2, 100, 25), step / 5))
    assert motion.still_s == pytest.approx(19 / 5)
    motion.add(place_of((660, 430, 108, 27), 4.0))
    assert motion.still_s == 0


def test_two_places_at_one_instant_are_no_fault():
    motion = Motion()
    for x in (100, 140):
        motion.add(place_of((x, 100, 80, 20), 1.0))
    assert motion.predict(1.0) == Place(1.0, 180, 110, 80)
    assert motion.predict(0.5).width == 80
