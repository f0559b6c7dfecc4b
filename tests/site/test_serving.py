"""`turnpike serve` and `turnpike doctor`, as run in a shell: what is refused is refused in one sentence."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.centre import free_port, running_centre

from turnpike.ledger.models import Entry

TURNPIKE = str(Path(sys.executable).with_name("turnpike"))

pytestmark = pytest.mark.long


def run(*arguments: str, data_dir: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TURNPIKE_DATA_DIR": str(data_dir), **settings}
    return subprocess.run(
        [TURNPIKE, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        umask=0o022,
        check=False,
    )


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("served")) as served:
        yield served


def test_a_second_server_over_the_same_folder_is_refused(centre):
    second = run("serve", data_dir=centre.data_dir, TURNPIKE_PORT=str(free_port()))
    assert second.returncode == 1
    assert "in use by another Turnpike" in second.stderr
    assert second.stderr.count("\n") == 1
    assert centre.takes_reads()


def test_a_taken_port_is_refused(centre, tmp_path):
    second = run("serve", data_dir=tmp_path / "other", TURNPIKE_PORT=centre.environment["TURNPIKE_PORT"])
    assert second.returncode == 1
    assert "stop what uses it" in second.stderr
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize("address", ["", "http://anpr.example"])
def test_listening_beyond_this_machine_takes_https(tmp_path, address):
    refused = run("serve", data_dir=tmp_path / "d", TURNPIKE_HOST="0.0.0.0", TURNPIKE_PUBLIC_URL=address)  # noqa: S104 - refused
    assert refused.returncode == 1
    assert "https address" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_lost_key_stops_the_server_with_a_sentence(tmp_path):
    data_dir = tmp_path / "d"
    run("account", "list", data_dir=data_dir)
    (data_dir / "keys" / "quarantine.key").unlink()
    refused = run("serve", data_dir=data_dir, TURNPIKE_PORT=str(free_port()))
    assert refused.returncode == 1
    assert "quarantine.key is missing" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_large_form_is_refused_on_the_wire(centre):
    """By a real server, which must not let the sender wait."""
    port = int(centre.environment["TURNPIKE_PORT"])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n")
        assert link.makefile("rb").readline().startswith(b"HTTP/1.1 413")
    assert httpx.get(f"{centre.url}/healthz", trust_env=False).is_success


def test_all_that_the_server_writes_is_its_owners_alone(centre):
    ours = [path for path in centre.data_dir.rglob("*") if path != centre.log_path]
    assert centre.data_dir / "worker.sock" in ours
    assert centre.data_dir / "records.sqlite3" in ours
    for path in [centre.data_dir, *ours]:
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077 or path.is_symlink(), path


def test_the_doctor_finds_a_fresh_folder_sound_and_says_what_is_not(tmp_path):
    data_dir = tmp_path / "d"
    made = run("account", "add", "ann", "--name", "Ann", "--role", "auditor", data_dir=data_dir)
    assert made.returncode == 0, made.stderr
    assert not stat.S_IMODE((data_dir / "records.sqlite3").stat().st_mode) & 0o077
    sound = run("doctor", data_dir=data_dir)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "BAD" not in sound.stdout

    (data_dir / "keys" / "django.key").chmod(0o644)
    (data_dir / "records.sqlite3").chmod(0o644)
    with sqlite3.connect(data_dir / "records.sqlite3") as records:
        records.execute(f'UPDATE {Entry._meta.db_table} SET commitment = zeroblob(32) WHERE "index" = 0')  # noqa: S608 - our own name
    records.close()
    ill = run("doctor", data_dir=data_dir)
    assert ill.returncode == 1
    bad = {line.split()[1]: line for line in ill.stdout.splitlines() if line.startswith("BAD")}
    assert set(bad) == {"ledger", "keys", "privacy"}
    assert "chmod" in bad["keys"]
    assert "Traceback" not in ill.stderr


def test_the_doctor_names_a_lost_key_and_goes_on(tmp_path):
    data_dir = tmp_path / "d"
    run("account", "list", data_dir=data_dir)
    (data_dir / "keys" / "django.key").unlink()
    ill = run("doctor", data_dir=data_dir)
    assert ill.returncode == 1
    assert "django.key is missing" in ill.stdout
    assert "Traceback" not in ill.stderr


def test_the_worker_clears_expired_sessions_away(tmp_path):
    data_dir = tmp_path / "d"
    run("account", "list", data_dir=data_dir)
    with sqlite3.connect(data_dir / "records.sqlite3") as records:
        records.execute("INSERT INTO django_session VALUES ('old', 'x', '2020-01-01 00:00:00')")
        records.execute("INSERT INTO django_session VALUES ('new', 'x', '2999-01-01 00:00:00')")
    records.close()
    with running_centre(data_dir) as served:
        # It ends what it has begun before it stops.
        served.stop()
    with sqlite3.connect(data_dir / "records.sqlite3") as records:
        left = records.execute("SELECT session_key FROM django_session").fetchall()
    records.close()
    assert left == [("new",)]
