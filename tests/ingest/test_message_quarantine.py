"""What is kept of a message that was not understood: no picture, not too much, not for ever, and each once."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.ingest.posting import a_patch

from turnpike.ingest import message_quarantine
from turnpike.ingest.feeding import MAX_BODY_BYTES, SpooledMessage
from turnpike.ingest.message_quarantine import (
    MAX_KEPT_BYTES,
    Aside,
    clear_old,
    keep,
    newest,
    replay,
    without_pictures,
)
from turnpike.ingest.models import QuarantinedMessage
from turnpike.ingest.retries import RetryHashes
from turnpike.ledger.services import AuditEvent, entries

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HASHES = RetryHashes(bytes(32))
JPEG = a_patch()
BASE64 = base64.b64encode(JPEG).decode()


def aside(body: bytes = b"broken", *, feed: str = "gate", reason: str = "Why.") -> Aside:
    return Aside(SpooledMessage(feed, NOW, "text/xml", "a/topic", body), "json", reason)


def put_into(taken: list[SpooledMessage]) -> Callable[[SpooledMessage], Future[None]]:
    def put(message: SpooledMessage) -> Future[None]:
        taken.append(message)
        future: Future[None] = Future()
        future.set_result(None)
        return future

    return put


def test_pictures_fall_out_of_json_xml_and_multipart_and_the_rest_stays():
    fields = {"plate": "AB12CDE", "picture": "data:image/jpeg;base64," + BASE64, "speed": "30"}
    kept = without_pictures(json.dumps(fields).encode())
    assert kept is not None
    assert json.loads(kept) == {**fields, "picture": "data:image/jpeg;base64,"}
    lines = base64.encodebytes(JPEG).decode()
    assert without_pictures(f"<a><p>AB12CDE</p><i>\n{lines}</i></a>".encode()) in {
        b"<a><p>AB12CDE</p><i>\n</i></a>", b"<a><p>AB12CDE</p><i>\n\n</i></a>",
    }  # fmt: skip
    part = b"--x\r\nContent-Type: %b\r\n\r\n%b\r\n"
    body = (
        part % (b"text/xml", b"<a/>") + part % (b"image/jpeg", JPEG + b"\r\n\xff\xd9" + JPEG) + b"--x--\r\n"
    )
    assert (
        without_pictures(body) == part % (b"text/xml", b"<a/>") + part % (b"image/jpeg", b"") + b"--x--\r\n"
    )


def test_what_is_hardly_text_or_too_long_is_not_kept():
    assert without_pictures(bytes(range(256)) * 4) is None
    assert without_pictures(b"word " * (MAX_KEPT_BYTES // 5 + 1)) is None
    assert without_pictures(b"") == b""
    assert without_pictures("号牌: AB12CDE and a long tail of plain words".encode("gb18030")) is not None


def test_no_body_takes_long_to_look_through():
    """Each would take minutes where a pattern tries every character anew."""
    for unit in (b"x" * 255 + b" ", b"x" * 76 + b"\n ", b"x" * 59 + b"\n", b"\xff\xd8\xff", b"\\", b"\r\n-"):
        started_s = time.process_time()
        without_pictures(unit * (MAX_BODY_BYTES // len(unit)))
        assert time.process_time() - started_s < 10


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_picture_is_ever_kept_whatever_stands_around_it(before: bytes, after: bytes):
    for picture in (JPEG, BASE64.encode()):
        kept = without_pictures(before + b"\r\n" + picture + b"\r\n--" + after)
        assert kept is None or picture[:256] not in kept


def test_one_is_kept_once_sealed_and_told_in_the_ledger(db: None):
    keep([aside(b"AB12CDE"), aside(b"AB12CDE"), aside(b"AB12CDE", feed="bridge")], HASHES)
    keep([aside(b"AB12CDE")], HASHES)
    assert QuarantinedMessage.objects.count() == 2
    (entry,) = [dict(one.details) for one in entries() if one.event is AuditEvent.MESSAGES_QUARANTINED]
    assert entry == {"feeds": ["bridge: 1", "gate: 1"]}
    for row in QuarantinedMessage.objects.all():
        assert b"AB12CDE" not in bytes(row.sealed) + bytes(row.payload_digest)
        assert (row.software, row.payload_bytes, row.others) == ("0.1.0", 7, 0)


def test_beyond_so_many_of_a_feed_only_numbers_are_kept(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(message_quarantine, "MAX_KEPT_OF_A_FEED", 3)
    keep([aside(b"%d" % number) for number in range(5)], HASHES)
    keep([aside(b"more"), aside(b"else", reason="Another."), aside(feed="bridge")], HASHES)
    found = newest(99)
    assert sum(1 + one.others for one in found if one.feed == "gate") == 7
    assert sum(one.can_be_replayed for one in found if one.feed == "gate") == 3
    assert {one.reason for one in found} == {"Why.", "Another."}
    assert [one.others for one in found if one.feed == "bridge"] == [0]


def test_beyond_so_many_of_all_feeds_too(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(message_quarantine, "MAX_KEPT", 3)
    keep([aside(b"%d" % number, feed=str(number)) for number in range(5)], HASHES)
    assert sum(one.can_be_replayed for one in newest(99)) == 3
    assert len(newest(99)) == 5


def test_a_replayed_message_is_as_it_came_but_for_its_pictures(db: None):
    body = json.dumps({"plate": "AB12CDE", "picture": BASE64}).encode()
    keep([aside(body), aside(bytes(99))], HASHES)
    taken: list[SpooledMessage] = []
    assert replay([one.id for one in newest(9)], actor="administrator", put=put_into(taken)) == 1
    without = json.dumps({"plate": "AB12CDE", "picture": ""}).encode()
    assert taken == [SpooledMessage("gate", NOW, "text/xml", "a/topic", without)]
    (entry,) = [one for one in entries() if one.event is AuditEvent.MESSAGES_REPLAYED]
    assert (entry.actor, dict(entry.details)) == ("administrator", {"feeds": ["gate: 1"]})
    assert [one.can_be_replayed for one in newest(9)] == [False], "what was not kept cannot be replayed"
    assert replay([one.id for one in newest(9)], actor="administrator", put=put_into(taken)) == 0


def test_after_its_days_it_goes_and_that_is_told(db: None, configured: Callable[..., object]):
    configured(quarantine_days=7)
    keep([aside(b"old"), aside(b"older")], HASHES)
    QuarantinedMessage.objects.filter(reason="Why.").update(others=2)
    assert clear_old(timezone.now() + timedelta(days=6, hours=23)) == 0
    assert clear_old(timezone.now() + timedelta(days=7, minutes=1)) == 6
    assert newest(9) == ()
    (entry,) = [dict(one.details) for one in entries() if one.event is AuditEvent.MESSAGES_GONE]
    assert entry == {"feeds": ["gate: 6"], "why": "quarantine_days are over"}
