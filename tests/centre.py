"""A real centre for tests: `turnpike serve` in a process of its own, over a data folder of its own.

with running_centre(tmp_path) as centre:
    key = centre.register("north-gate")["north-gate"]
    httpx.post(centre.reads_url, ...)
    centre.kill()      # SIGKILL to the server and its worker
    centre.start()     # again over the same data
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_S = 60.0
STOP_S = 30.0
_TURNPIKE = Path(sys.executable).with_name("turnpike")
_CONSOLE = Path(__file__).with_name("console.py")

_NECESSITY = str(Path(__file__).with_name("necessity.py"))
_REGISTER = f"""
import json, runpy, sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.cameras import services as cameras
give_case = runpy.run_path({_NECESSITY!r})["give_case"]
keys = dict()
for camera_id in sys.argv[1:]:
    camera = cameras.find_camera(camera_id)
    if camera is None:
        camera = cameras.register_camera(
            "tests", camera_id=camera_id, name=camera_id, latitude=51.5, longitude=-0.1, heading_degrees=0,
            purpose="Tests", owner="Tests")
        give_case(camera_id)
    keys[camera_id] = cameras.issue_key(camera, "tests")
print(json.dumps(keys))
"""
_GIVE_CASE = f"""
import runpy, sys
from turnpike.site.services import prepare_records
prepare_records()
runpy.run_path({_NECESSITY!r})["give_case"](sys.argv[1])
"""
_PREPARE = "import os; os.umask(0o077); from turnpike.site.services import prepare_records; prepare_records()"
_RECORDS = "records.sqlite3"
_STORED = """
import json
from turnpike.config import load
from turnpike.reads.services import ReadStore
store = ReadStore.open(load().reads_path)
reads = store.since(0, 1_000_000)
store.close()
print(json.dumps([[read.read_id.text, read.camera_id, read.plate] for read in reads]))
"""


class Centre:
    """One data folder, and the server over it while it runs."""

    def __init__(self, data_dir: Path, port: int, settings: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.url = f"http://localhost:{port}"
        self.reads_url = f"{self.url}/api/v1/reads"
        self.log_path = data_dir / "server.log"
        self.environment = {
            **os.environ,
            "TURNPIKE_DATA_DIR": str(data_dir),
            "TURNPIKE_PORT": str(port),
            "DJANGO_SETTINGS_MODULE": "turnpike.site.settings",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._console: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the server and wait until it takes reads."""
        if not (self.data_dir / _RECORDS).exists():
            shutil.copytree(_migrated(), self.data_dir, dirs_exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [_TURNPIKE, "serve"],
                env=self.environment,
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self.takes_reads():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The centre did not start:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to stop, and wait until it has."""
        self._end_console()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and all its processes, at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_S)
        self._end_console()

    def takes_reads(self) -> bool:
        """Whether the address of reads answers, be it with a refusal for want of a key."""
        try:
            return (
                httpx.post(self.reads_url, timeout=5, trust_env=False).status_code == httpx.codes.UNAUTHORIZED
            )
        except httpx.HTTPError:
            return False

    def log(self) -> str:
        """All that the server wrote so far."""
        return self.log_path.read_text(errors="replace")

    def register(self, *camera_ids: str) -> dict[str, str]:
        """A fresh key for each of these cameras, registered and with a necessity case where they are not yet."""
        return dict(json.loads(self.ask(_REGISTER, *camera_ids)))

    def give_case(self, camera_id: str) -> None:
        """A necessity case in force for a registered camera."""
        self.ask(_GIVE_CASE, camera_id)

    def stored(self) -> list[tuple[str, str, str]]:
        """Id, camera and plate of every read, in order of storing; only while the server does not run."""
        return [(str(a), str(b), str(c)) for a, b, c in json.loads(self.run_python(_STORED))]

    def run_python(self, code: str, *arguments: str) -> str:
        """What a program printed that ran with this centre's settings, in a process of its own."""
        return self._run([sys.executable, "-c", code, *arguments])

    def ask(self, code: str, *arguments: str) -> str:
        """The same, but in one process for all that is asked until the server stops: a second quicker each time."""
        if self._console is None:
            self._console = subprocess.Popen(
                [sys.executable, "-P", _CONSOLE],
                env=self.environment,
                cwd=self.data_dir,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._console.stdin is not None
        assert self._console.stdout is not None
        print(json.dumps({"code": code, "arguments": arguments}), file=self._console.stdin, flush=True)
        answer = json.loads(self._console.stdout.readline())
        assert not answer["fault"], answer["fault"][-4000:]
        return str(answer["printed"])

    def _end_console(self) -> None:
        console, self._console = self._console, None
        if console is not None:
            console.communicate()

    def run_turnpike(self, *arguments: str) -> str:
        """What a command printed that ran with this centre's settings."""
        return self._run([str(_TURNPIKE), *arguments])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.data_dir,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout


@cache
def _migrated() -> Path:
    """A data folder of which the records are migrated, and nothing more: what each fresh centre would spend three seconds on. The keys go with it."""
    folder = Path(tempfile.mkdtemp(prefix="turnpike-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {
        **os.environ,
        "TURNPIKE_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "turnpike.site.settings",
    }
    subprocess.run([sys.executable, "-c", _PREPARE], env=environment, check=True, timeout=120)
    return folder


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_centre(
    data_dir: Path, *, port: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Centre]:
    """A centre over `data_dir` that takes reads; stopped at the end. Port 0 takes a free one."""
    centre = Centre(data_dir, port or free_port(), settings or {})
    centre.start()
    try:
        yield centre
    finally:
        centre.stop()
