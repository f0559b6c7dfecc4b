"""What a described pass holds: everything that can be told, and all else left empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from turnpike.capture.services import Frame
from turnpike.recognition.models import TrackPoint, VehiclePass
from turnpike.recognition.services import Describer, parse_lanes

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
LANES = parse_lanes("[[lane]]\nnumber = 3\noutline = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]")


class Makes:
    """Stands for a classifier: tells the width of the picture that it was given."""

    def make_of(self, image, box):
        return f"{image.shape[1]} wide, plate at {box[0]}"


def passing(track=()):
    frame = Frame(np.zeros((240, 320, 3), np.uint8), BEGAN, "", 0)
    return VehiclePass(
        "AB12CDE", "AB12CDE", 0.9, (), "GB", 1, 1, frame, (60, 100, 60, 12), BEGAN, BEGAN, BEGAN, 0, track
    )


def test_a_pass_is_described_by_its_track_its_picture_and_what_the_operator_brought():
    coming = tuple(
        TrackPoint(BEGAN + timedelta(seconds=number / 5), (60, 40 + 20 * number, 40 + 10 * number, 9))
        for number in range(5)
    )
    seen = passing(coming)
    described = Describer(LANES, Makes()).describe(seen)
    assert (described.direction, described.lane, described.colour) == ("towards", 3, "")
    assert described.make == "320 wide, plate at 60"
    assert replace(described, direction="", lane=0, make="") == seen


def test_without_track_lanes_and_classifier_only_the_picture_speaks():
    plain = Describer().describe(passing())
    assert (plain.direction, plain.lane, plain.colour, plain.make) == ("", 0, "", "")
    # One frame has a place, though no direction.
    assert Describer(LANES).describe(passing()).lane == 3
