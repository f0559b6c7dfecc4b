"""Several live cameras in one process, and what a technician is told of them."""

from __future__ import annotations

import json
import logging
import stat
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.edge.drives import BLUE, PLATES, RED, ColourEngine, write_drives
from tests.rtsp import serve
from typer.testing import CliRunner

from turnpike.capture.services import Pauses
from turnpike.cli.main import app
from turnpike.edge.errors import OutboxUnavailable
from turnpike.edge.services import (
    Edge,
    EdgeError,
    EdgePlan,
    Roadside,
    SourceState,
    Turns,
    load_cameras,
    read_status,
    status_path,
)
from turnpike.edge.status import write_status
from turnpike.edge.tally import Tally
from turnpike.recognition.services import Describer, EngineUnavailable, FateCounts, parse_lanes

LIMIT_S = 40.0
LANES = "[[lane]]\nnumber = 3\noutline = [[0, 0], [1, 0], [1, 1], [0, 1]]\n"


def wait(is_so, what):
    until_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < until_s, f"waited in vain for {what}"
        threading.Event().wait(0.02)


def test_turns_are_given_in_the_order_in_which_they_were_asked_for():
    turns, order = Turns(1), []
    waiting = [threading.Event() for _ in range(5)]

    def ask(number):
        waiting[number].set()
        with turns:
            order.append(number)

    with turns:
        threads = []
        for number in range(5):
            thread = threading.Thread(target=ask, args=(number,))
            thread.start()
            waiting[number].wait()
            wait(lambda number=number: len(turns._waiting) == number + 1, "the queue")
            threads.append(thread)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_no_more_are_let_in_than_there_are_turns():
    turns, inside, most = Turns(2), [0], [0]
    guard = threading.Lock()

    def work():
        for _ in range(50):
            with turns:
                with guard:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with guard:
                    inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 2
    assert inside[0] == 0


@pytest.mark.rtsp
def test_a_camera_that_is_away_holds_up_no_other(fake_centre, tmp_path):
    film = write_drives(tmp_path / "drives.mp4", (RED, BLUE))
    with serve(film) as there, serve(film) as other:
        away = "rtsp://127.0.0.1:9/camera"
        plans = [
            EdgePlan(url, fake_centre.url, "tpc_key", tmp_path / f"{name}.sqlite3", name=name, every_s=0.1)
            for name, url in (("gate", there.url), ("yard", other.url), ("lost", away))
        ]
        roadside = Roadside(plans, ColourEngine(), at_once=1)
        running = threading.Thread(target=roadside.run)
        running.start()
        wait(lambda: all(one.passes >= 2 for one in roadside.status()[:2]), "passes of both")
        gate, yard, lost = roadside.status()
        began_s = time.monotonic()
        roadside.stop()
        running.join()
    assert time.monotonic() - began_s < 15
    assert (gate.state, yard.state, lost.state) == (SourceState.LIVE, SourceState.LIVE, SourceState.AWAY)
    assert gate.frames["taken"] + gate.frames["dropped"] <= gate.frames["received"]
    looked = sum(number for fate, number in gate.frames.items() if " " in fate)
    assert abs(looked - gate.frames["taken"]) <= 1
    assert {PLATES[0], PLATES[2]} <= set(fake_centre.plates)


class FailingEngine(ColourEngine):
    """Is not there for its first looks, as when a disk or a driver fails."""

    def __init__(self, failures):
        super().__init__()
        self.failures = failures

    def examine(self, image):
        self.failures -= 1
        if self.failures >= 0:
            raise EngineUnavailable("The engine is away.") if self.failures % 2 else MemoryError
        return super().examine(image)


@pytest.mark.rtsp
def test_a_camera_that_fails_is_told_and_tried_again(fake_centre, tmp_path, caplog):
    film = write_drives(tmp_path / "drives.mp4", (RED, BLUE))
    caplog.set_level(logging.ERROR)
    with serve(film) as camera:
        plan = EdgePlan(
            camera.url, fake_centre.url, "tpc_key", tmp_path / "gate.sqlite3", name="gate", every_s=0.1
        )
        pauses = Pauses(first_s=0.05, longest_s=0.05)
        roadside = Roadside([plan], FailingEngine(4), at_once=1, pauses=pauses)
        running = threading.Thread(target=roadside.run)
        running.start()
        wait(lambda: roadside.status()[0].passes >= 1, "a pass after all faults")
        (gate,) = roadside.status()
        roadside.stop()
        running.join()
    assert gate.state is SourceState.LIVE
    # Frames of before a fault are counted too.
    looked = sum(number for fate, number in gate.frames.items() if " " in fate)
    assert abs(looked - gate.frames["taken"]) <= 1
    assert gate.frames["connections"] >= 3
    assert {"gate failed: The engine is away. Trying again in 0 s."} <= set(caplog.messages)


class NoRoom:
    """An outbox whose disk has no room left."""

    def __init__(self, outbox):
        self._outbox = outbox

    def __getattr__(self, name):
        return getattr(self._outbox, name)

    def __len__(self):
        return len(self._outbox)

    def put(self, *_, **__):
        raise OutboxUnavailable("The disk is full.")


def test_a_pass_that_cannot_be_kept_is_a_failure_and_no_read(fake_centre, tmp_path, monkeypatch):
    film = write_drives(tmp_path / "drives.mp4", (RED, BLUE))
    plan = EdgePlan(str(film), fake_centre.url, "tpc_key", tmp_path / "out.sqlite3", name="gate")
    with Edge(plan, ColourEngine()) as roadside:
        monkeypatch.setattr(roadside, "_outbox", NoRoom(roadside._outbox))
        with pytest.raises(OutboxUnavailable):
            roadside.run()
        status = roadside.status()
    assert (status.state, status.passes, status.failures) == (SourceState.FAILED, 0, 1)


