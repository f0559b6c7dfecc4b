"""The engine's rules, on a detector and a reader that say what they are told to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recognition.scenes import corners_of

from turnpike.recognition.decoding import ALPHABET
from turnpike.recognition.engine import PlateEngine
from turnpike.recognition.geometry import box_of
from turnpike.recognition.networks import Calibration, Network
from turnpike.recognition.plate_reader import PlateReader
from turnpike.recognition.services import BELIEVED, Region

COUNTRIES = ("none", "GB", "SK", "CZ", "??")
BRITISH = {"GB": 0.97, "none": 0.01}


@dataclass
class Line:
    """What stands on one plate: signs as (sign, share) pairs by step; how its crop looks to the reader."""

    text: str
    looks: dict[str, float] = field(default_factory=lambda: BRITISH)
    doubted: dict[str, dict[str, float]] = field(default_factory=dict)
    found: float = 0.9
    box: tuple[int, int, int, int] = (100, 200, 200, 44)

    def scores(self):
        shares = np.full((64, len(ALPHABET) + 1), 1e-9)
        shares[:, 0] = 1
        for step, sign in zip(range(1, 64, 2), self.text, strict=False):
            for name, share in self.doubted.get(sign, {sign: 1.0}).items():
                shares[step, ALPHABET.index(name) + 1] = share
                shares[step, 0] -= share - 1e-9
        return np.log(shares)

    def countries(self):
        rest = (1 - sum(self.looks.values())) / (len(COUNTRIES) - len(self.looks))
        return np.log([self.looks.get(code, rest) for code in COUNTRIES])


@dataclass
class Page:
    """Detector and the reader's session of a picture whose lines are known; each is painted in a brightness of its own."""

    lines: list[Line]
    shown: list[tuple[int, ...]] = field(default_factory=list)

    def picture(self, width=800, height=400):
        image = np.zeros((height, width, 3), np.uint8)
        for number, line in enumerate(self.lines, start=1):
            x, y, w, h = line.box
            image[max(0, y - h) : y + 2 * h, max(0, x - h) : x + w + h] = number * 10
        return image

    def detect(self, image):
        return tuple(
            Region(((x, y), (x + w, y), (x + w, y + h), (x, y + h)), line.found)
            for line in self.lines
            for x, y, w, h in [line.box]
        )

    def run(self, _outputs, feeds):
        crops = feeds["crops"]
        assert crops.dtype == np.float32
        self.shown.append(crops.shape)
        lines = [self.lines[round(float(np.median(crop)) / 10) - 1] for crop in crops]
        return [
            np.array([line.scores() for line in lines], np.float32),
            np.array([line.countries() for line in lines], np.float32),
        ]


def engine_of(page, weights=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0), constant=0.0):
    """An engine whose confidence is the first text's own share, unless other weights are given."""
    reader = PlateReader(Network(page, ("crops",)), COUNTRIES)
    return PlateEngine("scripted", page, reader, Calibration(weights, constant))


def sure(confidence):
    """Weights with which every reading has this confidence."""
    return {"weights": (0.0,) * 6, "constant": math.log(confidence / (1 - confidence))}


def examine(*lines, **calibration):
    page = Page(list(lines))
    return list(engine_of(page, **calibration).examine(page.picture()))


def test_a_plate_is_read_in_its_place():
    page = Page([Line("AB22 CDE")])
    (found,) = engine_of(page).read(page.picture())
    assert (found.text, found.raw_text) == ("AB22CDE", "AB22 CDE")
    assert found.box == (100, 200, 200, 44)
    assert (found.country, found.grammar) == ("GB", "current")
    assert BELIEVED < found.confidence <= 1
    assert found.candidates == ()
    assert found.doubt == ""


