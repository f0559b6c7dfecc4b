"""Every adapter keeps the same promises: its fixtures, its guide, and whatever it is sent, an answer within bounds and nothing said of a plate."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.vendor_fixtures import KINDS, RECEIVED_AT, fixtures_of, told
from tests.ingest.vendor_hostility import MEDIA, SECRET, SMALL, giants, grown, leaves, with_value, wronged

from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import MAX_SIGHTINGS, NotUnderstood, Understood, VendorMessage

if TYPE_CHECKING:
    from tests.ingest.vendor_fixtures import Fixture

    from turnpike.ingest.vendor_messages import Adapter

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
MAX_BYTES_OF_ONE = 64 * 2**20
MAX_S_OF_ONE = 5.0
MAX_ID_CHARACTERS = 128
ALL = [pytest.param(adapter, id=name) for name, adapter in adapters().items()]
EVERY = [fixture for name in adapters() for fixture in fixtures_of(name)]
GOOD = [fixture for fixture in EVERY if fixture.kind == "good"]


def name_of(fixture: Fixture) -> str:
    return f"{fixture.adapter}/{fixture.path.name}"


every_adapter = pytest.mark.parametrize("adapter", ALL)


def understood(adapter: Adapter, message: VendorMessage) -> Understood | None:
    """What it gives, looked over; None where the message was refused."""
    found, refusal = None, ""
    try:
        found = adapter.understand(message)
    except NotUnderstood as error:
        refusal = str(error)
    if found is None:
        assert SECRET not in refusal, "a refusal quotes the message"
        assert 10 < len(refusal) < 300
        return None
    look_over(found)
    return found


def without_plates(body: bytes, plates: set[str], nothing: str | None) -> bytes:
    """The message with another value for its plates, in whichever way they are written."""
    if body[:1] != b"{":
        for plate in plates:
            for written in (plate, escaped(plate), json.dumps(escaped(plate))[1:-1]):
                body = body.replace(written.encode(), (nothing or "").encode())
        return body
    content = json.loads(body)
    for path, value in list(leaves(content)):
        if not isinstance(value, str):
            continue
        if value in {written for plate in plates for written in (plate, escaped(plate))}:
            content = with_value(content, path, nothing)
        elif any(plate in value for plate in plates):
            kept = re.sub("|".join(map(re.escape, plates)), nothing or "", value)
            content = with_value(content, path, kept)
    return json.dumps(content).encode()


def escaped(plate: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in plate)


def look_over(found: Understood) -> None:
    assert len(found.sightings) <= MAX_SIGHTINGS
    for fault in found.faults:
        assert SECRET not in fault.reason
        assert 10 < len(fault.reason) < 300
        assert len(fault.source_camera) <= MAX_ID_CHARACTERS
    assert all(isinstance(name, str) and len(name) <= MAX_ID_CHARACTERS for name in found.alive)
    for one in found.sightings:
        assert len(one.plate) <= 64
        assert one.plate == one.plate.strip()
        assert one.plate.isprintable()
        assert one.captured_at.utcoffset() == timedelta(0)
        assert one.confidence is None or 0 <= one.confidence <= 1
        assert all(0 <= confidence <= 1 for _, confidence in one.candidates)
        assert isinstance(one.lane, int)
        assert one.direction in {"", "towards", "away"}
        for text in (
            one.source_camera,
            one.event_id,
            one.pass_id,
            one.raw_text,
            one.country,
            one.colour,
            one.make,
        ):
            assert isinstance(text, str)
            assert len(text) <= MAX_ID_CHARACTERS
        if one.picture is not None:
            assert isinstance(one.picture.content, bytes)
            box = one.picture.box
            assert box is None or (box.x >= 0 and box.y >= 0 and box.width > 0 and box.height > 0)


@every_adapter
def test_an_adapter_says_what_it_is_and_what_to_set(adapter):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,30}", adapter.name)
    assert adapter.title
    assert all(name.isidentifier() and sentence for name, sentence in adapter.settings.items())
    assert adapter.on_the_camera
    documented = sys.modules[type(adapter).__module__].__doc__ or ""
    assert len(re.findall(r"^\| .+ \| .+ \|$", documented, re.MULTILINE)) >= 3, "its field table"


@every_adapter
def test_an_adapter_has_a_guide_and_fixtures_of_each_kind(adapter):
    page = GUIDES / "cameras" / f"{adapter.name}.md"
    assert page.exists()
    assert f"cameras/{adapter.name}.md" in (GUIDES / "cameras.md").read_text()
    for name in adapter.settings:
        assert f"`{name}`" in page.read_text(), f"the guide does not tell of the setting {name}"
    assert {fixture.kind for fixture in fixtures_of(adapter.name)} == set(KINDS)


@pytest.mark.parametrize("fixture", EVERY, ids=name_of)
def test_a_makers_message_is_understood_as_expected(fixture: Fixture):
    adapter = adapters()[fixture.adapter]
    assert told(adapter, fixture.message) == fixture.expected
    understood(adapter, fixture.message)
    if fixture.kind == "good":
        sightings = adapter.understand(fixture.message).sightings
        assert all(one.plate for one in sightings)


@pytest.mark.parametrize("fixture", EVERY, ids=name_of)
def test_a_message_sent_again_says_the_same(fixture: Fixture):
    adapter, message = adapters()[fixture.adapter], fixture.message
    first, again = (understood(adapter, message) for _ in range(2))
    assert first == again
    if first is None:
        return
    # Nothing of what it says hangs on when it came.
    later = understood(adapter, replace(message, received_at=RECEIVED_AT + timedelta(hours=1)))
    assert later == first


@pytest.mark.parametrize("fixture", GOOD, ids=name_of)
def test_a_plate_in_small_letters_is_the_same_read(fixture: Fixture):
    adapter, message = adapters()[fixture.adapter], fixture.message
    whole = adapter.understand(message).sightings
    body = message.body
    for one in whole:
        body = body.replace(one.plate.encode(), one.plate.lower().encode())
    small = understood(adapter, replace(message, body=body))
    assert small is not None
    assert [one.plate.lower() for one in small.sightings] == [one.plate.lower() for one in whole]


@pytest.mark.parametrize("fixture", GOOD, ids=name_of)
def test_a_plate_that_is_nothing_is_no_plate(fixture: Fixture):
    """Null, empty, a dash or `unknown`: never the text itself, and never a fault of ours."""
    adapter, message = adapters()[fixture.adapter], fixture.message
    plates = {one.plate for one in adapter.understand(message).sightings}
    for nothing in (None, "", "-", "unknown"):
        body = without_plates(message.body, plates, nothing)
        found = understood(adapter, replace(message, body=body))
        if found is not None:
            assert not plates & {one.plate for one in found.sightings}
            assert not {one.plate for one in found.sightings} & {"-", "unknown", "None", "null"}


@every_adapter
@pytest.mark.parametrize("what", SMALL)
def test_what_is_hostile_is_refused_or_understood_never_a_fault(adapter, what):
    topics = {
        "",
        "NotificationInfo/KeepAlive",
        *(fixture.message.topic for fixture in fixtures_of(adapter.name)),
    }
    for media in MEDIA:
        for topic in topics:
            message = VendorMessage(SMALL[what], RECEIVED_AT, media, topic, settings=_settings(adapter))
            understood(adapter, message)
            reply = adapter.reply(message)
            assert len(reply.body) < 4096
            assert SECRET.encode() not in reply.body


@every_adapter
def test_a_good_message_with_a_wrong_value_is_no_fault(adapter):
    chance = random.Random(adapter.name)
    for fixture in fixtures_of(adapter.name):
        if fixture.kind == "good":
            for message in wronged(fixture.message, chance, 150):
                understood(adapter, message)


@every_adapter
def test_no_time_zone_and_no_setting_is_a_fault(adapter):
    for fixture in fixtures_of(adapter.name):
        for zone in ("Europe/London", "Asia/Kathmandu", "Mars/Olympus", "../../etc/passwd", ""):
            understood(adapter, replace(fixture.message, time_zone=zone))
        for value in ("", "-", SECRET * 50, "a.b.c.d", "|||", "\0"):
            understood(adapter, replace(fixture.message, settings=dict.fromkeys(adapter.settings, value)))
        understood(adapter, replace(fixture.message, settings={}))


@every_adapter
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_that_can_be_sent_is_a_fault(adapter, data):
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_names(adapter)), inner, max_size=6)
        ),
        max_leaves=25,
    )
    body = data.draw(
        st.binary(max_size=400)
        | values.map(lambda value: json.dumps(value).encode())
        | st.text(alphabet="<>/&;!?[]=\"' ab|.0\n-X", max_size=300).map(str.encode)
    )
    media, topic = data.draw(st.sampled_from(MEDIA)), data.draw(st.text(max_size=30))
    understood(adapter, VendorMessage(body, RECEIVED_AT, media, topic, settings=_settings(adapter)))


@every_adapter
def test_a_good_message_grown_to_the_largest_stays_within_memory_and_time(adapter):
    for fixture in fixtures_of(adapter.name):
        if fixture.kind != "good":
            continue
        plate = next((one.plate for one in adapter.understand(fixture.message).sightings), "none")
        for what, message in grown(fixture.message, plate):
            tracemalloc.start()
            try:
                started = time.process_time()
                understood(adapter, message)
                took_s = time.process_time() - started
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert peak < MAX_BYTES_OF_ONE, f"{fixture.path.name}, {what}: {peak >> 20} MiB"
            assert took_s < MAX_S_OF_ONE, f"{fixture.path.name}, {what}: {took_s:.1f} s"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measured by Linux's /proc")
def test_the_largest_hostile_messages_stay_within_memory_and_time():
    """In a process of its own, by what the system gave it: parsers in C are counted too."""
    done = subprocess.run(
        [sys.executable, __file__], env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["adapter"] for one in measured} == set(adapters())
    worst = max(measured, key=lambda one: one["bytes"])
    assert worst["bytes"] < MAX_BYTES_OF_ONE, worst
    slowest = max(measured, key=lambda one: one["s"])
    assert slowest["s"] < MAX_S_OF_ONE, slowest


def _settings(adapter: Adapter) -> dict[str, str]:
    """Those of its first fixture, for an adapter that understands nothing without."""
    return next((dict(one.message.settings) for one in fixtures_of(adapter.name) if one.message.settings), {})


def _names(adapter: Adapter) -> list[str]:
    """Names of fields that its own messages have."""
    found = {"a", "Events", "Picture", "Plate"}
    for fixture in fixtures_of(adapter.name):
        if fixture.path.suffix == ".json" and fixture.kind == "good":
            found |= {
                name
                for path, _ in leaves(json.loads(fixture.message.body))
                for name in path
                if isinstance(name, str)
            }
    return sorted(found)


def _resident(name: str) -> int:
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024  # type: ignore[index]


def _measure() -> None:
    """Write what each adapter takes for each giant, a line of JSON each."""
    for what, body in giants():
        for name, adapter in adapters().items():
            message = VendorMessage(
                body, RECEIVED_AT, "multipart/form-data; boundary=X", settings=_settings(adapter)
            )
            Path("/proc/self/clear_refs").write_text("5")
            before, started = _resident("VmRSS"), time.process_time()
            understood(adapter, message)
            took_s = time.process_time() - started
            took = {"bytes": _resident("VmHWM") - before, "s": took_s}
            sys.stdout.write(json.dumps({"adapter": name, "what": what, **took}) + "\n")


if __name__ == "__main__":
    _measure()
