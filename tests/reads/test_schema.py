"""Migrations run, run back, and end where the golden copy says."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from tests.reads.samples import a_batch, a_read
from tests.reads.schema_golden import GOLDEN, described

from turnpike.reads.engine import WRITER_SETTINGS, Session, started
from turnpike.reads.schema import applied_versions, migrate, migrations, reverse
from turnpike.reads.services import (
    ReadStore,
    RewriteNeeded,
    SchemaMismatch,
    migrate_store,
    planned_steps,
)


@pytest.fixture
def session(reads_path):
    with started(reads_path, "turnpike"):
        session = Session(reads_path, "turnpike", WRITER_SETTINGS)
        yield session
        session.close()


def test_the_tables_are_those_of_the_golden_copy(session):
    migrate(session)
    assert described(session) == GOLDEN.read_text("utf-8"), (
        "where this is meant: python -m tests.reads.schema_golden"
    )


def test_each_step_back_undoes_its_step(session):
    every = migrations()
    migrate(session)
    whole = described(session)
    for migration in reversed(every):
        reverse(session, migration)
        assert migration.version not in applied_versions(session)
    assert re.findall(r"CREATE TABLE (\w+)", described(session)) == ["schema_migrations"]
    assert migrate(session) == every[-1].version
    assert described(session) == whole


def test_steps_are_numbered_from_one_without_a_gap_and_each_can_be_undone():
    every = migrations()
    assert [migration.version for migration in every] == list(range(1, len(every) + 1))
    assert all(migration.up and migration.down for migration in every)


def test_a_step_cut_off_anywhere_is_taken_again_and_keeps_every_read(reads_path):
    first, second = migrations()[:2]
    for done in range(len(second.up) + 1):
        with started(reads_path, f"cut_{done}"):
            session = Session(reads_path, f"cut_{done}", WRITER_SETTINGS)
            migrate(session, first.version)
            fill_first_version(session)
            for statement in second.up[:done]:
                session.execute(statement)
            migrate(session, second.version)
            assert rows_of(session, "plate, batch_id, slot, toString(captured_at)") == KEPT, done
            assert rows_of(session, "batch, camera_id, reads", "batches") == [(BATCH, "north", 2)]
            assert len(re.findall(r"CREATE TABLE", described(session))) == 6
            session.close()


BATCH = 1_773_489_600_123_456
KEPT = [("AB12CDE", BATCH, 0, "2026-03-14 12:00:00.000"), ("ZZ99ZZZ", BATCH, 1, "2024-01-01 00:00:00.001")]


def fill_first_version(session):
    """Two reads of one batch, as version 1 stored them, one of them two years late."""
    session.execute(
        "INSERT INTO batches (batch, commit_id, camera_id, received_at, reads, last_captured_at)"  # noqa: S608 - our own numbers
        f" VALUES ({BATCH}, {BATCH}, 'north', '2026-03-14 12:00:01.000', 2, '2026-03-14 12:00:00.000')"
    )
    for plate, batch, slot, captured_at in KEPT:
        session.execute(
            "INSERT INTO reads (plate, captured_at, camera_id, batch, slot)"  # noqa: S608 - our own texts
            f" VALUES ('{plate}', '{captured_at}', 'north', {batch}, {slot})"
        )


def rows_of(session, columns, table="reads"):
    statement = f"SELECT {columns} FROM {table} ORDER BY 1"  # noqa: S608 - our own names
    return session._run(lambda client: client.query(statement).result_rows)


def test_the_step_to_months_back_keeps_every_read_that_is_not_hidden(session):
    first, second = migrations()[:2]
    migrate(session, first.version)
    fill_first_version(session)
    migrate(session, second.version)
    session.execute("INSERT INTO cut_offs (camera_id, kept_from) VALUES ('north', '2025-01-01 00:00:00')")
    migrate(session, first.version)
    assert rows_of(session, "plate, batch, slot, toString(captured_at)") == KEPT[:1]


def test_a_large_table_is_written_anew_only_when_asked(reads_path, monkeypatch):
    monkeypatch.setattr("turnpike.reads.schema.LARGE_ROWS", 1)
    migrate_store(reads_path, 1, rewrite_large=False)
    with started(reads_path, "turnpike"):
        session = Session(reads_path, "turnpike", WRITER_SETTINGS)
        fill_first_version(session)
        session.close()

    with pytest.raises(RewriteNeeded, match=r"2 reads.*--rewrite-large"):
        ReadStore.open(reads_path)
    with pytest.raises(RewriteNeeded):
        migrate_store(reads_path, rewrite_large=False)
    step = planned_steps(reads_path)[0]
    assert (step.migration.version, step.way, step.is_large) == (2, "up", True)
    assert {rewrite.table: rewrite.rows for rewrite in step.rewrites} == {"reads": 2, "batches": 1}
    assert all(rewrite.bytes_on_disk > 0 for rewrite in step.rewrites)

    assert migrate_store(reads_path, rewrite_large=True) == migrations()[-1].version
    assert planned_steps(reads_path) == ()
    store = ReadStore.open(reads_path)
    assert store.count() == 2
    store.close()
    with pytest.raises(SchemaMismatch, match="from 0 to"):
        planned_steps(reads_path, 99)


def test_opening_again_changes_nothing(open_store):
    store = open_store()
    store.append([a_batch(a_read())])
    store.close()
    assert open_store().count() == 1


def test_a_store_of_a_newer_turnpike_is_left_alone(open_store):
    store = open_store()
    store._writer.insert("record_migration", b'[9999, "later"]', 1)
    store.close()
    with pytest.raises(SchemaMismatch, match="newer Turnpike"):
        open_store()


def test_engines_are_named_in_one_place():
    folder = resources.files("turnpike.reads")
    texts = [file.read_text("utf-8") for name in ("sql", "migrations") for file in (folder / name).iterdir()]
    assert len(texts) > 10
    assert not any("MergeTree" in text for text in texts)
