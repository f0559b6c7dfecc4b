"""A real centre and its sealer: who holds the key, what is kept of a plate, and what becomes of both when they are killed."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from tests.centre import running_centre

HERS = "QX24ZRT"

_PEOPLE = """
from datetime import date
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.access import services as access
from turnpike.accounts.services import Role, Standing, create_account
pat = create_account("pat", "Pat", [Role.INVESTIGATOR], actor="tests", standing=Standing(trained_until=date.max))
access.record_case(access.CaseFacts("CR/1", access.Category.BURGLARY, True, frozenset({"pat"})), actor="tests")
"""
_DECLARE = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.access import services as access
from turnpike.accounts.services import find_account
print(access.declare(find_account("pat"), sys.stdin.readline(), access.RelationKind.FAMILY))
"""
_FLAGGED = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.access import services as access
from turnpike.accounts.services import find_account
look = access.Look(access.LookKind.ENTRY, find_account("pat"), list_slug="stolen")
print([bool(access.standing(look, [plate]).flagged) for plate in sys.stdin.readline().split()])
"""
_LEDGER = """
import json
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.ledger.services import entries
print(json.dumps([dict(entry.details) for entry in entries(limit=200)]))
"""

pytestmark = pytest.mark.long


@pytest.fixture
def centre(tmp_path):
    with running_centre(tmp_path) as served:
        served.run_python(_PEOPLE)
        yield served


def run_with(centre, code, typed):
    """What a program printed that read one line; a plate is no argument, which every account could read."""
    wrapped = f"import io, sys; sys.stdin = io.StringIO({typed!r})\n{code}"
    return centre.run_python(wrapped).strip()


def processes_of(centre):
    """The process ids of the centre: (its sealer's, all others')."""
    sealers, others = [], []
    for folder in Path("/proc").iterdir():
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            # A process that may not be looked into: the sealer forbids it, also to the account that it runs under.
            environment, command = b"", b""
            if folder.name.isdigit():
                command = _command(folder)
        if str(centre.data_dir).encode() in command and b"turnpike.sealer" in command:
            sealers.append(int(folder.name))
        elif folder.name.isdigit() and f"TURNPIKE_DATA_DIR={centre.data_dir}".encode() in environment:
            others.append(int(folder.name))
    return sealers, others


def _command(folder):
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


def memory_of(process_id):
    """All that a process holds and that can be read, a part at a time."""
    with (
        Path(f"/proc/{process_id}/maps").open() as maps,
        Path(f"/proc/{process_id}/mem").open("rb", buffering=0) as memory,
    ):
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            # File-backed and unwritable parts hold the program, not what it was told.
            if found is None or " rw" not in line:
                continue
            begin, end = (int(part, 16) for part in found.groups())
            try:
                memory.seek(begin)
                yield memory.read(end - begin)
            except (OSError, OverflowError, ValueError):
                continue


def test_neither_key_nor_plate_is_anywhere_in_the_centre(centre):
    run_with(centre, _DECLARE, HERS)
    assert run_with(centre, _FLAGGED, f"{HERS} AB12CDE") == "[True, False]"
    key = (centre.data_dir / "sealer" / "relations.key").read_bytes()
    forms = {key, key.hex().encode(), base64.b64encode(key), base64.urlsafe_b64encode(key)}

    looked_at = 0
    for path in centre.data_dir.rglob("*"):
        if path.is_file() and path.name != "relations.key":
            kept = path.read_bytes()
            assert HERS.encode() not in kept, path
            assert not any(form in kept for form in forms), path
            looked_at += 1
    assert looked_at > 8
    assert HERS not in json.dumps(json.loads(centre.run_python(_LEDGER)))
    assert HERS not in centre.log()

    sealers, others = processes_of(centre)
    assert len(sealers) == 1
    assert len(others) >= 2
    # A secret that the centre does hold, so that looking in vain would show.
    held = (centre.data_dir / "keys" / "django.key").read_bytes().hex().encode()
    found_held = 0
    for process_id in others:
        for part in memory_of(process_id):
            assert not any(form in part for form in forms), f"process {process_id} holds the key"
            found_held += held in part
    assert found_held, "the memory could not be read"


def test_the_centre_and_its_sealer_are_killed_and_come_back_with_the_same_key(centre):
    run_with(centre, _DECLARE, HERS)
    before, _ = processes_of(centre)
    centre.kill()
    centre.start()
    after, _ = processes_of(centre)
    assert len(after) == 1
    assert after != before
    assert run_with(centre, _FLAGGED, f"{HERS} AB12CDE") == "[True, False]"


def test_only_its_owner_reaches_key_and_socket(centre):
    for name, mode in (("sealer", 0o700), ("sealer/relations.key", 0o600), ("sealer.sock", 0o600)):
        assert (centre.data_dir / name).stat().st_mode & 0o777 == mode, name
