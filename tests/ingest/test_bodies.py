"""The forms of a message say the same, packed or not; what is hostile in one of them is refused within bounds."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingest.posting import SOURCE, a_message, a_patch, a_read, reads_of, with_patch

from turnpike.ingest.bodies import (
    ARROW_MEDIA,
    FORMS,
    JSON_MEDIA,
    LINES_MEDIA,
    MSGPACK_MEDIA,
    Posted,
    check_headers,
)
from turnpike.ingest.checking import Checker, Message
from turnpike.ingest.errors import MediaRefused, NotUnderstood, OtherCamera, Refused, TooLarge
from turnpike.ingest.retries import RetryHashes

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAX_BYTES = 1 << 20
CHECKER = Checker(RetryHashes(bytes(32)), max_reads=50, max_bytes=MAX_BYTES)


def check(body: bytes, media: bytes = JSON_MEDIA, encoding: bytes = b"") -> Message:
    return CHECKER.check(Posted(body, media, encoding), camera_id="gate", received_at=NOW)


def read_now(**changes: Any) -> dict[str, Any]:
    return a_read(**{"captured_at": NOW.isoformat(), **changes})


def as_lines(*reads: Any) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in ({"source": SOURCE}, *reads)) + b"\n"


def as_msgpack(*reads: Any) -> bytes:
    return msgspec.msgpack.encode({"source": SOURCE, "reads": [unpacked_patch(read) for read in reads]})


def as_arrow(*reads: Any, **options: Any) -> bytes:
    rows = [unpacked_patch(read) for read in reads]
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    return stream_of(table, **options)


def stream_of(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    schema = table.schema.with_metadata(SOURCE)
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpacked_patch(read: Any) -> Any:
    if not isinstance(read, dict) or "patch" not in read:
        return read
    return {**read, "patch": base64.b64decode(read["patch"])}


WRITTEN = {JSON_MEDIA: a_message, LINES_MEDIA: as_lines, MSGPACK_MEDIA: as_msgpack, ARROW_MEDIA: as_arrow}
READS = (
    read_now(country="GB", lane=2, direction="away", raw_text="GB AB12", colour="blue", clock_error_ms=-3),
    read_now(candidates=[{"plate": "A812 CDE", "confidence": 0.4}], event_id=None),
    with_patch(captured_at="2026-11-22T13:59:59.123456+02:00", frames_agreeing=7, make="Ford"),
)


@pytest.mark.parametrize("media", WRITTEN)
@pytest.mark.parametrize("encoding", [b"", b"identity", b"gzip", b"zstd"])
def test_every_form_says_the_same(media: bytes, encoding: bytes):
    body = WRITTEN[media](*READS)
    packed = (
        pa.compress(body, codec=encoding.decode(), asbytes=True) if encoding in {b"gzip", b"zstd"} else body
    )
    if encoding == b"gzip":
        packed = gzip.compress(body)
    message, plain = check(packed, media, encoding), check(a_message(*READS))
    assert reads_of(message) == reads_of(plain)
    assert dict(message.patches) == dict(plain.patches)
    assert len(message.patches) == 1
    assert not message.put_aside
    assert message.batch.software == SOURCE["software"]


@pytest.mark.parametrize("media", WRITTEN)
def test_a_bad_read_of_any_form_is_put_aside_as_json(media: bytes):
    bad = read_now(confidence=1.5)
    message = check(WRITTEN[media](READS[0], bad, READS[1]), media)
    assert list(message.indexes) == [0, 2]
    (aside,) = message.put_aside
    assert (aside.index, aside.event_id) == (1, bad["event_id"])
    assert aside.reason == "confidence must be a number from 0 to 1."
    assert json.loads(aside.payload) == bad


@pytest.mark.parametrize("media", WRITTEN)
def test_no_form_speaks_for_another_camera(media: bytes):
    with pytest.raises(OtherCamera):
        check(WRITTEN[media](read_now(camera="other", confidence=3)), media)


@pytest.mark.parametrize("media", WRITTEN)
def test_every_form_has_at_most_so_many_reads(media: bytes):
    with pytest.raises(TooLarge, match="50 reads"):
        check(WRITTEN[media](*[read_now() for _ in range(51)]), media)


@pytest.mark.parametrize("media", WRITTEN)
def test_what_is_no_message_of_its_form_is_refused(media: bytes):
    whole = WRITTEN[media](*READS)
    for body in (b"", b"\xff\xfe\xfd", whole[:20], b"\x00" * 100, b"[]", b"{}\n{}"):
        with pytest.raises(NotUnderstood):
            check(body, media)


@pytest.mark.parametrize("media", WRITTEN)
@given(at=st.integers(0, 10_000), damage=st.binary(min_size=1, max_size=8))
def test_a_damaged_message_of_any_form_is_checked_or_refused(media: bytes, at: int, damage: bytes):
    body = bytearray(WRITTEN[media](*READS))
    at %= len(body)
    body[at : at + len(damage)] = damage
    with contextlib.suppress(Refused):
        check(bytes(body), media)


@pytest.mark.parametrize("encoding", [b"gzip", b"zstd"])
def test_a_bomb_is_refused_before_it_unfolds(encoding: bytes):
    zeros = bytes(200 << 20)
    bomb = gzip.compress(zeros) if encoding == b"gzip" else pa.compress(zeros, codec="zstd", asbytes=True)
    del zeros
    assert len(bomb) < MAX_BYTES
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="1 MB"):
            check(bomb, JSON_MEDIA, encoding)
        assert tracemalloc.get_traced_memory()[1] < 8 * MAX_BYTES
    finally:
        tracemalloc.stop()
    assert pa.total_allocated_bytes() - before < 8 * MAX_BYTES


@pytest.mark.parametrize("encoding", [b"gzip", b"zstd"])
def test_what_is_not_packed_as_it_says_is_refused(encoding: bytes):
    packed = (
        gzip.compress(a_message(*READS))
        if encoding == b"gzip"
        else pa.compress(a_message(*READS), codec="zstd", asbytes=True)
    )
    for body in (a_message(*READS), packed[: len(packed) // 2]):
        with pytest.raises(NotUnderstood):
            check(body, JSON_MEDIA, encoding)


@pytest.mark.parametrize(
    ("media", "encoding"),
    [(b"text/plain", b""), (b"", b""), (b"application/json", b"br"), (b"application/json", b"gzip, gzip")],
)
def test_other_types_and_encodings_are_named_what_is_taken(media: bytes, encoding: bytes):
    with pytest.raises(MediaRefused, match="Send the reads"):
        check_headers(media, encoding)


def test_each_form_that_is_taken_is_taken():
    for media in FORMS:
        check_headers(media, b"zstd")


@pytest.mark.parametrize("options", [{"compression": "zstd"}, {"compression": "lz4"}])
def test_an_arrow_stream_with_packed_buffers_is_refused_unread(options: dict[str, Any]):
    with pytest.raises(NotUnderstood, match="Content-Encoding"):
        check(as_arrow(*[read_now() for _ in range(20)], **options), ARROW_MEDIA)


def test_an_arrow_dictionary_that_would_unfold_is_refused():
    plates = pa.DictionaryArray.from_arrays(pa.array([0] * 40, pa.int8()), pa.array(["A" * 500_000]))
    rows = {"plate": plates, "confidence": [0.5] * 40, "captured_at": pa.array([NOW] * 40)}
    with pytest.raises(NotUnderstood, match="256 bytes"):
        check(stream_of(pa.table(rows)), ARROW_MEDIA)


def test_arrow_columns_of_dictionaries_instants_and_nulls_are_taken():
    rows = {
        "plate": pa.array(["AB12CDE", "XY34ZZZ"]).dictionary_encode(),
        "confidence": pa.array([0.5, 1.0], pa.float32()),
        "captured_at": pa.array([NOW, NOW], pa.timestamp("us", "UTC")),
        "country": pa.array(["GB", None]),
        "lane": pa.array([1, 2], pa.uint8()),
    }
    reads = reads_of(check(stream_of(pa.table(rows)), ARROW_MEDIA))
    assert [(read.plate, read.country, read.lane) for read in reads] == [
        ("AB12CDE", "GB", 1),
        ("XY34ZZZ", "", 2),
    ]


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"plate": ["A1"], "number": [1]}),
        pa.table({"plate": pa.array(["A1"], pa.string_view())}),
        pa.table([pa.array(["A1"]), pa.array(["A2"])], names=["plate", "plate"]),
        pa.table({"plate": pa.array([], pa.string())}),
    ],
)
def test_strange_arrow_tables_do_no_harm(table: pa.Table):
    try:
        message = check(stream_of(table), ARROW_MEDIA)
    except NotUnderstood:
        return
    assert len(message.put_aside) == table.num_rows


def test_an_arrow_stream_without_its_software_is_refused():
    sink = io.BytesIO()
    table = pa.Table.from_pylist([read_now()])
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(NotUnderstood, match="software"):
        check(sink.getvalue(), ARROW_MEDIA)


def test_text_of_msgpack_that_is_no_utf8_is_put_aside_alone():
    good = msgspec.msgpack.encode(read_now())
    bad = b"\x81\xa5plate\xa4\xff\xfe\xfd\xfc"
    body = b"\x82\xa6source" + msgspec.msgpack.encode(SOURCE) + b"\xa5reads\x92" + good + bad
    message = check(body, MSGPACK_MEDIA)
    assert list(message.indexes) == [0]
    assert b"SHA-256" in message.put_aside[0].payload


def test_a_line_that_is_no_utf8_is_put_aside_alone():
    body = as_lines(READS[0]) + b'{"plate":"\xff\xfe"}\n' + json.dumps(READS[1]).encode()
    message = check(body, LINES_MEDIA)
    assert list(message.indexes) == [0, 2]


def test_msgpack_has_instants_and_binaries_of_its_own():
    read = {"plate": "AB12CDE", "confidence": 1, "captured_at": NOW, "patch": a_patch()}
    message = check(msgspec.msgpack.encode({"source": SOURCE, "reads": [read]}), MSGPACK_MEDIA)
    assert reads_of(message)[0].captured_at == NOW
    assert message.patches[0].startswith(b"\xff\xd8")
