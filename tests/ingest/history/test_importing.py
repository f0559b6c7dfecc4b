"""A file's reads arrive exactly once, whatever cuts the import off; and nothing of them is news."""

from __future__ import annotations

import gzip
import io
import json
import stat
import subprocess
import sys
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.ingest.history.files import (
    COLUMNS,
    LATELY,
    PLAN,
    TASK,
    at,
    good_rows,
    load,
    plates,
    stored,
    text_of,
)

from turnpike.hotlists.models import Hit
from turnpike.images.services import PatchStore
from turnpike.ingest.committing import Committer
from turnpike.ingest.history import importing, journal
from turnpike.ingest.history.checking import SENTENCES, Why
from turnpike.ingest.history.csv_files import CsvFile
from turnpike.ingest.history.errors import FileRefused, PlanRefused
from turnpike.ingest.history.fields import ColumnPlan
from turnpike.ingest.history.importing import check_history, import_history
from turnpike.ingest.history.parquet_files import ParquetFile
from turnpike.ledger.services import AuditEvent, entries
from turnpike.simulation.services import NationPlan, national_cameras, national_reads

pytestmark = pytest.mark.usefixtures("db")


class Cut(BaseException):
    """A kill, as far as one process can play it: nothing after it is written."""


@pytest.fixture
def folder(tmp_path):
    """Where this test's journals are kept."""
    return tmp_path / "imports"


def test_every_read_stands_in_the_store_and_the_log_says_why(store, folder):
    report = load(text_of(good_rows(40)), store, folder)
    reads = stored(store)
    assert [read.plate for read in reads] == [f"AB{n:05d}" for n in range(40)]
    assert [read.captured_at for read in reads] == [at(n) for n in range(40)]
    assert {(read.camera_id, read.adapter, read.software) for read in reads} == {
        ("north", "import", "Old ANPR 4")
    }
    assert (report.rows, report.loaded, report.refused, report.finished) == (40, 40, 0, True)
    begun, done = (
        [entry for entry in entries() if entry.event is event]
        for event in (AuditEvent.HISTORY_IMPORT_BEGUN, AuditEvent.HISTORY_IMPORTED)
    )
    assert len(begun) == len(done) == 1
    assert begun[0].details["reason"] == done[0].details["reason"] == TASK.reason
    assert done[0].details["authority"] == TASK.authority
    assert (done[0].details["loaded"], done[0].details["cameras"]) == (40, ["north: 40"])
    assert done[0].details["sha256"] == report.sha256
    assert not any("AB00" in json.dumps(entry.details) for entry in entries()), "a plate stands in the log"


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("loads", [1, 3])
def test_cut_off_it_goes_on_and_doubles_nothing(store, folder, monkeypatch, place, loads):
    """Cut off before a piece reaches the store, or after it has and before the journal knows."""
    content, real, calls = text_of(good_rows(60)), store.load, []

    def cut(reads, origin, *, may_be_there=False):
        calls.append(may_be_there)
        if len(calls) < loads:
            return real(reads, origin, may_be_there=may_be_there)
        if place == "after":
            real(reads, origin, may_be_there=may_be_there)
        raise Cut

    monkeypatch.setattr(store, "load", cut)
    with pytest.raises(Cut):
        load(content, store, folder)
    monkeypatch.undo()
    report = load(content, store, folder)
    assert plates(store) == [f"AB{n:05d}" for n in range(60)]
    assert (report.loaded, report.finished) == (60, True)
    assert load(content, store, folder).loaded_before == 60
    assert store.count() == 60


def test_a_piece_in_doubt_is_understood_as_it_was(store, folder, monkeypatch):
    """A camera registered since then does not make of a stored piece one that says it has more."""
    rows = [(plate, time, "north" if n % 2 else "later") for n, (plate, time, _) in enumerate(good_rows(60))]
    real = store.load

    def cut(reads, origin, *, may_be_there=False):
        real(reads, origin, may_be_there=may_be_there)
        raise Cut

    monkeypatch.setattr(store, "load", cut)
    with pytest.raises(Cut):
        load(text_of(rows), store, folder)
    monkeypatch.undo()
    report = load(text_of(rows), store, folder, cameras={"north": "north", "later": "north"})
    assert report.loaded == store.count()
    assert report.loaded + report.refused == 60
    assert 0 < report.refused < 30


