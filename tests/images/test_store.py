"""Kept patches: whole, durable, found again, and damage noticed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.images.services import MAX_PATCH_BYTES, PatchError, PatchStore, PatchStoreError

BATCH = int(datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC).timestamp()) * 1_000_000 + 999_999
PATCHES = {0: b"first", 7: b"second" * 100, 4_294_967_295: b"\x00"}


@pytest.fixture
def store(tmp_path):
    return PatchStore(tmp_path / "patches")


def pack_of(store, batch=BATCH):
    (path,) = store._folder.glob(f"*/{batch}.patches")
    return path


def test_there_and_back(store):
    store.write(BATCH, PATCHES)
    for slot, patch in PATCHES.items():
        assert store.read(BATCH, slot) == patch
    for slot in (1, 6, 8, 4_294_967_294):
        assert store.read(BATCH, slot) is None
    assert store.read(BATCH + 1, 0) is None
    store.write(BATCH + 1, {0: b"one", 2: b"two"})
    assert store.read(BATCH + 1, 1) is None
    assert store.read(BATCH + 1, 3) is None


@settings(max_examples=30)
@given(
    st.dictionaries(st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=300), min_size=1, max_size=30),
    st.integers(0, 4_000_000_000_000_000),
)
def test_any_batch_there_and_back_by_another_process(tmp_path_factory, patches, batch):
    folder = tmp_path_factory.mktemp("patches")
    PatchStore(folder).write(batch, patches)
    again = PatchStore(folder)
    assert {slot: again.read(batch, slot) for slot in patches} == patches


def test_a_batch_lies_under_its_day_for_its_owner_only(store):
    store.write(BATCH, PATCHES)
    store.write(BATCH + 1, PATCHES)
    assert pack_of(store).relative_to(store._folder).parts == ("2026-03-01", f"{BATCH}.patches")
    assert pack_of(store, BATCH + 1).parent.name == "2026-03-02"
    assert pack_of(store).stat().st_mode & 0o777 == 0o600
    assert pack_of(store).parent.stat().st_mode & 0o777 == 0o700
    assert store._folder.stat().st_mode & 0o777 == 0o700


def test_the_same_again_changes_nothing(store):
    store.write(BATCH, PATCHES)
    before = pack_of(store).stat()
    store.write(BATCH, dict(reversed(PATCHES.items())))
    after = pack_of(store).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    with pytest.raises(PatchError, match="other patches already"):
        store.write(BATCH, PATCHES | {8: b"more"})
    assert store.read(BATCH, 8) is None


def test_no_patches_no_file(store):
    store.write(BATCH, {})
    assert not store._folder.exists()
    assert store.read(BATCH, 0) is None


def test_nothing_but_the_pack_is_left(store):
    store.write(BATCH, PATCHES)
    assert [path.name for path in pack_of(store).parent.iterdir()] == [f"{BATCH}.patches"]


@pytest.mark.parametrize("batch", [-1, 2**63, 10**30])
def test_a_batch_that_is_no_instant(store, batch):
    with pytest.raises(PatchError, match="instant"):
        store.write(batch, PATCHES)
    with pytest.raises(PatchError, match="instant"):
        store.read(batch, 0)


@pytest.mark.parametrize(
    "patches", [{-1: b"x"}, {2**32: b"x"}, {0: b""}, {0: bytes(MAX_PATCH_BYTES + 1)}, {0: b"x", 1: b""}]
)
def test_what_is_no_patch_to_keep(store, patches):
    with pytest.raises(PatchError):
        store.write(BATCH, patches)
    assert not store._folder.exists()


def test_every_damaged_byte_and_every_cut_is_noticed(store):
    store.write(BATCH, {3: b"the only patch"})
    path = pack_of(store)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(PatchError):
            store.read(BATCH, 3)
        path.write_bytes(whole[:at])
        with pytest.raises(PatchError, match="damaged"):
            store.read(BATCH, 3)
    path.write_bytes(whole)
    assert store.read(BATCH, 3) == b"the only patch"


def test_damage_to_one_patch_leaves_the_others(store):
    store.write(BATCH, {0: b"one", 1: b"two"})
    path = pack_of(store)
    path.write_bytes(path.read_bytes().replace(b"two", b"owt"))
    assert store.read(BATCH, 0) == b"one"
    with pytest.raises(PatchError, match="restore their file"):
        store.read(BATCH, 1)


def test_a_file_under_another_name_is_noticed(store):
    store.write(BATCH, PATCHES)
    pack_of(store).rename(pack_of(store).with_name(f"{BATCH - 1}.patches"))
    with pytest.raises(PatchError, match="damaged"):
        store.read(BATCH - 1, 0)


@pytest.mark.parametrize("at", [8, 10])
def test_a_newer_version_or_scheme_is_refused_as_such(store, at):
    store.write(BATCH, PATCHES)
    content = bytearray(pack_of(store).read_bytes())
    content[at] += 1
    pack_of(store).write_bytes(content)
    with pytest.raises(PatchError, match="newer program"):
        store.read(BATCH, 0)


def test_a_disk_that_refuses(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    store = PatchStore(tmp_path / "file")
    with pytest.raises(PatchStoreError, match="cannot be kept"):
        store.write(BATCH, PATCHES)
    with pytest.raises(PatchStoreError, match="cannot be read"):
        store.read(BATCH, 0)


def test_a_full_disk_leaves_nothing_behind(store, monkeypatch):
    store.write(BATCH, PATCHES)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PatchStoreError, match="No space left"):
        store.write(BATCH - 1, PATCHES)
    monkeypatch.undo()
    assert [path.name for path in pack_of(store).parent.iterdir()] == [f"{BATCH}.patches"]
    store.write(BATCH - 1, PATCHES)
    assert store.read(BATCH - 1, 0) == b"first"


WRITER = """
import sys
from pathlib import Path
from turnpike.images.services import PatchStore
store = PatchStore(Path(sys.argv[1]))
for batch in range(int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])):
    store.write(batch, {slot: b"%d/%d " % (batch, slot) * 400 for slot in range(20)})
    print(batch, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "patches"), str(BATCH - 1_000_000), "1000000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout
    acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
    writer.stdout.close()
    writer.wait()
    store = PatchStore(tmp_path / "patches")
    files = {int(path.stem): path for path in store._folder.glob("*/*.patches")}
    assert set(acknowledged) <= set(files)
    assert len(files) <= len(acknowledged) + 1
    for batch in files:  # also the one that nobody was told of is whole
        assert all(store.read(batch, slot) == b"%d/%d " % (batch, slot) * 400 for slot in range(20))


