from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from turnpike.simulation.services import (
    FilesWritten,
    NationFileError,
    NationPlan,
    national_reads,
    write_reads,
)

PLAN = NationPlan(reads=30_000, days=2, seed=9)


def nobody(_done: int) -> None:
    pass


def test_one_file_holds_the_stream_and_its_plan(tmp_path):
    out, written = tmp_path / "new" / "reads.parquet", FilesWritten()
    write_reads(PLAN, out, written, nobody)
    found = pq.read_table(out)
    assert found.replace_schema_metadata(None).equals(pa.Table.from_batches(national_reads(PLAN)))
    assert json.loads(found.schema.metadata[b"turnpike.nation"])["seed"] == 9
    assert (written.reads, written.files, written.total_bytes) == (30_000, 1, out.stat().st_size)
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_reads_as_one_table_with_the_cameras_beside_it(tmp_path):
    out, written = tmp_path / "reads", FilesWritten()
    write_reads(PLAN, out, written, nobody, file_reads=12_000)
    assert written.files == 3
    table = ds.dataset(out, format="parquet").to_table()
    assert table.num_rows == written.reads == 30_000
    cameras = pq.read_table(out / "_cameras.parquet").to_pylist()
    assert set(table["camera_id"].unique().to_pylist()) <= {camera["camera_id"] for camera in cameras}


def test_what_is_interrupted_leaves_whole_files_or_nothing(tmp_path):
    def interrupt(done: int) -> None:
        if done > 15_000:
            raise KeyboardInterrupt

    written = FilesWritten()
    with pytest.raises(KeyboardInterrupt):
        write_reads(PLAN, tmp_path / "folder", written, interrupt, file_reads=12_000)
    assert (written.reads, written.files) == (12_000, 1)
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == [
        "_cameras.parquet",
        "reads-00000.parquet",
    ]
    assert pq.read_table(tmp_path / "folder" / "reads-00000.parquet").num_rows == 12_000
    with pytest.raises(KeyboardInterrupt):
        write_reads(PLAN, tmp_path / "one.parquet", FilesWritten(), interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_reads(PLAN, tmp_path / "one-folder", FilesWritten(), interrupt)
    assert not list(tmp_path.glob("one*"))


def test_nothing_is_written_over(tmp_path):
    there = tmp_path / "there.parquet"
    there.write_text("mine")
    with pytest.raises(NationFileError, match="give another name"):
        write_reads(PLAN, there, FilesWritten(), nobody)
    with pytest.raises(NationFileError, match="give another name"):
        write_reads(PLAN, tmp_path, FilesWritten(), nobody)
    with pytest.raises(NationFileError, match="cannot be written"):
        write_reads(PLAN, there / "below.parquet", FilesWritten(), nobody)
    assert there.read_text() == "mine"
