"""Multipart, XML, JSON and lines as cameras send them: sloppy ones are read, hostile ones are refused."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_messages import NotUnderstood, Picture, PlateBox, VendorMessage
from turnpike.ingest.vendor_parts import (
    MAX_PARTS,
    json_of,
    parts_of,
    tree_of_json,
    tree_of_lines,
    tree_of_xml,
)
from turnpike.ingest.vendor_pictures import jpeg_size, picture, scaled_box
from turnpike.ingest.vendor_tree import MAX_DEPTH, MAX_ELEMENTS
from turnpike.ingest.vendor_values import instant_of, number_of, text_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\r\n--X is not at a line's start: a--X\r\n\0\0"


def contents(body: bytes, media: str = "multipart/form-data; boundary=X") -> list[tuple[str, str, bytes]]:
    return [
        (part.name or part.file_name, part.content_type, bytes(part.content))
        for part in parts_of(VendorMessage(body, NOW, media))
    ]


GOOD = (
    b'--X\r\nContent-Disposition: form-data; name="a.XML"; filename="b.xml";\r\nContent-Type: text/XML; charset=x\r\n'
    b"Content-Length: 4\r\n\r\n<a/>\r\n--X\r\nContent-Type: image/jpeg\r\n\r\n"
    + JPEG.replace(b"\n--X", b"\n-X")
    + b"\r\n--X--\r\n"
)


def test_a_multipart_message_is_its_parts():
    first, second = contents(GOOD)
    assert first == ("a.xml", "text/xml", b"<a/>")
    assert second[1:] == ("image/jpeg", JPEG.replace(b"\n--X", b"\n-X"))


@pytest.mark.parametrize(
    ("what", "body", "media"),
    [
        ("no header", GOOD, ""),
        ("another boundary in the header", GOOD, "multipart/mixed; boundary=Y"),
        ("dashes in the header", GOOD, "multipart/form-data; boundary=--X"),
        ("quotes", GOOD, 'multipart/form-data; boundary="X"'),
        ("no final boundary", GOOD[: -len(b"--X--\r\n")], "multipart/form-data; boundary=X"),
        ("a line end before the first", b"\r\n" + GOOD, "multipart/form-data; boundary=X"),
        (
            "a line end the wrong way round",
            GOOD.replace(b"--X\r\nC", b"--X\n\rC"),
            "multipart/form-data; boundary=X",
        ),
    ],
)
def test_sloppy_multipart_is_read(what, body, media):
    assert [name for name, *_ in contents(body, media)] == ["a.xml", ""], what
    assert contents(body, media)[0][2] == b"<a/>"


def test_lines_that_end_with_one_character_and_parts_without_a_head_are_read():
    assert contents(b"--X\nContent-Type: a/b\n\nc\n--X\n\nd\n--X--\n") == [("", "a/b", b"c"), ("", "", b"d")]


def test_what_is_no_multipart_is_one_part():
    assert contents(b'{"a": 1}', "application/json; charset=utf-8") == [("", "application/json", b'{"a": 1}')]


def test_parts_are_views_and_their_number_is_bounded():
    message = VendorMessage(GOOD, NOW)
    assert all(part.content.obj is message.body for part in parts_of(message))
    with pytest.raises(NotUnderstood, match="64 parts"):
        parts_of(VendorMessage(b"--X\r\n\r\na\r\n" * (MAX_PARTS + 1), NOW))


@given(
    bodies=st.lists(
        st.binary(max_size=200).filter(
            lambda body: b"--X" not in body and body.strip(b"\r\n") == body != b""
        ),
        max_size=5,
    ),
    newline=st.sampled_from([b"\r\n", b"\n"]),
)
def test_every_part_that_is_written_is_read(bodies, newline):
    written = b"".join(
        b"--X" + newline + b"Content-Type: a/b" + newline * 2 + body + newline for body in bodies
    )
    assert [content for *_, content in contents(written + b"--X--")] == bodies


def test_xml_is_read_by_local_names_without_regard_to_case():
    root = tree_of_xml(
        b'<?xml version="1.0"?><s:A xmlns:s="x"><vehicelRect y="1"><X> 4 </X></vehicelRect><n>a&amp;b</n></s:A>\0\0'
    )
    assert root.at("a", "VehicelRect", "x").text == "4"
    assert root.first("N").text == "a&b"
    assert root.at("a", "nothing", "x").text == ""


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        b"<!DOCTYPE x><x>\xff</x>",
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
    ],
)
def test_no_document_type_is_read(text):
    with pytest.raises(NotUnderstood, match="document type"):
        tree_of_xml(text)


def test_bytes_that_are_no_utf_8_are_marked_not_left_out():
    """A plate less a character would be another plate."""
    assert tree_of_xml(b"<a>AB\xff12</a>").at("a").text == "AB?12"
    assert json_of(b'{"a": "AB\xff12"}') == {"a": "AB?12"}


def test_depth_and_number_are_bounded():
    deep = MAX_DEPTH + 1
    for text in (
        b"<a>" * deep + b"</a>" * deep,
        b'{"a":' * deep + b"1" + b"}" * deep,
        b".".join([b"a"] * deep) + b"=1",
    ):
        read = tree_of_xml if text[:1] == b"<" else tree_of_json if text[:1] == b"{" else tree_of_lines
        with pytest.raises(NotUnderstood, match="deep"):
            read(text)
    for text in (
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
        b"[" + b"1," * MAX_ELEMENTS + b"1]",
        b"a.b=1\n" * MAX_ELEMENTS,
    ):
        read = tree_of_xml if text[:1] == b"<" else tree_of_json if text[:1] == b"[" else tree_of_lines
        with pytest.raises(NotUnderstood, match="more values"):
            read(text)


@given(
    content=st.recursive(
        st.text(alphabet="ab ", max_size=5),
        lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    )
)
def test_a_tree_says_what_its_json_says(content):
    def plain(element):
        return {child.name: plain(child) for child in element.children} or element.text

    def trimmed(value):
        return (
            {name: trimmed(one) for name, one in value.items()} or ""
            if isinstance(value, dict)
            else value.strip()
        )

    assert plain(tree_of_json(json.dumps(content).encode())) == trimmed(content)


def test_lines_are_a_tree_and_indexes_keep_events_apart():
    root = tree_of_lines(
        b"Events[0].A.B=1\r\nEvents[1].A.B=2\r\nEvents[0].Box[0]=3\nEvents[0].Box[1]=4=5\nnothing\n=6\n"
    )
    first, second = root.all("events")
    assert (first.value("a/b"), second.value("a/b")) == ("1", "2")
    assert [one.text for one in first.all("box")] == ["3", "4=5"]


def test_the_size_of_a_jpeg_is_read_from_its_head():
    content = io.BytesIO()
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(content, "JPEG", progressive=True)
    assert jpeg_size(content.getvalue()) == (64, 48)
    for damaged in (
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xff\xff",
        b"\xff\xd8" + b"\xff\xe0\0\0" * 1000,
        content.getvalue()[:20],
    ):
        assert jpeg_size(damaged) is None


def test_a_box_is_taken_only_where_it_is_in_its_picture():
    assert scaled_box((10, 20, 30, 25), (100, 50)) == PlateBox(10, 20, 20, 5)
    assert scaled_box(("4096", "0", "8192", "4096"), (640, 360), whole=8192) == PlateBox(320, 0, 320, 180)
    for edges in (
        (10, 20, 10, 25),
        (-1, 0, 5, 5),
        (0, 0, 101, 5),
        (0, 0, None, 5),
        (0, 0, 5),
        ("-", 0, 5, 5),
    ):
        assert scaled_box(edges, (100, 50)) is None
    assert scaled_box((0, 0, 5, 5), None) is None


def test_what_is_no_jpeg_is_no_picture():
    assert picture(b"\x89PNG") is None
    assert picture(b"") is None
    assert picture(memoryview(b"\xff\xd8\xff")) == Picture(b"\xff\xd8\xff")


def test_countries_of_two_and_three_letters():
    assert [country_of(text) for text in ("GBR", "gb", "UK", " DEU ", "30", "-", "ZZZ", "")] == [
        "GB",
        "GB",
        "GB",
        "DE",
        "",
        "",
        "",
        "",
    ]


def test_numbers_of_milliseconds_are_read_whole():
    assert instant_of("1795342503847", UTC) == datetime(2026, 11, 22, 10, 15, 3, 847000, UTC)
    assert number_of("1" * 16) is None


def test_a_text_as_long_as_a_picture_is_cut_before_it_is_looked_at():
    assert text_of("A" * 2**24) == "A" * 64
