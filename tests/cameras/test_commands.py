"""`turnpike camera …` prints keys and lists on stdout, and nothing else there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from tests.necessity import argument, give_case
from typer.testing import CliRunner

from turnpike.cameras.models import NecessityCase
from turnpike.cameras.services import CameraError, admitted, camera_for_key, change_camera, find_camera
from turnpike.cli import doctor
from turnpike.cli.camera import commands
from turnpike.errors import InputError, TurnpikeError
from turnpike.ledger.services import entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.cameras.models import Camera

ADD = [
    "add", "north-gate", "--name", "North Gate", "--latitude", "51.5", "--longitude", "-0.14", "--heading", "40",
    "--purpose", "Stolen vehicles", "--owner", "County roads", "--lanes", "2",
]  # fmt: skip


def run(*arguments: str) -> str:
    done = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_adding_a_camera_prints_its_key_alone(db: None):
    key = run(*ADD).strip()
    camera = camera_for_key(key)
    assert camera is not None
    assert (camera.camera_id, camera.name, camera.longitude, camera.lanes) == (
        "north-gate",
        "North Gate",
        -0.14,
        2,
    )
    assert all(entry.actor.startswith("shell:") for entry in entries())


def test_a_further_key_leaves_the_first_and_revoking_takes_both(register: Callable[..., Camera]):
    camera = register()
    keys = [run("key", camera.camera_id).strip() for _ in range(2)]
    assert [camera_for_key(key) for key in keys] == [camera, camera]
    assert run("revoke", camera.camera_id).startswith("2 keys")
    assert [camera_for_key(key) for key in keys] == [None, None]


def test_the_list_is_a_table_or_lines_of_json(register: Callable[..., Camera]):
    register()
    register("bridge", heading_degrees=359)
    assert "north-gate" in run("list")
    lines = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [line["camera"] for line in lines] == ["bridge", "north-gate"]
    assert lines[0]["heading_degrees"] == 359


def test_what_is_wrong_is_said(db: None):
    with pytest.raises(InputError, match="no camera of that id"):
        run("key", "nowhere")
    with pytest.raises(CameraError, match="heading"):
        run(*ADD[:9], "400", *ADD[10:])
    assert find_camera("north-gate") is None


def test_a_case_made_on_the_command_line_waits_for_somebody_signed_in(register: Callable[..., Camera]):
    camera = register()
    said = argument()
    told = run(
        "case", camera.camera_id, "--why-here", said.why_here, "--need", said.need, "--alternatives", said.alternatives,
        "--dpia", said.dpia, "--review-on", said.review_on.isoformat(), "--purpose", "Charging",
    )  # fmt: skip
    assert "another person" in told
    case = camera.cases.get()
    assert (case.is_waiting, case.purpose, case.made_by.startswith("shell:")) == (True, "Charging", True)
    assert not admitted(camera.camera_id)


def test_the_doctor_counts_what_is_refused_carried_over_and_due(register: Callable[..., Camera]):
    for name in ("carried", "due", "fine", "refused", "closed"):
        register(name)
    change_camera("tests", "closed", active=False)
    today = timezone.now().date()
    give_case("fine")
    give_case("due", review_on=today + timedelta(days=20))
    give_case("carried", review_on=today + timedelta(days=90))
    NecessityCase.objects.filter(camera_id="carried").update(is_carried_over=True)
    with pytest.raises(TurnpikeError, match=r"reads of 1 cameras are refused.*the first is refused"):
        doctor._cameras()
    give_case("refused")
    told = doctor._cameras()
    assert "4 active" in told
    assert f"1 of these were carried over and end on {today + timedelta(days=90)}" in told
    assert "1 more are to be reviewed within 30 days" in told
    assert "4 places neither published nor withheld" in told
