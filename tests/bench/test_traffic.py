"""The benchmark of traffic: which read is of which pass, what is counted, and that kept readings give the same again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from turnpike.bench.errors import BenchFailed
from turnpike.bench.traffic_figures import figures_of, told
from turnpike.bench.traffic_readings import (
    ListeningEngine,
    ReplayingEngine,
    append_readings,
    load_readings,
)
from turnpike.bench.traffic_scoring import Times, score_clip
from turnpike.capture.services import Frame
from turnpike.recognition.services import Fate, Reading, VehiclePass, follow
from turnpike.simulation.services import (
    Colour,
    Condition,
    PlateSeen,
    TrafficPass,
    TrafficTruth,
    VehicleKind,
)

AT = datetime(2026, 6, 2, 11, tzinfo=UTC)


def _pass(plate, x, *, frames=range(5), legible=True):
    seen = tuple(PlateSeen(frame, (x, 100 + 20 * frame, 100, 22), 0.0, legible) for frame in frames)
    return TrafficPass(plate, "GB", VehicleKind.VAN, Colour.RED, "towards", 1, 30.0, seen)


def _truth(*passes):
    return TrafficTruth(Condition.STEADY, 1, 5.0, 8, (1280, 720), AT, (), passes)


def _read(text, x, frame, **told):
    at = AT + timedelta(seconds=frame / 5)
    picture = Frame(np.zeros((1, 1, 3), np.uint8), at, "", frame)
    box = (x + 4, 98 + 20 * frame, 96, 24)
    return VehiclePass(text, text, 0.9, (), None, 1, 1, picture, box, at, at, at, frame, **told)


TWO = _truth(_pass("AB12CDE", 200), _pass("FG34HJK", 700))


def _figures(truth, *reads):
    return figures_of([score_clip(truth, reads)], Times())


def test_a_read_belongs_to_the_pass_on_whose_plate_it_lies():
    figures = _figures(TWO, _read("AB12CDE", 200, 2), _read("FG34HJK", 700, 3))
    assert figures["exactly_one_share"] == figures["right_share"] == 1
    assert figures["passes"] == figures["passes_steady"] == 2
    # The same plates the other way round are two wrong reads, not two right ones.
    figures = _figures(TWO, _read("FG34HJK", 200, 2), _read("AB12CDE", 700, 3))
    assert figures["exactly_one_share"] == 1
    assert figures["right_share"] == 0
    assert figures["wrong"] == 2


def test_a_read_belongs_to_the_vehicle_that_is_there_at_that_time_not_to_the_one_before():
    def standing(plate, frames):
        seen = tuple(PlateSeen(frame, (200, 100, 100, 22), 0.0, legible=True) for frame in frames)
        return TrafficPass(plate, "GB", VehicleKind.VAN, Colour.RED, "towards", 1, 0.0, seen)

    truth = _truth(standing("AB12CDE", range(4)), standing("FG34HJK", range(4, 8)))
    later = replace(_read("FG34HJK", 200, 6), box=(202, 98, 96, 24))
    score = score_clip(truth, [later])
    assert [len(one.reads) for one in score.passes] == [0, 1]


def test_a_second_read_of_a_pass_a_missing_one_and_a_read_of_nothing_count_against():
    figures = _figures(TWO, _read("AB12CDE", 200, 1), _read("AB12CDE", 200, 4))
    assert (figures["read_more_than_once"], figures["missed"]) == (1, 1)
    assert figures["exactly_one_share"] == 0
    figures = _figures(TWO, _read("AB12CDE", 200, 1), _read("FG34HJK", 700, 3), _read("CE56LMN", 1000, 2))
    assert figures["stray_reads"] == 1
    assert figures["exactly_one_share"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["exactly_one_share_low"] < 2 / 3 < figures["exactly_one_share_high"]


def test_nothing_is_asked_of_a_plate_that_is_hardly_ever_legible_but_a_wrong_read_of_it_counts():
    truth = _truth(_pass("AB12CDE", 200), _pass("FG34HJK", 700, legible=False))
    right = _read("AB12CDE", 200, 1)
    for others, stray in (((), 0), ((_read("FG34HJK", 700, 1),), 0), ((_read("FG34HJH", 700, 1),), 1)):
        figures = _figures(truth, right, *others)
        assert (figures["passes"], figures["left_out"], figures["stray_reads"]) == (1, 1, stray)


def test_direction_lane_and_colour_are_counted_where_they_are_told():
    assert "direction_told_share" not in _figures(TWO, _read("AB12CDE", 200, 2))
    reads = (
        _read("AB12CDE", 200, 2, direction="towards", lane=2, colour="red"),
        _read("FG34HJK", 700, 2, direction="away"),
    )
    figures = _figures(TWO, *reads)
    assert (figures["direction_told_share"], figures["direction_right_share"]) == (1, 0.5)
    assert (figures["lane_told_share"], figures["lane_right_share"]) == (0.5, 0)
    assert (figures["colour_told_share"], figures["colour_right_share"]) == (0.5, 1)


def test_each_failure_is_told_with_what_was_read_instead():
    lines = list(told([score_clip(TWO, [_read("AB12CDF", 200, 2)])]))
    assert lines[0].startswith("steady 1: AB12CDE")
    assert "wrong: AB12CDF" in lines[0]
    assert lines[1].startswith("steady 1: FG34HJK")
    assert lines[-1] == "Failures: 1 missed, 1 wrong."


class _Engine:
    name = "two plates, and something that is none"

    def examine(self, image):
        frame = int(image[0, 0, 0])
        believed = Reading("AB12CDE", "AB12CDE", 0.95, (200, 100 + 20 * frame, 100, 22))
        return (believed, Reading("STOP", "STOP", 0.3, (900, 40, 60, 20), doubt=Fate.NO_DIGIT))

    def read(self, image):
        return tuple(one for one in self.examine(image) if not one.doubt)

    def read_crop(self, image):
        raise AssertionError(image)


def test_kept_readings_give_the_same_passes_again(tmp_path):
    def frames():
        for index in range(5):
            image = np.full((720, 1280, 3), index, np.uint8)
            yield Frame(image, AT + timedelta(seconds=index / 5), "clip", index)

    engine = ListeningEngine(_Engine())
    first = list(follow(engine.watch(frames()), engine))
    path = tmp_path / "readings.jsonl"
    append_readings(path, engine.readings_of(TWO))
    (kept,) = load_readings(path)
    assert kept.truth == TWO
    assert [reading.doubt for reading in kept.readings[0]] == ["", "no digit"]
    again = ReplayingEngine(kept)
    second = list(follow(again.frames(), again))
    assert [(one.text, one.best_frame.index, one.frames_read, one.box) for one in first] == [
        (one.text, one.best_frame.index, one.frames_read, one.box) for one in second
    ]
    assert len(first) == 1


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text('{"reads": 3}\n')
    with pytest.raises(BenchFailed, match="no readings of rendered traffic"):
        load_readings(path)


@pytest.mark.long
def test_traffic(report):
    figures = report("traffic")["figures"]
    assert figures["passes"] == figures["passes_fast"] == 6
    assert figures["frames_read"] > 20
    assert figures["exactly_one_share"] > 0.5
    assert figures["right_share"] > 0.5
    assert figures["ms_per_frame_reading"] > 0
    assert figures["ms_per_frame_rendering"] > 0