def test_all_regions_are_read_in_one_run_and_the_surest_comes_first():
    doubtful = {"?": {"5": 0.55, "6": 0.45}}
    lines = [
        Line("AB22 CD?", doubted={"?": {"F": 0.6, "E": 0.4}}, box=(20, 50, 150, 30)),
        Line("KX44 SVW", box=(300, 60, 150, 30)),
        Line("AB3? FGH", doubted=doubtful, box=(20, 250, 150, 30)),
    ]
    page = Page(lines)
    found = engine_of(page).examine(page.picture())
    assert [one.text for one in found] == ["KX44SVW", "AB22CDF", "AB35FGH"]
    assert [one.box for one in found] == [lines[1].box, lines[0].box, lines[2].box]
    assert page.shown[0] == (3, 1, 56, 192)


@pytest.mark.parametrize(
    ("line", "confidence", "doubt"),
    [
        (Line("AB22 CDE"), 0.51, ""),
        (Line("AB22 CDE"), 0.49, "too unsure"),
        (Line("AB22 CDE", looks={"none": 0.6}), 0.99, "not a plate"),
        (Line("AB22 CDE", looks={"none": 0.4}), 0.99, ""),
        (Line(""), 0.99, "nothing legible"),
        (Line("GARAGE"), 0.7, "no digit"),
        (Line("GARAGE"), 0.8, ""),
        (Line("2A" * 9), 0.99, "not a plate's text"),
    ],
    ids=["sure", "unsure", "looks like none", "may be none", "blank", "a word", "a sure word", "endless"],
)
def test_what_is_not_believed_says_why(line, confidence, doubt):
    page = Page([line])
    engine = engine_of(page, **sure(confidence))
    (found,) = engine.examine(page.picture())
    assert found.doubt == doubt
    assert engine.read(page.picture()) == (() if doubt else (found,))
    assert found.confidence == pytest.approx(confidence if line.text else 0)
    assert found.text == line.text.replace(" ", "")
    assert found.box == line.box


@pytest.mark.parametrize(
    "box",
    [(0, 200, 200, 44), (600, 200, 200, 44), (100, 0, 200, 44), (100, 356, 200, 44), (-30, 200, 200, 44)],
    ids=["left", "right", "top", "bottom", "beyond"],
)
def test_a_plate_that_the_edge_cuts_is_not_believed(box):
    page = Page([Line("AB22 CDE", box=box)])
    engine = engine_of(page)
    (found,) = engine.examine(page.picture())
    assert found.doubt == "cut off by the picture's edge"
    assert engine.read(page.picture()) == ()


def test_a_picture_that_a_plate_fills_is_one_of_that_plate():
    page = Page([Line("AB22 CDE", box=(0, 10, 200, 44))])
    (found,) = engine_of(page).read(page.picture(width=204, height=64))
    assert found.text == "AB22CDE"


def test_a_plate_near_the_edge_is_whole():
    page = Page([Line("AB22 CDE", box=(2, 200, 200, 44)), Line("KX44 SVW", box=(598, 60, 200, 44))])
    assert len(engine_of(page).read(page.picture())) == 2


@pytest.mark.parametrize(
    ("line", "presence"),
    [
        (Line("AB22 CDE", found=0.9), 0.9),
        (Line("AB22 CDE", found=0.9, looks={"none": 0.6}), 0.36),
        (Line("", found=0.5), 0.5),
    ],
    ids=["a plate", "perhaps none", "blank"],
)
def test_presence_is_what_detector_and_reader_say_of_a_plate_whatever_stands_on_it(line, presence):
    (found,) = examine(line, **sure(0.2))
    assert found.presence == pytest.approx(presence, abs=0.02)


def test_the_other_texts_are_kept_with_what_the_first_leaves():
    (found,) = examine(Line("AB22 C?E", doubted={"?": {"U": 0.7, "V": 0.3}}))
    (other,) = found.candidates
    assert (found.text, other.text) == ("AB22CUE", "AB22CVE")
    assert other.confidence == pytest.approx(1 - found.confidence, abs=1e-3)


def test_an_unsure_plate_gives_its_candidates_no_more_than_it_has():
    """What the calibration takes from the first text, another reader's look does not give to the second."""
    (found,) = examine(Line("AB22 C?E", doubted={"?": {"U": 0.7, "V": 0.3}}), **sure(0.2))
    (other,) = found.candidates
    assert other.confidence < found.confidence == pytest.approx(0.2)


