"""The sealer as a process: what it answers, what it refuses, and how it comes and goes with whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from turnpike.sealer.services import (
    Concerned,
    Declared,
    Limits,
    Match,
    SealerClient,
    SealerProcess,
    SealerUnavailable,
    TooManyChecks,
    Words,
)

WORDS = Words("own", "self")
PATIENCE_S = 20.0
ENOUGH = Limits(10_000, 10_000)


@pytest.fixture
def started(tmp_path):
    """Starts a sealer as a child of this process."""
    children = []

    def start(limits=ENOUGH):
        child = SealerProcess(tmp_path / "sealer", tmp_path / "s.sock", limits)
        children.append(child)
        child.start()
        return child, SealerClient(tmp_path / "s.sock")

    yield start
    for child in children:
        child.stop()


def wait_until(true):
    pause, rounds = threading.Event(), 0
    while not true():
        rounds += 1
        assert rounds < PATIENCE_S / 0.05, "it did not happen"
        pause.wait(0.05)


def asked(client, *plates):
    one = client.seal("pat", "AB12CDE", WORDS)
    return client.match(Match((Concerned("pat", (Declared(one.token, one.words),)),), plates, "me", 0.0))


def test_it_seals_and_matches_over_a_socket_of_its_owner_alone(started, tmp_path):
    _, client = started()
    assert asked(client, "AB12CDE", "XY99ZZZ").flagged == (True, False)
    assert (tmp_path / "s.sock").stat().st_mode & 0o777 == 0o600


def test_beyond_its_budget_it_refuses_and_says_so(started):
    _, client = started(Limits(3, 100))
    asked(client, "A1", "A2")
    with pytest.raises(TooManyChecks, match="wait a minute"):
        client.seal("pat", "AB12CDE", WORDS)
    assert client.seal("kim", "AB12CDE", WORDS).token


@pytest.mark.parametrize(
    "sent", [b"", b"\x00\x00\x00\x05{}", b"\xff\xff\xff\xff{}", b"\x00\x00\x00\x02{}", b"GET /"]
)
def test_nonsense_does_no_harm(started, tmp_path, sent):
    _, client = started()
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(PATIENCE_S)
        link.connect(str(tmp_path / "s.sock"))
        link.sendall(sent)
        link.shutdown(socket.SHUT_WR)
        link.makefile("rb").read()
    assert client.answers()


def test_one_that_was_killed_is_started_again_with_the_same_key(started):
    child, client = started()
    token, first = client.seal("pat", "AB12CDE", WORDS).token, child.process_id
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: child.process_id != first and client.answers())
    assert client.seal("pat", "AB12CDE", WORDS).token == token


def test_it_ends_when_whoever_started_it_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from turnpike.sealer.services import *\n"
        "child = SealerProcess(Path(sys.argv[1]) / 'sealer', Path(sys.argv[1]) / 's.sock', Limits(100, 100))\n"
        "child.start(); print(child.process_id, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process_id = int(parent.stdout.readline())
        parent.kill()

    def is_gone():
        try:
            return Path(f"/proc/{process_id}/stat").read_text().split()[2] == "Z"
        except OSError:
            return True

    wait_until(is_gone)
    with pytest.raises(SealerUnavailable):
        SealerClient(tmp_path / "s.sock").seal("pat", "AB12CDE", WORDS)


def test_it_does_not_start_where_others_reach_its_key(tmp_path):
    (tmp_path / "sealer").mkdir(mode=0o755)
    (tmp_path / "sealer").chmod(0o755)
    with pytest.raises(SealerUnavailable, match="does not start"):
        SealerProcess(tmp_path / "sealer", tmp_path / "s.sock", Limits(10, 10)).start()


def test_the_command_answers_for_an_account_of_its_own(tmp_path):
    command = [sys.executable, "-m", "turnpike", "sealer"]
    command += ["--folder", str(tmp_path / "sealer"), "--socket", str(tmp_path / "s.sock")]
    client = SealerClient(tmp_path / "s.sock")
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        wait_until(client.answers)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert not client.answers()
