"""A camera for tests: the RTSP server of `turnpike/bench/rtsp_server.py` as a process, started and stopped at will."""

from __future__ import annotations

import selectors
import signal
import subprocess
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import turnpike.bench

if TYPE_CHECKING:
    from collections.abc import Iterator

_PYTHON = "/usr/bin/python3"
_SERVER = Path(turnpike.bench.__file__).with_name("rtsp_server.py")
_NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
_READY_S = 30.0


class Camera:
    """One address that answers while the server runs; it keeps its port over a restart."""

    def __init__(self, file: Path | None = None, *options: str) -> None:
        self._file = file
        self._options = options
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._port}/camera"

    def start(self) -> None:
        command = [_PYTHON, str(_SERVER), "--port", str(self._port), *self._options]
        if self._file is not None:
            command += ["--file", str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            assert ready.select(_READY_S), "the RTSP server did not start in time"
        self._port = int(self._process.stdout.readline())

    def freeze(self) -> None:
        """Say nothing more, with every connection open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def show(self, file: Path) -> None:
        """Be started again with another file, at the same address."""
        self.stop()
        self._file = file
        self.start()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


@contextmanager
def serve(file: Path | None = None, *options: str) -> Iterator[Camera]:
    """A running camera that shows `file` over and over, or a test picture; skips where there is no server."""
    if not _has_server():
        pytest.skip("the system's Python has no GStreamer RTSP server (Debian: gir1.2-gst-rtsp-server-1.0)")
    camera = Camera(file, *options)
    try:
        camera.start()
        yield camera
    finally:
        camera.stop()


@lru_cache(maxsize=1)
def _has_server() -> bool:
    if not Path(_PYTHON).exists():
        return False
    return subprocess.run([_PYTHON, "-c", _NEEDED], capture_output=True, check=False).returncode == 0
