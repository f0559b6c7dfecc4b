"""A manifest is taken as spreadsheets write it, and every fault of it is told at once, by line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.evaluation.manifest_rows import Columns, RowWrong, row_of
from turnpike.evaluation.services import EvaluationError, ManifestUnsound, read_manifest


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"not looked at yet")
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "d.jpg").write_bytes(b"")
    return tmp_path


def manifest(folder, text, **how):
    path = folder / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(path, **how)


def test_path_and_text_are_enough(folder):
    found = manifest(folder, "path,text\na.jpg,ab12 cde\nb.jpg,\n")
    first, second = found.pictures
    assert (first.plates[0].text, first.plates[0].box, second.plates) == ("AB12CDE", None, ())
    assert (found.plates, found.has_cameras, len(found.sha256)) == (1, False, 64)


@pytest.mark.parametrize(
    ("separator", "encoding", "end", "before"),
    [
        (";", "utf-8-sig", "\r\n", ""),
        ("\t", "utf-16", "\r\n", ""),
        (",", "utf-8", "\n", ""),
        (";", "utf-8-sig", "\r\n", "sep=;\r\n"),
        ("|", "utf-8", "\r\n", ""),
    ],
)
def test_it_is_read_as_spreadsheets_write_it(folder, separator, encoding, end, before):
    decimal = "10.5" if separator == "," else "10,5"
    rows = [
        ["Path", " TEXT", "x", "y", "w", "h", "country", "camera", "captured_at", "condition"],
        ["a.jpg", "AB12CDE", decimal, "2", "30", "8", "GB", "Nordring", "2026-11-03T18:45+01:00", "Night"],
        [""] * 10,
        ["night\\d.jpg", "", "", "", "", "", "", "Nordring", "", "day"],
    ]
    text = before + end.join(separator.join(row) for row in rows) + end
    found = manifest(folder, text.encode(encoding))
    first, second = found.pictures
    assert first.plates[0].box == (10.5, 2, 30, 8)
    assert first.captured_at is not None
    assert (first.camera, first.condition, first.captured_at.hour) == ("Nordring", "night", 17)
    assert second.path == (folder / "night" / "d.jpg").resolve()
    assert first.line == (3 if before else 2)


def test_every_fault_is_told_at_once_and_nothing_is_evaluated(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.jpg"
    outside.write_bytes(b"x")
    (folder / "link.jpg").symlink_to(outside)
    (folder / "inner.jpg").symlink_to(folder / "c.jpg")
    lines = {
        "": "path,text,x,y,w,h",
        "names no picture": ",AB12CDE,1,2,3,4",
        "leads out": f"../{outside.parent.name}/secret.jpg,AB12CDE,1,2,3,4",
        "and no link to it": "link.jpg,AB12CDE,1,2,3,4",
        "root of a disk": f"{outside},AB12CDE,1,2,3,4",
        "no such picture": "missing.jpg,AB12CDE,1,2,3,4",
        "not that of a file": "night,AB12CDE,1,2,3,4",
        "a part of its box": "a.jpg,AB12CDE,1,2,3,",
        "not four numbers": "a.jpg,AB12CDE,1,2,3,wide",
        "no such size": "a.jpg,AB12CDE,1,2,0,4",
        "no such size in": "a.jpg,AB12CDE,nan,2,9,4",
        "could not be read": "a.jpg,AB?2CDE,1,2,3,4",
        "is no plate's": "a.jpg,京A12345,1,2,3,4",
        "more fields": "a.jpg,AB12CDE,1,2,3,4,5",
    }
    sound = "inner.jpg,AB12CDE,1,2,3,4\nc.jpg,AB12CDF,50,2,3,4\n"
    text = "\n".join(lines.values()) + "\n" + sound
    with pytest.raises(ManifestUnsound) as told:
        manifest(folder, text)
    assert len(told.value.faults) == len(lines) - 1
    for number, (fault, sentence) in enumerate(zip(told.value.faults, list(lines)[1:], strict=True), start=2):
        assert fault.startswith(f"Line {number}: ")
        assert sentence.removesuffix(" in") in fault
    assert "secret" not in str(told.value)
    found = manifest(folder, text, skip_bad=True)
    # A link within the folder leads to the same picture, whose plates belong together.
    assert [len(picture.plates) for picture in found.pictures] == [2]
    assert [one.line for one in found.skipped] == list(range(2, len(lines) + 1))


def test_a_picture_with_a_wrong_line_is_left_out_whole(folder):
    text = "path,text,x,y,w,h\na.jpg,AB12CDE,1,2,3,4\na.jpg,AB12CDE,1,2,x,4\nb.jpg,AB12CDE,1,2,3,4\n"
    found = manifest(folder, text, skip_bad=True)
    assert [picture.name for picture in found.pictures] == ["b.jpg"]
    assert [(one.line, "another line" in one.why) for one in found.skipped] == [(2, True), (3, False)]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ("a.jpg,AB12CDE,1,2,3,4,north", "stands here twice"),
        ("a.jpg,,,,,,north", "whether this picture has a plate"),
        ("a.jpg,AB12CDF,1,2,3,4,south", "differs from line 2"),
    ],
)
def test_rows_of_one_picture_must_fit_together(folder, second, sentence):
    text = f"path,text,x,y,w,h,camera\na.jpg,AB12CDE,1,2,3,4,north\n{second}\n"
    with pytest.raises(ManifestUnsound, match=sentence):
        manifest(folder, text)


def test_a_picture_has_no_more_plates_than_can_be_compared(folder):
    rows = "".join(f"a.jpg,AB12CDE,{number},2,3,4\n" for number in range(201))
    with pytest.raises(ManifestUnsound, match="Line 202: a picture has at most 200"):
        manifest(folder, "path,text,x,y,w,h\n" + rows)


def test_a_crop_is_one_plate(folder):
    text = "path,text\na.jpg,AB12CDE\na.jpg,AB12CDF\n"
    assert manifest(folder, text).plates == 2
    with pytest.raises(ManifestUnsound, match="cut-out for each"):
        manifest(folder, text, crops=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "names no column"),
        (b"path,plate\na.jpg,AB12CDE\n", "no column .text"),
        (b"path,text,x,y\na.jpg,AB12CDE,1,2\n", "four columns"),
        (b"path,text,Text\na.jpg,AB12CDE,AB12CDE\n", "twice"),
        (b"path,text\n", "no picture"),
        ("path,text\nä.jpg,AB12CDE\n".encode("cp1252"), "UTF-8"),
        (b"\x00\x01path,text\n", "not a text file"),
        (b'path,text\n"' + b"a" * 140_000, "quotation mark"),
    ],
)
def test_what_is_no_manifest_is_refused_with_one_sentence(folder, text, sentence):
    with pytest.raises(EvaluationError, match=sentence):
        manifest(folder, text)


def test_a_manifest_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="no such manifest"):
        read_manifest(tmp_path / "none.csv")
    with pytest.raises(EvaluationError, match="not a file"):
        read_manifest(tmp_path)


COLUMNS = Columns.of(["path", "text", "x", "y", "w", "h", "country", "camera", "captured_at", "condition"])


@settings(max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=12))
def test_no_row_does_more_than_be_refused(tmp_path_factory, fields):
    folder = tmp_path_factory.getbasetemp().resolve()
    with contextlib.suppress(RowWrong):
        assert row_of(2, fields, COLUMNS, folder).path.is_relative_to(folder)