def test_one_that_was_told_to_stop_before_its_stream_was_there_stops(tmp_path):
    plan = EdgePlan("rtsp://127.0.0.1:9/x", "http://127.0.0.1:9", "tpc_key", tmp_path / "out.sqlite3")
    with Edge(plan, ColourEngine()) as roadside:
        roadside.stop()
        running = threading.Thread(target=roadside.run, daemon=True)
        running.start()
        running.join(LIMIT_S)
        assert not running.is_alive()


def test_a_camera_that_froze_and_is_off_now_is_away():
    tally = Tally()
    tally.begin()
    for silent_s, state in ((1.0, SourceState.FROZEN), (3600.0, SourceState.AWAY)):
        stream: Any = SimpleNamespace(is_frozen=True, silent_for_s=silent_s)
        assert tally.status("gate", stream, None, FateCounts(), 0, 0).state is state


def test_a_status_that_nobody_writes_any_more_is_told_as_such(fake_centre, tmp_path):
    film = write_drives(tmp_path / "drives.mp4", (RED,))
    outbox = tmp_path / "out.sqlite3"
    with Edge(EdgePlan(str(film), fake_centre.url, "tpc_key", outbox, name="gate"), ColourEngine()) as edge:
        assert edge.run()
    long_ago = msgspec.structs.replace(
        read_status(outbox), state=SourceState.LIVE, written_at="2026-01-02T03:04:05.678Z"
    )
    write_status(outbox, long_ago)
    missing = tmp_path / "other.sqlite3"
    told = CliRunner().invoke(app, ["edge-status", str(missing), str(outbox)])
    assert "gate: was, at 2026-01-02T03:04:05.678Z, live" in told.stdout
    assert isinstance(told.exception, EdgeError)
    assert "gate: no word since" in str(told.exception)
    assert "There is no status beside" in str(told.exception)
    assert not list(tmp_path.glob("*.new"))


def test_what_is_told_stands_beside_the_outbox_for_its_owner_alone(fake_centre, tmp_path):
    film = write_drives(tmp_path / "drives.mp4", (RED, BLUE))
    outbox = tmp_path / "out.sqlite3"
    plan = EdgePlan(str(film), fake_centre.url, "tpc_key", outbox, name="North gate")
    with Edge(plan, ColourEngine()) as roadside:
        assert roadside.run()
    status = read_status(outbox)
    assert (status.camera, status.state, status.passes, status.sent) == (
        "North gate",
        SourceState.ENDED,
        2,
        2,
    )
    assert "with a plate read" in status.summary
    path = status_path(outbox)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [plate for plate in PLATES if plate in path.read_text()]
    table = CliRunner().invoke(app, ["edge-status", str(outbox)])
    assert table.exit_code == 0
    assert "North gate" in table.stdout
    (line,) = CliRunner().invoke(app, ["edge-status", "--json", str(outbox)]).stdout.splitlines()
    assert json.loads(line)["state"] == "ended"
    with pytest.raises(EdgeError, match="no status"):
        read_status(tmp_path / "other.sqlite3")


def test_lane_and_direction_are_posted_with_the_read(fake_centre, tmp_path):
    film = write_drives(tmp_path / "drives.mp4", (RED,))
    describer = Describer(lanes=parse_lanes(LANES))
    plan = EdgePlan(str(film), fake_centre.url, "tpc_key", tmp_path / "out.sqlite3", describer=describer)
    with Edge(plan, ColourEngine()) as roadside:
        assert roadside.run()
    (read,) = fake_centre.reads
    assert read["lane"] == 3
    assert read["frames_agreeing"] > 1


def cameras_file(folder, text):
    (folder / "gate.key").write_text("tpc_key")
    path = folder / "cameras.toml"
    path.write_text(text)
    return path


def camera(name="gate", source="rtsp://192.0.2.1/stream", key="gate.key", further=""):
    return f'[[camera]]\nname = "{name}"\nsource = "{source}"\nkey_file = "{key}"\n{further}\n'


def test_cameras_are_named_in_a_file(tmp_path):
    (tmp_path / "lanes.toml").write_text(LANES)
    path = cameras_file(tmp_path, camera() + camera("yard", further='every = 0.5\nlanes = "lanes.toml"'))
    gate, yard = load_cameras(path)
    assert (gate.name, gate.every_s, gate.outbox, gate.lanes) == (
        "gate",
        0.2,
        tmp_path / "gate.outbox.sqlite3",
        None,
    )
    assert (yard.every_s, yard.lanes) == (0.5, Path(tmp_path / "lanes.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field"),
        ("camera = 3", "Expected"),
        ("[[camera]", "no TOML"),
        (camera(further="colour = 1"), "unknown field"),
        (camera(further="every = -1"), "every"),
        (camera() + camera(), "Two cameras are called gate"),
        (camera() + camera("yard", further='outbox = "gate.outbox.sqlite3"'), "another camera's outbox"),
        (camera(source="road.mp4"), "no stream"),
        (camera(source="http://192.0.2.1/"), "Only rtsp"),
        (
            camera(key="none.key") + camera("yard", source="road.mp4"),
            "there is no file .*none.key.* yard is no stream",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_all_that_has_to_be_mended(tmp_path, text, said):
    with pytest.raises(EdgeError, match=said):
        load_cameras(cameras_file(tmp_path, text))


def test_a_source_and_a_file_of_cameras_are_not_read_together(tmp_path):
    for arguments in ([], ["road.mp4", "--cameras", str(cameras_file(tmp_path, camera()))]):
        result = CliRunner().invoke(app, ["edge", *arguments])
        assert isinstance(result.exception, EdgeError)
