"""Every row becomes one read or is refused with its line and its reason, wherever a piece of the file ends."""

from __future__ import annotations

import io
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.history.files import LATELY, PLAN, at, text_of, written

from turnpike.ingest.history.checking import RowChecker, Why
from turnpike.ingest.history.csv_files import CsvFile
from turnpike.ingest.history.errors import FileRefused, PlanRefused
from turnpike.ingest.history.fields import ColumnPlan

NOW_MS = int((LATELY + timedelta(days=40)).timestamp() * 1000)
CAMERAS = {"north": "north", "Old South": "south"}
COLUMNS = ("VRM", "Time", "Camera", "Score", "Lane", "Way", "Land", "Note")
FULL = ColumnPlan(
    {
        "plate": "VRM", "captured_at": "Time", "camera": "Camera", "confidence": "Score", "lane": "Lane", "direction": "Way",
        "country": "Land",
    },
    time_zone="UTC",
    confidence_of=100,
)  # fmt: skip


def check(content, plan=FULL, piece_bytes=1 << 20, cameras=CAMERAS, camera_id=""):
    """What was taken, each read with its line; what was refused, each reason by its line; how many lines were blank."""
    file = CsvFile(io.BytesIO(content), piece_bytes=piece_bytes)
    checker = RowChecker(plan, cameras, camera_id=camera_id)
    taken: list[tuple[int, dict[str, object]]] = []
    refused: dict[int, Why] = {}
    empty: dict[str, int] = {}
    blank = 0
    for piece in file.pieces():
        rows = file.rows(piece, plan)
        checked = checker.check(rows, NOW_MS)
        taken += zip(rows.lines[checked.taken].tolist(), checked.reads.to_pylist(), strict=True)
        refused |= {int(rows.lines[row]): Why(checked.why[row]) for row in np.flatnonzero(checked.why)}
        blank += checked.blank
        for field, count in checked.left_empty.items():
            empty[field] = empty.get(field, 0) + count
    return taken, refused, blank, empty


_PLATES = {"AB12CDE": "AB12CDE", "ab12 cde": "AB12CDE", "B-MW 1": "BMW1", "Ä1": "A1", "": Why.NO_PLATE, "京A1": Why.PLATE, "-": Why.PLATE,
           "X" * 17: Why.PLATE, "A\nB1": "AB1", 'A"1': "A1", "A,1": "A1"}  # fmt: skip
_TIMES = {written(at(0)): None, written(at(7.25)): None, "never": Why.TIME, "": Why.TIME,
          written(LATELY - timedelta(days=401)): Why.TOO_OLD, written(LATELY + timedelta(days=41)): Why.TOO_NEW}  # fmt: skip
_CAMERAS = {"north": None, "NORTH": None, "Old South": None, "elsewhere": Why.CAMERA, "": Why.CAMERA}
_SCORES = {"": 0, "n/a": 0, "97": 970, "97,5": 975, "101": Why.CONFIDENCE, "-1": Why.CONFIDENCE, "nan": Why.CONFIDENCE, "sure": Why.CONFIDENCE}  # fmt: skip
_LANES = {"": 0, "3": 3, "17": 0, "x": 0}
_WAYS = {"": "", "Approaching": "towards", "away": "away", "N": ""}
_LANDS = {"": "", "gb": "GB", "GBR": "GB", "Wales": ""}

_ROW = st.tuples(
    *(st.sampled_from(list(known)) for known in (_PLATES, _TIMES, _CAMERAS, _SCORES, _LANES, _WAYS, _LANDS)),
    st.sampled_from(["", "seen", "two\nlines", 'a "quote"']),
)
_TABLE = st.lists(_ROW, max_size=20)


def expected(row):
    """The first reason that holds of a row, or None, and the read that it becomes."""
    plate, time, camera, score, lane, way, land, _ = row
    reasons = [known for known in (_PLATES[plate], _TIMES[time], _CAMERAS[camera], _SCORES[score]) if isinstance(known, Why)]  # fmt: skip
    if reasons:
        return min(reasons), None
    return None, (
        _PLATES[plate],
        "south" if camera == "Old South" else "north",
        _SCORES[score],
        _LANES[lane],
        _WAYS[way],
        _LANDS[land],
    )


def lines_of(rows):
    """The line on which each row begins."""
    line, found = 2, []
    for row in rows:
        found.append(line)
        line += 1 + sum(value.count("\n") for value in row)
    return found


@given(_TABLE, st.integers(150, 2_000))
@settings(max_examples=150)
def test_every_good_row_arrives_once_and_every_bad_one_is_told(rows, piece_bytes):
    taken, refused, blank, _ = check(text_of(rows, COLUMNS), piece_bytes=piece_bytes)
    wanted = {line: expected(row) for line, row in zip(lines_of(rows), rows, strict=True)}
    # A row with nothing in any mapped column is no row.
    nothing = {line for line, row in zip(lines_of(rows), rows, strict=True) if not any(row[:7])}
    assert blank == len(nothing)
    assert refused == {line: why for line, (why, _) in wanted.items() if why and line not in nothing}
    found = {
        line: tuple(read[name] for name in ("plate", "camera_id", "confidence_thousandths", "lane", "direction", "country"))
        for line, read in taken
    }  # fmt: skip
    assert len(found) == len(taken)
    assert found == {line: read for line, (_, read) in wanted.items() if read}


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_no_bytes_do_worse_than_to_be_refused(content):
    try:
        taken, refused, _, _ = check(b"VRM,Time,Camera\n" + content, PLAN, piece_bytes=100)
    except FileRefused:
        return
    assert not taken
    assert set(refused.values()) <= {Why.COLUMNS, Why.NOT_TEXT, Why.NO_PLATE, Why.PLATE, Why.TIME}


