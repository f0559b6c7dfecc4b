"""No silent drop: every frame and every place on it has exactly one fate, and the counts add up."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.recognition.geometry import whole_of
from turnpike.recognition.models import Dropped, Inspection
from turnpike.recognition.networks import Network
from turnpike.recognition.plate_detector import FOUND, HINT, STRIDE_PX, PlateDetector
from turnpike.recognition.services import CountingEngine, Fate, FateCounts, FrameFate, Reading, Region

IMAGE = np.zeros((8, 8, 3), np.uint8)
SOMEWHERE = Region(whole_of((8, 8)), 0.2)
DROPPED = (Fate.FAINT, Fate.NONE_CLOSER, Fate.DUPLICATE, Fate.LEFT_OUT, Fate.TOO_SMALL)
DOUBTS = tuple(fate for fate in Fate if fate is not Fate.READ and fate not in DROPPED[:-1])


def reading(doubt=""):
    return Reading("AB12CDE", "AB12 CDE", 0.9, (0, 0, 8, 8), doubt=doubt)


class Told:
    """An engine that has been told what it finds on each picture; an exception is raised."""

    name = "told"

    def __init__(self, *inspections):
        self._left = list(inspections)

    def inspect(self, image):
        said = self._left.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    def examine(self, image):
        return self.inspect(image).readings

    def read(self, image):
        raise AssertionError("what is read is counted from what is examined")

    def read_crop(self, image):
        return next(iter(self.examine(image)), None)


class Silent(Told):
    """One that does not tell what it dropped."""

    inspect = None  # type: ignore[assignment]

    def examine(self, image):
        return self._left.pop(0)


INSPECTIONS = st.builds(
    Inspection,
    st.lists(st.sampled_from(["", *DOUBTS]).map(reading), max_size=4).map(tuple),
    st.lists(st.sampled_from(DROPPED).map(lambda fate: Dropped(SOMEWHERE, fate)), max_size=4).map(tuple),
)


@settings(max_examples=60)
@given(st.lists(st.one_of(INSPECTIONS, st.just(RuntimeError("fell over"))), max_size=8), st.booleans())
def test_every_frame_and_every_place_has_exactly_one_fate(said, only_read):
    engine = CountingEngine(Told(*said))
    given_out = 0
    for one in said:
        try:
            given_out += len((engine.read if only_read else engine.examine)(IMAGE))
        except RuntimeError:
            assert isinstance(one, RuntimeError)
    whole = [one for one in said if isinstance(one, Inspection)]
    assert engine.counts.frames == len(said)
    assert engine.counts.places == sum(len(one.readings) + len(one.dropped) for one in whole)
    assert engine.counts[FrameFate.FAILED] == len(said) - len(whole)
    believed = sum(not found.doubt for one in whole for found in one.readings)
    assert engine.counts[Fate.READ] == believed
    assert given_out == (believed if only_read else sum(len(one.readings) for one in whole))
    assert engine.counts[FrameFate.NONE_FOUND] == sum(not one.readings for one in whole)
    assert sum(engine.counts.values()) == engine.counts.frames + engine.counts.places


def test_the_counts_are_told_in_one_sentence_without_a_plate():
    cut, faint = reading(Fate.CUT_OFF), Dropped(SOMEWHERE, Fate.FAINT)
    engine = CountingEngine(
        Told(
            Inspection((reading(), cut)),
            Inspection(()),
            Inspection((), (faint,)),
            Inspection((cut,)),
            KeyError("fell over"),
        )
    )
    assert engine.counts.summary == "No frame was looked at."
    for _ in range(4):
        engine.examine(IMAGE)
    with pytest.raises(KeyError):
        engine.examine(IMAGE)
    assert engine.counts.summary == (
        "5 frames: 1 with a plate read, 2 without any plate, 1 with something that was not believed, 1 on which recognition failed."
        " Places that were not read: 2 cut off by the picture's edge, 1 hardly a plate."
    )


def test_what_was_told_before_does_not_change():
    engine = CountingEngine(Told(Inspection((reading(),)), Inspection(())))
    engine.read(IMAGE)
    before = engine.counts
    engine.read(IMAGE)
    assert (before.frames, engine.counts.frames) == (1, 2)
    assert set(FateCounts()) == {*Fate, *FrameFate}
    assert not any(FateCounts().values())


def test_crops_are_counted_too():
    engine = CountingEngine(Told(Inspection((reading(),)), Inspection(())))
    assert engine.read_crop(IMAGE) is not None
    assert engine.read_crop(IMAGE) is None
    assert engine.counts[FrameFate.WITH_READ] == engine.counts[Fate.READ] == 1
    assert engine.counts[FrameFate.NONE_BELIEVED] == engine.counts[Fate.NOTHING_LEGIBLE] == 1


def test_an_engine_that_tells_no_drops_is_counted_by_its_readings():
    engine = CountingEngine(Silent((reading(), reading(Fate.UNSURE)), ()))
    assert [len(engine.read(IMAGE)), len(engine.read(IMAGE))] == [1, 0]
    assert (engine.counts.frames, engine.counts.places) == (2, 2)


def test_several_threads_lose_no_count():
    engine = CountingEngine(Told(*[Inspection((reading(),))] * 400))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(engine.examine, [IMAGE] * 400))
    assert (engine.counts[FrameFate.WITH_READ], engine.counts.places) == (400, 400)


@pytest.mark.parametrize("fate", Fate)
def test_each_fate_is_a_text_and_has_its_sentence(fate):
    assert fate == str(fate)
    assert fate.sentence.endswith(".")


class Cells:
    """A session that answers with random scores, and with corners around each cell."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)

    def run(self, _outputs, feeds):
        height, width = feeds["canvas"].shape[2:]
        cells = np.full((1, 9, height // STRIDE_PX, width // STRIDE_PX), -9.0, np.float32)
        cells[0, 0] = self._rng.normal(-4, 2, cells.shape[2:])
        size = self._rng.uniform(0.2, 3, cells.shape[2:])
        for at, (x, y) in enumerate(((-1, -0.3), (1, -0.3), (1, 0.3), (-1, 0.3))):
            cells[0, 1 + 2 * at], cells[0, 2 + 2 * at] = x * size, y * size
        return [cells]


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from([(240, 320), (700, 900), (64, 1600)]))
def test_the_detector_tells_of_all_that_it_drops(seed, size):
    image = np.zeros((*size, 3), np.uint8)
    survey = PlateDetector(Network(Cells(seed), ("canvas",))).survey(image)
    assert survey.found == PlateDetector(Network(Cells(seed), ("canvas",))).detect(image)
    assert all(one.confidence >= FOUND for one in survey.found)
    assert len(survey.found) <= 24
    assert len(survey.dropped) < 300
    for one in survey.dropped:
        assert one.fate in DROPPED
        assert one.region.confidence >= HINT
        if one.fate is Fate.FAINT:
            assert one.region.confidence < FOUND
    assert survey.views[0].box == (0, 0, size[1], size[0])
    assert len(survey.views) <= 1 + 24


def test_more_places_than_are_looked_at_are_counted_as_left_out():
    class Everywhere(Cells):
        def run(self, _outputs, feeds):
            (cells,) = super().run(_outputs, feeds)
            cells[0, 0] = 2.0
            cells[0, 1::2] = np.array([-0.5, 0.5, 0.5, -0.5])[:, None, None]
            cells[0, 2::2] = np.array([-0.2, -0.2, 0.2, 0.2])[:, None, None]
            return [cells]

    survey = PlateDetector(Network(Everywhere(0), ("canvas",))).survey(np.zeros((480, 640, 3), np.uint8))
    fates = [one.fate for one in survey.dropped]
    assert len(survey.found) == 24
    assert fates.count(Fate.LEFT_OUT) == 100


def test_a_small_plate_whose_text_is_not_believed_is_too_small():
    from tests.recognition.test_engine import Line, Page, engine_of, sure

    fates = {}
    for wide in (40, 60):
        page = Page([Line("AB22 CDE", box=(100, 200, wide, 10))])
        (found,) = engine_of(page, **sure(0.2)).examine(page.picture())
        fates[wide] = found.doubt
        (found,) = engine_of(page, **sure(0.9)).examine(page.picture())
        assert found.doubt == ""
        assert math.isclose(replace(found, confidence=0.9).confidence, 0.9)
    assert fates == {40: Fate.TOO_SMALL, 60: Fate.UNSURE}
