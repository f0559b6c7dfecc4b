"""What may be done with the engine, and that nothing of one answer gets into another."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import traceback

import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from tests.reads.samples import a_batch, a_read

from turnpike.reads import attachment
from turnpike.reads.engine import READERS
from turnpike.reads.services import ReadStore, StoreUnavailable


def test_a_reader_cannot_write(own_store):
    own_store.append([a_batch(a_read())])
    for statement in (
        "INSERT INTO aborted_batches (batch) VALUES (1)",
        "DROP TABLE reads",
        "TRUNCATE TABLE reads",
        "ALTER TABLE reads DELETE WHERE 1",
        "DELETE FROM reads WHERE 1",
        "OPTIMIZE TABLE reads FINAL",
        "CREATE TABLE copy ENGINE = Memory AS SELECT * FROM reads",
        "CREATE DATABASE other",
        "SET readonly = 0",
    ):
        with (
            own_store._readers.lease() as session,
            pytest.raises(StoreUnavailable, match="error 164"),
        ):  # READONLY
            session.execute(statement)
    assert own_store.count() == 1


def test_the_rest_of_a_failed_answer_reaches_no_one(own_store):
    own_store.append([a_batch(a_read())])
    with own_store._readers.lease() as session:
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="error 395"):  # the throwIf, after rows went out
                session._run(
                    lambda client: client.query(
                        "SELECT throwIf(number = 900), number FROM numbers(1000) SETTINGS max_block_size = 10"
                    )
                )
            assert session.query("count") == [(1,)]


def test_an_engines_error_quotes_nothing_of_a_read(own_store):
    bad_row = json.dumps([a_read().plate]).encode()
    bad_table = pa.table({"captured_at": [a_read().plate], "event_key": [1], "batch": [1], "slot": [1]})
    with pytest.raises(StoreUnavailable) as failure:
        own_store._writer.insert("insert_aborted", bad_row, 1)
    assert failure.value.__context__ is None
    with pytest.raises(StoreUnavailable) as failure:
        own_store._writer.insert_table("insert_events", bad_table)
    assert failure.value.__context__ is None
    assert "AB12" not in "".join(traceback.format_exception(failure.value))
    assert own_store.append([a_batch(a_read())])[0].stored


def test_an_insert_that_takes_another_number_of_rows_is_a_failure(own_store):
    with pytest.raises(StoreUnavailable, match="another number of rows"):
        own_store._writer.insert("insert_aborted", b"[1]", 2)


def test_more_searches_than_readers_wait_and_then_say_so(own_store, monkeypatch):
    monkeypatch.setattr(own_store._readers, "_wait_s", 0.01)
    leases = [own_store._readers.lease() for _ in range(READERS)]
    for lease in leases:
        lease.__enter__()
    with pytest.raises(StoreUnavailable, match="Too many searches"):
        own_store.count()
    for lease in leases:
        lease.__exit__(None, None, None)
    assert own_store.count() == 0


def test_a_store_has_one_writer(own_store, reads_path):
    with pytest.raises(StoreUnavailable, match="open already"):
        ReadStore.open(reads_path)
    other = ReadStore.open(reads_path, database="other")
    own_store.append([a_batch(a_read())])
    assert other.count() == 0
    other.close()


def test_another_path_or_process_is_told_why(own_store, tmp_path, reads_path):
    with pytest.raises(StoreUnavailable, match="another process uses it, or this process another path"):
        ReadStore.open(tmp_path / "elsewhere")
    script = (
        "import sys, pathlib\n"
        "from turnpike.reads.services import ReadStore, StoreUnavailable\n"
        "try: ReadStore.open(pathlib.Path(sys.argv[1]))\n"
        "except StoreUnavailable as error: print(error)\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, reads_path], capture_output=True, text=True, check=True
    )
    assert "another process uses it" in other.stdout


@pytest.mark.parametrize("name", ["", "Turnpike", "1st", "a-b", "a; DROP DATABASE turnpike", "a" * 64])
def test_a_databases_name_is_plain(tmp_path, name):
    with pytest.raises(StoreUnavailable, match="a-z"):
        ReadStore.open(tmp_path, database=name)


@pytest.mark.parametrize("ending", ["store.close()", "", "raise SystemExit(3)"])
def test_the_process_ends_cleanly_however_it_leaves_the_store(reads_path, ending):
    script = (
        "import sys, pathlib\n"
        "from turnpike.reads.services import ReadStore\n"
        "from tests.reads.samples import a_batch, a_read\n"
        "store = ReadStore.open(pathlib.Path(sys.argv[1]))\n"
        "store.append([a_batch(a_read())]); print(store.count())\n"
        f"{ending}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, reads_path],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("1\n", "")
    assert ended.returncode == (3 if "3" in ending else 0)


def test_the_attached_store_is_this_processs_own(own_store, monkeypatch):
    monkeypatch.setattr(attachment, "_attached", [])
    with pytest.raises(StoreUnavailable, match="turnpike serve"):
        attachment.attached_store()
    attachment.attach(own_store)
    assert attachment.attached_store() is own_store
    attachment.detach()
    with pytest.raises(StoreUnavailable):
        attachment.attached_store()


def test_the_engine_raises_what_we_catch():
    import clickhouse_connect

    assert issubclass(clickhouse_connect.driver.exceptions.StreamFailureError, ClickHouseError)


@pytest.fixture
def unchangeable(reads_path):
    """Makes all folders of the store such that nothing can be made in them, as on a disk that went read-only."""
    frozen: list[str] = []

    def freeze() -> None:
        if shutil.which("chattr") is None:
            pytest.skip("chattr is not installed")
        frozen.extend(str(path) for path in (reads_path, *reads_path.rglob("*")) if path.is_dir())
        subprocess.run(["chattr", "-f", "+i", *frozen], capture_output=True, check=False)
        with contextlib.suppress(PermissionError):
            (reads_path / "probe").touch()
            pytest.skip("no folder can be made unchangeable here; root can, on ext4")

    yield freeze
    if frozen:
        subprocess.run(["chattr", "-f", "-i", *frozen], capture_output=True, check=False)


def test_a_part_that_cannot_be_written_is_told(own_store, unchangeable):
    own_store.append([a_batch(a_read(1))])
    unchangeable()
    with pytest.raises(StoreUnavailable):
        own_store.append([a_batch(a_read(2))])
    assert own_store.count() == 1


def test_the_engines_own_streaming_insert_tells_nothing_of_it(own_store, unchangeable):
    """Why it is not used: where this fails, a newer chDB has mended it."""
    inserting = own_store._writer._run(lambda _: own_store._writer._inserting())
    unchangeable()
    stream = inserting._connection.send_insert("INSERT INTO aborted_batches (batch)", "CSV")
    stream.append(b"1\n")
    assert stream.finish().rows_written == 1
    assert own_store._writer.query("aborted_batches") == []
