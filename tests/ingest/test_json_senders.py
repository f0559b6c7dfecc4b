"""What is particular to the senders of JSON: passes, ways of driving, times, mappings, and values as they write them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingest.vendor_fixtures import FOLDER, RECEIVED_AT, Fixture

from turnpike.errors import InputError
from turnpike.ingest.adapter_settings import MAX_SAMPLE_BYTES, check_settings, try_out
from turnpike.ingest.adapters import adapters
from turnpike.ingest.json_values import MAX_COMMAS, items, jpeg, scalar
from turnpike.ingest.sighting_values import (
    country_of_region,
    direction_of_angle,
    identity_of,
    instant_written,
    plate_of,
)
from turnpike.ingest.vendor_messages import MAX_SIGHTINGS, NotUnderstood, Phase, VendorMessage

GOOD_MAPPING = {"plate": "p", "captured_at": "t"}


def message_of(adapter, name):
    return Fixture(adapter, FOLDER / adapter / name).message


def sighting_of(adapter, name, **changed):
    """The one sighting of a fixture, its fields changed."""
    message = message_of(adapter, name)
    body = json.dumps({**json.loads(message.body), **changed}).encode()
    (sighting,) = adapters()[adapter].understand(replace(message, body=body)).sightings
    return sighting


def understood(adapter, content, **beside):
    return adapters()[adapter].understand(VendorMessage(json.dumps(content).encode(), RECEIVED_AT, **beside))


def test_a_preview_its_group_and_its_alert_are_one_pass():
    preview, group = (sighting_of("rekor", f"good-{name}.json") for name in ("preview", "group"))
    alert = sighting_of("rekor", "odd-alert.json")
    assert preview.pass_id == group.pass_id == alert.pass_id
    assert (preview.phase, group.phase) == (Phase.UPDATE, Phase.WHOLE)


def test_two_vehicles_in_the_same_frames_are_two_passes():
    first = sighting_of("rekor", "good-group.json")
    second = sighting_of("rekor", "good-group.json", plate_indexes=[1, 0, 1])
    assert first.pass_id != second.pass_id


def test_a_long_uuid_is_not_cut():
    """Its end is the frame's time, which alone tells one pass from the next."""
    agent = "A" * 60
    passes = {
        sighting_of(
            "rekor", "good-group.json", uuids=[f"{agent}-1234567890-{time_ms}"], plate_indexes=[0]
        ).pass_id
        for time_ms in (1774785600000, 1774785600001)
    }
    assert len(passes) == 2


def test_all_that_frigate_says_of_one_object_is_one_pass():
    names = ("good-event-update.json", "good-event-end.json", "good-update-lpr.json", "odd-known-plate.json")
    assert len({sighting_of("frigate", name).pass_id for name in names}) == 1


@pytest.mark.parametrize(
    ("degrees", "direction"),
    [
        (180, "towards"),
        (120, "towards"),
        (119, ""),
        (0, "away"),
        (359.9, "away"),
        (60, "away"),
        (90, ""),
        (270, ""),
    ],
)
def test_rekor_counts_clockwise_from_the_top(degrees, direction):
    assert sighting_of("rekor", "good-group.json", travel_direction=degrees).direction == direction


@given(st.floats(-1000, 1000))
def test_a_way_of_driving_turns_with_its_angle(degrees):
    told = direction_of_angle(degrees, away_at=0, towards_at=180)
    assert told == direction_of_angle(degrees + 360, away_at=0, towards_at=180)
    opposite = {"towards": "away", "away": "towards", "": ""}[told]
    assert opposite == direction_of_angle(degrees + 180, away_at=0, towards_at=180)


