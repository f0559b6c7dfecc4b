"""`turnpike db`: what is to be done to the read store's tables is shown before it is done."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from turnpike import config
from turnpike.cli.main import app
from turnpike.reads.schema import migrations
from turnpike.reads.services import ReadStore


@pytest.fixture
def turnpike(tmp_path, monkeypatch):
    """A command on a centre whose data is in `tmp_path`."""
    monkeypatch.setenv("TURNPIKE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(config, "load", config.Config)  # which is read once a process otherwise

    def run(*arguments):
        return CliRunner().invoke(app, ["db", *arguments])

    return run


def test_the_sql_is_shown_and_nothing_is_done(turnpike, tmp_path):
    shown = turnpike("plan")
    assert shown.exit_code == 0, shown.output
    for migration in migrations():
        assert f"-- {migration.version:04} {migration.name}, up" in shown.output
        for statement in migration.up:
            assert statement in shown.output
    assert turnpike("plan").output == shown.output


def test_forth_back_and_forth(turnpike, tmp_path):
    newest = migrations()[-1].version
    assert f"at version {newest}." in turnpike("migrate").output
    assert "Nothing is to be done" in turnpike("plan").output
    back = turnpike("plan", "--to", "1")
    assert "-- 0002 months_and_hours, down" in back.output
    assert "-- writes reads anew: 0 rows" in back.output
    assert "at version 1." in turnpike("migrate", "--to", "1").output
    assert "-- 0002 months_and_hours, up" in turnpike("plan").output
    assert f"at version {newest}." in turnpike("migrate").output


def test_a_store_in_use_is_left_alone(turnpike, tmp_path):
    store = ReadStore.open(tmp_path / "reads")
    try:
        refused = subprocess.run(
            [sys.executable, "-m", "turnpike", "db", "migrate", "--to", "0"],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        store.close()
    assert refused.returncode == 1
    assert "another process uses it" in refused.stderr
