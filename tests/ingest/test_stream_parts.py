"""The splitter of event streams: the same parts however the bytes arrive, whatever cameras make of multipart, and nothing beyond its bounds."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ingest import stream_parts
from turnpike.ingest.stream_parts import MAX_HEAD_BYTES, MAX_PART_BYTES, PassedOver, Splitter, StreamPart

MIXED = "multipart/x-mixed-replace; boundary=myboundary"
JPEG = b"\xff\xd8" + random.Random(3).randbytes(3000) + b"\r\n--notmine\r\n\xff\xd9"


def part(content, *, media=b"text/plain", length=True, end=b"\r\n", boundary=b"--myboundary", told=None):
    told = b"Content-Length:%d" % (len(content) if told is None else told) + end if length else b""
    return boundary + end + b"Content-Type: " + media + end + told + end + content + end


def split(pieces, content_type=MIXED, **limits):
    splitter = Splitter(content_type, **limits)
    found = [one for piece in pieces for one in splitter.feed(piece)]
    return found + splitter.end()


def contents(found):
    return [one.content if isinstance(one, StreamPart) else one for one in found]


def pieces_of(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


EVENT = b"Events[0].EventBaseInfo.Code=TrafficJunction\r\nEvents[0].UTC=1795342503\r\n"
STREAM = part(b"Heartbeat") + part(EVENT) + part(JPEG, media=b"image/jpeg") + part(b"Heartbeat")


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("size", [1, 2, 7, 4096, 10**6])
def test_parts_are_cut_out_whatever_ends_their_lines_and_whether_their_length_is_told(length, end, size):
    data = (
        b"".join(part(one, length=length, end=end) for one in (b"Heartbeat", EVENT, JPEG))
        + b"--myboundary--"
        + end
    )
    assert contents(split(pieces_of(data, size))) == [b"Heartbeat", EVENT, JPEG]


@pytest.mark.parametrize(
    ("content_type", "written"),
    [
        ("multipart/mixed; boundary=boundary", b"--boundary"),
        ('multipart/mixed; boundary="boundary"', b"--boundary"),
        ("multipart/mixed; boundary=--boundary", b"--boundary"),
        ("multipart/mixed; boundary=--boundary", b"----boundary"),
        ("multipart/mixed;BOUNDARY = boundary ; charset=utf-8", b"--boundary"),
        ("multipart/mixed", b"---------------------------7e13971310878"),
        ("", b"--boundary"),
        ("multipart/mixed; boundary=a.b+c(d)", b"--a.b+c(d)"),
    ],
)
def test_the_boundary_is_found_however_it_is_told(content_type, written):
    data = part(b"one", boundary=written, length=False) + part(JPEG, boundary=written, length=False)
    assert contents(split(pieces_of(data, 5), content_type)) == [b"one", JPEG + b"\r\n"]


def test_the_boundary_s_line_may_end_twice_or_the_wrong_way_round():
    for begin in (
        b"--myboundary\n\r",
        b"--myboundary\n\r\n",
        b"--myboundary \r\n\r\n",
        b"\r\n--myboundary\r\n",
    ):
        data = begin + b"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\none\r\n" + part(b"two")
        assert contents(split(pieces_of(data, 1))) == [b"one", b"two"], begin
    assert contents(split([b"--myboundary\r\nno head\r\n--myboundary\r\n\r\nnone\r\n--myboundary--"])) == [
        b"no head",
        b"none",
    ]


def test_what_goes_on_after_a_closing_boundary_is_read():
    data = part(b"one") + b"--myboundary--\r\n" + part(b"two") + b"--myboundary--"
    assert contents(split([data])) == [b"one", b"two"]


def test_empty_parts_are_no_parts():
    assert contents(
        split([b"--myboundary\r\n--myboundary\r\n" + part(b"one") + part(b"", length=False) + part(b"two")])
    ) == [b"one", b"two"]


def test_a_part_that_is_too_large_is_passed_over_and_told_and_the_next_is_read():
    for length in (True, False):
        data = part(b"x" * 5000 + b"\n--my", length=length) + part(b"two")
        for size in (1, 100, 10**6):
            assert contents(split(pieces_of(data, size), max_part_bytes=4000)) == [
                PassedOver.TOO_LARGE,
                b"two",
            ]
    assert contents(split([part(b"one", told=10**11), part(b"two")])) == [PassedOver.TOO_LARGE, b"two"]


def test_what_is_held_is_bounded_whatever_comes():
    for begin in (
        b"",
        b"--myboundary\r\n",
        b"--myboundary\r\nContent-Type: image/jpeg\r\n\r\n",
        b"--myboundary\r\nContent-Length: 99999999999\r\n\r\n",
    ):
        for filling in (b"x", b"x\r\n", b"\n", b"--myboundar\r\n", b"\n--"):
            splitter = Splitter(MIXED, max_part_bytes=10_000)
            splitter.feed(begin)
            chunk = filling * (4096 // len(filling))
            for _ in range(30):
                splitter.feed(chunk)
                assert splitter.held_bytes < 10_000 + 2 * MAX_HEAD_BYTES, (begin, filling)


def test_a_head_without_end_is_passed_over():
    data = b"--myboundary\r\n" + b"X-Filler: 1\r\n" * 400 + b"\r\nlost\r\n" + part(b"two")
    for size in (1, 4096, 10**6):
        assert contents(split(pieces_of(data, size))) == [PassedOver.LONG_HEAD, b"two"]


def test_a_wrong_length_is_told_and_the_next_part_is_read():
    assert contents(split([part(b"longer", told=3) + part(b"two")])) == [b"lon", PassedOver.STRAY, b"two"]
    assert contents(split([part(b"one") + b"longer"])) == [b"one", PassedOver.STRAY]


def test_what_is_cut_is_told_and_what_may_be_whole_is_given():
    assert contents(split([part(b"one") + part(EVENT)[:-20]])) == [b"one", PassedOver.CUT]
    assert contents(split([part(b"one") + b"--myboundary\r\nContent-Ty"])) == [b"one", PassedOver.CUT]
    assert contents(split([part(b"one") + part(EVENT, length=False).strip()])) == [b"one", EVENT.strip()]
    assert contents(split([b"", b"HTTP/1.1 500"])) == []


def test_a_large_picture_in_small_pieces_costs_no_more_than_its_size():
    picture = b"\n" + b"\xff" * (4 * 2**20)
    splitter, looked = Splitter(MIXED), []
    splitter.feed(b"--myboundary\r\nContent-Type: image/jpeg\r\n\r\n")
    for piece in pieces_of(picture, 16_384):
        splitter.feed(piece)
        looked.append(splitter._looked_at)
    # It is not looked through again from its last line end.
    assert looked[-1] == splitter.held_bytes
    assert len(picture) < MAX_PART_BYTES


_LINE = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"--myboundary", b"--", b"--myboundary--", b"Content-Type: image/jpeg", b"Content-Length: 5", b"Content-Length: 70",
     b"Content-Length: 0", b"\xff\xd8\xff", b"Events[0].UTC=1", b"content-", b" ", b"\0", b"x" * 70, b"x" * 600]
)  # fmt: skip


@given(
    data=st.lists(_LINE | st.binary(max_size=6), max_size=40).map(b"".join),
    cuts=st.lists(st.integers(0, 2000), max_size=12),
    named=st.booleans(),
)
def test_the_parts_are_the_same_however_the_bytes_are_cut(data, cuts, named, monkeypatch_heads):
    content_type = MIXED if named else "multipart/mixed"
    whole = split([data], content_type, max_part_bytes=64)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert split([data[a:b] for a, b in pairwise(edges)], content_type, max_part_bytes=64) == whole
    assert split(pieces_of(data, 1), content_type, max_part_bytes=64) == whole


@pytest.fixture(scope="module")
def monkeypatch_heads():
    """Small bounds, so that they are met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_parts, "MAX_HEAD_BYTES", 100)
        yield
