"""A stream of reads cut anew: nothing is lost, each piece is of one month, and pieces are large."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reads.test_loading import ORIGIN, YEAR, a_load

from turnpike.reads import store as store_module
from turnpike.reads.recutting import by_month
from turnpike.reads.services import EVERY_PLATE, InvalidRead, ReadQuery, SearchLimits

JANUARY_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


def numbered(days, first):
    received = pa.array([JANUARY_MS + day * DAY_MS for day in days], pa.timestamp("ms", tz="UTC"))
    numbers = pa.array(np.arange(first, first + len(days)))
    # A dictionary of its own in each, as cameras have.
    names = pa.array([f"camera {day}" for day in days], pa.string()).dictionary_encode()
    return pa.record_batch({"received_at": received, "number": numbers, "camera_id": names})


def stream(days_of_each):
    first = 0
    for days in days_of_each:
        yield numbered(days, first)
        first += len(days)


@given(st.lists(st.lists(st.integers(0, 364), max_size=20), max_size=8), st.integers(1, 25))
def test_every_read_comes_out_once_in_pieces_of_one_month(days_of_each, most_rows):
    pieces = list(by_month(stream(days_of_each), most_rows))
    rows = [row for piece in pieces for row in piece.to_pylist()]
    wanted = [row for batch in stream(days_of_each) for row in batch.to_pylist()]
    assert sorted(rows, key=lambda row: row["number"]) == wanted
    for piece in pieces:
        assert 0 < piece.num_rows <= most_rows
        assert len({row["received_at"].month for row in piece.to_pylist()}) == 1


@given(st.lists(st.lists(st.integers(0, 2), max_size=20), max_size=8), st.integers(1, 25))
def test_pieces_of_one_month_are_as_large_as_may_be_and_in_order(days_of_each, most_rows):
    pieces = list(by_month(stream(days_of_each), most_rows))
    rows = sum(map(len, days_of_each))
    assert [piece.num_rows for piece in pieces[:-1]] == [most_rows] * (len(pieces) - 1)
    assert len(pieces) == -(-rows // most_rows)
    assert [number for piece in pieces for number in piece.column("number").to_pylist()] == list(range(rows))


def test_a_stream_is_loaded_whole_and_each_month_is_one_part(own_store, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_LOAD_ROWS", 1_000)
    given_rows = a_load(5_000)
    pieces = [given_rows.slice(first, 700) for first in range(0, 5_000, 700)]
    told = list(own_store.load_all(pieces, ORIGIN))
    assert sum(told) == own_store.count() == 5_000
    assert len(own_store._appender._session.query("read_months")) >= 12
    assert own_store._appender._session.query("months_in_parts") == []
    stored = own_store.search(ReadQuery(EVERY_PLATE, *YEAR), SearchLimits(max_rows=6_000)).rows
    assert len({read.read_id for read in stored}) == 5_000


def test_a_stream_that_ends_in_bad_reads_keeps_what_came_before(own_store):
    good, bad = a_load(500, days=1), a_load(10, days=1).drop_columns(["lane"])
    with pytest.raises(InvalidRead, match="lack lane"):
        list(own_store.load_all([good, bad], ORIGIN))
    assert own_store.count() == 500
