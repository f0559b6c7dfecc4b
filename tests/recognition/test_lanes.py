"""Lanes as the operator draws them: read from a file, asked for a track, and drawn to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from turnpike.cli.main import app
from turnpike.errors import InputError
from turnpike.recognition.models import TrackPoint
from turnpike.recognition.services import LanesFileError, draw_lanes, load_lanes, parse_lanes

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIZE = (1280, 720)
TWO = """
[[lane]]
number = 1
outline = [[0.0, 1.0], [0.3, 0.2], [0.5, 0.2], [0.5, 1.0]]

[[lane]]
number = 2
outline = [[0.5, 1.0], [0.5, 0.2], [0.7, 0.2], [1.0, 1.0]]
"""


def track(*places, width_px=(60, 180)):
    """A plate that comes nearer, its middle at these shares of the picture."""
    widths = np.linspace(width_px[0], width_px[1], len(places)).round()
    return tuple(
        TrackPoint(
            BEGAN + timedelta(seconds=number / 5),
            (round(x * 1280 - wide / 2), round(y * 720 - wide / 10), int(wide), int(wide / 5)),
        )
        for number, ((x, y), wide) in enumerate(zip(places, widths, strict=True))
    )


def test_a_track_is_in_the_lane_that_it_crosses_at_any_resolution():
    lanes = parse_lanes(TWO)
    left, right = track((0.42, 0.4), (0.35, 0.6), (0.3, 0.8)), track((0.6, 0.4), (0.65, 0.6), (0.7, 0.8))
    assert (lanes.lane_of(left, SIZE), lanes.lane_of(right, SIZE)) == (1, 2)
    doubled = tuple(TrackPoint(one.captured_at, tuple(2 * side for side in one.box)) for one in right)
    assert lanes.lane_of(doubled, (2560, 1440)) == 2


def test_who_changes_lanes_is_told_where_it_was_nearest():
    lanes = parse_lanes(TWO)
    over = track((0.42, 0.3), (0.42, 0.35), (0.44, 0.4), (0.45, 0.45), (0.62, 0.7), (0.66, 0.8))
    assert lanes.lane_of(over, SIZE) == 2
    assert lanes.lane_of(tuple(reversed(over)), SIZE) == 2


def test_on_the_line_outside_or_without_a_track_no_lane_is_told():
    lanes = parse_lanes(TWO)
    assert lanes.lane_of(track((0.5, 0.4), (0.49, 0.6), (0.51, 0.8)), SIZE) == 0
    assert lanes.lane_of(track((0.1, 0.3), (0.05, 0.4)), SIZE) == 0
    assert lanes.lane_of((), SIZE) == 0
    # Half here, half there, and as near in both.
    assert lanes.lane_of(track((0.3, 0.8), (0.7, 0.8), width_px=(150, 150)), SIZE) == 0


def test_a_plate_on_the_outer_edge_still_belongs_to_its_lane():
    assert parse_lanes(TWO).lane_of(track((0.32, 0.2 + 0.01), (0.005, 0.99)), SIZE) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lane = [", "not TOML"),
        ("", "lane"),
        ("[[lane]]\nnumber = 17\noutline = [[0,0],[1,0],[1,1]]", "<= 16"),
        ("[[lane]]\nnumber = 1\noutline = [[0,0],[1,0]]", "length >= 3"),
        ("[[lane]]\nnumber = 1\noutline = [[0,0],[640,0],[640,360]]", "shares of the picture"),
        ("[[lane]]\nnumber = 1\nname = 'x'\noutline = [[0,0],[1,0],[1,1]]", "name"),
        ("[[lane]]\nnumber = 1\noutline = [[0,0],[1,0],[nan,1]]", "not as it should be"),
        (TWO.replace("number = 2", "number = 1"), "same number"),
        (TWO + "[[lane]]\nnumber = 3\noutline = [[0.4,0.2],[0.6,0.2],[0.6,0.9],[0.4,0.9]]", "Lanes 1 and 3"),
        ("[[lane]]\nnumber = 4\noutline = [[0,0],[0.001,0],[0,0.001]]", "Lane 4"),
    ],
)
def test_each_fault_of_the_file_is_one_clear_sentence(text, says):
    with pytest.raises(LanesFileError) as refused:
        parse_lanes(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_huge_or_no_text_is_refused(tmp_path):
    for name, content in (("huge.toml", b"#" * 70_000), ("bytes.toml", b"\xff\xfe")):
        (tmp_path / name).write_bytes(content)
    for name in ("none.toml", "huge.toml", "bytes.toml"):
        with pytest.raises(InputError, match=name):
            load_lanes(tmp_path / name)


def test_the_lines_and_numbers_are_drawn_over_the_picture():
    grey = np.full((180, 320, 3), 90, np.uint8)
    drawn = draw_lanes(grey, parse_lanes(TWO))
    assert drawn.shape == grey.shape
    assert (grey == 90).all()
    line = drawn[100, 155:166].astype(int)
    assert (line[:, 2].max() > 200) or (line[:, 0].max() > 200)
    assert (drawn[20:30] == 90).all()  # above all lanes nothing changes


def test_the_command_writes_the_picture_and_refuses_with_a_sentence(tmp_path):
    Image.new("RGB", (320, 180), "grey").save(tmp_path / "road.png")
    (tmp_path / "lanes.toml").write_text(TWO)
    out = tmp_path / "seen.png"
    arguments = ["lanes", str(tmp_path / "road.png"), str(tmp_path / "lanes.toml"), "--out"]
    done = CliRunner().invoke(app, [*arguments, str(out)])
    assert done.exit_code == 0
    with Image.open(out) as drawn:
        assert drawn.size == (320, 180)
    nowhere = CliRunner().invoke(app, [*arguments, str(tmp_path / "no" / "seen.png")])
    assert "cannot be written" in str(nowhere.exception)
