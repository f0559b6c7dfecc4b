"""Every adapter in a running centre: its good messages over real HTTP, what is fetched from a real broker and from cameras' own servers, and the reads in the store."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.camera_server import CameraServer
from tests.centre import running_centre
from tests.ingest.vendor_fixtures import fixtures_of
from tests.mosquitto import serve

from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import Phase
from turnpike.plates.services import normalise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.centre import Centre

    from turnpike.ingest.vendor_messages import VendorMessage

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

_BATCHES = """
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.ingest.models import MatchedUpTo
print(max([0, *MatchedUpTo.objects.values_list("batch", flat=True)]))
"""
_OPEN = """
import json, sys
from turnpike.ingest import services as ingest
name, zone, settings = sys.argv[1:]
words = ingest.FeedWords(zone, json.loads(settings))
print(ingest.new_address(ingest.open_feed("tests", name=name, adapter=name, camera_id=name, words=words), "tests"))
"""
_STANDS = """
import json
from turnpike.cli.doctor import _CHECKS
from turnpike.site.services import ingest_report
report = ingest_report()
print(json.dumps([sorted(name for name, one in report.connections.items() if one.is_connected and one.taken),
    report.spool.waiting, _CHECKS["feeds"](), _CHECKS["spool"]()]))
"""
_DAY_S = 86_400
_WAIT_S = 60.0


def of_yesterday(message: VendorMessage, day: date) -> VendorMessage:
    """The same message with all its times moved from `day` by whole days, since reads that are too old are not taken."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    shift_s = (yesterday - day).days * _DAY_S
    body = message.body
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"):
        body = body.replace(day.strftime(form).encode(), yesterday.strftime(form).encode())
    begin_s = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    def moved(match: re.Match[bytes]) -> bytes:
        number, digits = int(match[0]), len(match[0])
        unit = 10 ** (digits - 10)
        is_of_day = begin_s - _DAY_S <= number // unit < begin_s + 2 * _DAY_S
        return str(number + shift_s * unit).encode() if is_of_day else match[0]

    body = re.sub(rb"(?<![\w.+/])1[0-9]{9}(?:[0-9]{3})?(?![\w+/])", moved, body)
    return replace(message, body=body)


def good_messages(name: str) -> list[VendorMessage]:
    """Those of an adapter that hold reads, as of yesterday, but of passes whose last message is not among them, which end by silence."""
    of_each = {
        fixture: adapters()[name].understand(fixture.message).sightings
        for fixture in fixtures_of(name)
        if fixture.kind == "good"
    }
    over = {
        one.pass_id
        for sightings in of_each.values()
        for one in sightings
        if not one.pass_id or one.phase in {Phase.WHOLE, Phase.ENDED}
    }
    return [
        of_yesterday(fixture.message, sightings[0].captured_at.date())
        for fixture, sightings in of_each.items()
        if sightings and all(not one.pass_id or one.pass_id in over for one in sightings)
    ]


def plates_of(name: str, messages: list[VendorMessage]) -> set[str]:
    told = (one for message in messages for one in adapters()[name].understand(message).sightings)
    return {normalise(one.plate) for one in told}


def settled(centre: Centre, at_least: int) -> None:
    """Wait until so many batches are stored, and no more come."""
    end, pause, before = time.monotonic() + _WAIT_S, threading.Event(), -1
    while (now := int(centre.ask(_BATCHES))) < at_least or now != before:
        assert time.monotonic() < end, f"{now} batches"
        before = now
        pause.wait(0.2)


def posted(client: httpx.Client, address: str, message: VendorMessage) -> httpx.Response:
    """The answer to a message; a new feed counts within a second."""
    end, pause = time.monotonic() + 5, threading.Event()
    headers = {"Content-Type": message.content_type} if message.content_type else {}
    while True:
        answer = client.post(address, content=message.body, headers=headers)
        if answer.status_code != httpx.codes.NOT_FOUND or time.monotonic() > end:
            return answer
        pause.wait(0.05)


