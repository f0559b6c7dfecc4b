"""Event streams fetched from a real HTTP server that acts as cameras do: every event is in the spool, whatever ends, stalls, lies or refuses."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from tests.camera_server import CameraServer, part
from tests.certificates import write_certificates
from tests.ingest.fetched_feeds import FakeSpool, ending, fetched, until
from tests.ingest.vendor_fixtures import FOLDER

from turnpike.ingest import stream_messages, stream_parts, stream_reading, stream_settings
from turnpike.ingest.adapters import adapters
from turnpike.ingest.feeding import FeedFacts
from turnpike.ingest.fetching import ConnectionState
from turnpike.ingest.streams import StreamFeeds
from turnpike.ingest.vendor_messages import VendorMessage

LOOPBACK = (ip_network("127.0.0.0/8"),)
SNAP = (FOLDER / "dahua-cgi" / "good-snap-manager.bin").read_bytes()
EVENT = (
    SNAP.split(b"\n\n", 2)[1].strip()
    if b"\r\n\r\n" not in SNAP
    else SNAP.split(b"\r\n\r\n")[1].split(b"\r\n--")[0]
)
JPEG = SNAP[SNAP.index(b"\xff\xd8") : SNAP.rindex(b"\xff\xd9") + 2]
ALERT = (FOLDER / "hikvision" / "good-xml-alone.xml").read_bytes()
BEAT = part(b"Heartbeat")


class CameraSpool(FakeSpool):
    """Knows the plates as well."""

    @property
    def plates(self):
        """By message, the plates that its adapter understands."""
        return [understood(message)[0] for message in self.messages]


def understood(message, adapter="dahua-cgi"):
    """Plates and pictures of a spooled message."""
    given = VendorMessage(message.body, message.received_at, message.content_type, message.topic)
    found = adapters()[adapter].understand(given).sightings
    return [one.plate for one in found], [one.picture is not None for one in found]


def event(number=0):
    return EVENT.replace(b"AB12CDE", b"AB%02dCDE" % number)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(stream_reading, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(stream_reading, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(stream_reading, "QUIET_S", 0.1)
    monkeypatch.setattr(stream_reading, "ANNOUNCED_S", 0.1)
    monkeypatch.setattr(stream_reading, "TRIED_EVERY_S", 0.02)
    monkeypatch.setattr(stream_reading, "PASSWORD_LOOKED_AT_S", 0.02)
    monkeypatch.setattr(stream_messages, "LIFE_EVERY_S", 1e9)


@pytest.fixture
def spool():
    return CameraSpool()


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "streams"
    found.mkdir(mode=0o700)
    return found


@pytest.fixture
def started(spool, folder):
    """Starts the feeds of `facts`, a list that a test may change, and stops them in the end."""
    with ending() as begin:

        def start(facts, networks=LOOPBACK):
            feeds = StreamFeeds(
                spool.put, lambda: list(facts), folder=folder, networks=networks, looked_up_s=0.02
            )
            begin(feeds)
            return feeds

        yield start


def facts_of(camera, adapter="dahua-cgi", **settings):
    settings = {"address": f"127.0.0.1:{camera.port}", "tls": "no", **settings}
    return fetched(adapter, settings)


def state_of(feeds):
    return feeds.states().get("gate") or ConnectionState(is_connected=False, since=datetime.now(UTC))


def told(feeds, words):
    until(lambda: words in state_of(feeds).told)


@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize("length", [True, False])
def test_an_event_and_its_picture_are_one_message_that_is_understood(spool, started, is_chunked, length):
    with CameraServer(is_chunked=is_chunked) as camera:
        camera.begins_with = BEAT
        started([facts_of(camera)])
        for number in (1, 2):
            camera.send(part(event(number), length=length))
            camera.send(part(JPEG, media="image/jpeg", length=length))
        camera.send(BEAT)
        spool.wait_for(3)
        beat, *events = spool.messages
        assert understood(beat) == ([], [])
        assert [understood(one) for one in events] == [(["AB01CDE"], [True]), (["AB02CDE"], [True])]
        assert camera.paths == [
            "/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat=30"
        ]


@pytest.mark.parametrize("after", [b"", b"--myboundary\r\n"])
def test_the_last_event_waits_for_no_other(spool, started, after):
    with CameraServer() as camera:
        started([facts_of(camera)])
        camera.send(part(event()) + after)
        spool.wait_for(1)
        assert spool.plates == [["AB00CDE"]]


def test_events_alone_are_asked_for_where_the_feed_says_so(spool, started):
    with CameraServer() as camera:
        started([facts_of(camera, stream="events")])
        camera.send(
            part(
                b'Code=TrafficJunction;action=Pulse;index=0;data={"UTC": 1795342503, "TrafficCar": {"PlateNumber": "AB12CDE"}}'
            )
        )
        spool.wait_for(1)
        assert spool.plates == [["AB12CDE"]]
        assert camera.paths == [
            "/cgi-bin/eventManager.cgi?action=attach&codes=[TrafficJunction]&heartbeat=30"
        ]


def test_a_camera_of_hikvision_with_xml_and_pictures(spool, started):
    beat = (
        ALERT.split(b"<ANPR>")[0].replace(b">ANPR<", b">videoloss<").replace(b">active<", b">inactive<")
        + b"</EventNotificationAlert>"
    )
    alert = ALERT.replace(b"<picNum>2<", b"<picNum>1<")
    shown = b'--boundary\r\nContent-Disposition: form-data; name="licensePlatePicture.jpg"; filename="licensePlatePicture.jpg"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n'
    with CameraServer(content_type="multipart/mixed; boundary=boundary") as camera:
        started([facts_of(camera, "hikvision")])
        for one in (beat, beat, alert):
            camera.send(part(one, media='application/xml; charset="UTF-8"', boundary=b"--boundary"))
        camera.send(shown % (len(JPEG), JPEG))
        spool.wait_for(2)
        assert [understood(one, "hikvision")[1] for one in spool.messages] == [[], [True]]
        assert camera.paths == ["/ISAPI/Event/notification/alertStream"]


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="Login to 4C0F", qop="auth", nonce="{nonce}", opaque="5f"',
        'Digest realm="", nonce="", qop="auth"',
        'Digest realm="a",nonce="{nonce}"',
        'Digest qop="auth,auth-int", realm="r", nonce="{nonce}", algorithm=SHA-256, stale=FALSE,',
        'Digest realm="r", nonce="{nonce}", qop="auth", Basic realm="x"',
        'Digest realm="r", nonce="{nonce}", qop="auth", Negotiate',
    ],
)
def test_signing_in_by_digest_as_cameras_ask_for_it(spool, started, folder, challenge):
    (folder / "gate").touch(mode=0o600)
    (folder / "gate").write_text("a-long-one\n")
    with CameraServer(user="turnpike", password="a-long-one", challenge=challenge) as camera:
        started([facts_of(camera, username="turnpike", password_file="gate")])
        camera.send(part(event()))
        spool.wait_for(1)
        assert camera.refused == 0
        # The password itself goes nowhere.
        assert "a-long-one" not in "".join(camera.heads)


class Forgetful(CameraServer):
    """Knows its own number no more the first time that it is answered with."""

    def _is_right(self, signed, path):
        was, self.is_first = getattr(self, "is_first", True), False
        return not was and super()._is_right(signed, path)


def test_a_number_that_was_used_up_is_no_wrong_password(spool, started, folder):
    (folder / "gate").touch(mode=0o600)
    (folder / "gate").write_text("a-long-one")
    challenge = 'Digest realm="r", nonce="{nonce}", qop="auth", stale=TRUE'
    with Forgetful(user="turnpike", password="a-long-one", challenge=challenge) as camera:
        started([facts_of(camera, username="turnpike", password_file="gate")])
        camera.send(part(event()))
        spool.wait_for(1)
        assert camera.refused == 1


def test_a_wrong_password_is_tried_once_until_it_changes(spool, started, folder):
    (folder / "gate").touch(mode=0o600)
    (folder / "gate").write_text("wrong")
    with CameraServer(user="turnpike", password="a-long-one") as camera:
        feeds = started([facts_of(camera, username="turnpike", password_file="gate")])
        told(feeds, "refuses the user name or the password")
        assert camera.refused == 1
        (folder / "gate").write_text("a-long-one")
        camera.send(part(event()))
        spool.wait_for(1)
        assert camera.refused == 1


def test_a_password_that_others_may_read_is_not_used(started, folder):
    (folder / "gate").write_text("secret")
    (folder / "gate").chmod(0o644)
    with CameraServer(user="turnpike", password="secret") as camera:
        feeds = started([facts_of(camera, username="turnpike", password_file="gate")])
        told(feeds, "DATA_DIR/streams; set its mode to 0600")
        (folder / "gate").chmod(0o600)
        camera.wait_for_readers(1)


def head(status, *more):
    return "\r\n".join([f"HTTP/1.1 {status}", *more, "", ""]).encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            head("401 Unauthorized", 'WWW-Authenticate: Digest realm="", nonce=""', "Content-Length: 0"),
            "asks for a password",
        ),
        (head("403 Forbidden", "Content-Length: 0"), "allow that user"),
        (head("404 Not Found", "Content-Length: 0"), "no such stream"),
        (head("302 Found", "Location: http://169.254.169.254/", "Content-Length: 0"), "not followed"),
        (head("503 Busy", "Content-Length: 0"), "status 503"),
        (head("200 OK", "Content-Type: text/html", "Content-Length: 5") + b"hello", "no camera's stream"),
        (head("200 OK", "Content-Type: multipart/mixed", "Content-Encoding: gzip"), "no camera's stream"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 1\r\n" * 50_000, "cannot be reached"),
    ],
)
def test_an_answer_that_is_no_stream_says_what_to_do(started, answer, words):
    with CameraServer(answer=answer) as camera:
        feeds = started([facts_of(camera)])
        told(feeds, words)
        camera.wait_for_asked(2)


def test_nobody_there_is_told_and_tried_again(spool, started):
    camera = CameraServer()
    camera.start()
    camera.stop()
    feeds = started([facts_of(camera)])
    told(feeds, "cannot be reached")
    with camera:
        camera.send(part(event()))
        spool.wait_for(1)
        until(lambda: state_of(feeds).is_connected and state_of(feeds).taken == 1)


def test_a_camera_that_starts_again_is_asked_again(spool, started):
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event(1)))
        spool.wait_for(1)
        camera.stop()
        until(lambda: not state_of(feeds).is_connected)
        camera.start()
        camera.send(part(event(2)))
        spool.wait_for(2)
        assert spool.plates == [["AB01CDE"], ["AB02CDE"]]


def test_what_breaks_in_the_middle_loses_nothing_that_was_whole(spool, started):
    with CameraServer(is_chunked=True) as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event(1)) + part(JPEG, media="image/jpeg")[:900])
        until(lambda: state_of(feeds).heard_at)
        camera.drop()
        spool.wait_for(1)
        assert spool.plates == [["AB01CDE"]]
        until(lambda: state_of(feeds).passed_over == 1)
        assert state_of(feeds).passed_over_for == stream_parts.PassedOver.CUT.value
        camera.send(part(event(2)))
        camera.end()
        spool.wait_for(2)


def test_a_part_that_is_too_large_is_told_and_the_next_is_taken(spool, started, monkeypatch):
    monkeypatch.setattr(
        stream_reading, "Splitter", lambda media: stream_parts.Splitter(media, max_part_bytes=4096)
    )
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event(1)) + part(b"\xff\xd8" + bytes(9000), media="image/jpeg") + part(event(2)))
        spool.wait_for(2)
        assert spool.plates == [["AB01CDE"], ["AB02CDE"]]
        assert (state_of(feeds).passed_over, state_of(feeds).lost) == (1, 0)
        assert "16 MB" in state_of(feeds).passed_over_for


def test_a_picture_of_no_event_is_told(started):
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(JPEG, media="image/jpeg"))
        until(lambda: state_of(feeds).passed_over_for == stream_parts.PassedOver.NO_EVENT.value)


def test_a_picture_that_was_announced_is_waited_for_and_one_that_comes_late_is_counted(
    spool, started, monkeypatch
):
    monkeypatch.setattr(stream_reading, "ANNOUNCED_S", 20.0)
    pause = threading.Event()
    announced = ALERT.replace(b"<picNum>2<", b"<picNum>1<")
    with CameraServer(content_type="multipart/mixed; boundary=myboundary") as camera:
        feeds = started([facts_of(camera, "hikvision")])
        camera.send(part(announced, media="application/xml"))
        pause.wait(3 * stream_reading.QUIET_S)
        camera.send(part(JPEG, media="image/jpeg"))
        spool.wait_for(1)
        assert JPEG in spool.messages[0].body
        assert state_of(feeds).passed_over == 0
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event()))
        spool.wait_for(2)
        camera.send(part(JPEG, media="image/jpeg"))
        until(lambda: state_of(feeds).passed_over_for == stream_parts.PassedOver.LATE.value)


def silent_for(monkeypatch, seconds):
    streams = {
        adapter: {
            name: stream_settings.EventStream(**{**_fields(one), "silent_s": seconds})
            for name, one in kinds.items()
        }
        for adapter, kinds in stream_settings.STREAMS.items()
    }
    monkeypatch.setattr(stream_settings, "STREAMS", streams)


def _fields(stream):
    return {name: getattr(stream, name) for name in stream.__dataclass_fields__}


def test_a_camera_that_says_nothing_any_more_is_asked_again(started, monkeypatch):
    silent_for(monkeypatch, 0.15)
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.wait_for_asked(3)
        told(feeds, "nothing whole")


def test_one_that_is_quiet_for_long_is_not_left_alone_for_longer_each_time(started, monkeypatch):
    silent_for(monkeypatch, 0.15)
    waits, sleep = [], asyncio.sleep

    async def recorded(seconds):
        waits.append(seconds)
        await sleep(min(seconds, 0.01))

    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    monkeypatch.setattr(asyncio, "sleep", recorded)
    for longest_s, expected in ((0.1, [0.02, 0.02, 0.02]), (1.0, [0.02, 0.04, 0.08])):
        monkeypatch.setattr(stream_reading, "LONGEST_WAIT_S", longest_s)
        waits.clear()
        with CameraServer() as camera:
            feeds = started([facts_of(camera)])
            camera.wait_for_asked(4)
            feeds.stop()
        assert waits[:3] == pytest.approx(expected)


def test_one_that_is_given_by_its_address_needs_no_name_server(spool, started, monkeypatch):
    def away(*_, **__):
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", away)
    with CameraServer() as camera:
        started([facts_of(camera)])
        camera.send(part(event()))
        spool.wait_for(1)


def test_a_camera_that_comes_and_goes_does_not_fill_the_log(started, caplog):
    with CameraServer() as camera:
        started([facts_of(camera)])
        for number in range(1, 6):
            camera.wait_for_asked(number)
            camera.wait_for_readers(1)
            camera.send(BEAT)
            camera.drop()
        camera.wait_for_asked(6)
    told_once = [
        record.message
        for record in caplog.records
        if "stream-feed" in record.message or "gate" in record.message
    ]
    assert len(told_once) == len(set(told_once))


def test_one_that_only_drips_is_asked_again_and_one_whose_heart_beats_is_not(started, monkeypatch):
    silent_for(monkeypatch, 0.3)
    pause = threading.Event()
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.wait_for_readers(1)
        for _ in range(12):
            camera.send(BEAT)
            pause.wait(0.05)
        assert len(camera.paths) == 1
        try:
            for _ in range(400):
                camera.send(b"x")
                if len(camera.paths) > 1:
                    break
                pause.wait(0.01)
        except OSError:
            pass
        camera.wait_for_asked(2)
        until(lambda: state_of(feeds).is_connected)


def test_an_answer_whose_head_never_ends_is_given_up(started, monkeypatch):
    monkeypatch.setattr(stream_reading, "ANSWER_S", 0.1)
    with CameraServer(answer=b"HTTP/1.1 200 OK\r\nX-") as camera:
        feeds = started([facts_of(camera)])
        until(lambda: state_of(feeds).told and "not connected yet" not in state_of(feeds).told)


def test_signs_of_life_are_handed_on_now_and_then(spool, started, monkeypatch):
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(BEAT * 50)
        camera.send(part(event()))
        spool.wait_for(2)
        assert spool.plates == [[], ["AB00CDE"]]
        assert state_of(feeds).heard_at is not None


def test_reading_waits_while_the_spool_takes_none_and_nothing_is_lost(spool, started):
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        spool.is_full = True
        for number in range(5):
            camera.send(part(event(number)))
        told(feeds, "Reading waits")
        until(lambda: spool.refused >= 3)
        assert state_of(feeds).is_connected
        spool.is_full = False
        spool.wait_for(5)
        assert spool.plates == [[f"AB0{number}CDE"] for number in range(5)]
        assert (state_of(feeds).lost, state_of(feeds).told) == (0, "")


def test_what_waited_too_long_is_lost_counted_and_told(spool, started, monkeypatch):
    monkeypatch.setattr(stream_reading, "HELD_FOR_S", 0.05)
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        spool.is_full = True
        camera.send(part(event(1)) + part(event(2)))
        until(lambda: state_of(feeds).lost == 2)
        assert "Messages are lost: The centre's spool is full" in state_of(feeds).told
        spool.is_full = False
        camera.send(part(event(3)))
        spool.wait_for(1)
        until(lambda: state_of(feeds).told == "")
        assert (spool.plates, state_of(feeds).lost) == ([["AB03CDE"]], 2)


def test_more_than_the_feed_may_bring_waits(spool, started):
    with CameraServer() as camera:
        facts = facts_of(camera)
        feeds = started([FeedFacts(facts.name, facts.adapter, settings=facts.settings, messages_a_minute=1)])
        camera.send(b"".join(part(event(number)) for number in range(22)))
        told(feeds, "more messages a minute")
        assert len(spool.messages) == 20


def test_stopping_leaves_what_was_whole_in_the_spool(spool, started, monkeypatch):
    monkeypatch.setattr(stream_reading, "QUIET_S", 100.0)
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event()))
        until(lambda: state_of(feeds).heard_at)
        assert not spool.messages
        feeds.stop()
        assert spool.plates == [["AB00CDE"]]


def test_stopping_leaves_all_that_waited_and_counts_what_the_spool_does_not_take(spool, started, monkeypatch):
    monkeypatch.setattr(stream_reading, "TRIED_EVERY_S", 100.0)
    monkeypatch.setattr(stream_reading, "QUIET_S", 100.0)
    without = ALERT.replace(b"<picNum>2<", b"<picNum>0<")
    for is_full in (False, True):
        spool.messages.clear()
        spool.refused, spool.is_full = 0, True
        with CameraServer(content_type="multipart/mixed; boundary=myboundary") as camera:
            feeds = started([facts_of(camera, "hikvision")])
            camera.send(part(ALERT, media="application/xml") + part(without, media="application/xml"))
            spool.wait_for_refused(1)
            spool.is_full = is_full
            reading = feeds._subscriptions["gate"]._reading
            feeds.stop()
        assert (len(spool.messages), reading.state.lost) == ((0, 2) if is_full else (2, 0))


def test_feeds_come_go_and_change_while_it_runs(spool, started):
    facts: list[FeedFacts] = []
    with CameraServer() as camera, CameraServer() as other:
        feeds = started(facts)
        facts.append(facts_of(camera))
        camera.wait_for_readers(1)
        facts[0] = facts_of(other)
        other.send(part(event()))
        spool.wait_for(1)
        facts[0] = facts_of(other, tls="maybe")
        told(feeds, "Set tls to no")
        facts.clear()
        until(lambda: not feeds.states())


def test_all_cameras_together_hold_no_more_than_may_be(started, monkeypatch):
    monkeypatch.setattr(stream_reading, "MAX_HELD_BYTES", 50_000)
    with CameraServer() as camera:
        feeds = started([facts_of(camera)])
        camera.send(part(event()) + part(bytes(90_000), media="image/jpeg")[:80_000])
        until(lambda: state_of(feeds).passed_over == 1)
        camera.wait_for_asked(2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_camera_is_known_by_its_certificate(tmp_path, spool, started, folder):
    write_certificates(tmp_path)
    with CameraServer(certificate=(tmp_path / "server.pem", tmp_path / "server.key")) as camera:
        (folder / "ours.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
        facts = [facts_of(camera, tls="")]
        feeds = started(facts)
        told(feeds, "certificate is not trusted")
        facts[0] = facts_of(camera, tls="", ca_file="none.pem")
        told(feeds, "ca_file in DATA_DIR/streams")
        facts[0] = facts_of(camera, tls="", ca_file="ours.pem")
        camera.send(part(event()))
        spool.wait_for(1)
        # The camera's own is enough, as its guide says.
        (folder / "its.pem").write_bytes((tmp_path / "server.pem").read_bytes())
        camera.drop()
        facts[0] = facts_of(camera, tls="", ca_file="its.pem")
        camera.wait_for_asked(2)
        # The same certificate under another name is another's.
        facts[0] = facts_of(camera, tls="", ca_file="ours.pem", address=f"localhost:{camera.port}")
        told(feeds, "of another name")


def test_this_machine_itself_is_not_asked_unless_the_server_s_setting_says_so(started):
    with CameraServer() as camera:
        for address in (
            f"127.0.0.1:{camera.port}",
            f"localhost:{camera.port}",
            f"[::ffff:127.0.0.1]:{camera.port}",
        ):
            feeds = started([facts_of(camera, address=address)], networks=())
            told(feeds, "stream_networks")
            feeds.stop()
        assert not camera.heads
