"""The sealer as a process: what it answers, what it refuses, and how it comes and goes with whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from turnpike.sealer import messages
from turnpike.sealer.messages import MAX_HELD, MAX_MESSAGE_BYTES
from turnpike.sealer.services import (
    Asked,
    Limits,
    SealerClient,
    SealerProcess,
    SealerUnavailable,
    TooManyChecks,
    Words,
)

WORDS = Words("own", "self")
PATIENCE_S = 20.0
ENOUGH = Limits(10_000, 10_000, 20_000)


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


def flagged(client, *plates, asker="me", about="pat"):
    """Which of the plates are flagged, of which one is declared."""
    one = client.seal("standards", about, "AB12CDE", WORDS)
    return list(client.match(Asked(asker, {about: [one.token]}, plates, asker)).flags)


def test_it_seals_and_matches_over_a_socket_of_its_owner_alone(started, tmp_path):
    _, client = started()
    assert flagged(client, "AB12CDE", "XY99ZZZ") == ["AB12CDE"]
    assert (tmp_path / "s.sock").stat().st_mode & 0o777 == 0o600


def test_beyond_its_budget_it_refuses_and_says_so(started):
    _, client = started(Limits(3, 100, 200))
    flagged(client, "A1", "A2")
    with pytest.raises(TooManyChecks, match="wait a minute"):
        flagged(client, "A1", "A2")
    assert flagged(client, "A1", "A2", asker="kim") == []


def test_what_one_colleague_uses_up_the_others_have_still(started):
    """All are on one case, so that each is asked about by all."""
    _, client = started(Limits(10_000, 10_000, 40_000))
    case = {"pat": (), "kim": ()}
    for _ in range(10):
        client.match(Asked("pat", case, [f"AB{number:05d}" for number in range(1_000)], "pat"))
    with pytest.raises(TooManyChecks):
        client.match(Asked("pat", case, ["AB12CDE"], "pat"))
    assert client.match(Asked("kim", case, ["AB12CDE"], "kim")).flags == {}


def test_nobody_tries_all_plates_against_one_person_by_asking_under_many_names(started):
    _, client = started(Limits(2_000, 2_000, 10_000))
    plates = [f"AB{number:05d}" for number in range(1_000)]
    alarms = [client.match(Asked(f"name {n}", {"pat": ()}, plates, "x")).alarmed for n in range(10)]
    assert alarms == [()] * 5 + [("pat",)] + [()] * 4
    for ask in (
        lambda: client.match(Asked("another", {"pat": ()}, plates[:1], "x")),
        lambda: client.seal("yet another", "pat", "AB12CDE", WORDS),
    ):
        with pytest.raises(TooManyChecks, match="tell your auditor"):
            ask()
    assert client.match(Asked("another", {"kim": ()}, plates[:1], "x")).flags == {}


def test_a_question_of_any_size_is_asked_in_small_messages(started, monkeypatch):
    sent = []

    def write(link, told):
        sent.append(told)
        messages.write_message(link, told)

    monkeypatch.setattr("turnpike.sealer.client.write_message", write)
    _, client = started(Limits(10**6, 10**6, 10**7))
    one = client.seal("standards", "pat", "AB12CDE", WORDS)
    people = {f"person {number}": [one.token] * 50 for number in range(400)}
    plates = [*(f"AB{number:05d}" for number in range(1_200)), "AB12CDE"]
    picked = [bytes(32)] * 25_000
    assert list(client.match(Asked("me", {"pat": [one.token]}, plates, "me", picked=picked)).flags) == [
        "AB12CDE"
    ]
    assert client.match(Asked("me", people, plates[:10], "me")).flags == {}
    assert max(len(msgspec.msgpack.encode(told)) for told in sent) < MAX_MESSAGE_BYTES / 2


def test_more_than_a_connection_may_tell_is_refused(started):
    _, client = started()
    one = client.seal("standards", "pat", "AB12CDE", WORDS)
    with pytest.raises(SealerUnavailable, match="not understood"):
        client.match(Asked("me", {"pat": [one.token] * (MAX_HELD + 1)}, ["AB12CDE"], "me"))


def test_tokens_of_another_key_are_no_clean_sheet(started):
    _, client = started()
    with pytest.raises(SealerUnavailable, match="key is not the one"):
        client.match(Asked("me", {"pat": [bytes(40)] * 30_000}, ["AB12CDE"], "me"))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00\x00\x00\x05{}",
        b"\xff\xff\xff\xff{}",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x01\x80",
        b"GET /",
    ],
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
    token, first = client.seal("pat", "pat", "AB12CDE", WORDS).token, child.process_id
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: child.process_id != first and client.answers())
    assert client.seal("pat", "pat", "AB12CDE", WORDS).token == token


def test_it_ends_when_whoever_started_it_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from turnpike.sealer.services import *\n"
        "child = SealerProcess(Path(sys.argv[1]) / 'sealer', Path(sys.argv[1]) / 's.sock', Limits(100, 100, 200))\n"
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
        SealerClient(tmp_path / "s.sock").seal("pat", "pat", "AB12CDE", WORDS)


def test_it_does_not_start_where_others_reach_its_key(tmp_path):
    (tmp_path / "sealer").mkdir(mode=0o755)
    (tmp_path / "sealer").chmod(0o755)
    with pytest.raises(SealerUnavailable, match="does not start"):
        SealerProcess(tmp_path / "sealer", tmp_path / "s.sock", Limits(10, 10, 20)).start()


def test_the_command_answers_for_an_account_of_its_own(tmp_path):
    command = [sys.executable, "-m", "turnpike", "sealer"]
    command += ["--folder", str(tmp_path / "sealer"), "--socket", str(tmp_path / "s.sock")]
    client = SealerClient(tmp_path / "s.sock")
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        wait_until(client.answers)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert not client.answers()
