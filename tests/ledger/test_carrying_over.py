"""What the log held before salts had a table of their own is carried in: every entry, the same leaves, the same signed root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.carried_over import ENTRIES

PROGRAM = Path(__file__).with_name("carried_over.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """In a process of its own, since it takes the records' tables back and forth."""
    data = tmp_path_factory.mktemp("old") / "var"
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env={**os.environ, "TURNPIKE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_tree_is_the_one_that_was_signed(told):
    assert told["same_checkpoint"]
    assert told["same_leaves"]
    assert all(told["proven"])


def test_every_entry_still_opens(told):
    assert told["opened"] == [[n, f"person-{n % 5}", n] for n in range(ENTRIES)]
    assert told["same_salts"]


def test_a_persons_looks_are_still_theirs(told):
    assert told["looks"] == [n for n in range(ENTRIES) if n % 5 == 3 and n % 3 == 0][::-1]


def test_the_log_goes_on_where_it_was(told):
    assert told["next"] == ENTRIES
    assert told["size"] == ENTRIES + 1


def test_there_is_a_way_back_and_forth_again(told):
    assert told["back"]
    assert told["and_again"] == ENTRIES + 1


def test_a_log_that_was_altered_before_is_refused_and_left_as_it_is(told):
    assert "entry 7" in told["refused"]
    assert told["refused_unchanged"]
