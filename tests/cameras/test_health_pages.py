"""What is shown of health: on the pages, to monitoring, and to the technician; no small count and no vehicle's time in any of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cameras.listening import Listening
from tests.necessity import give_case

from turnpike.accounts.services import Scope, issue_service_key
from turnpike.cameras import health_report, reporting
from turnpike.cameras.health import AlarmKind, HealthState
from turnpike.cameras.health_words import headline, seen
from turnpike.cameras.reporting import CameraHealth, health_of, in_tens
from turnpike.cameras.services import issue_key, reported
from turnpike.cli.doctor_cameras import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(register, monkeypatch, store) -> Listening:
    """Three cameras that usually read ten a minute, up to now; the pages' own ear is the test's."""
    register("north-gate")
    register("bridge", latitude=51.52)
    issue_key(register("mill"), "tests")
    world = Listening(timezone.now() - timedelta(minutes=70))
    for module in (reporting, health_report):
        monkeypatch.setattr(module, "EAR", world.ear)
    world.usual(dict.fromkeys(("north-gate", "bridge", "mill"), 600))
    return world


def pages(client, person, *paths: str) -> list[str]:
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = []
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        found.append(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))
    return found


def an_hour(world: Listening, *without: str) -> None:
    def sent() -> None:
        for camera_id in ("north-gate", "bridge", "mill"):
            if camera_id not in without or world.now < timezone.now() - timedelta(minutes=65):
                world.send(camera_id, 10, delay_ms=1_200)

    world.minutes(70, sent)


def test_the_pages_tell_each_state_by_word_and_shape(world, client, people):
    an_hour(world, "bridge")
    give_case("bridge")
    (listed, one, other) = pages(client, people.operator, "/cameras/", "/cameras/bridge/", "/cameras/mill/")
    assert "1 camera has something wrong" in listed
    assert "Bridge is silent." in listed
    assert "Silent" in one
    assert "Is it powered" in one
    assert "Working" in other
    assert "1.2 s from capture to receipt" in other
    assert "are usual" in other
    raw = client.get("/cameras/").content.decode()
    assert "</svg> Silent" in raw


def test_few_reads_are_told_by_no_figure(world, client, people):
    world.minutes(66)
    world.minutes(1, lambda: world.send("mill", 7, delay_ms=12_345, confidence=0.123))
    (page,) = pages(client, people.operator, "/cameras/mill/")
    assert "under 10" in page
    for figure in ("12.3 s", "12%", " 7 "):
        assert figure not in page
    (health,) = health_of(["mill"])
    assert (health.delay_s, health.confidence, health.rate, health.heard_at) == (None, None, None, None)
    assert health.heard == "within 24 hours"
    text = metrics(client)
    assert 'camera="mill",state="working"' in text
    assert not re.search(
        r'turnpike_camera_(reads_in_last_hour|delay_seconds|confidence|heard\w+)\{camera="mill"', text
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "none"), (1, "under 10"), (9, "under 10"), (10, "10"), (19, "10"), (1234, "1,230")],
)
def test_counts_are_shown_in_tens(count, shown):
    assert in_tens(count) == shown


def metrics(client) -> str:
    key = issue_service_key("prometheus", (Scope.HEALTH_READ,), days=1, actor="tests")
    answer = client.get("/metrics", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return str(answer.content.decode())


def test_monitoring_reads_every_figure_under_the_cameras_id(world, client):
    an_hour(world, "bridge")
    text = metrics(client)
    assert 'turnpike_cameras{state="silent"} 1' in text
    assert 'turnpike_cameras_ill{kind="silent"} 1' in text
    assert re.search(r'turnpike_camera_reads_in_last_hour\{camera="mill"\} [56]\d0', text)
    assert re.search(r'turnpike_camera_delay_seconds\{camera="mill"\} ', text)
    (heard,) = re.findall(r'heard_timestamp_seconds\{camera="mill"\} (\d+)', text)
    assert int(heard) % 600 == 0, "to ten minutes"
    assert "turnpike_ledger_entries " in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? -?[\d.e+-]+", line), line


def test_metrics_want_a_systems_key(client, people):
    assert client.get("/metrics").status_code == 401
    client.force_login(people.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/metrics").status_code == 401
    key = issue_service_key("log", (Scope.AUDIT_READ,), days=1, actor="tests")
    assert client.get("/metrics", headers={"authorization": f"Bearer {key}"}).status_code == 403


def test_readiness_tells_nothing_but_itself(client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


def test_the_report_has_the_newest_trouble_first_and_says_what_to_do(world):
    def sent() -> None:
        since = 65 if world.now < timezone.now() - timedelta(minutes=40) else 0
        for camera_id in ("north-gate", "bridge", "mill"):
            if not (camera_id == "bridge" and not since):
                world.send(camera_id, 10, delay_ms=61 * 60_000 if camera_id == "mill" else 900)

    world.minutes(70, sent)
    report = reported()
    assert [one.camera for one in report.cameras] == ["bridge", "mill"]
    assert report.working == 1
    text = "\n".join(told(report, alone=False))
    assert text.index("Bridge (bridge)") < text.index("Mill (mill)")
    assert "Do:    Is it powered" in text
    assert "1 camera is working." in text
    alone = "\n".join(told(reported("mill"), alone=True))
    assert "Its clock is 1.0 h behind" in alone
    assert "Confidence" in alone
    json.dumps(alone)


def health(**changes) -> CameraHealth:
    facts = {
        "camera_id": "gate", "name": "Gate", "state": HealthState.WORKING, "ills": (), "heard_at": None,
        "heard": "within ten minutes", "reads": "600", "usual_reads": 600.0, "rate": 1.0, "delay_s": 1.0,
        "clock_error_s": -0.5, "confidence": 0.9, "usual_confidence": 0.9, "unread_share": 0.02,
        "usual_unread_share": 0.02, "aside": "none", "aside_for_time": False, "alive": True, "keys": 1,
    }  # fmt: skip
    return CameraHealth(**facts | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": HealthState.WAITING, "keys": 0}, "no key of its own"),
        ({"state": HealthState.WAITING}, "Nothing has ever come"),
        ({"state": HealthState.CLOSED}, "closed on the register"),
        ({"state": HealthState.SILENT, "ills": (AlarmKind.SILENT,), "alive": True}, "Look through the lens"),
        ({"state": HealthState.SILENT, "ills": (AlarmKind.SILENT,), "alive": False}, "Is it powered"),
        ({"ills": (AlarmKind.CLOCK,), "clock_error_s": 3601.0}, "time zone and no drift"),
        ({"ills": (AlarmKind.CLOCK,), "clock_error_s": -5400.0}, "time zone and no drift"),
        ({"ills": (AlarmKind.CLOCK,), "clock_error_s": 42.0}, "42.0 s ahead"),
        ({"ills": (AlarmKind.CLOCK,), "aside_for_time": True}, "put aside, because their time"),
        ({"ills": (AlarmKind.LATE,), "delay_s": 95.0}, "later than 2 min"),
        ({"ills": (AlarmKind.UNSURE,), "confidence": 0.7}, "70%, where 90% is usual"),
        ({"ills": (AlarmKind.UNREAD,), "unread_share": 0.4}, "Of 40% of vehicles"),
        ({"rate": 0.2}, "20% of what it usually does"),
        ({"aside": "40"}, "page Messages"),
    ],
)
def test_each_trouble_says_what_is_seen_and_what_to_do(changes, words):
    told_of_it = seen(health(**changes))
    assert any(words in f"{what} {to_do}" for what, to_do in told_of_it)
    assert all(what.endswith(".") and to_do.endswith((".", "?")) for what, to_do in told_of_it)


def test_what_works_needs_nothing():
    assert seen(health()) == ()
    assert headline(health()).startswith("Working.")


def test_no_two_states_share_a_word_a_shape_or_a_colour():
    for told_by in ("word", "shape", "colour"):
        assert len({getattr(state, told_by) for state in HealthState}) == len(HealthState)