def test_more_rows_than_one_load_takes(store, folder, monkeypatch):
    monkeypatch.setattr(importing, "MAX_LOAD_ROWS", 7)
    real, parts = store.load, []

    def cut(reads, origin, *, may_be_there=False):
        parts.append(reads.num_rows)
        real(reads, origin, may_be_there=may_be_there)
        if len(parts) == 2:
            raise Cut

    monkeypatch.setattr(store, "load", cut)
    with pytest.raises(Cut):
        load(text_of(good_rows(30)), store, folder, piece_bytes=10_000)
    monkeypatch.setattr(store, "load", real)
    load(text_of(good_rows(30)), store, folder, piece_bytes=10_000)
    assert plates(store) == [f"AB{n:05d}" for n in range(30)]
    assert max(parts) == 7


def test_a_torn_journal_is_mended(store, folder, monkeypatch):
    content, intend = text_of(good_rows(60)), journal.Journal.intend

    def cut(self, piece):
        if len(self.done) == 2:
            raise Cut
        intend(self, piece)

    monkeypatch.setattr(journal.Journal, "intend", cut)
    with pytest.raises(Cut):
        load(content, store, folder)
    monkeypatch.undo()
    (path,) = folder.glob("*.journal")
    whole = path.read_bytes()
    assert whole.splitlines()[-1].startswith(b'{"type":"done"')
    path.write_bytes(whole[:-20])
    load(content, store, folder)
    monkeypatch.undo()
    (path,) = folder.glob("*.journal")
    whole = path.read_bytes()
    done_at = whole.rindex(b'"done"')
    path.write_bytes(whole[: done_at + 40])  # in the middle of what tells that a piece is done
    load(content, store, folder)
    assert plates(store) == [f"AB{n:05d}" for n in range(60)]


def test_what_was_added_to_a_file_is_loaded_alone(store, folder):
    load(text_of(good_rows(20)), store, folder)
    report = load(text_of(good_rows(30)), store, folder)
    assert (report.loaded, report.loaded_before) == (30, 20)
    assert plates(store) == [f"AB{n:05d}" for n in range(30)]
    assert load(text_of(good_rows(30)), store, folder, is_anew=True).loaded == 30
    assert store.count() == 60


def test_a_changed_file_or_another_mapping_is_refused(store, folder):
    content = text_of(good_rows(3_000))
    load(content, store, folder, piece_bytes=40_000)
    changed = content.replace(b"AB02990", b"AB99999")
    with pytest.raises(FileRefused, match="differs, before line"):
        load(changed, store, folder)
    other = ColumnPlan(PLAN.columns, time_zone="Europe/London")
    with pytest.raises(FileRefused, match="another mapping"):
        load(content, store, folder, plan=other)
    assert store.count() == 3_000


def test_history_is_no_news(store, folder, tmp_path, people):
    """On a centre that has matched nothing yet, the next start would match what was loaded."""
    load(text_of(good_rows(5)), store, folder)
    assert store.since(0, 100) == ()
    assert Committer(store, PatchStore(tmp_path / "patches")).catch_up() == 0
    assert not Hit.objects.exists()


def test_refused_rows_are_listed_and_can_be_mended(store, folder, tmp_path):
    rows = [
        *good_rows(3),
        ("", "x", "north"),
        ("AB1", "never", "north"),
        *good_rows(2, 10),
        ("AB2", "x", 'the "other"'),
    ]
    report = load(text_of(rows), store, folder, piece_bytes=100)
    assert [(one.why, one.rows, one.first_lines) for one in report.refusals] == [
        (SENTENCES[Why.TIME], 2, [6, 9]),
        (SENTENCES[Why.NO_PLATE], 1, [5]),
    ]
    (listed,) = folder.glob("*.refused.csv")
    assert [line.split(",")[0] for line in listed.read_text().splitlines()] == ["refused_line", "5", "6", "9"]
    assert "AB1" not in listed.read_text()
    mended = tmp_path / "refused.csv"
    load(text_of(rows), store, folder, piece_bytes=100, is_anew=True, refused_rows=mended)
    assert stat.S_IMODE(mended.stat().st_mode) == 0o600
    text = mended.read_text()
    assert text.splitlines()[0] == "refused_line,refused_why,VRM,Time,Camera"
    assert text.splitlines()[3].endswith(',AB2,x,"the ""other"""')
    again = text.replace("never", f"{at(50):%Y-%m-%d %H:%M:%S}").encode()
    assert load(again, store, folder, piece_bytes=10_000).loaded == 1
    with pytest.raises(PlanRefused, match="is there already"):
        load(text_of(rows), store, folder, is_anew=True, refused_rows=mended)