@pytest.mark.parametrize(
    ("local", "utc", "captured_at"),
    [
        ("2026-03-29 13:00:00+01:00", "2026-03-29T12:00:00Z", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("2026-03-29 13:00:00+01:00", None, datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("2026-03-29 13:00:00", "2026-03-29 12:00:00", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        (None, "2026-03-29T12:00:00.5", datetime(2026, 3, 29, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_stream_s_local_time_counts_with_its_offset_alone(local, utc, captured_at):
    data = {"camera_id": "c", "timestamp_local": local, "timestamp": utc, "results": [{"plate": "ab12cde"}]}
    # The feed's own zone has no say: Stream's other time is always UTC.
    found = understood("plate-recognizer", {"data": data}, time_zone="Asia/Tokyo")
    assert found.sightings[0].captured_at == captured_at


def test_more_vehicles_than_are_taken_of_one_message_are_told():
    results = [{"plate": f"AB{number:02}CDE"} for number in range(MAX_SIGHTINGS + 3)]
    data = {"camera_id": "c", "timestamp": "2026-03-29T12:00:00Z", "results": results}
    found = understood("plate-recognizer", {"data": data})
    assert len(found.sightings) == MAX_SIGHTINGS
    assert "more than 64" in found.faults[0].reason


def test_an_agent_without_video_is_told_and_counts_as_no_sign_of_life():
    heartbeat = message_of("rekor", "odd-heartbeat-without-video.json")
    found = adapters()["rekor"].understand(heartbeat)
    assert not found.alive
    assert "video" in found.faults[0].reason


def test_a_good_mapping_is_taken_and_one_that_cannot_be_used_says_what_to_change():
    check_settings("json", GOOD_MAPPING)
    # A feed may be opened before its mapping is written.
    check_settings("json", {})
    assert "no mapping yet" in try_out("json", message_of("json", "hostile-no-mapping.json")).faults[0]
    check_settings("milesight", {"anything": "goes"})
    for settings, told in (
        ({"plate": "p"}, "captured_at"),
        ({"captured_at": "t"}, "plate"),
        ({**GOOD_MAPPING, "camera": "a..b"}, "camera"),
        ({**GOOD_MAPPING, "reads": ".".join("abcdefghi")}, "reads"),
        ({**GOOD_MAPPING, "picture": "x" * 65}, "picture"),
        ({**GOOD_MAPPING, "confidence_most": "10"}, "confidence_most"),
        ({**GOOD_MAPPING, "direction": "d"}, "direction"),
        ({**GOOD_MAPPING, "towards": "in"}, "direction"),
    ):
        with pytest.raises(InputError, match=told):
            check_settings("json", settings)
    with pytest.raises(InputError, match="port"):
        check_settings("frigate", {"broker": "b", "port": "x"})


def test_a_mapping_is_tried_out_and_no_plate_is_told():
    message = message_of("json", "good-mapped.json")
    tried = try_out("json", message)
    ((*pairs,),) = tried.sightings
    told = dict(pairs)
    assert told["Plate"] == "7 characters"
    assert told["Captured at"] == "2026-03-29 12:00:00 UTC"
    assert (told["Confidence"], told["Direction"], told["Camera"]) == ("93%", "towards", "North gate")
    assert "AB12CDE" not in repr(tried)
    assert try_out("json", replace(message, body=b"AB12CDE")).faults == [
        "The message is not well-formed JSON."
    ]
    wrong = replace(message, settings={**message.settings, "captured_at": "nowhere"})
    assert "captured_at" in try_out("json", wrong).faults[0]
    assert "KiB" in try_out("json", replace(message, body=bytes(MAX_SAMPLE_BYTES + 1))).faults[0]
    with pytest.raises(InputError, match="captured_at"):
        try_out("json", replace(message, settings={"plate": "p"}))
    with pytest.raises(InputError, match="list"):
        try_out("no-such", message)


def test_a_number_in_a_path_is_a_place_in_a_list_or_else_a_name():
    settings = {"plate": "a.1.p", "captured_at": "t"}
    for lists in ([{}, {"p": "AB12CDE"}], {"1": {"p": "AB12CDE"}}):
        content = {"a": lists, "t": 1774785600}
        assert understood("json", content, settings=settings).sightings[0].plate == "AB12CDE"
    assert understood("json", {"a": [], "t": 1774785600}, settings=settings).sightings[0].plate == ""


@pytest.mark.parametrize("most", ["", "1", "100"])
def test_the_scale_of_a_mapped_confidence_is_told_or_set(most):
    settings = {**GOOD_MAPPING, "confidence": "c", "confidence_most": most}
    found = [
        understood("json", {"p": "AB12CDE", "t": 1774785600, "c": value}, settings=settings)
        .sightings[0]
        .confidence
        for value in (0.5, 1, 87)
    ]
    assert found == {"": [0.5, 1, 0.87], "1": [0.5, 1, 1], "100": [0.005, 0.01, 0.87]}[most]


PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


@pytest.mark.parametrize(
    "written",
    [
        base64.b64encode(PICTURE).decode(),
        base64.b64encode(PICTURE).decode().rstrip("="),
        base64.encodebytes(PICTURE).decode(),
        base64.encodebytes(PICTURE).decode().replace("\n", "\r\n"),
        "data:image/jpeg;base64," + base64.b64encode(PICTURE).decode(),
    ],
)
def test_pictures_are_read_however_base64_is_written(written):
    encoded = json.dumps(written)
    assert jpeg(msgspec.Raw(encoded.encode())) == PICTURE
    assert jpeg(msgspec.Raw(encoded.replace("/", "\\/").encode())) == PICTURE


@pytest.mark.parametrize(
    "written", [b"null", b'""', b"5", b'"-"', b'"PHN2Zz4="', b'"' + b"A" * 12_000_000 + b'"', b'"\\u0041"']
)
def test_what_is_no_jpeg_is_no_picture(written):
    assert jpeg(msgspec.Raw(written)) is None


def test_values_that_are_no_single_ones_are_nothing():
    for written in (b"[1]", b"{}", b'"' + b"A" * 5000 + b'"', b"1" * 400, b"9223372036854775808"):
        assert scalar(msgspec.Raw(written)) is None
    assert scalar(msgspec.Raw(b'"AB\xff12"')) == "AB\ufffd12"
    assert scalar(msgspec.Raw(b"9007199254740993")) == 9007199254740993


def test_a_list_that_is_no_makers_is_not_looked_at():
    assert items(msgspec.Raw(b"[" + b"1," * MAX_COMMAS + b"1]"))
    assert not items(msgspec.Raw(b"[" + b"1," * (MAX_COMMAS + 1) + b"1]"))
    assert not items(msgspec.Raw(b'{"a":1}'))


def test_bytes_that_are_no_text_make_no_other_plate_of_it():
    body = json.dumps({"p": "AB@12CDE", "t": 1774785600}).encode().replace(b"@", b"\xe9")
    found = adapters()["json"].understand(VendorMessage(body, RECEIVED_AT, settings=GOOD_MAPPING))
    assert found.sightings[0].plate == "AB\ufffd12CDE"


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("No Plate", ""),
        ("noplate", ""),
        ("NO_PLATE", ""),
        ("-", ""),
        (None, ""),
        ("unknown", ""),
        ("N0 PLT", "N0 PLT"),
        (1234, "1234"),
    ],
)
def test_words_that_stand_for_no_plate_are_none(written, plate):
    assert plate_of(written) == plate


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("gb", "GB"),
        ("us-ca", "US"),
        ("eu-de", "DE"),
        ("eu", ""),
        ("uk", "GB"),
        ("mx-nle", "MX"),
        ("Kent", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_country_of_a_region(written, country):
    assert country_of_region(written) == country


def test_dates_with_slashes_have_the_year_first():
    expected = datetime(2026, 3, 9, 9, 5, 3, tzinfo=UTC)
    for written in ("2026/3/9 9:05:03", "2026.03.09 09:05:03", "2026/03/09T09:05:03", "2026-03-09 09:05:03"):
        assert instant_written(written) == expected
    # Day or month first is anybody's guess, so nobody's.
    assert instant_written("03/09/2026 09:05:03") is None


@given(st.text(max_size=300))
def test_an_id_is_never_cut(text):
    assert len(identity_of(text)) <= 96
    other = f"{text}x"
    assert identity_of(other) != identity_of(text) or other.strip() == text.strip()


def test_a_time_zone_that_is_none_is_refused_in_a_sentence():
    with pytest.raises(NotUnderstood, match="Europe/London"):
        adapters()["milesight"].understand(message_of("milesight", "hostile-no-zone.json"))
