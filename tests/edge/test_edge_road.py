"""The roadside process as it runs, with a real engine: the plug pulled before a real centre, and a real stream."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.centre import Centre, free_port
from tests.rtsp import serve

from turnpike.simulation.services import render_plate

PLATES = ["AB12CDE", "KN68WXY", "LT22GHJ", "M456RST", "FY11XPM"]
TURNPIKE = Path(sys.executable).with_name("turnpike")
CAMERA = "north-gate"
PATIENCE_S = 90.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def road_picture(plate, left=180):
    picture = np.full((240, 560, 3), 96, np.uint8)
    drawn = render_plate(plate, height_px=44)
    picture[120:164, left : left + drawn.shape[1]] = drawn
    return picture


class Roadside:
    """One `turnpike edge`, started and killed at will."""

    def __init__(self, folder, source, centre_url, key):
        self.outbox = folder / "outbox.sqlite3"
        self.command = [TURNPIKE, "edge", str(source), "--centre", centre_url, "--outbox", str(self.outbox)]
        self.environment = {**os.environ, "TURNPIKE_CAMERA_KEY": key}
        self.log = folder / "edge.log"

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stderr=log, stdout=log, cwd=self.outbox.parent
            )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def count(self, table):
        if not self.outbox.exists():
            return 0
        with sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True) as db:
            try:
                return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
            except sqlite3.OperationalError:
                return 0


def until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.fixture
def centre(tmp_path):
    folder = tmp_path / "centre"
    folder.mkdir()
    made = Centre(folder, free_port(), {})
    yield made
    made.stop()


def test_killed_at_any_moment_with_the_centre_away_nothing_is_lost_and_nothing_doubled(tmp_path, centre):
    source = tmp_path / "pictures"
    source.mkdir()
    for number, plate in enumerate(PLATES):
        Image.fromarray(road_picture(plate)).save(source / f"{number}.jpg", quality=92)
    centre.start()
    key = centre.register(CAMERA)[CAMERA]
    centre.stop()  # away from here on

    roadside = Roadside(tmp_path, source, centre.url, key)
    for done in (1, 3):
        roadside.start()
        until(lambda done=done: roadside.count("done") >= done, f"{done} pictures")
        roadside.kill()
    assert roadside.count("waiting") >= 3  # read, and waiting for the centre
    (source / "3b.jpg").write_bytes(b"no picture at all")  # which only the last of the three can come upon
    roadside.start()
    until(lambda: roadside.count("done") == len(PLATES) + 1, "the last picture")
    centre.start()
    until(lambda: roadside.count("waiting") == 0, "the centre to take all")
    assert roadside.process.wait(PATIENCE_S) == 1  # one file was no picture, and it says so
    assert "Picture 5 of 6, by name" in roadside.log.read_text()
    assert re.search(r"^2\S+ \S+ INFO camera is ended\. .*Passes: ", roadside.log.read_text(), re.MULTILINE)
    centre.stop()
    stored = centre.stored()
    assert sorted(plate for _, _, plate in stored) == sorted(PLATES)
    assert {camera for _, camera, _ in stored} == {CAMERA}
    told = (roadside.log.read_text() + centre.log()).replace(" ", "")
    assert not [plate for plate in PLATES if plate in told]


def write_drive(path, plate):
    """A plate that crosses the picture once in two seconds, then an empty road for three."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 560, 240, "yuv420p"
        stream.time_base = Fraction(1, 10)
        stream.options = {"g": "5", "bf": "0", "threads": "1"}
        for number in range(50):
            seen = number < 20
            picture = (
                road_picture(plate, left=40 + number * 12) if seen else np.full((240, 560, 3), 96, np.uint8)
            )
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


@pytest.mark.rtsp
def test_a_live_stream_is_read_across_a_break(tmp_path, fake_centre):
    video = tmp_path / "drive.mp4"
    write_drive(video, "KN68WXY")
    with serve(video) as camera:
        roadside = Roadside(tmp_path, camera.url, fake_centre.url, "tpc_key")
        roadside.start()
        until(lambda: fake_centre.reads, "a pass before the break")
        camera.stop()
        broken_at = datetime.now(UTC)
        camera.start()
        until(lambda: captured_at(fake_centre.reads[-1]) > broken_at, "a pass captured after the break")
        roadside.process.send_signal(signal.SIGTERM)
        assert roadside.process.wait(PATIENCE_S) == 0
    assert {read["plate"] for read in fake_centre.reads} == {"KN68WXY"}


def captured_at(read):
    return datetime.fromisoformat(read["captured_at"])
