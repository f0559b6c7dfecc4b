"""Alarms over real records: begun once, ended once, one for all that fell ill together, and told without a plate."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import SecretStr, ValidationError
from tests.cameras.listening import BEGIN, Listening

from turnpike import config
from turnpike.cameras.alarms import alarms_of, open_alarms
from turnpike.cameras.health import AlarmKind, HealthState
from turnpike.cameras.health_models import AlarmNotice, CameraAlarm, CameraRhythm
from turnpike.cameras.health_words import told_alarm
from turnpike.cameras.models import Camera
from turnpike.cameras.reporting import states
from turnpike.cameras.webhook import GIVEN_UP_AFTER, send_notices
from turnpike.ledger.services import AuditEvent, LedgerError, entries
from turnpike.reads.services import NewBatch, NewRead

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

pytestmark = pytest.mark.django_db
SECRET = "a secret of the tests, long enough"
TOLD = {AuditEvent.CAMERA_ALARM_RAISED, AuditEvent.CAMERA_ALARM_ENDED}


def told() -> list[tuple[AuditEvent, str, int]]:
    """What the ledger says of alarms, oldest first."""
    return [
        (one.event, str(one.details["kind"]), int(str(one.details["count"])))
        for one in reversed(entries(limit=1000))
        if one.event in TOLD
    ]


@pytest.fixture
def world(register) -> Listening:
    """Six cameras that usually read ten a minute."""
    world = Listening()
    ids = [f"gate-{number}" for number in range(6)]
    for number, camera_id in enumerate(ids):
        register(camera_id, latitude=50.0 + number, owner="County" if number < 5 else "Town")
    world.usual(dict.fromkeys(ids, 600))
    return world


@pytest.fixture
def webhook(configured):
    configured(camera_webhook_url="https://hook.invalid/in", camera_webhook_secret=SecretStr(SECRET))


def all_send(world: Listening, *without: str, **sent) -> None:
    for camera_id in list(world.ear.index):
        if camera_id not in without:
            world.send(camera_id, 10, **sent)


def test_a_silent_camera_is_told_once_and_its_return_once(world: Listening):
    world.minutes(5, lambda: all_send(world))
    assert told() == []
    world.minutes(40, lambda: all_send(world, "gate-2"))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "silent", 1)]
    (alarm,) = open_alarms()
    assert (alarm.kind, alarm.cameras, alarm.count) == (AlarmKind.SILENT, (("gate-2", "Gate 2"),), 1)
    assert told_alarm(alarm) == "Gate 2 is silent."
    world.minutes(5, lambda: all_send(world))
    assert told()[1:] == [(AuditEvent.CAMERA_ALARM_ENDED, "silent", 1)]
    assert open_alarms() == ()
    (ended,) = alarms_of("gate-2")
    assert ended.ended_at is not None
    assert BEGIN + timedelta(minutes=15) <= ended.raised_at <= BEGIN + timedelta(minutes=18)


def test_one_read_does_not_end_a_silence(world: Listening):
    world.minutes(5, lambda: all_send(world))
    world.minutes(30, lambda: all_send(world, "gate-2"))
    world.send("gate-2", 1)
    world.minutes(9, lambda: all_send(world, "gate-2"))
    assert len(open_alarms()) == 1, "the end of an alarm would name the minute of one vehicle"


def test_a_link_that_fails_is_one_alarm_that_says_what_is_shared(world: Listening):
    lost = [f"gate-{number}" for number in range(5)]
    world.minutes(5, lambda: all_send(world))
    world.minutes(40, lambda: all_send(world, *lost))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "silent", 5)]
    (alarm,) = open_alarms()
    assert alarm.shared == "they belong to County"
    assert told_alarm(alarm) == "5 cameras are silent together; they belong to County."
    # It ends with the last of them, and not five times.
    world.minutes(10, lambda: all_send(world, *lost[1:]))
    assert (
        told_alarm(open_alarms()[0])
        == "5 cameras are silent together (4 of them still); they belong to County."
    )
    assert _silent() == set(lost[1:])
    world.minutes(10, lambda: all_send(world))
    assert told()[1:] == [(AuditEvent.CAMERA_ALARM_ENDED, "silent", 5)]


def _silent() -> set[str]:
    return {camera for camera, state in states().items() if state is HealthState.SILENT}


def test_those_noticed_later_join_the_group_and_single_ones_are_taken_over(world: Listening):
    ids = list(world.ear.index)
    for at, reads in enumerate([6000, 3000, 600, 60, 40, 30]):
        world.ear.rhythm.counts[world.ear.index[ids[at]]] = reads
    world.ear.rhythm.refresh()
    world.minutes(10, lambda: all_send(world))
    world.minutes(150)
    (alarm,) = open_alarms()
    assert (alarm.count, alarm.ill) == (6, 6)
    assert _silent() == set(ids)
    raised = [count for event, _, count in told() if event is AuditEvent.CAMERA_ALARM_RAISED]
    assert len(raised) <= 5, "four alone at the most, and one for all"
    taken = CameraAlarm.objects.filter(joined=alarm.number)
    assert all(one.ended_at is not None for one in taken)
    assert len(raised) == 1 + taken.count()


def test_a_nation_that_falls_silent_is_one_alarm(db: None):
    ids = [f"n-{number}" for number in range(1_500)]
    Camera.objects.bulk_create(
        Camera(
            camera_id=one,
            name=one,
            latitude=50 + at / 1000,
            longitude=0,
            heading_degrees=0,
            purpose="p",
            owner=f"o{at % 40}",
        )
        for at, one in enumerate(ids)
    )
    world = Listening()
    world.usual({one: 200 + 10 * (at % 90) for at, one in enumerate(ids)})
    world.minutes(2, lambda: all_send(world))
    world.minutes(25)
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "silent", 1_500)]
    (alarm,) = open_alarms()
    assert alarm.shared.startswith("all cameras")
    assert len(alarm.cameras) == 20


def test_this_centres_own_clock_is_one_alarm(world: Listening):
    world.minutes(60, lambda: all_send(world, delay_ms=lambda at: -300_000 + 100 * at))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "clock", 6)]
    assert open_alarms()[0].shared.startswith("all cameras")


def test_an_alarm_that_flutters_about_its_limit_does_not_come_and_go(world: Listening):
    world.minutes(30, lambda: world.send("gate-0", 10, delay_ms=6_000))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "clock", 1)]
    world.minutes(200, lambda: world.send("gate-0", 10, delay_ms=5_600 if world.now.minute % 2 else 4_400))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "clock", 1)]
    world.minutes(100, lambda: world.send("gate-0", 10, delay_ms=900))
    assert told()[1:] == [(AuditEvent.CAMERA_ALARM_ENDED, "clock", 1)]


def test_what_cannot_be_entered_is_begun_with_the_next_look(world: Listening, monkeypatch):
    world.minutes(5, lambda: all_send(world))

    def full(*_args, **_facts):
        raise LedgerError("full")

    with monkeypatch.context() as broken:
        broken.setattr("turnpike.cameras.alarms.record", full)
        with pytest.raises(LedgerError):
            world.minutes(40, lambda: all_send(world, "gate-2"))
    assert CameraAlarm.objects.count() == 0
    world.minutes(1, lambda: all_send(world, "gate-2"))
    assert told() == [(AuditEvent.CAMERA_ALARM_RAISED, "silent", 1)]


def test_a_camera_that_is_closed_has_no_alarm_any_more(world: Listening):
    world.minutes(5, lambda: all_send(world))
    world.minutes(30, lambda: all_send(world, "gate-2"))
    Camera.objects.filter(camera_id="gate-2").update(active=False)
    world.minutes(5, lambda: all_send(world, "gate-2"))
    assert open_alarms() == ()
    assert states()["gate-2"] is HealthState.CLOSED


def test_what_was_learnt_outlives_the_process(world: Listening):
    world.minutes(125, lambda: all_send(world))
    assert CameraRhythm.objects.count() == 6
    later = Listening(world.now + timedelta(minutes=3))
    later.watch.begin(later.now)
    at = later.ear.index["gate-0"]
    assert np.array_equal(later.ear.rhythm.counts[at], world.ear.rhythm.counts[world.ear.index["gate-0"]])
    assert later.ear.sign_ms[at] > 0
    later.minutes(16, lambda: all_send(later, "gate-3"))
    assert [alarm.cameras[0][0] for alarm in open_alarms()] == ["gate-3"]


def test_what_the_store_holds_is_remembered_at_the_start(register, store):
    register("gate-0")
    read = NewRead(plate="AB12CDE", raw_text="", confidence=0.9, captured_at=BEGIN, event_key=1)
    store.append([NewBatch("gate-0", "tests", "", "", bytes(32), BEGIN, (read,))])
    later = Listening(BEGIN + timedelta(hours=1))
    later.watch.begin(later.now)
    assert later.ear.read_ms[later.ear.index["gate-0"]] == round(BEGIN.timestamp() * 1000)


def test_a_row_that_is_broken_is_learnt_anew(register):
    CameraRhythm.objects.create(camera=register("gate-0"), counts=b"x", confidence=b"", unread=b"")
    later = Listening()
    later.watch.begin(later.now)
    assert np.isnan(later.ear.rhythm.usual(0)).all()


def test_alarms_are_sent_signed_and_once(world: Listening, webhook: None):
    world.minutes(5, lambda: all_send(world))
    world.minutes(30, lambda: all_send(world, "gate-2"))
    sent: list[tuple[bytes, Mapping[str, str]]] = []

    def post(body: bytes, headers: Mapping[str, str]) -> bool:
        sent.append((body, headers))
        return True

    assert send_notices(world.now, post) == 1
    assert send_notices(world.now, post) == 0
    ((body, headers),) = sent
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    message = json.loads(body)
    assert message["type"] == "camera.alarm.began"
    assert message["data"]["cameras"] == ["gate-2"]
    assert message["data"]["kind"] == "silent"


def test_what_is_not_taken_is_sent_again_ever_less_often_and_given_up_after_a_day(
    world: Listening, webhook: None
):
    world.minutes(5, lambda: all_send(world))
    world.minutes(30, lambda: all_send(world, "gate-2"))
    tries: list[datetime] = []
    now = begin = world.now

    def fail(*_: object) -> bool:
        tries.append(now)
        return False

    while AlarmNotice.objects.filter(done_at=None).exists():
        send_notices(now, fail)
        now += timedelta(seconds=30)
        assert now < begin + GIVEN_UP_AFTER + timedelta(hours=2)
    assert 20 < len(tries) < 45
    assert tries[-1] - tries[0] >= GIVEN_UP_AFTER - timedelta(hours=1)
    assert AlarmNotice.objects.filter(was_taken=True).count() == 0


def test_the_webhook_is_posted_to_over_http_and_not_led_elsewhere(world: Listening, configured):
    """A real server: it answers with a redirect first, which is no taking and is not followed."""
    got: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(302 if len(got) == 1 else 204)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/in"
        configured(camera_webhook_url=address, camera_webhook_secret=SecretStr(SECRET))
        world.minutes(5, lambda: all_send(world))
        world.minutes(30, lambda: all_send(world, "gate-2"))
        assert send_notices(world.now) == 0
        assert send_notices(world.now + timedelta(minutes=1)) == 1
        server.shutdown()
        thread.join()
        configured(camera_webhook_url=address)
    assert [path for path, _ in got] == ["/in", "/in"]
    assert got[0][1] == got[1][1]
    AlarmNotice.objects.update(done_at=None, next_at=world.now)
    assert send_notices(world.now) == 0, "nobody listens any more"


def test_a_webhook_wants_https_and_a_secret(tmp_path):
    for address, secret in (("http://example.org/", SECRET), ("https://example.org/", "short")):
        with pytest.raises(ValidationError, match="camera_webhook"):
            config.Config(
                data_dir=tmp_path, camera_webhook_url=address, camera_webhook_secret=SecretStr(secret)
            )


def test_nobody_is_told_where_no_address_is_set(world: Listening):
    world.minutes(5, lambda: all_send(world))
    world.minutes(30, lambda: all_send(world, "gate-2"))
    assert AlarmNotice.objects.count() == 0
    assert send_notices(world.now) == 0
