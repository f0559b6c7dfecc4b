"""Killed in every step of a flush and of an erasure, and at any byte of what the database writes: no entry is lost, nothing is unexplained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.killed_writing import GROUP, ROUNDS, THERE, THREADS

PROGRAM = Path(__file__).with_name("killed_writing.py")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """In a process of its own, since it forks."""
    data = tmp_path_factory.mktemp("killed") / "var"
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env={**os.environ, "TURNPIKE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_flush_killed_in_any_step_is_there_whole_or_not_at_all(told):
    *killed, last = told["flush"]
    assert len(killed) > 12, "too few steps to be all of them"
    assert all(one["killed"] for one in killed)
    for one in told["flush"]:
        assert one["size"] in {THERE, THERE + GROUP}
        assert one["proven"]
        assert one["opened"]
        assert one["told"] == 0 or one["size"] == THERE + GROUP
    sizes = [one["size"] for one in told["flush"]]
    assert sizes == sorted(sizes), "once it is committed it stays"
    assert {THERE, THERE + GROUP} == set(sizes[:-1]), "a kill came before the commit and one after"
    assert last["told"] == GROUP


def test_an_erasure_killed_in_any_step_leaves_nothing_unexplained_and_is_finished_by_the_next(told):
    *killed, last = told["erasure"]
    assert len(killed) > 20
    for one in told["erasure"]:
        assert one["gone"] in {0, THERE}
        assert one["gone"] == 0 or one["size"] > THERE, "nothing goes before an entry says so"
        assert one["left"] == 0
        assert one["proven"]
    assert any(one["size"] > THERE and one["gone"] == 0 for one in killed), "no kill came between the two"
    assert last["gone"] == THERE


def test_a_write_ahead_log_cut_at_any_byte_holds_a_whole_flush_or_none(told):
    assert set(told["cut"]["states"]) == {"whole", "none"}
    assert told["cut"]["states"]["none"] > 50


def test_writers_killed_at_any_moment_lose_nothing_that_was_promised(told):
    assert len(told["at_any_moment"]) == ROUNDS
    for one in told["at_any_moment"]:
        assert one["killed"]
        assert not one["lost"]
        assert not one["doubled"]
    assert sum(one["said"] for one in told["at_any_moment"]) > THREADS


def test_several_processes_write_in_turns(told):
    assert told["several"] == {"size": THERE + 2 * THREADS * 20, "told_once": True}


def test_an_erased_salt_lies_in_no_file_any_more(told):
    assert told["remains"] == {"before": THERE, "after": 0}
