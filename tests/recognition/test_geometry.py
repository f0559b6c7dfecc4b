"""Where regions lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.recognition.geometry import overlaps


def box(x, y, w, h):
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


@pytest.mark.parametrize(
    ("other", "share"),
    [
        (box(0, 0, 10, 10), 1.0),
        (box(5, 0, 10, 10), 50 / 150),
        (box(2, 2, 5, 5), 25 / 100),
        (box(10, 0, 10, 10), 0.0),
        (box(40, 40, 10, 10), 0.0),
        (((5, 0), (10, 5), (5, 10), (0, 5)), 1.0),
    ],
    ids=["the same", "half", "within", "beside", "far", "askew: its upright box counts"],
)
def test_overlap_is_the_shared_part_of_both(other, share):
    assert overlaps(box(0, 0, 10, 10), [other]) == pytest.approx([share])


def test_each_of_several_has_its_own_and_none_has_none():
    assert overlaps(box(0, 0, 4, 4), [box(0, 0, 4, 4), box(9, 9, 4, 4)]) == pytest.approx([1, 0])
    assert overlaps(box(0, 0, 4, 4), []).shape == (0,)


SIDES = st.floats(0.01, 1e3)
BOXES = st.builds(box, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), SIDES, SIDES)


@given(BOXES, BOXES)
def test_overlap_is_the_same_both_ways_and_a_share(one, other):
    there, back = overlaps(one, [other]), overlaps(other, [one])
    assert np.allclose(there, back)
    assert 0 <= there[0] <= 1
