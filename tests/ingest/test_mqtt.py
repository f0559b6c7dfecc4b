"""MQTT feeds against a real broker: what it sends is in the spool before it is acknowledged, and nothing is lost over whatever ends."""

from __future__ import annotations

import gc
import json
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.certificates import write_certificates
from tests.ingest.fetched_feeds import FakeSpool, ending, fetched, until
from tests.mosquitto import serve

from turnpike.ingest import mqtt_subscription
from turnpike.ingest.adapters import adapters
from turnpike.ingest.errors import TryLater
from turnpike.ingest.fetch_settings import FetchSettingsWrong
from turnpike.ingest.fetching import ConnectionState
from turnpike.ingest.mqtt import MqttFeeds
from turnpike.ingest.mqtt_settings import broker_of
from turnpike.ingest.vendor_messages import VendorMessage

EVENTS = "frigate/events"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(mqtt_subscription, "_FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(mqtt_subscription, "_LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr(mqtt_subscription, "_ANEW_AFTER_S", 0.05)


@pytest.fixture
def spool():
    return FakeSpool()


@pytest.fixture
def broker(tmp_path):
    with serve(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "mqtt"
    found.mkdir(mode=0o700)
    return found


@pytest.fixture
def started(spool, folder):
    """Starts the feeds of `facts`, a list that a test may change, and stops them in the end."""
    with ending() as begin:

        def start(facts, into=spool):
            feeds = MqttFeeds(into.put, lambda: list(facts), folder=folder, looked_up_s=0.02)
            begin(feeds)
            return feeds

        yield start


def facts_of(broker, name="gate", **settings):
    settings = {"broker": "127.0.0.1", "port": str(broker.port), "tls": "no", **settings}
    return fetched("frigate", settings, name)


def connected(feeds, name="gate"):
    until(lambda: (state := feeds.states().get(name)) is not None and state.is_connected)


def publish(broker, body, *, topic=EVENTS, quality=1):
    """As Frigate does."""
    broker.publish(topic, body, quality=quality)


def event(number=0):
    after = {
        "id": f"1774785590.{number}-abc", "camera": "north_gate", "label": "car", "frame_time": 1774785600.25,
        "recognized_license_plate": "AB12CDE", "recognized_license_plate_score": 0.93,
    }  # fmt: skip
    return json.dumps({"type": "end", "before": after, "after": after}).encode()


def test_an_event_of_frigate_comes_to_the_spool_and_is_understood(broker, spool, started):
    connected(started([facts_of(broker)]))
    publish(broker, event())
    publish(broker, b'{"type":"lpr","plate":"AB12CDE","score":0.9,"id":"a","camera":"c","timestamp":1774785600}',
            topic="frigate/tracked_object_update", quality=0)  # fmt: skip
    publish(broker, b"24", topic="frigate/north_gate/car")
    spool.wait_for(2)
    first, second = spool.messages
    assert (first.feed, first.topic, first.body) == ("gate", EVENTS, event())
    assert second.topic == "frigate/tracked_object_update"
    assert datetime.now(UTC) - first.received_at < timedelta(minutes=1)
    for message in spool.messages:
        given = VendorMessage(message.body, message.received_at, message.content_type, message.topic)
        assert [one.plate for one in adapters()["frigate"].understand(given).sightings] == ["AB12CDE"]


def test_what_the_spool_does_not_have_yet_is_not_acknowledged(broker, spool, started):
    spool.is_durable_at_once = False
    feeds = started([facts_of(broker)])
    connected(feeds)
    publish(broker, event(1))
    publish(broker, event(2))
    spool.wait_for(2)
    spool.futures[0].set_result(None)
    feeds.stop()
    # As after a crash: another process, the same session; only what was not durable comes again.
    later = FakeSpool()
    connected(started([facts_of(broker)], into=later))
    publish(broker, event(3))
    later.wait_for(2)
    assert later.bodies == [event(2), event(3)]


def test_an_acknowledgement_is_not_given_on_another_connection(tmp_path, spool, started):
    """A broker that forgot its sessions counts anew: the number of an old message is then another's."""
    spool.is_durable_at_once = False
    with serve(tmp_path / "broker", persistent=False) as broker:
        feeds = started([facts_of(broker)])
        connected(feeds)
        publish(broker, event(1))
        spool.wait_for(1)
        broker.stop()
        until(lambda: not feeds.states()["gate"].is_connected)
        broker.start()
        connected(feeds)
        publish(broker, event(2))
        spool.wait_for(2)
        spool.futures[0].set_result(None)
        feeds.stop()
        later = FakeSpool()
        connected(started([facts_of(broker)], into=later))
        later.wait_for(1)
        assert later.bodies == [event(2)]


def test_what_was_not_durable_comes_again_when_the_broker_comes_back(broker, spool, started):
    spool.is_durable_at_once = False
    feeds = started([facts_of(broker)])
    connected(feeds)
    publish(broker, event(1))
    spool.wait_for(1)
    broker.stop()
    until(lambda: not feeds.states()["gate"].is_connected)
    spool.futures[0].set_result(None)
    broker.start()
    spool.wait_for(2)
    assert spool.bodies == [event(1)] * 2


def test_what_comes_while_nobody_fetches_waits_at_the_broker(broker, spool, started):
    feeds = started([facts_of(broker)])
    connected(feeds)
    feeds.stop()
    for number in range(30):
        publish(broker, event(number))
    started([facts_of(broker)])
    spool.wait_for(30)
    assert sorted(spool.bodies) == sorted(event(number) for number in range(30))


def test_a_broker_that_ends_is_connected_to_again(broker, spool, started):
    feeds = started([facts_of(broker)])
    connected(feeds)
    broker.stop()
    until(lambda: not feeds.states()["gate"].is_connected)
    assert "tried again" in feeds.states()["gate"].told
    broker.start()
    connected(feeds)
    publish(broker, event())
    spool.wait_for(1)


def test_what_a_full_spool_refused_the_broker_sends_again(broker, spool, started):
    connected(started([facts_of(broker)]))
    spool.is_full = True
    for number in range(5):
        publish(broker, event(number))
    spool.wait_for_refused(5)
    spool.is_full = False
    spool.wait_for(5)
    assert sorted(set(spool.bodies)) == [event(number) for number in range(5)]


def test_what_could_not_be_written_the_broker_sends_again(broker, spool, started):
    spool.is_durable_at_once = False
    connected(started([facts_of(broker)]))
    publish(broker, event())
    spool.wait_for(1)
    spool.is_durable_at_once = True
    spool.futures[0].set_exception(
        TryLater("The centre cannot write to its disk; send the message again later.")
    )
    spool.wait_for(2)
    assert spool.bodies == [event()] * 2


def test_a_message_that_is_sent_but_once_is_counted_when_it_is_lost(broker, spool, started):
    feeds = started([facts_of(broker)])
    connected(feeds)
    spool.is_full = True
    publish(broker, event(), quality=0)
    publish(broker, event(), quality=0)
    until(lambda: feeds.states()["gate"].lost == 2)
    spool.is_full = False
    publish(broker, event(9), quality=0)
    spool.wait_for(1)
    assert spool.bodies == [event(9)]


def test_a_message_too_large_for_any_event_is_not_fetched(broker, spool, started):
    connected(started([facts_of(broker)]))
    publish(broker, bytes(2 * 2**20))
    publish(broker, event())
    spool.wait_for(1)
    assert spool.bodies == [event()]


def test_feeds_come_go_and_change_while_it_runs(broker, spool, started):
    facts: list[object] = []
    feeds = started(facts)
    facts.append(facts_of(broker))
    connected(feeds)
    facts[0] = facts_of(broker, topic_prefix="site/nvr")
    until(
        lambda: (
            feeds._subscriptions.get("gate")
            and feeds._subscriptions["gate"].broker.topic_prefix == "site/nvr"
        )
    )
    connected(feeds)
    publish(broker, event(1), topic="site/nvr/events")
    spool.wait_for(1)
    facts.clear()
    until(lambda: not feeds.states())
    # Nothing waits at the broker for a feed that fetches no more.
    publish(broker, event(2), topic="site/nvr/events")
    facts.append(facts_of(broker, topic_prefix="site/nvr"))
    connected(feeds)
    publish(broker, event(3), topic="site/nvr/events")
    spool.wait_for(2)
    assert spool.bodies == [event(1), event(3)]


def test_records_that_cannot_be_read_end_no_connection(broker, spool, folder):
    facts, is_down = [facts_of(broker)], threading.Event()

    def read():
        if is_down.is_set():
            raise TryLater("The centre's records cannot be read now; send the message again later.")
        return facts

    feeds = MqttFeeds(spool.put, read, folder=folder, looked_up_s=0.01)
    feeds.start()
    try:
        connected(feeds)
        since = feeds.states()["gate"].since
        is_down.set()
        publish(broker, event())
        spool.wait_for(1)
        assert feeds.states()["gate"].since == since
    finally:
        feeds.stop()


def test_user_name_and_password_are_given(tmp_path, spool, started, folder):
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(
        ["mosquitto_passwd", "-b", passwords, "turnpike", "a-long-one"], check=True, capture_output=True
    )
    secret = folder / "gate"
    secret.touch(mode=0o600)
    lines = ("allow_anonymous false", f"password_file {passwords}")
    with serve(tmp_path / "broker", lines) as broker:
        secret.write_text("wrong\n")
        facts = [facts_of(broker, username="turnpike", password_file="gate")]
        feeds = started(facts)
        until(lambda: "refuses" in feeds.states().get("gate", feeds_nothing()).told)
        feeds.stop()
        secret.write_text("a-long-one\n")
        connected(started(facts))


def feeds_nothing():
    """A state in which nothing was told."""
    return ConnectionState(is_connected=False, since=datetime.now(UTC))


def test_a_password_that_others_may_read_is_not_used(broker, started, folder):
    (folder / "gate").write_text("secret")
    (folder / "gate").chmod(0o644)
    feeds = started([facts_of(broker, username="turnpike", password_file="gate")])
    until(lambda: "0600" in feeds.states().get("gate", feeds_nothing()).told)
    (folder / "gate").chmod(0o600)
    connected(feeds)


# paho leaves a socket whose handshake failed to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_broker_is_known_by_its_certificate(tmp_path, spool, started, folder):
    write_certificates(tmp_path)
    lines = (
        "allow_anonymous true", f"cafile {tmp_path / 'ca.pem'}", f"certfile {tmp_path / 'server.pem'}",
        f"keyfile {tmp_path / 'server.key'}",
    )  # fmt: skip
    with serve(tmp_path / "broker", lines) as broker:
        (folder / "ours.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
        facts = [facts_of(broker, tls="")]
        feeds = started(facts)
        until(lambda: "certificate" in feeds.states().get("gate", feeds_nothing()).told)
        facts[0] = facts_of(broker, tls="", ca_file="ours.pem")
        connected(feeds)
        facts[0] = facts_of(broker, tls="", ca_file="none.pem")
        until(lambda: "ca_file" in feeds.states()["gate"].told)
        feeds.stop()
    # While the warning is let by: those sockets are in cycles.
    gc.collect()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"port": "1883"}, "broker's name"),
        ({"broker": "mqtt://broker"}, "without mqtt://"),
        ({"broker": "b", "port": "0"}, "port"),
        ({"broker": "b", "port": "66000"}, "port"),
        ({"broker": "b", "tls": "maybe"}, "tls"),
        ({"broker": "b", "tls": "no", "ca_file": "a.pem"}, "TLS"),
        ({"broker": "b", "username": "u", "password_file": "../keys/spool"}, "without a folder"),
        ({"broker": "b", "username": "u", "password_file": "/etc/shadow"}, "without a folder"),
        ({"broker": "b", "username": "u", "password_file": ".hidden"}, "without a folder"),
        ({"broker": "b", "password_file": "gate"}, "username"),
        ({"broker": "b", "topic_prefix": "#"}, "topic_prefix"),
        ({"broker": "b", "topic_prefix": "a/+/b"}, "topic_prefix"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_what_to_do(settings, told):
    with pytest.raises(FetchSettingsWrong, match=told):
        broker_of(settings)


def test_settings_have_good_defaults():
    assert broker_of({}) is None
    with_tls, without = broker_of({"broker": "broker.example.org"}), broker_of({"broker": "::1", "tls": "no"})
    assert with_tls
    assert without
    assert (with_tls.port, with_tls.has_tls, with_tls.topics[0]) == (8883, True, EVENTS)
    assert (without.port, without.has_tls) == (1883, False)
