"""A witness signs what continues what it signed before and nothing else, whatever happens to it in between."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from typer.testing import CliRunner

from turnpike.__main__ import app
from turnpike.audit import services as audit
from turnpike.witness import services as witnessing
from turnpike.witness.errors import WitnessFolderError
from turnpike.witness.serving import Server

LOG = audit.Signer("log.example/force", bytes(range(32)))
ROTATED = audit.Signer("log.example/force", bytes(range(3, 35)))
OTHER = audit.Signer("other.example/log", bytes(range(1, 33)))
NAME = "witness.example/w1"
LEAVES = [bytes([number]) * 32 for number in range(40)]
FORKED = [*LEAVES[:5], *(bytes([number + 100]) * 32 for number in range(35))]


def checkpoint(size, leaves=LEAVES, signer=LOG):
    return audit.sign_checkpoint(audit.Checkpoint(signer.name, size, audit.root_of(leaves[:size])), signer)


def request(old, size, leaves=LEAVES, signer=LOG, proof=None, note=None):
    if proof is None:
        proof = audit.consistency_proof(leaves[:size], old) if 0 < old < size else ()
    return audit.AddCheckpoint(old, tuple(proof), note or checkpoint(size, leaves, signer)).body


@pytest.fixture
def folder(tmp_path):
    witnessing.init(tmp_path / "w", NAME, [LOG.public_key], host="127.0.0.1", port=0)
    return tmp_path / "w"


@pytest.fixture
def witness(folder):
    opened = witnessing.Witness(folder)
    yield opened
    opened.close()


def test_it_follows_a_log_and_says_when(witness, folder):
    log, key = LOG.verifier, witnessing.cosigner(folder).verifier
    old = 0
    for size in (0, 1, 3, 3, 8, 40):
        answer = witness.add_checkpoint(request(old, size))
        assert (answer.status, answer.kind) == (200, "text/plain; charset=utf-8")
        note = checkpoint(size)
        line = audit.read_cosignature(answer.body, note, key)
        told = audit.open_cosigned(audit.add_signatures(note, [line]), log, [key])
        assert (told.checkpoint.size, list(told.cosigned_by)) == (size, [NAME])
        assert witnessing.state(folder).seen(LOG.name).size == size
        old = size


def refused(witness, body, status, kind=None, told=None):
    answer = witness.add_checkpoint(body)
    assert answer.status == status, answer.body
    assert "\u2014".encode() not in answer.body
    if kind:
        assert (answer.kind, answer.body) == (kind, told)


def test_what_the_protocol_refuses(witness, folder):
    assert witness.add_checkpoint(request(0, 10)).status == 200
    before = witnessing.state(folder).note(LOG.name)
    size = "text/x.tlog.size", b"10\n"
    refused(witness, request(0, 5, signer=OTHER), 404)
    refused(witness, request(10, 12, signer=ROTATED), 403)
    refused(witness, request(0, 12), 409, *size)
    refused(witness, request(5, 12), 409, *size)
    refused(witness, request(12, 20), 409, *size)
    refused(witness, request(10, 12, proof=()), 422)
    refused(witness, request(10, 12, proof=audit.consistency_proof(LEAVES[:13], 10)), 422)
    refused(witness, request(10, 10, proof=[bytes(32)]), 422)
    refused(witness, b"old 11\n\n" + checkpoint(10).encode(), 400)
    for body in (
        b"",
        b"old 10\n",
        b"old 010\n\n" + checkpoint(12).encode(),
        b"old 10\nx\n\n" + checkpoint(12).encode(),
    ):
        refused(witness, body, 400)
    assert witnessing.state(folder).note(LOG.name) == before


@pytest.mark.parametrize(("old", "size", "status"), [(10, 10, 409), (10, 20, 422)])
def test_a_split_view_is_refused_and_kept_as_evidence(witness, folder, old, size, status):
    assert witness.add_checkpoint(request(0, 10)).status == 200
    body = request(old, size, FORKED)
    refused(witness, body, status)
    refused(witness, body, status)
    assert [path.read_bytes() for path in witnessing.refused(folder)] == [body]
    assert witness.add_checkpoint(request(10, 20)).status == 200


def test_a_log_with_two_keys_is_one_log(tmp_path):
    witnessing.init(tmp_path, NAME, [LOG.public_key, ROTATED.public_key], host="127.0.0.1", port=0)
    witness = witnessing.Witness(tmp_path)
    assert witness.add_checkpoint(request(0, 3)).status == 200
    assert witness.add_checkpoint(request(3, 5, signer=ROTATED)).status == 200
    both = audit.sign_checkpoint(audit.Checkpoint(LOG.name, 9, audit.root_of(LEAVES[:9])), LOG, ROTATED)
    assert witness.add_checkpoint(request(5, 9, note=both)).status == 200
    refused(witness, request(9, 12, FORKED, signer=ROTATED), 422)
    witness.close()


def test_what_cannot_be_kept_is_not_signed(witness, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    assert witness.add_checkpoint(request(0, 3)).status == 200
    monkeypatch.setattr(os, "fsync", full)
    refused(witness, request(3, 5), 500)
    monkeypatch.undo()
    refused(witness, request(5, 6), 409, "text/x.tlog.size", b"3\n")
    assert witness.add_checkpoint(request(3, 5)).status == 200


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "nonsense"])
def test_without_its_state_it_never_signs_again(folder, damage):
    with suppress(WitnessFolderError):
        witness = witnessing.Witness(folder)
        witness.add_checkpoint(request(0, 3))
        witness.close()
    path = folder / "state.json"
    whole = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"empty": b"", "cut": whole[:-9], "nonsense": b'{"logs": {"a": "b"}}'}[damage])
    with pytest.raises(WitnessFolderError, match="must not sign again"):
        witnessing.Witness(folder)


def test_two_processes_never_serve_one_folder(witness, folder):
    with pytest.raises(WitnessFolderError, match="Another witness"):
        witnessing.Witness(folder)


def test_a_key_that_others_can_read_is_refused(folder):
    (folder / "key").chmod(0o644)
    with pytest.raises(WitnessFolderError, match="read by others"):
        witnessing.Witness(folder)


def test_many_at_once_end_at_the_largest_and_none_goes_back(witness, folder):
    """Source: the race in C2SP tlog-witness: of two requests from one size, one alone may win."""
    assert witness.add_checkpoint(request(0, 1)).status == 200
    bodies = [request(1, size) for size in range(2, 30)]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda body=body: statuses.append(witness.add_checkpoint(body).status))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 27]


class Served:
    """A witness as a process of its own."""

    def __init__(self, folder):
        command = [sys.executable, "-m", "turnpike.witness.serving", str(folder)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        told = self.process.stderr.readline()
        assert "listens on" in told, told + self.process.stderr.read()
        self.port = int(told.rstrip("/\n").rpartition(":")[2])
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, method, path, body=None):
        self.link.request(method, path, body)
        answer = self.link.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()

    def end(self, how=signal.SIGTERM):
        self.link.close()
        self.process.send_signal(how)
        status = self.process.wait(20)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


def test_over_http(folder):
    served = Served(folder)
    assert served.ask("POST", "/add-checkpoint", request(0, 5))[0] == 200
    assert served.ask("POST", "/add-checkpoint", request(0, 6)) == (409, "text/x.tlog.size", b"5\n")
    assert served.ask("POST", "/elsewhere", b"")[0] == 404
    status, _, listed = served.ask("GET", "/")
    assert (status, listed.decode().splitlines()[0]) == (200, witnessing.cosigner(folder).public_key)
    path = f"/logs/{hashlib.sha256(LOG.name.encode()).hexdigest()}/checkpoint"
    assert path in listed.decode()
    status, _, note = served.ask("GET", path)
    key = witnessing.cosigner(folder).verifier
    assert list(audit.open_cosigned(note.decode(), LOG.verifier, [key]).cosigned_by) == [NAME]
    assert served.ask("GET", "/logs/00/checkpoint")[0] == 404
    assert served.ask("POST", "/add-checkpoint", b"x" * 70_000)[0] == 413
    assert served.end() == 0


def test_killed_at_any_moment_it_remembers_every_size_that_it_signed(folder):
    """Real kills: a log posts state after state, and the process is killed while it does."""
    chance, signed = random.Random(4), 0
    for _ in range(6):
        served = Served(folder)
        killer = threading.Timer(chance.uniform(0.0, 0.05), served.process.kill)
        killer.start()
        known = witnessing.state(folder).seen(LOG.name).size
        assert known >= signed
        with suppress(OSError, http.client.HTTPException):
            while known < 39:
                if served.ask("POST", "/add-checkpoint", request(known, known + 1))[0] == 200:
                    known = signed = known + 1
        killer.join()
        served.end(signal.SIGKILL)
    served = Served(folder)
    seen = witnessing.state(folder).seen(LOG.name).size
    # One more than it was last known to have: signed and kept, and killed before it could answer.
    assert signed <= known <= seen <= known + 1
    assert seen > 0
    if seen > 5:
        assert served.ask("POST", "/add-checkpoint", request(seen, seen, FORKED))[0] == 409
    assert served.ask("POST", "/add-checkpoint", request(seen, 40))[0] == 200
    served.end()


DYING = """
import os, sys
from pathlib import Path
from turnpike.witness.services import Witness

