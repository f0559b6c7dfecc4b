"""Migrations run, run back, and end where the golden copy says."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from tests.reads.samples import a_batch, a_read
from tests.reads.schema_golden import GOLDEN, described

from turnpike.reads.engine import WRITER_SETTINGS, Session, started
from turnpike.reads.schema import applied_versions, migrate, migrations, reverse
from turnpike.reads.services import SchemaMismatch


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


def test_a_step_cut_off_is_taken_again(session):
    migrate(session)
    whole = described(session)
    session.execute("DROP TABLE reads SYNC")
    session.execute("TRUNCATE TABLE schema_migrations SYNC")
    migrate(session)
    assert described(session) == whole


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