# A step in doubt among several letters, as weights.
DOUBTS = st.dictionaries(st.sampled_from("BCEFGHUVWX"), st.integers(1, 20), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(DOUBTS, DOUBTS, st.tuples(*[st.floats(-1, 2)] * 6), st.floats(-4, 4))
def test_a_reading_and_its_candidates_share_one_probability(one, other, weights, constant):
    doubted = {
        name: {sign: weight / sum(found.values()) for sign, weight in found.items()}
        for name, found in (("?", one), ("!", other))
    }
    (found,) = examine(Line("AB22 ?A!", doubted=doubted), weights=weights, constant=constant)
    shares = [found.confidence, *(candidate.confidence for candidate in found.candidates)]
    assert sum(shares) <= 1 + 1e-3  # each is rounded
    assert all(0 <= share <= 1 for share in shares)
    assert shares[1:] == sorted(shares[1:], reverse=True)
    assert max(shares) <= found.confidence + 1e-4
    assert len(found.candidates) <= 4
    assert found.text not in [candidate.text for candidate in found.candidates]


@pytest.mark.parametrize(
    ("line", "country", "grammar"),
    [
        (Line("AB22 CDE"), "GB", "current"),
        (Line("2AB 2345", looks={"CZ": 0.97}), "CZ", "DLL*DDDD"),
        (Line("AB22 CDE", looks={"SK": 0.7, "GB": 0.2}), "GB", "current"),
        (Line("X2Z2X2Z"), "GB", "free text"),
        (Line("X2Z2X2Z", looks={"SK": 0.97}), "SK", "free text"),
        (Line("X2Z2X2Z", looks={"??": 0.97}), None, "free text"),
        (Line("X2Z2X2Z", looks={"GB": 0.4, "SK": 0.4}), None, "free text"),
    ],
)
def test_the_text_tells_the_country_or_else_the_looks_do(line, country, grammar):
    (found,) = examine(line)
    assert (found.country, found.grammar) == (country, grammar)


def test_confidence_rises_with_what_the_detector_and_the_reader_say():
    weights = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)
    sceptical = [
        Line("AB22 CDE", found=0.3),
        Line("AB22 CDE", looks={"none": 0.2, "GB": 0.7}),
        Line("AB22 CDE"),
    ]
    confidences = [examine(line, weights=weights)[0].confidence for line in sceptical]
    assert max(confidences[:2]) < confidences[2]


def test_that_it_may_be_no_plate_changes_nothing_about_what_it_says():
    doubted = {"?": {"B": 0.4, "8": 0.6}}
    looks = {"GB": 0.5, "??": 0.49, "none": 0.001}
    some = {code: share * 0.6 for code, share in looks.items()} | {"none": 0.4}
    one, other = (examine(Line("AB22 C?E", doubted=doubted, looks=found))[0] for found in (looks, some))
    assert one.text == other.text == "AB22CBE"
    assert one.confidence == pytest.approx(other.confidence, rel=2e-3)


def test_a_low_plate_is_told_by_its_height():
    weights = (0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    low, high = (examine(Line("AB22 CDE", box=(100, 200, 150, h)), weights=weights)[0] for h in (10, 40))
    assert low.confidence == pytest.approx(1 / (1 + math.e))
    assert high.confidence == pytest.approx(1 / (1 + 1 / math.e))


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        (((10.0, 20.0), (50.0, 24.0), (49.0, 34.0), (9.0, 30.0)), (9, 20, 41, 14)),
        (((10.4, 20.6), (50.2, 20.6), (50.2, 30.1), (10.4, 30.1)), (10, 20, 41, 11)),
        (((-10.0, -5.0), (30.0, -5.0), (30.0, 12.0), (-10.0, 12.0)), (0, 0, 30, 12)),
        (((80.0, 50.0), (130.0, 50.0), (130.0, 90.0), (80.0, 90.0)), (80, 50, 20, 10)),
        (((200.0, 90.0), (260.0, 90.0), (260.0, 99.0), (200.0, 99.0)), (99, 59, 1, 1)),
    ],
    ids=["tilted", "between pixels", "over the top left", "over the bottom right", "outside"],
)
def test_a_box_is_whole_pixels_of_the_picture(corners, box):
    assert box_of(corners, (100, 60)) == box


