"""`turnpike import`: asked once and remembered, plates masked, and nothing loaded beside a running server."""

from __future__ import annotations

import json
import shutil
import stat

import pytest
from tests.ingest.history.files import at, good_rows, text_of, written
from typer.testing import CliRunner

from turnpike import config
from turnpike.cameras.services import all_cameras, register_camera
from turnpike.cli import import_ as verb
from turnpike.cli.main import app
from turnpike.ledger.services import AuditEvent, entries
from turnpike.ledger.signing_keys import forget_signers
from turnpike.reads.services import ReadStore
from turnpike.site.services import lock_data_folder

WHY = ("--reason", "The old system goes", "--authority", "Decision 7")
MAPS = ("--map", "plate=VRM", "--map", "captured_at=Time", "--map", "camera=Camera", "--time-zone", "UTC")


@pytest.fixture
def centre(db, configured, tmp_path):
    """A data folder of the test's own, with this process's keys and one camera."""
    shutil.copytree(config.load().keys_path, tmp_path / "data" / "keys")
    (tmp_path / "data").chmod(0o700)
    yield configured(data_dir=tmp_path / "data")
    forget_signers()


@pytest.fixture
def north(centre):
    return register_camera(
        "tests", camera_id="north", name="North", latitude=51.5, longitude=-0.1, heading_degrees=0, purpose="Tests", owner="Tests"
    )  # fmt: skip


@pytest.fixture
def csv_file(tmp_path):
    """Three good rows and a bad one."""
    path = tmp_path / "reads.csv"
    path.write_bytes(text_of([*good_rows(3), ("", "x", "north")]))
    return path


def run(*arguments, given=None):
    return CliRunner().invoke(app, ["import", *map(str, arguments)], input=given)


def count(settings):
    store = ReadStore.open(settings.reads_path)
    try:
        return store.count()
    finally:
        store.close()


def test_told_once_and_remembered(centre, north, csv_file, tmp_path):
    unsaid = run(csv_file, *WHY)
    assert unsaid.exit_code == 1
    assert "--map plate=COLUMN" in str(unsaid.exception)
    done = run(csv_file, *WHY, *MAPS, "--json")
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    assert (report["loaded"], report["refused"], report["finished"]) == (3, 1, True)
    assert report["refusals"] == [{"why": "The row has no plate.", "rows": 1, "first_lines": [5]}]
    other = tmp_path / "later.csv"
    other.write_bytes(text_of(good_rows(2, first=100)))
    later = run(other, *WHY)
    assert later.exit_code == 0, later.exception
    assert "2 reads of 1 camera loaded, 0 rows refused." in later.stdout
    assert "No alert was raised" in later.stdout
    assert "AB00" not in later.output, "a plate is shown"
    assert "•••••••" in later.stderr
    again = run(other, *WHY)
    assert "was imported by" in again.stderr
    assert "2 of them were loaded by an earlier run." in again.stdout
    assert count(centre) == 5
    kept = centre.data_dir / "imports"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}
    told = [entry for entry in entries() if entry.event is AuditEvent.HISTORY_IMPORTED]
    assert [entry.details["loaded"] for entry in told] == [2, 2, 3], "newest first"
    assert told[-1].actor.startswith("shell:")


def test_asked_on_the_terminal(centre, north, tmp_path, monkeypatch):
    monkeypatch.setattr(verb, "_can_ask", lambda _: True)
    path = tmp_path / "export.csv"
    rows = [("AB12 CDE", f"{at(1):%d/%m/%Y}", f"{at(1):%H:%M:%S}", "north", "97", "x")]
    path.write_bytes(text_of(rows, ("Registration", "Date", "Time", "Camera Id", "Score", "Note")))
    answers = ["Board decision 7", "DPIA 12", "", "", "", "", "day-first", "Europe/London", "", "y"]
    done = run(path, given="\n".join(answers) + "\n")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "1 read of 1 camera loaded" in done.stdout
    remembered = json.loads((centre.data_dir / "imports" / "mappings.json").read_text())
    (plan,) = remembered.values()
    assert plan["columns"] == {
        "plate": "Registration", "captured_at": "Date+Time", "camera": "Camera Id", "confidence": "Score",
    }  # fmt: skip
    assert (plan["time_format"], plan["time_zone"], plan["confidence_of"]) == (
        "day-first",
        "Europe/London",
        100,
    )


def test_a_dry_run_shows_and_loads_nothing(centre, north, csv_file):
    with lock_data_folder(centre):  # as beside a running server
        done = run(csv_file, *MAPS, "--dry-run")
    assert done.exit_code == 0, done.exception
    assert "3 reads of 1 camera could be loaded, 1 row refused." in done.stdout
    assert "line 5: The row has no plate." in done.stderr
    assert "AB00" not in done.output
    assert not (centre.data_dir / "imports").exists()
    assert count(centre) == 0


def test_beside_a_running_server_it_says_what_to_do(centre, north, csv_file):
    with lock_data_folder(centre):
        done = run(csv_file, *WHY, *MAPS)
    assert done.exit_code == 1
    assert "stop `turnpike serve`" in str(done.exception)


def test_cameras_are_registered_first_and_named_otherwise(centre, csv_file, tmp_path):
    (tmp_path / "cameras.csv").write_text(
        "camera,name,latitude,longitude,heading_degrees,purpose,owner\ngate-1,Gate,51.5,-0.1,90,Theft,County\n"
    )
    (tmp_path / "names.csv").write_text("name,camera\nnorth,gate-1\n")
    done = run(
        csv_file, *WHY, *MAPS, "--register-cameras", tmp_path / "cameras.csv", "--cameras", tmp_path / "names.csv", "--json"
    )  # fmt: skip
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["cameras"] == {"gate-1": 3}
    assert [camera.camera_id for camera in all_cameras()] == ["gate-1"]
    (tmp_path / "names.csv").write_text("name,camera\nnorth,gate-9\n")
    assert "Line 2 of" in str(
        run(csv_file, *MAPS, "--dry-run", "--cameras", tmp_path / "names.csv").exception
    )


def test_stdin_and_one_camera_for_all(centre, north):
    content = text_of([("AB1", written(at(0)) + "Z")], ("plate", "captured_at"))
    done = run("-", *WHY, "--camera", "north", "--json", given=content)
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["loaded"] == 1
    assert "no camera of that id" in str(run("-", *WHY, "--camera", "south", given=content).exception)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(MAPS, "--reason"), ((*WHY, "--map", "colour"), "FIELD=COLUMN"), ((*WHY, *MAPS[:-2]), "--time-zone"),
     ((*WHY, *MAPS, "--map", "plate=Nothing"), "no column 'Nothing'"), ((*WHY, "--map", "plate=Time", *MAPS[2:]), "None of the first rows")],
)  # fmt: skip
def test_what_is_missing_is_said(centre, north, csv_file, arguments, sentence):
    done = run(csv_file, *arguments)
    assert done.exit_code == 1
    assert sentence in str(done.exception)
