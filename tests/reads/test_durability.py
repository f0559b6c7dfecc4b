"""What is acknowledged is on the disk, once, whenever the process dies."""

from __future__ import annotations

import random
import re
import select
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.reads.appending_process import GROUP

PROCESS = [sys.executable, "-m", "tests.reads.appending_process"]
ROOT = Path(__file__).parents[2]
ROUNDS = 4


def append_until_killed(path: Path, first: int, chance: random.Random) -> int:
    """Run the process, kill it in the middle of an append; the last number that it acknowledged."""
    acknowledged = first - 1
    wanted = chance.randrange(1, 6)
    with subprocess.Popen([*PROCESS, path, str(first), "0"], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        for _ in range(wanted):
            acknowledged = int(process.stdout.readline())
        # One append takes about 60 ms: this lands before, between or after its inserts.
        select.select([process.stdout], [], [], chance.uniform(0, 0.08))
        process.kill()
        for line in process.stdout.read().splitlines():
            acknowledged = int(line)
    return acknowledged


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_doubled(reads_path, open_store):
    chance = random.Random(20260314)
    acknowledged = -1
    for _ in range(ROUNDS):
        # The group that was not acknowledged is sent again, stored or not.
        acknowledged = append_until_killed(reads_path, acknowledged + 1, chance)
    store = open_store()
    kept = Counter(int(read.plate.removeprefix("N")) for read in store.since(0, 10_000))
    assert set(kept.values()) == {1}
    assert set(range(acknowledged + 1)) <= kept.keys()
    assert kept.keys() <= set(range(acknowledged + 1 + GROUP))
    assert {
        name: count.reads
        for name, count in store.counts_by_camera(next(iter(store.since(0, 1))).received_at).items()
    } == {"north": len(kept)}


def traced(path: Path, trace: Path) -> list[str]:
    """The system calls of one append, up to its acknowledgement; skips where none can be traced."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    calls = "trace=openat,fsync,fdatasync,rename,renameat,renameat2,write"
    run = subprocess.run(
        [strace, "-f", "-y", "-s", "16", "-e", calls, "-o", trace, *PROCESS, path, "0", str(GROUP)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=120,
    )  # fmt: skip
    if "ptrace" in run.stderr:
        pytest.skip("this machine forbids ptrace")
    assert run.stdout.split() == ["open", str(GROUP - 1)], run.stderr
    lines = trace.read_text("utf-8", "replace").splitlines()
    begin = next(number for number, line in enumerate(lines) if "write(1<" in line and '"open\\n"' in line)
    end = next(
        number for number, line in enumerate(lines) if "write(1<" in line and f'"{GROUP - 1}\\n"' in line
    )
    return lines[begin:end]


def synced_paths(lines: list[str]) -> Counter[str]:
    """How often each path was synced, and the sync had returned."""
    synced: Counter[str] = Counter()
    pending: dict[str, str] = {}
    for line in lines:
        thread = line.split(maxsplit=1)[0]
        if call := re.search(r"f(?:data)?sync\(\d+<([^>]+)>(.*)", line):
            if "unfinished" in call[2]:
                pending[thread] = call[1]
            elif call[2].endswith("= 0"):
                synced[call[1].rstrip("/")] += 1
        elif re.search(r"f(?:data)?sync resumed.*= 0$", line):
            synced[pending.pop(thread).rstrip("/")] += 1
    return synced


def test_an_append_is_synced_before_it_is_acknowledged(reads_path, tmp_path):
    lines = traced(reads_path, tmp_path / "trace")
    synced = synced_paths(lines)
    created = {
        match[1]
        for line in lines
        if (
            match := re.search(
                rf'openat\([^"]*"({re.escape(str(reads_path))}/store/[^"]+)", O_WRONLY\|O_CREAT', line
            )
        )
        and "tmp_insert" in match[1]
    }
    assert {Path(path).name for path in created} >= {"data.bin", "checksums.txt", "count.txt"}
    # A projection is made of the reads, and made anew where a power cut has spoilt it (test_cut_offs.py).
    assert {path for path in created if ".proj/" not in path} <= synced.keys()
    renamed = [
        (Path(match[1]), Path(match[2]))
        for line in lines
        if (match := re.search(r'rename\w*\(.*?"([^"]*tmp_insert[^"]*)".*?"([^"]+)"', line))
    ]
    assert len({part.parent for _, part in renamed}) == 3  # batches, events, reads
    for temporary, part in renamed:
        # The part's own entries, its new name, and that name in the table's folder.
        assert {str(temporary), str(part), str(part.parent)} <= synced.keys()