@settings(deadline=None)
@given(
    st.tuples(*[st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))] * 4),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_no_box_leaves_the_picture(corners, width, height):
    x, y, w, h = box_of(corners, (width, height))
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height


def test_a_picture_without_plates_has_no_readings_and_is_not_read():
    page = Page([])
    assert engine_of(page).examine(page.picture()) == engine_of(page).read(page.picture()) == ()
    assert page.shown == []


class OnCrop(Page):
    """Finds its second line in the crop, wherever the crop lies in what the detector is shown."""

    def detect(self, image):
        rows, columns = np.nonzero(image[:, :, 0] == 20)
        if not len(rows):
            return ()
        left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        corners = corners_of(((left, top), (right, top), (right, bottom), (left, bottom)))
        return (Region(corners, self.lines[1].found),)


def crop_of(*lines):
    """A crop of the first line, in which the second fills a part in the middle."""
    image = np.full((60, 240, 3), 10, np.uint8)
    if len(lines) > 1:
        image[6:54, 60:216] = 20
    page = OnCrop(list(lines))
    return page, image


def test_a_crop_is_read_as_a_whole_where_nothing_is_found_in_it():
    page, image = crop_of(Line("AB22 CDE"))
    found = engine_of(page).read_crop(image)
    assert found is not None
    assert (found.text, found.box, found.doubt) == ("AB22CDE", (0, 0, 240, 60), "")
    assert page.shown == [(1, 1, 56, 192)]


VAGUE = {"?": {"4": 0.5, "6": 0.5}}


@pytest.mark.parametrize(
    ("whole", "part", "text"),
    [
        (Line("AB?2 CDE", doubted=VAGUE), Line("KX54 SVW"), "KX54SVW"),
        (Line("AB22 CDE"), Line("KX5? SVW", doubted=VAGUE), "AB22CDE"),
        (Line(""), Line("KX5? SVW", doubted=VAGUE), "KX54SVW"),
        (Line("AB22 CDE"), Line(""), "AB22CDE"),
    ],
    ids=["the part is clearer", "the whole is clearer", "the whole is blank", "the part is blank"],
)
def test_of_a_crop_and_what_is_found_in_it_the_better_is_read(whole, part, text):
    page, image = crop_of(whole, part)
    found = engine_of(page).read_crop(image)
    assert found is not None
    assert (found.text, found.box) == (text, (0, 0, 240, 60))
    assert page.shown[0] == (2, 1, 56, 192)


def test_a_crop_is_given_even_where_it_is_not_believed():
    """Whoever gives a crop says that it is a plate; how sure its text is, the confidence tells."""
    page, image = crop_of(Line("GARAGE", looks={"none": 0.9}))
    found = engine_of(page, **sure(0.1)).read_crop(image)
    assert found is not None
    assert (found.text, found.doubt) == ("GARAGE", "")
    assert found.confidence == pytest.approx(0.1)


def test_a_crop_with_nothing_legible_is_none():
    page, image = crop_of(Line(""), Line(""))
    assert engine_of(page).read_crop(image) is None


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (4, 3000), (3000, 4), (3, 8)])
def test_pictures_too_small_to_hold_a_plate_are_not_looked_at(size):
    page = Page([Line("AB22 CDE")])
    image = np.zeros((*size, 3), np.uint8)
    assert engine_of(page).examine(image) == ()
    assert engine_of(page).read_crop(image) is None
    assert page.shown == []


def test_the_reader_takes_no_crops_at_all():
    page = Page([])
    assert PlateReader(Network(page, ("crops",)), COUNTRIES).read(np.zeros((0, 56, 192), np.uint8)) == ()
    assert page.shown == []