def test_every_sender_s_reads_are_stored(tmp_path: Path):
    sent: dict[str, list[VendorMessage]] = {}
    with running_centre(tmp_path) as centre, httpx.Client(timeout=20, trust_env=False) as client:
        centre.register(*adapters())
        for name in adapters():
            # What comes beside the first message stands in the feed: its settings and its zone.
            messages = good_messages(name)
            first = messages[0]
            sent[name] = [one for one in messages if one.settings == first.settings]
            address = centre.ask(_OPEN, name, first.time_zone, json.dumps(dict(first.settings))).strip()
            for message in sent[name]:
                answer = posted(client, f"{centre.url}/feed/{address}/{message.topic}", message)
                assert answer.status_code == 200, (name, answer.text)
        settled(centre, len(sent))
    wanted = {(name, plate) for name, messages in sent.items() for plate in plates_of(name, messages)}
    stored = {(camera_id, plate) for _, camera_id, plate in centre.stored()}
    assert stored == wanted
    for _, plate in wanted:
        assert plate not in centre.log()


FETCHED = {
    "dahua-cgi": "good-snap-manager.bin",
    "frigate": "good-event-end.json",
    "hikvision": "good-gate-camera.bin",
}


def test_what_is_not_sent_but_fetched_is_stored(tmp_path: Path):
    """Broker or camera, sign-in, stream, spool, adapter, store: as each make has it."""
    wanted: dict[str, VendorMessage] = {
        name: of_yesterday(
            fixture.message, adapters()[name].understand(fixture.message).sightings[0].captured_at.date()
        )
        for name, file in FETCHED.items()
        for fixture in fixtures_of(name)
        if fixture.path.name == file
    }
    data_dir = tmp_path / "centre"
    (data_dir / "streams").mkdir(parents=True, mode=0o700)
    (data_dir / "streams" / "camera").touch(mode=0o600)
    (data_dir / "streams" / "camera").write_text("a-long-one\n")
    dahua = CameraServer("turnpike", "a-long-one", content_type=wanted["dahua-cgi"].content_type)
    hikvision = CameraServer(
        "turnpike", "a-long-one", content_type=wanted["hikvision"].content_type, is_chunked=True
    )
    networks = {"TURNPIKE_STREAM_NETWORKS": '["127.0.0.0/8"]'}
    with (
        serve(tmp_path / "broker") as broker,
        dahua,
        hikvision,
        running_centre(data_dir, settings=networks) as centre,
    ):
        centre.register(*wanted)
        # Kept by the broker, it comes whenever the centre subscribes.
        broker.publish(wanted["frigate"].topic, wanted["frigate"].body, retain=True)
        centre.ask(
            _OPEN,
            "frigate",
            "UTC",
            json.dumps({"broker": "127.0.0.1", "port": str(broker.port), "tls": "no"}),
        )
        for name, camera in (("dahua-cgi", dahua), ("hikvision", hikvision)):
            settings = {
                "address": f"127.0.0.1:{camera.port}",
                "tls": "no",
                "username": "turnpike",
                "password_file": "camera",
            }
            centre.ask(_OPEN, name, wanted[name].time_zone, json.dumps(settings))
        for name, camera in (("dahua-cgi", dahua), ("hikvision", hikvision)):
            camera.send(wanted[name].body)
        settled(centre, 3)
        connected, waiting, feeds, spool = json.loads(centre.ask(_STANDS))
        assert (connected, waiting) == ([*FETCHED], 0)
        assert "3 fetched and connected" in feeds
        assert "0 messages wait" in spool
    stored = [(camera_id, plate) for _, camera_id, plate in centre.stored()]
    assert sorted(stored) == sorted(
        (name, plate) for name, message in wanted.items() for plate in plates_of(name, [message])
    )
    assert "a-long-one" not in centre.log()
    assert not any(plate in centre.log() for _, plate in stored)