def test_a_list_of_refused_rows_is_whole_after_a_cut(store, folder, tmp_path, monkeypatch):
    rows = [("AB1", "never", "north") if n % 7 == 0 else row for n, row in enumerate(good_rows(60))]
    noted = journal.Journal.note_done

    def cut(self, piece):
        if len(self.done) == 2:
            raise Cut
        noted(self, piece)

    monkeypatch.setattr(journal.Journal, "note_done", cut)
    with pytest.raises(Cut):
        load(text_of(rows), store, folder, refused_rows=tmp_path / "refused.csv")
    monkeypatch.undo()
    load(text_of(rows), store, folder, refused_rows=tmp_path / "refused.csv")
    listed = [line.split(",")[0] for line in (tmp_path / "refused.csv").read_text().splitlines()]
    assert listed == ["refused_line", *(str(n + 2) for n in range(0, 60, 7))]


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_packed_file_is_the_same_file(store, folder, tmp_path, codec):
    content = text_of(good_rows(30))
    with pa.output_stream(str(tmp_path / "reads"), compression=codec) as stream:
        stream.write(content)
    report = load((tmp_path / "reads").read_bytes(), store, folder)
    assert plates(store) == [f"AB{n:05d}" for n in range(30)]
    assert load(content, store, folder).sha256 == report.sha256
    assert store.count() == 30


def test_a_packed_file_that_was_cut_short_loads_what_it_has(store, folder):
    content = text_of(good_rows(20_000))
    with pytest.raises(FileRefused, match="cut short"):
        load(gzip.compress(content)[:-5_000], store, folder, piece_bytes=50_000)
    assert 0 < store.count() < 20_000
    assert load(content, store, folder, piece_bytes=50_000).loaded == store.count() == 20_000


def a_parquet(path, count=3_000):
    plan = NationPlan(reads=count, days=70, first_day=LATELY.date().replace(day=1))
    (batch,) = national_reads(replace(plan, days=20), batch_rows=count)
    pq.write_table(pa.Table.from_batches([batch]), path, row_group_size=700)
    return batch, {camera.camera_id: camera.camera_id for camera in national_cameras(replace(plan, days=20))}


def parquet_task(cameras):
    names = ("plate", "captured_at", "received_at", "raw_text", "country", "lane", "direction", "colour", "make", "clock_error_ms", "frames_agreeing")  # fmt: skip
    columns = {
        **{name: name for name in names},
        "camera": "camera_id",
        "confidence": "confidence_thousandths",
    }
    return replace(TASK, plan=ColumnPlan(columns, confidence_of=1000), cameras=cameras)


def test_parquet_arrives_as_it_is_and_goes_on_after_a_cut(store, folder, tmp_path, monkeypatch):
    batch, cameras = a_parquet(tmp_path / "reads.parquet")
    task, real, calls = parquet_task(cameras), store.load, []

    def cut(reads, origin, *, may_be_there=False):
        calls.append(reads.num_rows)
        loaded = real(reads, origin, may_be_there=may_be_there)
        if len(calls) == 3:
            raise Cut
        return loaded

    def run():
        file = ParquetFile(tmp_path / "reads.parquet", piece_rows=500)
        return import_history(file, task, store, folder, tell=lambda _: None)

    monkeypatch.setattr(store, "load", cut)
    with pytest.raises(Cut):
        run()
    monkeypatch.undo()
    report = run()
    assert (report.loaded, report.refused, store.count()) == (3_000, 0, 3_000)
    wanted = sorted(batch.to_pylist(), key=lambda row: (row["captured_at"], row["plate"]))
    for read, row in zip(stored(store), wanted, strict=True):
        for name in ("plate", "captured_at", "camera_id", "country", "lane", "direction", "colour", "make", "clock_error_ms", "frames_agreeing"):  # fmt: skip
            assert getattr(read, name) == row[name], name
        assert read.confidence == row["confidence_thousandths"] / 1000
        assert read.raw_text == (row["raw_text"] or row["plate"])
    assert run().loaded_before == 3_000