def test_rows_of_another_length_and_of_another_encoding():
    good = f"AB12CDE,{written(at(0))},north\n".encode()
    content = b"VRM,Time,Camera\n" + good + b"AB12CDF,x\n" + b"\xff1," + good[8:] + good[:-1] + b",,\n" + good
    taken, refused, _, _ = check(content, PLAN)
    assert [line for line, _ in taken] == [2, 6]
    assert refused == {3: Why.COLUMNS, 4: Why.NOT_TEXT, 5: Why.COLUMNS}


def test_what_was_seen_is_kept_where_it_says_more():
    plan = replace_columns(PLAN, raw_text="Raw")
    rows = [
        ("AB12CDE", written(at(0)), "north", "AB12 CDE"),
        ("AB12CDE", written(at(1)), "north", "AB12CDE"),
        ("AB12CDE", written(at(2)), "north", "8" * 70),
    ]
    taken, _, _, _ = check(text_of(rows, ("VRM", "Time", "Camera", "Raw")), plan)
    assert [read["raw_text"] for _, read in taken] == ["AB12 CDE", "", "8" * 64]
    taken, _, _, _ = check(
        text_of([("ÄB 1", written(at(0)), "north"), ("ab 1", written(at(1)), "north")]), PLAN
    )
    assert [(read["plate"], read["raw_text"]) for _, read in taken] == [("AB1", "ÄB 1"), ("AB1", "")]


def replace_columns(plan, **columns):
    return ColumnPlan({**plan.columns, **columns}, plan.time_format, plan.time_zone, plan.confidence_of)


def test_times_of_receipt_lead_and_must_be_believable():
    plan = replace_columns(PLAN, received_at="In")
    rows = [
        ("AA1", written(at(10)), "north", written(at(30))),
        ("AA2", written(at(11)), "north", written(at(12))),
        ("AA3", written(at(900)), "north", written(at(0))),
        ("AA4", written(at(9)), "north", "x"),
    ]
    taken, refused, _, _ = check(text_of(rows, ("VRM", "Time", "Camera", "In")), plan)
    assert [read["plate"] for _, read in taken] == ["AA2", "AA1"], "in order of receipt"
    assert refused == {4: Why.RECEIVED, 5: Why.RECEIVED}


def test_date_and_time_in_two_columns_and_one_camera_for_all():
    plan = ColumnPlan({"plate": "VRM", "captured_at": "Date+Time"}, "day-first", "UTC")
    rows = [("AB12CDE", f"{at(5):%d/%m/%Y}", f"{at(5):%H:%M:%S}"), ("AB12CDE", "", "")]
    content = text_of(rows, ("VRM", "Date", "Time")).replace(b",", b";")
    taken, refused, _, _ = check(content, plan, camera_id="north")
    assert [(read["captured_at"], read["camera_id"]) for _, read in taken] == [(at(5), "north")]
    assert refused == {3: Why.TIME}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "must name the columns"), (b"\n\n", "must name the columns"), (b"\xff\xfe,a\n", "say --encoding"),
     (b"VRM,Time,Camera\n" + b"x" * 3_000, "no line ends"), (b"\x1f\x8bVRM,Time", "cannot be unpacked")],
)  # fmt: skip
def test_what_is_no_csv_is_refused(content, sentence):
    with pytest.raises(FileRefused, match=sentence):
        check(content, PLAN, piece_bytes=1_000)


@pytest.mark.parametrize(
    ("column", "sentence"), [("Plate", "no column 'Plate'"), ("Twice", "two columns 'Twice'")]
)
def test_a_column_that_is_not_there_or_twice(column, sentence):
    plan = ColumnPlan({**PLAN.columns, "plate": column}, time_zone="UTC")
    with pytest.raises(PlanRefused, match=sentence):
        check(text_of([("a", "b", "c", "d", "e")], ("VRM", "Time", "Camera", "Twice", "Twice")), plan)


def test_another_encoding():
    rows = text_of([("ÄB1", written(at(0)), "north")]).decode().encode("cp1252")
    file = CsvFile(io.BytesIO(rows), encoding="cp1252")
    (piece,) = file.pieces()
    checked = RowChecker(PLAN, CAMERAS, camera_id="").check(file.rows(piece, PLAN), NOW_MS)
    assert checked.reads.column("plate").to_pylist() == ["AB1"]
    with pytest.raises(PlanRefused, match="no such --encoding"):
        CsvFile(io.BytesIO(rows), encoding="klingon")
