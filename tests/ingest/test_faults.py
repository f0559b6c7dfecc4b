"""Disks that are full or read-only, clocks that jump, bodies beyond all bounds: each has its answer, and nothing is lost."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.centre import running_centre
from tests.ingest.posting import a_message, a_read, post

from turnpike import config
from turnpike.cameras.services import register_camera
from turnpike.images.services import PatchStore
from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker
from turnpike.ingest.committing import Committer
from turnpike.ingest.retries import RetryHashes
from turnpike.reads.services import ReadStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.centre import Centre
    from tests.ingest.conftest import Sender


pytestmark = pytest.mark.xdist_group("centre")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DISK_MB = 400


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the data folder; only root can make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "tmpfs", folder],
            capture_output=True,
            check=False,
        )
        if shutil.which("mount")
        else None
    )
    if made is None or made.returncode:
        pytest.skip("no disk can be mounted here; root can")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on the folder's disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
    return filler


def test_a_full_disk_is_told_as_try_later_and_nothing_is_lost(small_disk: Path):
    with running_centre(small_disk) as centre:
        (key,) = centre.register("gate").values()
        before = a_message(*[a_read() for _ in range(50)])
        assert post(centre.reads_url, key, before).json()["stored"] == 50
        filler = fill(small_disk)
        waiting = a_message(*[a_read() for _ in range(50)])
        for _ in range(3):
            refusal = post(centre.reads_url, key, waiting)
            assert refusal.status_code == 503, refusal.text
            assert int(refusal.headers["retry-after"]) > 0
        filler.unlink()
        stored = post(centre.reads_url, key, waiting).json()
        assert stored["stored"] + stored["duplicates"] == 50
        assert post(centre.reads_url, key, before).json()["duplicates"] == 50
        log = centre.log()
        assert "Traceback" not in log
        assert "AB12" not in log
        centre.stop()
        kept = centre.stored()
        assert len(kept) == len({read_id for read_id, _, _ in kept}) == 100


@contextlib.contextmanager
def unchangeable(folder: Path) -> Iterator[None]:
    """While this lasts nothing can be made in any folder under this one, as on a disk that went read-only."""
    if shutil.which("chattr") is None:
        pytest.skip("chattr is not installed")
    folders = [str(path) for path in (folder, *folder.rglob("*")) if path.is_dir()]
    # Some of them may be gone by now: parts that were merged.
    subprocess.run(["chattr", "-f", "+i", *folders], capture_output=True, check=False)
    try:
        with contextlib.suppress(PermissionError):
            (folder / "probe").touch()
            pytest.skip("no folder can be made unchangeable here; root can, on ext4")
        yield
    finally:
        subprocess.run(["chattr", "-f", "-i", *folders], capture_output=True, check=False)


def test_a_disk_that_went_read_only_is_told_as_try_later(tmp_path: Path):
    with running_centre(tmp_path) as centre:
        (key,) = centre.register("gate").values()
        assert post(centre.reads_url, key, a_message(a_read())).json()["stored"] == 1
        waiting = a_message(a_read(), a_read())
        with unchangeable(tmp_path / "reads"):
            refusal = post(centre.reads_url, key, waiting)
            assert refusal.status_code == 503, refusal.text
            assert int(refusal.headers["retry-after"]) > 0
        answer = post(centre.reads_url, key, waiting).json()
        assert answer["stored"] + answer["duplicates"] == 2
        centre.stop()
        assert len(centre.stored()) == 3


def send_slowly_declared(centre: Centre, key: str, megabytes: int) -> bytes:
    """Declare a body of this size and send none of it; the first bytes of the answer."""
    with socket.create_connection(("127.0.0.1", httpx.URL(centre.url).port or 0), timeout=30) as line:
        line.sendall(
            f"POST /api/v1/reads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {megabytes << 20}\r\n\r\n".encode()
        )
        return line.recv(1 << 16)


def test_bodies_of_100_mb_are_refused_whether_declared_or_not(centre: Centre, sender: Sender):
    assert b" 413 " in send_slowly_declared(centre, sender.key, 100).splitlines()[0]
    headers = {"Authorization": f"Bearer {sender.key}", "Content-Type": "application/json"}
    part = bytes(1 << 20)
    try:
        answer = httpx.post(
            centre.reads_url, content=(part for _ in range(100)), headers=headers, timeout=60, trust_env=False
        )
        assert answer.status_code == 413
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        pass  # the server hung up on what it had refused
    packed = gzip.compress(bytes(100 << 20), 1)
    answer = httpx.post(
        centre.reads_url,
        content=packed,
        headers={**headers, "Content-Encoding": "gzip"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 413
    assert "unpacked" in answer.json()["detail"]
    assert post(centre.reads_url, sender.key, a_message(a_read())).json()["stored"] == 1


def test_a_batch_of_another_year_is_put_aside_with_the_reason(centre: Centre, sender: Sender):
    for at, reason in (
        (timedelta(days=-730), "more than 400 days ago"),
        (timedelta(days=30), "minutes in the future"),
    ):
        captured_at = (datetime.now(UTC) + at).isoformat()
        answer = post(
            centre.reads_url, sender.key, a_message(*[a_read(captured_at=captured_at) for _ in range(3)])
        ).json()
        assert (answer["stored"], answer["read_ids"]) == (0, [None] * 3)
        assert all(reason in aside["reason"] for aside in answer["quarantined"])


def test_two_keys_and_two_senders_of_one_camera_are_one_camera(centre: Centre, sender: Sender):
    other_key = centre.run_turnpike("camera", "key", sender.camera_id).strip()
    messages = [a_message(*[a_read() for _ in range(20)]) for _ in range(4)]
    posts = [(key, message) for message in messages for key in (sender.key, other_key) * 3]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: post(centre.reads_url, *one).json(), posts))
    assert sum(answer["stored"] for answer in answers) == 80
    ids: dict[bytes, set[tuple[str, ...]]] = {message: set() for message in messages}
    for (_, message), answer in zip(posts, answers, strict=True):
        ids[message].add(tuple(answer["read_ids"]))
    assert all(len(answered) == 1 for answered in ids.values())


def test_text_that_is_no_utf8_is_put_aside_and_an_envelope_refused(centre: Centre, sender: Sender):
    good = a_message(a_read())
    bad = good.replace(b'"reads": [', b'"reads": [{"plate": "\xff\xfe"}, ')
    answer = post(centre.reads_url, sender.key, bad).json()
    assert (answer["stored"], [aside["index"] for aside in answer["quarantined"]]) == (1, [0])
    assert post(centre.reads_url, sender.key, good.replace(b"tests", b"\xff\xfe")).status_code == 400


@pytest.mark.parametrize("jumps", [[365, -365, 1, -1], [-3_650, 0, 3_650]])
def test_a_clock_that_jumps_leaves_ids_in_order_and_retries_known(
    jumps: list[int], store_of: Callable[[Callable[[], int]], ReadStore], tmp_path: Path, db: None
):
    register_camera(
        "tests", camera_id="gate", name="gate", latitude=51.5, longitude=-0.1, heading_degrees=0, purpose="Tests", owner="Tests",
    )  # fmt: skip
    at = NOW
    store = store_of(lambda: int(at.timestamp() * 1_000_000))
    committer = Committer(store, PatchStore(tmp_path / "patches"))
    committer.catch_up()
    checker = Checker(RetryHashes(bytes(32)), max_reads=10, max_bytes=1 << 20)
    sent: list[bytes] = []
    read_ids: list[str] = []
    for days in [0, *jumps]:
        at += timedelta(days=days)
        body = a_message(a_read(captured_at=at.isoformat()), a_read(captured_at=at.isoformat()))
        sent.append(body)
        (answer,) = committer.commit([checker.check(Posted(body), camera_id="gate", received_at=at)])
        committer.settle()
        assert answer.stored == 2
        read_ids += filter(None, answer.read_ids)
        # All that was sent so far, again: the clock of now does not matter to what is known.
        for body, first in zip(sent, range(0, len(read_ids), 2), strict=True):
            message = checker.check(Posted(body), camera_id="gate", received_at=at)
            (again,) = committer.commit([message])
            taken = [read_id for read_id in again.read_ids if read_id]
            assert again.stored == 0
            assert taken in ([], list(read_ids[first : first + 2]))
    assert read_ids == sorted(read_ids)
    assert len(set(read_ids)) == len(read_ids) == store.count()


@pytest.fixture
def store_of() -> Iterator[Callable[[Callable[[], int]], ReadStore]]:
    """Opens a store that goes by the given clock."""
    opened: list[ReadStore] = []

    def open_one(now_us: Callable[[], int]) -> ReadStore:
        # The engine allows one path a process: a database of its own in that of the tests.
        opened.append(
            ReadStore.open(config.load().reads_path, database=f"clock{uuid.uuid4().hex}", now_us=now_us)
        )
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()