def test_a_dry_run_leaves_nothing(folder):
    content = text_of([*good_rows(3), ("", "x", "y")])
    report = check_history(CsvFile(io.BytesIO(content)), TASK, tell=lambda _: None)
    assert (report.loaded, report.refused) == (3, 1)
    assert not folder.exists()


def test_a_plan_that_lacks_something_is_refused_before_anything_is_kept(store, folder):
    for plan, sentence in (
        (ColumnPlan({"captured_at": "Time", "camera": "Camera"}), "--map plate"),
        (ColumnPlan({"plate": "VRM", "captured_at": "Time"}), "--camera"),
        (replace_struct(PLAN, time_zone="Mars/North"), "--time-zone"),
        (replace_struct(PLAN, time_format="sometimes"), "--time-format"),
        (replace_struct(PLAN, confidence_of=7), "--confidence-of"),
    ):
        with pytest.raises(PlanRefused, match=sentence):
            load(text_of(good_rows(1)), store, folder, plan=plan)
    assert not folder.exists()


def replace_struct(plan, **changes):
    told = {"columns": plan.columns, "time_format": plan.time_format, "time_zone": plan.time_zone, "confidence_of": plan.confidence_of}  # fmt: skip
    return ColumnPlan(**{**told, **changes})


_KILLED = """
import os, signal, sys
from tests import conftest
from tests.ingest.history.files import TASK
from turnpike.ingest.history import importing
from turnpike.ingest.history.csv_files import CsvFile
from turnpike.reads.services import ReadStore
from pathlib import Path
importing.record = lambda *_, **__: None
content, reads, folder, loads, after = sys.argv[1:]
store, left, real = ReadStore.open(Path(reads)), [int(loads)], ReadStore.load
def load(self, *given, **named):
    left[0] -= 1
    if left[0] == 0 and after != "after":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(self, *given, **named)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
ReadStore.load = load
file = CsvFile(open(content, "rb"), piece_bytes=4_000)
report = importing.import_history(file, TASK, store, Path(folder), tell=lambda _: None)
print(report.loaded, store.count())
store.close()
"""


@pytest.mark.long
def test_killed_again_and_again_it_ends_with_every_read_once(tmp_path):
    (tmp_path / "reads.csv").write_bytes(text_of(good_rows(1_000)))
    arguments = [str(tmp_path / name) for name in ("reads.csv", "store", "imports")]
    for loads, place in (("1", "before"), ("3", "after"), ("2", "before"), ("1000", "")):
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, *arguments, loads, place],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == (0 if loads == "1000" else -9), done.stderr[-2000:]
    assert done.stdout.split() == ["1000", "1000"]


@pytest.mark.long
def test_two_million_reads(store, folder, tmp_path):
    """As a nation makes them, three columns each; in pieces of a size that cuts months and days."""
    from pyarrow import csv

    plan = NationPlan(reads=2_000_000, days=20, first_day=LATELY.date().replace(day=1))
    path, writer = tmp_path / "reads.csv", None
    for batch in national_reads(plan, batch_rows=500_000):
        table = pa.table(
            {
                "VRM": batch.column("plate"),
                "Time": batch.column("captured_at").cast(pa.timestamp("ms")),
                "Camera": batch.column("camera_id").dictionary_decode(),
            }
        )
        writer = writer or csv.CSVWriter(str(path), table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    cameras = {camera.camera_id: camera.camera_id for camera in national_cameras(plan)}
    with path.open("rb") as stream:
        file = CsvFile(stream, piece_bytes=16 << 20)
        report = import_history(file, replace(TASK, cameras=cameras), store, folder, tell=lambda _: None)
    assert (report.loaded, report.refused, store.count()) == (2_000_000, 0, 2_000_000)
    assert sum(report.cameras.values()) == 2_000_000
    assert importing.ADAPTER == "import"
    assert file.columns == COLUMNS