@pytest.fixture
def traced(tmp_path):
    """Writes one batch in a process of its own and returns its system calls."""
    strace = shutil.which("strace")
    trace = tmp_path / "trace"
    if (
        not strace
        or subprocess.run([strace, "-o", trace, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("strace is missing or may not trace here")

    def write():
        calls = "trace=write,fsync,rename,renameat,renameat2"
        writer = [sys.executable, "-c", WRITER, tmp_path / "patches", str(BATCH), "1"]
        subprocess.run([strace, "-y", "-e", calls, "-o", trace, *writer], check=True, capture_output=True)
        return trace.read_text()

    return write


def test_the_order_on_the_disk_is_data_then_name_then_folder(tmp_path, traced):
    folder = re.escape(str(tmp_path / "patches"))
    day = folder + "/2026\\-03\\-01"
    steps = [
        rf"fsync\(\d+<{folder}>\) += 0",  # the day's folder is known
        rf"fsync\(\d+<{day}/\.{BATCH}\.patches\.\w+>\) += 0",
        rf"rename[^\n]*{BATCH}\.patches\"(, 0)?\) += 0",
        rf"fsync\(\d+<{day}>\) += 0",
        rf"write\(1<[^\n]*\"{BATCH}",  # only then is it acknowledged
    ]
    assert re.search(".*".join(steps), traced(), re.DOTALL)
    again = traced()  # the first writer may have died before it synced the folder
    assert f".{BATCH}.patches." not in again
    assert re.search(".*".join(steps[-2:]), again, re.DOTALL)
