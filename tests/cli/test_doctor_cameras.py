"""`turnpike doctor --cameras` on the terminal: once, watched, and misused."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from turnpike.cameras.errors import CameraError
from turnpike.cameras.services import CameraLines, Report, register_camera
from turnpike.cli import doctor_cameras
from turnpike.cli.doctor import doctor
from turnpike.cli.main import app


def report(headline: str, *, stands: bool) -> Report:
    lines = CameraLines(
        "gate", "Gate", "Silent", headline, (("Nothing comes from it.", "Is it powered?"),), (), (), stands
    )
    return Report("2026-11-23 08:00 UTC", True, 3, ("5 cameras are silent together.",), (lines,))


def test_it_is_said_anew_only_when_it_changes(monkeypatch, capsys):
    told = iter([report("one", stands=False), report("one", stands=False), report("two", stands=True)])
    monkeypatch.setattr(doctor_cameras, "cameras_report", lambda _camera: next(told))
    waits = iter([None, None])

    def wait(_seconds: float) -> None:
        if next(waits, "over") == "over":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        doctor_cameras.say_how_cameras_are("gate", watch=True, as_json=False, wait=wait)
    out = capsys.readouterr().out
    assert out.count("Gate (gate)") == 2
    assert out.index("one") < out.index("two")
    assert "Do:    Is it powered?" in out


def test_something_wrong_is_status_1_and_json_is_one_object(monkeypatch, capsys):
    monkeypatch.setattr(doctor_cameras, "cameras_report", lambda _camera: report("x", stands=True))
    with pytest.raises(typer.Exit) as ended:
        doctor_cameras.say_how_cameras_are("", watch=False, as_json=True)
    assert ended.value.exit_code == 1
    assert json.loads(capsys.readouterr().out)["cameras"][0]["camera"] == "gate"


def test_misuse_is_status_2():
    assert CliRunner().invoke(app, ["doctor", "gate"]).exit_code == 2
    assert CliRunner().invoke(app, ["doctor", "--watch"]).exit_code == 2


def test_without_a_server_what_was_noted_is_said(transactional_db, capsys):
    register_camera(
        "tests", camera_id="gate", name="Gate", latitude=51.5, longitude=0, heading_degrees=0, purpose="Tests", owner="Tests"
    )  # fmt: skip
    doctor(camera="gate", cameras=True, watch=False, as_json=False)
    out = capsys.readouterr().out
    assert "The server does not run here" in out
    assert "Nothing has ever come from it, and no key of its own stands." in out
    with pytest.raises(CameraError, match="no camera of that id"):
        doctor(camera="nowhere", cameras=True, watch=False, as_json=False)
