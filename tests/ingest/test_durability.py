"""What a camera was told is stored is on the disk: through SIGKILL, and by the order of system calls."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.centre import Centre, running_centre
from tests.ingest.posting import a_message, a_read, post, with_patch

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("TURNPIKE_KILLS", "5"))
"""`TURNPIKE_KILLS=50` for the whole of it: a quarter of an hour."""
LONGEST_S = 0.4
SENDERS = 3
READS = 20
WAIT_S = 60

_PATCHES = """
from turnpike.config import load
from turnpike.images.services import PatchStore
from turnpike.reads.services import ReadStore
store, patches = ReadStore.open(load().reads_path), PatchStore(load().patches_path)
reads = [read for read in store.since(0, 1_000_000) if read.has_patch]
store.close()
print(len(reads), sum(patches.read(read.read_id.batch, read.read_id.slot) is None for read in reads))
"""

pytestmark = pytest.mark.long


class Camera:
    """Sends message after message; what was not answered is sent again first."""

    def __init__(self, centre: Centre, key: str, number: int) -> None:
        self._centre = centre
        self._key = key
        self._number = number
        self.read_ids: list[str] = []
        self.waiting: bytes | None = None
        self.made = 0
        self.refusals: list[str] = []

    def send(self, answered: threading.Semaphore, *, most: int | None = None) -> None:
        """Send `most` messages, or until the server is gone."""
        with httpx.Client(timeout=WAIT_S, trust_env=False) as connection:
            while most is None or most > 0:
                self.waiting = self.waiting or self._next_message()
                try:
                    answer = post(self._centre.reads_url, self._key, self.waiting, client=connection)
                except httpx.HTTPError:
                    return
                if answer.status_code != httpx.codes.OK:
                    self.refusals.append(answer.text)
                    return
                self.read_ids += answer.json()["read_ids"]
                self.waiting = None
                answered.release()
                most = most and most - 1

    def _next_message(self) -> bytes:
        self.made += 1
        event = f"{self._number}-{self.made}"
        plain = [a_read(event_id=f"{event}-{at}") for at in range(READS - 1)]
        return a_message(with_patch(event_id=event), *plain)


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_by_kill_9(tmp_path: Path):
    rng, never = random.Random(7), threading.Event()
    with running_centre(tmp_path) as centre, ThreadPoolExecutor(SENDERS) as threads:
        keys = centre.register(*(f"gate-{number}" for number in range(SENDERS)))
        cameras = [Camera(centre, key, number) for number, key in enumerate(keys.values())]
        cut_off = 0
        for _ in range(ROUNDS):
            answered = threading.Semaphore(0)
            sending = [threads.submit(camera.send, answered) for camera in cameras]
            for _ in range(rng.randint(1, 12)):
                assert answered.acquire(timeout=WAIT_S)
            # At any moment of what comes next: while a body comes, between two inserts, before the answer.
            never.wait(rng.uniform(0, LONGEST_S))
            centre.kill()
            wait(sending)
            cut_off += any(camera.waiting for camera in cameras)
            centre.start()
        for camera in cameras:
            camera.send(threading.Semaphore(0), most=2)
        centre.stop()

        assert not any(camera.refusals or camera.waiting for camera in cameras)
        assert cut_off == ROUNDS, "a kill that hit nothing shows nothing"
        acknowledged = [read_id for camera in cameras for read_id in camera.read_ids]
        made = sum(camera.made for camera in cameras)
        assert len(set(acknowledged)) == len(acknowledged) == READS * made
        assert sorted(read_id for read_id, _, _ in centre.stored()) == sorted(acknowledged)
        assert centre.run_python(_PATCHES).split() == [str(made), "0"]


CALLS = "fsync,fdatasync,write,writev,sendto,sendmsg"
CALL = re.compile(r"^\d+ +(?P<at>[\d.]+) (?P<name>\w+)\((?P<arguments>.*?)(?: <unfinished|\) += )")


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[tuple[Centre, Path, subprocess.Popen[bytes]]]:
    """A centre whose worker's writes and syncs are traced, with the time of each."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; `make system` installs it")
    with running_centre(tmp_path) as centre:
        trace = tmp_path / "trace"
        assert centre.process is not None
        command = ["strace", "-f", "-ttt", "-y", "-s", "40", "-e", f"trace={CALLS}", "-o", str(trace)]
        processes = _each_process(centre.process.pid)
        command += [argument for pid in processes for argument in ("-p", pid)]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert tracer.stderr is not None
        try:
            for _ in processes:
                attached = tracer.stderr.readline().decode()
                if "attached" not in attached:
                    pytest.skip(f"strace cannot trace on this machine: {attached.strip()}")
            yield centre, trace, tracer
        finally:
            tracer.terminate()
            tracer.wait()
            tracer.stderr.close()


def _each_process(supervisor: int) -> list[str]:
    family = [supervisor]
    for pid in family:
        for task in Path(f"/proc/{pid}/task").iterdir():
            family += map(int, (task / "children").read_text().split())
    return list(map(str, family))


def test_what_is_answered_was_synced_before(traced: tuple[Centre, Path, subprocess.Popen[bytes]]):
    centre, trace, tracer = traced
    (key,) = centre.register("gate").values()
    began = time.time()
    answer = post(centre.reads_url, key, a_message(with_patch(), a_read(confidence=3)))
    assert answer.status_code == 200, answer.text
    assert answer.json()["stored"] == 1
    tracer.terminate()
    tracer.wait()

    calls = [found.groupdict() for line in trace.read_text().splitlines() if (found := CALL.match(line))]
    answered = next(
        at
        for at, call in enumerate(calls)
        if float(call["at"]) >= began
        and "socket:" in call["arguments"]
        and "HTTP/1.1 200" in call["arguments"]
    )
    synced = [
        call["arguments"]
        for call in calls[:answered]
        if call["name"] in {"fsync", "fdatasync"} and float(call["at"]) >= began
    ]
    for place in ("/patches/", "/reads/store/", "/records.sqlite3"):
        assert any(place in path for path in synced), f"nothing under {place} was synced before the answer"
    # What was written to the store's parts and to the patches before the answer was synced before it too.
    for at, call in enumerate(calls[:answered]):
        path = re.match(r"\d+<(?P<path>[^>]*)>", call["arguments"])
        if call["name"] == "write" and path and float(call["at"]) >= began and _is_data(path["path"]):
            later = [one["arguments"] for one in calls[at:answered] if one["name"] in {"fsync", "fdatasync"}]
            assert any(path["path"] in one for one in later), f"{path['path']} was written and not synced"


def _is_data(path: str) -> bool:
    # A projection is made of the reads, and made anew where a power cut has spoilt it (tests/reads/test_cut_offs.py).
    return "/patches/" in path or ("/reads/store/" in path and ".proj/" not in path)
