"""A centre to measure: records in a folder that is deleted afterwards, and a real server over it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from turnpike import config
from turnpike.bench.errors import BenchFailed
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.accounts.services import Standing

_START_S, _STOP_S = 60.0, 30.0
_MEASURED_WITHIN = timedelta(days=30)
ACTOR = "bench"


def trained() -> Standing:
    """The standing of a benchmark's people: no rank, and training that counts."""
    from turnpike.accounts.services import Standing

    return Standing(trained_until=date.max)


@contextmanager
def fresh_records() -> Iterator[Path]:
    """Records with nothing in them yet, for this process and those that it starts; the folder of all their data."""
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        os.environ |= {
            "TURNPIKE_DATA_DIR": folder,
            "TURNPIKE_HOST": "127.0.0.1",
            "TURNPIKE_PORT": str(_free_port()),
            "TURNPIKE_PUBLIC_URL": "",
            # Its made-up people sign in by a link alone, as a demonstration's do.
            "TURNPIKE_DEMONSTRATION": "true",
            "TURNPIKE_SECOND_FACTOR": "false",
            # A look that chance picks would be another measurement.
            "TURNPIKE_OUTSIDE_SHARE": "0",
        }
        config.load.cache_clear()
        prepare_records()
        try:
            yield Path(folder)
        finally:
            from django.db import connections

            connections.close_all()


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """`turnpike serve` over the fresh records, until the end; its process id.

    Raises:
        BenchFailed: it does not start.
    """
    output = folder / "server.log"
    with output.open("wb") as log:
        # In a session of its own, so that nothing of it outlives the measurement.
        process = subprocess.Popen(
            [sys.executable, "-m", "turnpike", "serve"], stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_ready(process, output)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def camera_key(camera_id: str) -> str:
    """Registers a camera, with a necessity case in force, and gives its key."""
    from turnpike.cameras import services as cameras

    camera = cameras.register_camera(
        ACTOR,
        camera_id=camera_id,
        name=camera_id,
        latitude=51.5,
        longitude=-0.1,
        heading_degrees=0,
        purpose="To measure how many reads this centre takes",
        owner="Nobody: a benchmark",
    )
    argument = cameras.Argument(
        why_here="It stands nowhere: this benchmark made it up.",
        need="To measure how many reads this centre takes.",
        alternatives="None: without a case nothing would be measured.",
        dpia="none: made up",
        review_on=(datetime.now(UTC) + _MEASURED_WITHIN).date(),
    )
    case = cameras.propose_case(ACTOR, camera_id, argument)
    cameras.approve_case(f"{ACTOR}-approver", case.pk)
    return cameras.issue_key(camera, ACTOR)


def _wait_until_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    pause, until = threading.Event(), time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{config.load().url}/healthz", timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pause.wait(0.1)
    said = output.read_text(errors="replace").strip().splitlines()
    raise BenchFailed(f"The server to be measured did not start: {said[-1] if said else 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
