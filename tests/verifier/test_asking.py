"""What can be asked of a bundle beyond that it is whole: an older one, a receipt, one entry's proof; and from where it runs."""

from __future__ import annotations

import ast
import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.verifier.logs import LOG, WITNESS, Log, vkey_of, zipped

import turnpike.verifier
from turnpike.audit import services as audit
from turnpike.verifier.errors import Altered
from turnpike.verifier.main import main
from turnpike.verifier.notes import LOG_KEY, WITNESS_KEY, Key
from turnpike.verifier.opened import parse_opened
from turnpike.verifier.proofs import check_proof

FOLDER = Path(turnpike.verifier.__file__).parent
KEY = ("--key", LOG.public_key)


def grown(log, more):
    """The same log, later."""
    later = Log.of(more, seed=9)
    return Log(log.contents + later.contents, log.salts + later.salts, list(range(len(log.contents) + more)))


@pytest.fixture
def kept(tmp_path):
    """Writes a file and gives its path."""

    def keep(name, files):
        path = tmp_path / name
        path.write_bytes(files if isinstance(files, bytes) else zipped(files))
        return str(path)

    return keep


def test_a_whole_bundle_is_told_and_an_altered_one_is_status_1(kept, capsys):
    files = Log.of(5).files()
    assert main([kept("log.zip", files), *KEY]) == 0
    told = capsys.readouterr().out
    assert "Whole: the log log.example/force, 5 entries" in told
    assert "No witness was asked for" in told
    files["entries/3.json"] = files["entries/3.json"].replace(b'"salt":"', b'"salt":"00')
    assert main([kept("bad.zip", files), *KEY]) == 1
    assert "ALTERED  entries/3.json" in capsys.readouterr().err


def test_as_json(kept, capsys):
    assert main([kept("log.zip", Log.of(5).files(opened=[1], whole=False)), *KEY, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], told["size"], told["opened"], told["not_opened"]) == (True, 5, 1, [[0, 1], [2, 5]])


@pytest.mark.parametrize("sizes", [(0, 3), (1, 1), (5, 300), (256, 257), (300, 600)])
def test_a_log_that_grew_begins_with_the_older_bundle(kept, sizes, capsys):
    old, new = sizes
    log = Log.of(old)
    older, newer = kept("old.zip", log.files()), kept("new.zip", grown(log, new - old).files())
    assert main([newer, *KEY, "--since", older]) == 0
    assert main([newer, *KEY, "--checkpoint", kept("cp", log.files()["checkpoint"])]) == 0
    if old < new:
        assert main([older, *KEY, "--since", newer]) == 1
        assert "the log was longer before" in capsys.readouterr().err


@pytest.mark.parametrize("at", [0, 255, 256, 299])
def test_a_past_that_the_force_itself_rewrote_and_signed_is_found_where_it_begins(kept, at, capsys):
    log = Log.of(300)
    older, checkpoint = kept("old.zip", log.files()), kept("cp", log.files()["checkpoint"])
    rewritten = grown(log, 300)
    rewritten.contents[at] = b'{"event":"e","at":"t","actor":"a","details":{}}'
    newer = kept("new.zip", rewritten.files())
    assert main([newer, *KEY]) == 0  # signed by the force's own key, it is whole by itself
    assert main([newer, *KEY, "--since", older]) == 1
    assert f"entry {at}: it is not what it was" in capsys.readouterr().err
    assert main([newer, *KEY, "--checkpoint", checkpoint]) == 1


def test_receipts(kept, capsys):
    log = Log.of(5)
    said = {"log": LOG.name, "entry": 2, "leaf": audit.leaf_hash(log.commitments[2]).hex()}
    said |= {"event": "account.signed_in", "at": "2026-11-22T10:00:00.000+00:00"}
    bundle, closed = kept("log.zip", log.files()), kept("closed.zip", log.files(opened=[], whole=False))

    def held(bundle, **changed):
        return main([bundle, *KEY, "--receipt", kept("receipt", json.dumps(said | changed).encode())])

    assert held(bundle) == 0
    assert "The log holds the receipt: entry 2" in capsys.readouterr().out
    assert held(closed) == 0
    assert "is not in this bundle" in capsys.readouterr().out
    for changed in (
        {"entry": 3},
        {"leaf": "00" * 32},
        {"at": "x"},
        {"event": "x"},
        {"log": "x"},
        {"entry": 5},
        {"entry": -1},
    ):
        assert held(bundle, **changed) == 1, changed
    assert main([bundle, *KEY, "--receipt", kept("none", b"[]")]) == 1


