"""Looks at a plate: one where it is plain, more where a doubt is left, and what they have together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from turnpike.recognition.decoding import Decoded
from turnpike.recognition.looking import SURE, agreed, read_regions
from turnpike.recognition.models import Region
from turnpike.recognition.plate_reader import Script
from turnpike.recognition.rectifying import HEIGHT_PX, WIDTH_PX


def script(*texts, no_plate=0.0, raw="AB12 CDE", country="GB"):
    decoded = tuple(Decoded(text, text, share, -1.0, "GB", "current") for text, share in texts)
    return Script(raw, decoded, no_plate, country)


PLAIN = script(("AB12CDE", 0.999))
DOUBTED = script(("AB12CDE", 0.6), ("A812CDE", 0.4))
NO_PLATE = script(("AB12CDE", 0.5), no_plate=0.9)
BLANK = script()


@dataclass
class Told:
    """A reader that gives the next scripts whatever it is shown, and keeps how much it was shown."""

    scripts: list[Script]
    shown: list[int] = field(default_factory=list)

    def read(self, crops):
        assert crops.shape[1:] == (HEIGHT_PX, WIDTH_PX)
        self.shown.append(len(crops))
        return tuple(self.scripts.pop(0) for _ in crops)


def regions(count):
    return [
        Region(((x, 20), (x + 90, 20), (x + 90, 40), (x, 40)), 0.9) for x in range(10, 10 + 100 * count, 100)
    ]


IMAGE = np.zeros((80, 640, 3), np.uint8)


def test_a_plain_plate_is_read_once():
    reader = Told([PLAIN, PLAIN])
    assert read_regions(reader, IMAGE, regions(2)) == (PLAIN, PLAIN)
    assert sum(reader.shown) == 2


def test_only_what_leaves_a_doubt_is_read_again_all_in_one_run():
    other = script(("A812CDE", 0.9), ("AB12CDE", 0.1), no_plate=0.3, raw="A812 CDE", country=None)
    reader = Told([PLAIN, DOUBTED, NO_PLATE, BLANK, DOUBTED, *[other] * 4])
    found = read_regions(reader, IMAGE, regions(5))
    assert reader.shown == [5, 4]
    assert (found[0], found[2], found[3]) == (PLAIN, NO_PLATE, BLANK)
    for one in (found[1], found[4]):
        assert [(text.text, round(text.probability, 4)) for text in one.texts] == [
            ("A812CDE", 0.7333),
            ("AB12CDE", 0.2667),
        ]
        assert (one.raw, one.country) == ("AB12 CDE", "GB")
        assert one.no_plate == pytest.approx(0.2)


def test_where_nothing_is_to_be_read_nothing_is():
    reader = Told([])
    assert read_regions(reader, IMAGE, []) == ()


def test_a_text_that_only_some_looks_see_counts_for_less():
    found = agreed([script(("A", 0.9)), script(("B", 0.5), ("A", 0.3)), BLANK])
    assert [(one.text, round(one.probability, 4)) for one in found.texts] == [("A", 0.4), ("B", 0.1667)]


def test_sure_is_short_of_certain():
    assert 0.9 < SURE < 1
