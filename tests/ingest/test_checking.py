"""A message's reads, each checked on its own; nothing that a sender writes can break the check."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingest.posting import SOURCE, a_message, a_patch, a_read, reads_of, with_patch

from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker, Message
from turnpike.ingest.columns import MAX_AGE, MAX_AHEAD
from turnpike.ingest.errors import NotUnderstood, OtherCamera, Refused, TooLarge
from turnpike.ingest.messages import FIELD_RULES, PostedRead
from turnpike.ingest.retries import RetryHashes

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET_PLATE = "ZZ99SECRETPLATE"


def check(body: bytes, *, camera_id: str = "gate", secret: bytes = bytes(32)) -> Message:
    checker = Checker(RetryHashes(secret), max_reads=50, max_bytes=1 << 20)
    return checker.check(Posted(body), camera_id=camera_id, received_at=NOW)


def read_at(at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    return a_read(**{"captured_at": at.isoformat(), **changes})


def test_a_good_read_keeps_all_that_was_sent():
    posted = read_at(
        camera="gate",
        country="GB",
        lane=2,
        direction="away",
        frames_agreeing=3,
        clock_error_ms=-12,
        colour="blue",
        make="Ford",
        candidates=[{"plate": "A812 CDE", "confidence": 0.4}],
        patch=base64.b64encode(a_patch()).decode(),
    )
    message = check(a_message(posted))
    (read,) = reads_of(message)
    assert (read.plate, read.raw_text, read.confidence) == ("AB12CDE", "AB12 CDE", 0.93)
    assert (read.captured_at, read.country, read.lane, read.direction) == (NOW, "GB", 2, "away")
    assert (read.frames_agreeing, read.clock_error_ms, read.colour, read.make) == (3, -12, "blue", "Ford")
    assert read.candidates == (("A812CDE", 0.4),)
    assert read.has_patch
    assert message.patches[0].startswith(b"\xff\xd8")


def test_the_writing_as_it_was_seen_is_kept_beside_the_plate():
    (read,) = reads_of(check(a_message(read_at(plate="AB12CDE", raw_text="GB AB12-CDE"))))
    assert (read.plate, read.raw_text) == ("AB12CDE", "GB AB12-CDE")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"plate": None}, "plate must be the text of the plate"),
        ({"plate": 7}, "plate must be the text of the plate"),
        ({"plate": ""}, "The plate cannot be used"),
        ({"plate": "---"}, "The plate cannot be used"),
        ({"plate": "A" * 17}, "The plate cannot be used"),
        ({"plate": "京A12345"}, "The plate cannot be used"),
        ({"confidence": None}, "confidence must be a number from 0 to 1"),
        ({"confidence": 1.01}, "confidence must be a number from 0 to 1"),
        ({"confidence": -0.1}, "confidence must be a number from 0 to 1"),
        ({"confidence": "0.9"}, "confidence must be a number from 0 to 1"),
        ({"captured_at": None}, "captured_at must be an RFC 3339 instant with its zone"),
        ({"captured_at": "yesterday"}, "captured_at must be an RFC 3339 instant with its zone"),
        ({"captured_at": "2026-11-22T12:00:00"}, "captured_at must be an RFC 3339 instant with its zone"),
        ({"captured_at": (NOW + MAX_AHEAD + timedelta(seconds=1)).isoformat()}, "minutes in the future"),
        ({"captured_at": (NOW - MAX_AGE - timedelta(seconds=1)).isoformat()}, "more than 400 days ago"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "more than 400 days ago"),
        ({"captured_at": "9999-12-31T23:59:59-14:00"}, "minutes in the future"),
        ({"event_id": "e" * 129}, "event_id must be text of at most 128 characters"),
        ({"country": "gb"}, "country must be two capital letters"),
        ({"lane": 17}, "lane must be a whole number from 0 (unknown) to 16"),
        ({"direction": "up"}, "direction must be towards or away"),
        ({"frames_agreeing": 0}, "frames_agreeing must be a whole number from 1"),
        ({"clock_error_ms": 2**31}, "clock_error_ms must be a whole number"),
        ({"candidates": [{"plate": "AB12CDE"}]}, "candidates must be a list"),
        ({"candidates": [{"plate": "!", "confidence": 1}]}, "The plate cannot be used"),
        ({"candidates": [{"plate": "AB12CDE", "confidence": 1}] * 17}, "candidates must be a list"),
        ({"patch": "not base64!"}, "patch must be a JPEG in base64"),
        ({"patch": base64.b64encode(b"GIF89a, no JPEG").decode()}, "The patch cannot be used"),
        ({"patch": base64.b64encode(a_patch()[:200]).decode()}, "The patch cannot be used"),
        ({"patch": base64.b64encode(b"\xff\xd8" + bytes(70_000)).decode()}, "The patch cannot be used"),
        ({"number_plate": "x"}, "a field that this interface does not know"),
    ],
)
def test_a_read_that_cannot_be_used_is_put_aside_with_its_reason(change: dict[str, Any], reason: str):
    bad = read_at(**change)
    message = check(a_message(read_at(), bad, read_at()))
    assert list(message.indexes) == [0, 2]
    (aside,) = message.put_aside
    assert aside.index == 1
    assert reason in aside.reason
    assert aside.event_id == (bad["event_id"])
    assert json.loads(aside.payload) == bad


@pytest.mark.parametrize("raw", ['"text"', "7", "null", "[]", '"\udcff"', "{}"])
def test_what_is_no_read_at_all_is_put_aside(raw: str):
    body = b'{"source":{"software":"x"},"reads":[' + raw.encode("utf-8", "surrogateescape") + b"]}"
    message = check(body)
    assert len(message.put_aside) == 1
    assert message.put_aside[0].reason


def test_limits_of_time_are_taken_themselves():
    message = check(a_message(read_at(NOW + MAX_AHEAD), read_at(NOW - MAX_AGE)))
    assert len(message.indexes) == 2


def test_times_of_other_zones_become_utc_to_the_millisecond():
    (read,) = reads_of(check(a_message(read_at(captured_at="2026-11-22T13:59:59.123456+02:00"))))
    assert read.captured_at.isoformat() == "2026-11-22T11:59:59.123000+00:00"


@pytest.mark.parametrize("bad", [{}, {"plate": 7}, {"confidence": 3}])
def test_a_read_of_another_camera_refuses_the_whole_message(bad: dict[str, Any]):
    with pytest.raises(OtherCamera):
        check(a_message(read_at(), read_at(camera="other", **bad)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"reads":[{}]}',
        b'{"source":{"software":"x"},"reads":[]}',
        b'{"source":{"software":""},"reads":[{}]}',
        b'{"source":{"software":"x"},"reads":{}}',
        b'{"source":{"software":"x"},"reads":[{}],"more":1}',
        b'{"source":{"software":"x"},"reads":[' + b"[" * 100_000 + b"]}",
        b"[" * 100_000 + b"]" * 100_000,
        b"\xff\xfe",
        b'{"source":{"software":"x"},"reads":[{"plate":"\\ud800"}]}',
    ],
)
def test_what_is_not_the_envelope_is_refused(body: bytes):
    with pytest.raises(NotUnderstood):
        check(body)


def test_too_many_reads_are_refused():
    with pytest.raises(TooLarge):
        check(a_message(*[{}] * 51))


def test_an_event_id_is_what_makes_a_read_the_same():
    first, same, other = (
        reads_of(check(a_message(read_at(event_id=event, plate=plate))))[0].event_key
        for event, plate in (("1", "AB12CDE"), ("1", "XY34ZZZ"), ("2", "AB12CDE"))
    )
    assert first == same != other


def test_without_event_ids_plate_and_time_are():
    events = [
        (read.captured_at, read.event_key)
        for at, plate in (
            (NOW, "AB12CDE"),
            (NOW, "ab12-cde"),
            (NOW, "XY34ZZZ"),
            (NOW - timedelta(seconds=1), "AB12CDE"),
        )
        for read in reads_of(check(a_message(read_at(at, event_id=None, plate=plate))))
    ]
    assert events[0] == events[1]
    assert len(set(events)) == 3


def test_hashes_are_those_of_one_camera_and_one_secret():
    message = a_message(read_at(), {"plate": 7})
    found = {
        (reads_of(one)[0].event_key, one.put_aside[0].digest)
        for one in (check(message), check(message, camera_id="other"), check(message, secret=b"1" * 32))
    }
    assert len({key for key, _ in found}) == len({digest for _, digest in found}) == 3


json_text = st.one_of(st.text(max_size=20), st.just(SECRET_PLATE))
json_value = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), json_text
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(json_text, inner, max_size=3)),
    max_leaves=8,
)
hostile_read = st.one_of(
    json_value,
    st.dictionaries(st.sampled_from(sorted(FIELD_RULES)), json_value, max_size=8),
    st.dictionaries(st.sampled_from([*FIELD_RULES, SECRET_PLATE]), json_value, max_size=3).map(
        lambda changes: {**read_at(), **changes}
    ),
)


@given(st.lists(hostile_read, min_size=1, max_size=5))
def test_each_posted_read_is_either_checked_or_put_aside(reads: list[Any]):
    try:
        message = check(a_message(*reads))
    except OtherCamera:
        assert any(isinstance(read, dict) and read.get("camera") not in (None, "", "gate") for read in reads)
        return
    places = [*message.indexes, *(aside.index for aside in message.put_aside)]
    assert sorted(places) == list(range(len(reads)))
    # A reason goes into answers, pages and records, so it never quotes what was sent.
    assert not any(SECRET_PLATE in aside.reason for aside in message.put_aside)


@given(st.one_of(st.binary(max_size=200), json_value.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_at_all_are_checked_or_refused(body: bytes):
    with contextlib.suppress(Refused):
        check(body)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_message_is_checked_or_refused(at: int, damage: bytes):
    body = bytearray(a_message(with_patch(captured_at=NOW.isoformat()), read_at()))
    at %= len(body)
    body[at : at + len(damage)] = damage
    with contextlib.suppress(Refused):
        check(bytes(body))


def test_every_field_has_its_rule():
    assert set(PostedRead.__struct_fields__) == set(FIELD_RULES)
    assert SOURCE["software"].startswith("turnpike-edge/")
