"""Whose reads a camera's are: from its first read, or from now on, and never of what was read before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from turnpike import config
from turnpike.cameras.services import (
    CameraError,
    controller_at,
    other_controllers,
    own_controller,
    set_controller,
    tenures,
    tenures_of_others,
)
from turnpike.cli.camera import commands
from turnpike.ledger.services import AuditEvent, LedgerError, entries

pytestmark = pytest.mark.django_db
LONG_AGO, NEVER = datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def test_a_camera_is_the_sites_own_unless_it_is_said_whose_it_is(register):
    register()
    register("gate", controller="  County   Roads ")
    assert controller_at("north-gate", LONG_AGO) == own_controller() == config.load().organisation
    assert controller_at("gate", LONG_AGO) == "County Roads"
    assert controller_at("nowhere", LONG_AGO) == own_controller()
    assert other_controllers() == ("County Roads",)
    (registered,) = [entry for entry in entries() if entry.details.get("camera") == "gate"]
    assert registered.details["controller"] == "County Roads"


def test_a_change_counts_from_now_and_is_in_the_ledger(register):
    camera = register()
    before = timezone.now() - timedelta(seconds=1)
    changed = set_controller(camera, "County Roads", "tests")
    assert changed.since_at is not None
    assert controller_at("north-gate", before) == own_controller()
    assert controller_at("north-gate", changed.since_at) == "County Roads"
    assert controller_at("north-gate", changed.since_at - timedelta(milliseconds=1)) == own_controller()
    assert entries()[0].event is AuditEvent.CAMERA_CONTROLLER_CHANGED
    assert entries()[0].details["before"] == own_controller()
    again = set_controller(camera, "", "tests")
    assert again.since_at is not None
    assert [tenure.controller for tenure in tenures(camera)] == [
        own_controller(),
        "County Roads",
        own_controller(),
    ]
    assert controller_at("north-gate", again.since_at) == own_controller()
    (theirs,) = tenures_of_others(LONG_AGO, NEVER)
    assert (theirs.since_at, theirs.until_at) == (changed.since_at, again.since_at)
    assert tenures_of_others(LONG_AGO, changed.since_at) == ()
    assert tenures_of_others(again.since_at, NEVER) == ()


def test_saying_the_same_again_is_no_change(register):
    camera = register(controller="County Roads")
    size = len(entries())
    set_controller(camera, "County Roads", "tests")
    assert len(entries()) == size
    assert len(tenures(camera)) == 1


def test_the_sites_own_stay_its_own_when_it_is_renamed(register, monkeypatch):
    camera = register(controller="County Roads")
    set_controller(camera, "", "tests")
    monkeypatch.setattr(config.load(), "controller", "Fenbridge Police")
    assert tenures(camera)[-1].controller == own_controller() == "Fenbridge Police"
    monkeypatch.setattr(config.load(), "controller", "County Roads")
    assert tenures_of_others(LONG_AGO, NEVER) == ()


def test_what_cannot_be_recorded_is_not_changed(register, monkeypatch):
    camera = register()

    def full(*_args, **_facts):
        raise LedgerError("full")

    monkeypatch.setattr("turnpike.cameras.controllers.record", full)
    with pytest.raises(LedgerError):
        set_controller(camera, "County Roads", "tests")
    assert len(tenures(camera)) == 1


def test_a_name_without_end_is_refused(register):
    with pytest.raises(CameraError, match="Shorten"):
        set_controller(register(), "x" * 121, "tests")


def test_the_command_and_the_pages_say_whose_it_is(register, people, client):
    register()
    done = CliRunner().invoke(
        commands, ["controller", "north-gate", "--set", "County Roads"], catch_exceptions=False
    )
    assert "County Roads is controller" in done.stdout
    client.force_login(people.auditor)
    assert "County Roads" in client.get("/cameras/").content.decode()
    page = client.get("/cameras/north-gate/").content.decode()
    assert "Whose its reads are" in page
    assert own_controller() in page
