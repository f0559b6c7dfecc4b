"""Many reads at once: as good as those that came one by one, each month whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.reads.samples import NOON, a_batch, a_read

from turnpike.reads import loading
from turnpike.reads.services import EVERY_PLATE, InvalidRead, Origin, ReadQuery, SearchLimits
from turnpike.simulation.services import NationPlan, national_reads

ORIGIN = Origin("old system 4", "their reader", "import")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def a_load(rows=2_500, days=365):
    (batch,) = national_reads(NationPlan(reads=rows, days=days), batch_rows=rows)
    return batch


def test_what_is_loaded_is_what_was_given(own_store):
    given = a_load()
    assert own_store.load(given, ORIGIN) == 2_500
    stored = own_store.search(ReadQuery(EVERY_PLATE, *YEAR), SearchLimits(max_rows=5_000)).rows
    assert len(stored) == own_store.count() == 2_500
    wanted = {
        (row["plate"], row["captured_at"], row["camera_id"]): row
        for row in given.select(given.schema.names).to_pylist()
    }
    for read in stored:
        row = wanted[read.plate, read.captured_at, read.camera_id]
        assert read.raw_text == (row["raw_text"] or row["plate"])
        assert read.confidence == row["confidence_thousandths"] / 1000
        assert read.candidates == tuple(
            (one["plate"], one["confidence_thousandths"] / 1000) for one in row["candidates"]
        )
        for name in (
            "country",
            "lane",
            "direction",
            "clock_error_ms",
            "frames_agreeing",
            "colour",
            "make",
            "has_patch",
        ):
            assert getattr(read, name) == row[name], name
        assert (read.software, read.model, read.adapter) == (ORIGIN.software, ORIGIN.model, ORIGIN.adapter)
        assert read.received_at >= row["received_at"].replace(microsecond=0)
    for read in stored[::250]:
        assert own_store.get(read.read_id) == read


def test_ids_never_meet(own_store):
    for _ in range(3):
        own_store.load(a_load(days=1), ORIGIN)
    stored = own_store.search(ReadQuery(EVERY_PLATE, *YEAR), SearchLimits(max_rows=10_000)).rows
    assert len({read.read_id for read in stored}) == len(stored) == 7_500


def test_a_loaded_year_stands_in_its_own_months_and_is_no_news(own_store):
    (result,) = own_store.append([a_batch(a_read(1, captured_at=NOON.replace(year=2027)))])
    own_store.load(a_load(), ORIGIN)
    months = own_store._appender._session.query("read_months")
    assert {f"2026{month:02}" for month in range(1, 13)} <= {month for (month,) in months}
    assert own_store.counts_by_camera(YEAR[0]).keys() == {"north"}, "a load is from no one camera"
    assert result.batch is not None


def test_reads_of_the_last_month_are_recognised(open_store):
    store = open_store(now_us=lambda: int(YEAR[1].timestamp() * 1_000_000))
    given = a_load(1_000)
    keys = np.arange(1_000, dtype=np.uint64) + np.uint64(7)
    store.load(given.append_column("event_key", pa.array(keys)), ORIGIN)
    row = given.slice(999, 1).to_pylist()[0]
    assert row["captured_at"] > YEAR[1] - timedelta(days=30)
    again = a_read(1_006, plate=row["plate"], captured_at=row["captured_at"])
    (result,) = store.append([a_batch(again, camera_id=row["camera_id"])])
    assert [index for index, _ in result.duplicates] == [0]
    assert store.get(result.duplicates[0][1]).captured_at == row["captured_at"]


def test_what_is_no_load_is_refused(own_store, monkeypatch):
    with pytest.raises(InvalidRead, match="lack candidates, lane"):
        own_store.load(a_load(10).drop_columns(["lane", "candidates"]), ORIGIN)
    monkeypatch.setattr(loading, "MAX_LOAD_ROWS", 5)
    with pytest.raises(InvalidRead, match="at most 5"):
        own_store.load(a_load(10), ORIGIN)
    assert own_store.count() == 0


def test_merging_leaves_one_part_a_month_and_every_read(own_store):
    for _ in range(3):
        own_store.load(a_load(), ORIGIN)
    own_store.merge()
    assert own_store.count() == 7_500
    parts = {table: count for table, _, _, count in own_store._appender._session.query("bytes_on_disk")}
    assert parts["reads"] == len(own_store._appender._session.query("read_months"))
