"""The published log over HTTP: for everybody, as C2SP tlog-tiles says, and nothing beside it."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.centre import running_centre
from tests.witness_server import running_witness

from turnpike.audit import services as audit
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent


@pytest.fixture
def served(db, own_log):
    # With the entry that holds the log's key, which comes with the first publication: 257.
    for number in range(256):
        ledger.record(AuditEvent.SIGNED_IN, actor=f"person-{number}")
    ledger.Publisher().publish()
    return own_log


def test_the_checkpoint_is_text_that_nobody_keeps(client, served):
    answer = client.get("/tlog/checkpoint")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.decode() == ledger.publication().checkpoint
    assert audit.open_checkpoint(answer.content.decode(), ledger.signers()[0].verifier).size == 257


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("tile/0/000", 256 * 32),
        ("tile/0/001.p/1", 32),
        ("tile/1/000.p/1", 32),
        ("tile/entries/000", 256 * 34),
        ("tile/entries/001.p/1", 34),
    ],
)
def test_tiles_and_bundles_are_bytes_that_may_be_kept_for_good(client, served, path, length):
    answer = client.get(f"/tlog/{path}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert len(answer.content) == length


def test_whoever_checks_needs_no_session_and_gets_none(client, served, people, second_factor_asked):
    client.force_login(people.operator)
    for path in ("checkpoint", "tile/0/000", "keys.json", "nothing"):
        answer = client.get(f"/tlog/{path}")
        assert answer.status_code != 302
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/000.p/256",
        "tile/0/001.p/01",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/8/000",
        "tile/entries/002",
        ".size",
        ".lock",
        ".publisher",
        "",
        "tile",
        "tile/",
        "tile/0/",
        "../keys/ledger-signing.key",
        "tile/../../keys/ledger-signing.key",
        "tile/0/..%2f..%2f..%2fkeys/ledger-signing.key",
        "%2e%2e/records.sqlite3",
        "/etc/passwd",
        "checkpoint/",
        "checkpoint%00",
        "tile/0/000%0a",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_what_is_not_there_or_not_written_so_is_404(client, served, path):
    answer = client.get(f"/tlog/{path}")
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-store"


def test_nothing_that_is_published_tells_what_an_entry_says(db, own_log):
    secrets = ("AB12CDE", "a-person", "Burglary in Mill Lane", AuditEvent.SEARCH_INTENDED.value)
    details = {"pattern": secrets[0], "reason": secrets[2]}
    ledger.record(AuditEvent.SEARCH_INTENDED, actor=secrets[1], details=details)
    entry = ledger.entries()[0]
    ledger.Publisher().publish()
    files = [path.read_bytes() for path in own_log.rglob("*") if path.is_file()]
    assert len(files) > 4
    salt = ledger.contents(0).salt
    for secret in (*(one.encode() for one in secrets), entry.at.isoformat()[:10].encode(), salt):
        for stored in files:
            assert secret not in stored
            assert secret.hex().encode() not in stored
            assert base64.b64encode(secret)[:-4] not in stored


def test_a_link_put_among_the_tiles_leads_nowhere_else(client, served):
    """Whoever can write the folder could put one there; a name that C2SP does not know is never opened."""
    (served / "secret").symlink_to(served.parent / "keys" / "ledger-signing.key")
    assert client.get("/tlog/secret").status_code == 404


def test_nothing_can_be_changed_over_it(client, served):
    for method in (client.post, client.put, client.delete, client.patch):
        assert method("/tlog/checkpoint").status_code in (403, 405)
    assert client.head("/tlog/checkpoint").status_code == 200


def test_the_record_of_keys_is_there_for_everybody(client, served):
    answer = client.get("/tlog/keys.json")
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert told["log"] == ledger.origin()
    assert [key["key"] for key in told["keys"]] == [ledger.signers()[0].public_key]
    assert set(told["keys"][0]) == {
        "key",
        "state",
        "from_size",
        "from",
        "until",
        "revoked",
        "revoked_size",
        "exposed",
        "succession",
    }


@pytest.mark.long
def test_a_running_centre_publishes_what_its_witness_cosigned_and_says_when_it_is_away(tmp_path):
    with running_witness() as witness:
        settings = {
            "TURNPIKE_LOG_WITNESSES": json.dumps([witness.line]),
            "TURNPIKE_LOG_COSIGNATURES_NEEDED": "1",
        }
        with running_centre(tmp_path, settings=settings) as centre:
            centre.register("north-gate")
            note = published(centre, above=0)
            log = audit.Verifier.parse(httpx.get(f"{centre.url}/tlog/keys.json").json()["keys"][0]["key"])
            opened = audit.open_cosigned(note, log, [witness.cosigner.verifier])
            assert list(opened.cosigned_by) == [witness.cosigner.name]
            assert "cosignatures" in doctor(centre).stdout

            witness.mood = "down"
            centre.register("south-gate")
            while "Publication of the log" not in centre.log():
                httpx.get(f"{centre.url}/healthz")
            said = doctor(centre)
            assert "Nothing new is published since" in said.stdout
            assert said.returncode == 1
            assert published(centre, above=0) == note

            for path in (
                "/tlog/../keys/ledger-signing.key",
                "/tlog/tile/../../keys/django.key",
                "//etc/passwd",
            ):
                assert raw_status(centre, path) in (400, 404), path


def published(centre, *, above):
    """The published checkpoint, once it has more entries than that."""
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        answer = httpx.get(f"{centre.url}/tlog/checkpoint")
        if answer.status_code == 200 and audit.unverified_checkpoint(answer.text).size > above:
            return answer.text
    raise AssertionError(centre.log()[-2000:])


def raw_status(centre, path):
    """What the server answers to a path that no client would send as it is."""
    where = urlsplit(centre.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return int(link.recv(64).split()[1])


def doctor(centre):
    return subprocess.run(
        [Path(sys.executable).with_name("turnpike"), "doctor"],
        env=centre.environment,
        cwd=centre.data_dir,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
