"""The whole chain with real parts: our log, two witness processes, what is published, a bundle of it, and the verifier apart from it all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import turnpike.verifier
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.witness import services as witnessing

pytestmark = pytest.mark.django_db

NAMES = ("witness.example/w1", "other.example/w2")
PATIENCE_S = 60


class WitnessProcess:
    """An outside body's, as it runs it."""

    def __init__(self, folder, name, log_key):
        self.key = witnessing.init(folder, name, [log_key], host="127.0.0.1", port=0)
        command = [sys.executable, "-m", "turnpike.witness.serving", str(folder)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.errors = self.process.stderr
        told = self.errors.readline()
        assert "listens on" in told, told
        self.url = f"http://127.0.0.1:{int(told.rstrip().rstrip('/').rpartition(':')[2])}"

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
        self.errors.close()


@pytest.fixture
def witnesses(own_log, tmp_path):
    ledger.record(AuditEvent.SIGNED_IN, actor="first")
    key = ledger.signers()[0].public_key
    both = [WitnessProcess(tmp_path / f"w{number}", name, key) for number, name in enumerate(NAMES)]
    yield both
    for one in both:
        one.end()


def verified(bundle, log_key, witnesses):
    """What the verifier says, of a bundle and keys alone."""
    folder = Path(turnpike.verifier.__file__).parent
    keys = [word for one in witnesses for word in ("--witness", one.key)]
    program = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('verifier', run_name='__main__')"
    command = [sys.executable, "-I", "-c", program, str(folder.parent), str(bundle), "--key", log_key, *keys]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_published_under_two_witnesses_and_verified_without_us(witnesses, own_log, configured, tmp_path):
    configured(
        data_dir=own_log.parent,
        log_witnesses=tuple(f"{one.url} {one.key}" for one in witnesses),
        log_cosignatures_needed=2,
    )
    publisher = ledger.Publisher()
    for number in range(3):
        ledger.record(AuditEvent.READ_VIEWED, actor=f"person-{number}", details={"read": str(number)})
        stands = publisher.publish()
        assert sorted(stands.cosigned_by) == sorted(NAMES), stands.faults
    published = stands.size

    witnesses[1].end()
    ledger.record(AuditEvent.SIGNED_OUT, actor="person-1")
    stands = publisher.publish()
    assert stands.size == published, "published with one cosignature of two"
    assert stands.stopped is not None

    bundle = tmp_path / "log.zip"
    with bundle.open("wb") as file:
        assert ledger.write_bundle(file).size == published
    told = verified(bundle, ledger.signers()[0].public_key, witnesses)
    assert told.returncode == 0, told.stdout + told.stderr
    assert all(name in told.stdout for name in NAMES), told.stdout

    another = verified(bundle, witnesses[0].key, witnesses)
    assert another.returncode != 0, "another's key will do"