step = int(sys.argv[2])
def counted(real):
    def call(*given, **named):
        global step
        step -= 1
        if step < 0:
            os._exit(9)
        return real(*given, **named)
    return call
witness = Witness(Path(sys.argv[1]))
os.open, os.fsync, os.close = counted(os.open), counted(os.fsync), counted(os.close)
Path.replace = counted(Path.replace)
print(witness.add_checkpoint(sys.stdin.buffer.read()).status, flush=True)
os._exit(0)
"""


def test_killed_in_every_step_of_remembering(folder):
    known = 1
    with_one = witnessing.Witness(folder)
    assert with_one.add_checkpoint(request(0, 1)).status == 200
    with_one.close()
    for step in range(12):
        command = [sys.executable, "-c", DYING, str(folder), str(step)]
        done = subprocess.run(command, input=request(known, known + 2), capture_output=True, check=False)
        seen = witnessing.state(folder).seen(LOG.name).size
        assert seen in {known, known + 2}
        if done.returncode == 0:
            assert (done.stdout, seen) == (b"200\n", known + 2)
            break
        assert (done.returncode, done.stdout) == (9, b"")
        known = seen
    else:
        pytest.fail("it never came to its end")
    assert step > 5


def test_by_command(tmp_path):
    run, folder = CliRunner(), tmp_path / "w"
    made = run.invoke(
        app, ["witness", "init", str(folder), "--name", NAME, "--log", LOG.public_key, "--port", "0"]
    )
    assert made.exit_code == 0
    assert audit.CosignatureVerifier.parse(made.stdout).name == NAME
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "key").stat().st_mode & 0o077 == 0
    witness = witnessing.Witness(folder)
    shown = run.invoke(app, ["witness", "show", str(folder)]).stdout
    assert f"{LOG.name}: nothing signed yet" in shown
    witness.add_checkpoint(request(0, 10))
    witness.add_checkpoint(request(10, 20, FORKED))
    witness.close()
    shown = run.invoke(app, ["witness", "show", str(folder)]).stdout
    assert made.stdout in shown
    assert f"{LOG.name}: 10 entries, root {audit.root_of(LEAVES[:10]).hex()}" in shown
    assert "1 requests were refused" in shown
    assert (
        run.invoke(app, ["witness", "init", str(folder), "--name", NAME, "--log", LOG.public_key]).exit_code
        == 1
    )
    assert run.invoke(app, ["witness", "serve", str(tmp_path)]).exit_code == 1


@pytest.mark.parametrize(
    ("name", "key"), [("x y", LOG.public_key), (NAME, "nonsense"), ('a"b', LOG.public_key)]
)
def test_a_wrong_name_or_key_makes_no_folder(tmp_path, name, key):
    with pytest.raises(WitnessFolderError):
        witnessing.init(tmp_path / "w", name, [key], host="127.0.0.1", port=0)
    assert not (tmp_path / "w").exists()


def test_a_port_that_is_taken_is_told(witness, folder, tmp_path):
    with Server(witness, witnessing.settings(folder)) as server:
        port = server.server_address[1]
        other = tmp_path / "other"
        witnessing.init(other, "witness.example/w2", [LOG.public_key], host="127.0.0.1", port=port)
        with pytest.raises(WitnessFolderError, match="cannot listen"):
            witnessing.serve(other)
