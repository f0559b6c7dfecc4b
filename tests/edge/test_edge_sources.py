"""A source is read once, whatever stops the reading of it; what breaks on one picture ends nothing."""

from __future__ import annotations

import logging
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.edge.drives import (
    BLUE,
    GREEN,
    OUTSIDE,
    PLATES,
    POISON,
    RED,
    ColourEngine,
    picture,
    plan,
    write_drives,
)

from turnpike.edge import sender as sender_module
from turnpike.edge.services import Edge
from turnpike.recognition.services import EngineUnavailable

REPOSITORY = Path(__file__).parents[2]
SAMPLED = 53
"""Pictures that the engine sees of the three drives, at one each 0.2 s."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)


@pytest.fixture
def drives(tmp_path):
    path = tmp_path / "drives.mp4"
    write_drives(path)
    return path


def run_roadside(drives, centre, tmp_path, *, killed_at=0, frames=0):
    """A roadside in a process of its own, to its end or to its death."""
    asked = [str(drives), centre.url, str(tmp_path / "out.sqlite3"), str(killed_at), str(frames)]
    return subprocess.run(
        [sys.executable, "-c", "from tests.edge.drives import main; main()", *asked],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "stopped_at", [3, 15, 34], ids=["vehicle in view", "empty road", "second empty road"]
)
def test_a_video_that_was_stopped_is_read_to_its_end_the_next_time(drives, fake_centre, tmp_path, stopped_at):
    asked = plan(drives, fake_centre.url, tmp_path / "out.sqlite3")

    def stop(number):
        if number == stopped_at:
            stopped.stop()

    with Edge(asked, ColourEngine(stop)) as stopped:
        assert stopped.run()
    again = ColourEngine()
    with Edge(asked, again) as roadside:
        assert roadside.run()
    assert again.pictures == SAMPLED
    assert sorted(fake_centre.plates) == sorted(PLATES)


def test_a_video_in_which_the_roadside_was_killed_is_read_once(drives, fake_centre, tmp_path):
    rng = random.Random(11)
    for killed_at in sorted(rng.sample(range(2, SAMPLED), 3)):
        ended = run_roadside(drives, fake_centre, tmp_path, killed_at=killed_at)
        assert ended.returncode == -signal.SIGKILL
    assert run_roadside(drives, fake_centre, tmp_path).returncode == 0
    assert sorted(fake_centre.plates) == sorted(PLATES)


def test_an_outbox_lost_after_sending_is_the_only_way_to_a_second_read(drives, fake_centre, tmp_path):
    """Shows that the tests around it can fail: without its outbox an edge has no memory."""
    for outbox in ("first.sqlite3", "second.sqlite3"):
        with Edge(plan(drives, fake_centre.url, tmp_path / outbox), ColourEngine()) as roadside:
            assert roadside.run()
    assert sorted(fake_centre.plates) == sorted(PLATES * 2)


def test_a_video_that_was_begun_goes_on_with_its_sampling_and_says_so(drives, fake_centre, tmp_path):
    """Other frames would show the second vehicle first on another frame, which is another name for it."""
    ended = run_roadside(drives, fake_centre, tmp_path, killed_at=33)
    assert ended.returncode == -signal.SIGKILL
    ended = run_roadside(drives, fake_centre, tmp_path, frames=12)
    assert ended.returncode == 0
    assert "was begun with --every 0.2 and no --frames" in ended.stderr
    assert sorted(fake_centre.plates) == sorted(PLATES)


def test_a_picture_that_breaks_recognition_or_its_cutting_is_told_and_the_rest_goes_on(
    fake_centre, tmp_path, caplog
):
    source = tmp_path / "pictures"
    source.mkdir()
    for number, colour in enumerate([RED, POISON, GREEN, OUTSIDE, BLUE]):
        Image.fromarray(picture(colour)).save(source / f"{number}.jpg", quality=95)
    asked = plan(source, fake_centre.url, tmp_path / "out.sqlite3")
    with caplog.at_level(logging.INFO), Edge(asked, ColourEngine()) as roadside:
        assert roadside.run()
    assert roadside.failures == 2
    assert sorted(fake_centre.plates) == sorted(PLATES)
    assert (
        "Picture 2 of 5, by name: Recognition failed on this picture (RuntimeError); it is left out."
        in caplog.text
    )
    assert "Picture 4 of 5, by name: The plate's box lies outside" in caplog.text
    assert not [plate for plate in PLATES if plate in caplog.text]
    again = ColourEngine()
    with Edge(asked, again) as roadside:
        assert roadside.run()
    assert (again.pictures, roadside.failures) == (0, 0)


def test_frames_of_a_video_that_break_recognition_are_left_out_of_it(fake_centre, tmp_path):
    drives = tmp_path / "drives.mp4"
    write_drives(drives, (RED, POISON, OUTSIDE, BLUE))
    with Edge(plan(drives, fake_centre.url, tmp_path / "out.sqlite3"), ColourEngine()) as roadside:
        assert roadside.run()
    assert sorted(fake_centre.plates) == [PLATES[0], PLATES[2]]
    assert roadside.failures == 5 + 1  # five sampled frames that broke it, one pass that could not be cut


def test_an_engine_that_is_not_there_gives_no_picture_up(fake_centre, tmp_path):
    one = tmp_path / "one.jpg"
    Image.fromarray(picture(RED)).save(one, quality=95)
    asked = plan(one, fake_centre.url, tmp_path / "out.sqlite3")

    def missing(_):
        raise EngineUnavailable("The model files are missing; install them.")

    with Edge(asked, ColourEngine(missing)) as roadside, pytest.raises(EngineUnavailable):
        roadside.run()
    with Edge(asked, ColourEngine()) as roadside:
        assert roadside.run()
    assert fake_centre.plates == [PLATES[0]]
