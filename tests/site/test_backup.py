"""A copy of the records tells nothing of the log's contents, and is the same log when it is put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest


def turnpike(folder, *arguments, expect=0):
    """The program in a process of its own, as an administrator runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "turnpike", *map(str, arguments)],
        env={**os.environ, "TURNPIKE_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    folder = tmp_path_factory.mktemp("centre") / "data"
    turnpike(folder, "account", "add", "ada", "--name", "Ada Auditor", "--role", "auditor")
    return folder


def salts_in(path):
    with sqlite3.connect(path) as database:
        return [bytes(salt) for (salt,) in database.execute("SELECT salt FROM ledger_salt")]


def other_folder(centre, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir(mode=0o700)
    shutil.copytree(centre / "keys", folder / "keys")
    return folder


def test_the_copy_holds_no_salt_and_put_back_with_its_salts_it_is_the_same_log(centre, tmp_path):
    records, salts = tmp_path / "records.backup", tmp_path / "salts.backup"
    turnpike(centre, "backup", records, "--salts", salts)
    kept = salts_in(centre / "records.sqlite3")
    assert kept
    assert salts_in(records) == []
    raw = records.read_bytes()
    assert not any(salt in raw for salt in kept)
    assert salts_in(salts) == kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in (records, salts)} == {0o600}
    assert not list(tmp_path.glob("*-wal")), "nothing of it stands beside it"

    folder = other_folder(centre, tmp_path)
    assert f"{len(kept)} log entries can be read" in turnpike(folder, "restore", records, "--salts", salts)
    assert turnpike(folder, "audit", "verify") == turnpike(centre, "audit", "verify")


def test_without_its_salts_it_can_be_proven_and_not_read_and_verify_says_so(centre, tmp_path):
    records = tmp_path / "records.backup"
    turnpike(centre, "backup", records)
    folder = other_folder(centre, tmp_path)
    turnpike(folder, "restore", records)
    assert "its salt is missing" in turnpike(folder, "audit", "verify", expect=1)


def test_nothing_is_written_over(centre, tmp_path):
    records = tmp_path / "records.backup"
    turnpike(centre, "backup", records)
    assert "is there already" in turnpike(centre, "backup", records, expect=1)
    assert "is there already" in turnpike(centre, "restore", records, expect=1)
    assert "in a folder that is there" in turnpike(centre, "backup", tmp_path / "no" / "where", expect=1)
    broken = tmp_path / "broken"
    broken.write_bytes(b"no database")
    folder = other_folder(centre, tmp_path)
    assert "no whole copy" in turnpike(folder, "restore", broken, expect=1)
    assert not (folder / "records.sqlite3").exists()
