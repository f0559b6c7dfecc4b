"""What is counted of each picture, with a reader that answers as it is told."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation.conftest import reading

from turnpike.capture.services import load_picture
from turnpike.evaluation.comparing import folded, misreadings
from turnpike.evaluation.matching import matched
from turnpike.evaluation.models import Found, LabelledPlate
from turnpike.evaluation.services import Demand, FailureKind, as_json, evaluate, read_manifest

AT = (100, 80, 60, 16)
THERE = "100,80,60,16,GB"
ELSEWHERE = (10, 10, 60, 16)


def run(path, reader, **how):
    crops = how.get("crops", False)
    return evaluate(read_manifest(path, crops=crops), reader, Demand(), **how)


def test_each_plate_is_captured_read_or_missed(labelled, reader):
    path = labelled(
        [
            ([f"AB12CDE,{THERE}"], (reading("AB12CDE", AT, 0.99),)),
            ([f"OK12CDE,{THERE}"], (reading("0K12CDE", AT, 0.9),)),
            ([f"AB12CDF,{THERE}"], (reading("AB12CXX", (90, 70, 80, 30), 0.8),)),
            ([f"AB12CDG,{THERE}"], (reading("AB12CDG", AT, 0.4, doubt="too unsure"),)),
            ([f"AB12CDH,{THERE}"], ()),
            ([f"AB12CDJ,{THERE}"], (reading("AB12CDJ", ELSEWHERE, 0.7),)),
        ]
    )
    found = run(path, reader)
    figures = found.figures
    assert (figures.captured.count, figures.captured.of) == (3, 6)
    assert (figures.read.count, figures.read.of) == (1, 3)
    assert (figures.read_exact.count, figures.read_folded.count) == (1, 2)
    assert figures.boxes_found.count == 4  # told of as unread counts as found
    assert figures.wrong_reads == 2  # the one elsewhere has a labelled text
    assert figures.stray_boxes == 1
    assert found.failure_counts == {FailureKind.MISREAD: 2, FailureKind.MISSED: 3, FailureKind.EXTRA: 1}
    missed = [one for one in found.failures if one.kind is FailureKind.MISSED]
    assert [one.why for one in missed] == ["too unsure", "nothing was found there", "nothing was found there"]
    assert [(one.labelled, one.read) for one in found.mistakes] == [("O", "0"), ("D", "X"), ("F", "X")]


def test_what_cannot_be_read_is_a_failure_and_not_left_out(labelled, reader):
    path = labelled(
        [
            ([f"AB12CDE,{THERE}"], None),
            ([f"AB12CDF,{THERE}"], RuntimeError("a bug")),
            ([f"AB12CDG,{THERE}"], (reading("AB12CDG", AT),)),
        ]
    )
    found = run(path, reader)
    assert (found.figures.captured.count, found.figures.captured.of) == (1, 3)
    assert found.figures.pictures_unreadable == 2
    assert [one.line for one in found.unreadable] == [2, 3]
    assert "RuntimeError" in found.unreadable[1].why
    assert {one.why for one in found.failures} == {one.why for one in found.unreadable}


def test_labels_of_a_huge_picture_are_held_against_what_was_read_at_half_its_size(
    labelled, reader, monkeypatch
):
    def half(path):
        return replace(load_picture(path), reduced_by=2)

    monkeypatch.setattr("turnpike.evaluation.running.load_picture", half)
    found = run(labelled([(["AB12CDE,200,160,120,32,GB"], (reading("AB12CDE", AT),))]), reader)
    assert (found.figures.read.count, found.figures.boxes_found.count, found.figures.stray_boxes) == (1, 1, 0)


def test_reads_are_held_against_all_that_is_labelled(labelled, reader):
    both = (reading("AB12CDE", AT), reading("XX99XXX", ELSEWHERE))
    path = labelled(
        [
            # The other plate has a box alone: what is read there is neither right nor wrong.
            ([f"AB12CDE,{THERE}", ",10,10,60,16,"], both),
            # Labelled as having none: what is read is wrong.
            ([",,,,,"], (reading("QQ11QQQ", AT, 0.6),)),
            # A box alone: found, and no figure of texts.
            ([f",{THERE}"], (reading("ZZ11ZZZ", AT),)),
        ]
    )
    found = run(path, reader)
    figures = found.figures
    assert (figures.plates, figures.boxes_found.count, figures.boxes_found.of) == (1, 3, 3)
    assert (figures.wrong_reads, figures.wrong_reads_per_picture) == (1, 1 / 2)
    assert (figures.stray_boxes, figures.stray_boxes_per_picture) == (1, 1 / 3)
    assert sum(one.right.of for one in found.calibration.bins) == 2


def test_without_boxes_the_same_text_counts_else_the_surest(labelled, reader):
    path = labelled(
        [
            (["AB12CDE"], (reading("ZZ99ZZZ", AT, 0.99), reading("AB12CDE", ELSEWHERE, 0.6))),
            (["AB12CDF"], (reading("ZZ99ZZY", AT, 0.7), reading("ZZ99ZZX", ELSEWHERE, 0.8))),
        ],
        header="path,text",
    )
    found = run(path, reader)
    assert (found.figures.captured.count, found.figures.read.count) == (2, 1)
    assert found.figures.stray_boxes_per_picture is None
    misread = next(one for one in found.failures if one.labelled)
    assert misread.read == "ZZ99ZZX"
    assert misread.picture


def test_figures_are_told_by_camera_condition_country_and_width(labelled, reader):
    right, wrong = (reading("AB12CDE", AT),), (reading("AB12CDX", AT),)
    path = labelled(
        [
            ([f"AB12CDE,{THERE},north,day"], right),
            ([f"AB12CDE,{THERE},north,NIGHT"], wrong),
            ([f"AB12CDE,{THERE},south 2,night"], right),
            ([f"AB12CDE,{THERE},south 10,"], right),
        ],
        header="path,text,x,y,w,h,country,camera,condition",
    )
    found = run(path, reader)
    assert [group.name for group in found.groups["camera"]] == ["north", "south 10", "south 2"]
    assert [group.name for group in found.groups["condition"]] == ["day", "night", "not known"]
    assert [(group.name, group.figures.plates) for group in found.groups["width"]] == [("60 to 89 px", 4)]
    north = found.groups["camera"][0]
    assert north.verdict is not None
    told = as_json(found)["by"]["camera"][0]  # type: ignore[index]
    assert told["installation_test"] == {"passes": 2, "captured": 2, "read_right": 1}


def test_the_curve_and_the_calibration_are_those_of_the_reads(labelled, reader):
    confidences = [0.99, 0.98, 0.9, 0.9, 0.6]
    rights = [True, True, True, False, False]
    path = labelled(
        [
            ([f"AB12CDE,{THERE}"], (reading("AB12CDE" if right else "AB12CDX", AT, confidence),))
            for confidence, right in zip(confidences, rights, strict=True)
        ]
    )
    found = run(path, reader)
    # A tie is taken whole: at 0.9 there are four reads, three of them right.
    assert [(p.confidence, p.precision, p.coverage) for p in found.curve] == [
        (0.99, 1.0, 0.2),
        (0.98, 1.0, 0.4),
        (0.9, 0.75, 0.6),
        (0.6, 0.6, 0.6),
    ]
    assert (found.coverage_at_99, found.coverage_at_95) == (0.4, 0.4)
    assert found.calibration.error == pytest.approx((abs(3.77 - 3) + 0.6) / 5)


def test_the_failures_shown_are_few_and_the_surest(labelled, reader):
    wrong = [([f"AB12CDE,{THERE}"], (reading("XY99XYZ", AT, 0.5 + n / 100),)) for n in range(8)]
    missed = [([f"AB12CDE,{THERE}"], ()) for _ in range(4)]
    found = run(labelled(wrong + missed), reader, failures=6)
    assert [one.kind for one in found.failures] == [FailureKind.MISREAD] * 3 + [FailureKind.MISSED] * 3
    assert [one.confidence for one in found.failures[:3]] == [0.57, 0.56, 0.55]
    assert [one.line for one in found.failures[3:]] == [10, 11, 12]
    assert found.failures_not_shown == 6
    assert run(labelled(wrong), reader, failures=0).failures == ()


def test_a_crop_is_its_plate(labelled, reader):
    path = labelled(
        [(["AB12CDE"], (reading("AB12CDE", (0, 0, 320, 200)),)), (["AB12CDF"], ())], header="path,text"
    )
    figures = run(path, reader, crops=True).figures
    assert (figures.captured.count, figures.boxes_found.count, figures.boxes_found.of) == (1, 1, 2)


def test_a_box_outside_its_picture_is_told(labelled, reader):
    found = run(labelled([(["AB12CDE,900,80,60,16,"], ())]), reader)
    assert found.boxes_outside == 1
    assert found.failures[0].picture == b""
    assert "does not lie in the picture" in found.failures[0].why_no_picture


def test_a_read_is_counted_for_one_plate_and_the_nearest():
    plates = [LabelledPlate(n, "", (40.0 * n, 0.0, 50.0, 10.0), "") for n in range(2)]
    only = Found("AB12CDE", 0.9, (40, 0, 50, 10), told=True, reading=reading("AB12CDE", (40, 0, 50, 10)))
    assert matched(plates, [only]) == [None, only]
    assert matched(plates[:1], [only]) == [only]


TEXTS = st.text(alphabet="AB0O", max_size=6)


@settings(max_examples=40)
@given(TEXTS, TEXTS)
def test_mistakes_are_as_few_as_can_be_and_make_the_one_of_the_other(label, read):
    mistakes = misreadings(label, read)
    assert abs(len(label) - len(read)) <= len(mistakes) <= max(len(label), len(read))
    assert sum(len(new) - len(old) for old, new in mistakes) == len(read) - len(label)
    assert (mistakes == ()) == (label == read)
    if len(label) == len(read):
        assert len(mistakes) <= sum(one != other for one, other in zip(label, read, strict=True))


def test_folding_takes_one_drawing_for_one_character():
    assert {folded(a + b) for a, b in itertools.product("O0Q", "I1")} == {"01"}


def test_no_more_of_a_picture_is_kept_than_the_plate_s_surroundings():
    from io import BytesIO

    from PIL import Image

    from turnpike.evaluation.patches import Surroundings, patch_of

    image = np.zeros((400, 600, 3), np.uint8)
    image[:, :, 0] = 255  # what must not be shown is red
    image[140:240, 200:400] = (
        0,
        0,
        255,
    )  # a plate's width to each side of 300 ± 33, half of one above and below
    shown = np.asarray(Image.open(BytesIO(patch_of(image, (267, 174, 66, 32), Surroundings.NEAR))))
    assert shown[..., 0].max() < 255  # only the mark has red in it
    assert ((shown[..., 0] > 120) & (shown[..., 1] < 60)).sum() == 0
    assert patch_of(image, (900, 10, 20, 5), Surroundings.CLOSE) == b""