@pytest.mark.parametrize("size", [1, 2, 5, 256, 257, 600])
def test_a_proof_from_a_bundle_holds_by_itself(kept, size, capsys):
    log = Log.of(size)
    bundle = kept("log.zip", log.files(cosigned_by=[WITNESS]))
    for index in {0, size // 2, size - 1}:
        assert main([bundle, *KEY, "--prove", str(index)]) == 0
        proof = kept("entry.tlog-proof", capsys.readouterr().out.encode())
        entry = kept("entry.json", log.entry(index))
        assert main([proof, *KEY, "--witness", vkey_of(WITNESS), "--entry", entry]) == 0
        told = capsys.readouterr().out
        assert f"Entry {index} stands in the log" in told
        assert "Cosigned by witness.example/w1 at 2025-06-15" in told
        assert main([bundle, *KEY, "--open", str(index)]) == 0
        assert json.loads(capsys.readouterr().out)["details"] == {"n": index}
    assert main([bundle, *KEY, "--prove", str(size)]) == 1
    if size > 1:
        assert main([proof, *KEY, "--entry", kept("other.json", log.entry((index + 1) % size))]) == 1


PROOF_LOG = Log.of(300)
PROOF_NOTE = PROOF_LOG.files(cosigned_by=[WITNESS])["checkpoint"]


@given(st.data())
def test_no_byte_of_a_proof_can_be_altered(data):
    index = data.draw(st.integers(0, 299))
    path = audit.inclusion_proof(PROOF_LOG.commitments, index)
    import base64

    lines = [b"c2sp.org/tlog-proof@v1", b"extra " + base64.b64encode(PROOF_LOG.commitments[index])]
    lines += [b"index %d" % index, *(base64.b64encode(part) for part in path)]
    raw = b"\n".join(lines) + b"\n\n" + PROOF_NOTE
    keys = [Key.parse(LOG.public_key, LOG_KEY)], [Key.parse(vkey_of(WITNESS), WITNESS_KEY)]
    entry = parse_opened("entry", PROOF_LOG.entry(index))
    assert check_proof(raw, *keys, None, entry).index == index
    at, by = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 255))
    with pytest.raises(Altered):
        check_proof(raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :], *keys, None, None)


@pytest.mark.parametrize(
    ("given_key", "says"),
    [
        ("nonsense", "one line, name"),
        (LOG.public_key.replace("+", "+0", 1), "damaged"),
        (vkey_of(WITNESS), "witness's key"),
    ],
)
def test_a_key_that_is_none_is_told(kept, given_key, says, capsys):
    assert main([kept("log.zip", Log.of(1).files()), "--key", given_key]) == 1
    assert says in capsys.readouterr().err


def test_what_is_no_bundle_is_told_in_a_sentence(kept, tmp_path, capsys):
    assert main([kept("text", b"not a zip"), *KEY]) == 1
    assert main([str(tmp_path / "missing"), *KEY]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_copy_of_the_folder_alone_verifies_on_a_machine_without_turnpike(kept, tmp_path):
    alone = tmp_path / "machine" / "check"
    shutil.copytree(FOLDER, alone, ignore=shutil.ignore_patterns("__pycache__"))
    good, files = kept("log.zip", Log.of(300).files()), Log.of(300).files()
    files["tile/1/000.p/1"] = bytes(32)

    def run(bundle):
        return subprocess.run(
            [sys.executable, "-I", str(alone), bundle, *KEY],
            cwd=alone.parent,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(good)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Whole: the log log.example/force, 300 entries" in done.stdout
    bad = run(kept("bad.zip", files))
    assert bad.returncode == 1
    assert "ALTERED  tile/1/000.p/1, hash 0" in bad.stderr


def test_it_needs_nothing_but_python_and_cryptography():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, path.name
                assert (FOLDER / f"{node.module}.py").exists(), path.name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                taken = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [one.name for one in node.names]
                )
                for module in taken:
                    assert module.partition(".")[0] in {*sys.stdlib_module_names, "cryptography"}, path.name


def test_the_module_runs_by_its_name(kept, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["verifier", kept("log.zip", Log.of(2).files()), *KEY])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("turnpike.verifier", run_name="__main__")
    assert ended.value.code == 0
