"""The sealer as a child of the centre's worker: started with it, started again where it dies, gone with it however it goes."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from turnpike.sealer.client import SealerClient
from turnpike.sealer.errors import SealerUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.sealer.budget import Limits

_log = logging.getLogger(__name__)
_START_S, _STOP_S = 20.0, 5.0
_AGAIN_S = 1.0


class SealerProcess:
    """One sealer over one folder and socket, kept running by a thread."""

    def __init__(self, folder: Path, socket_path: Path, limits: Limits) -> None:
        self._command = [sys.executable, "-m", "turnpike.sealer.process", str(folder), str(socket_path)]
        self._command += [str(limits.a_minute), str(limits.a_day), str(limits.about_one_a_day)]
        self._client = SealerClient(socket_path)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._watch = threading.Thread(target=self._keep, name="sealer", daemon=True)

    @property
    def process_id(self) -> int | None:
        """Of the process that answers now."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and return when it answers.

        Raises:
            SealerUnavailable: it ends at once, or does not answer in time; what it printed says why.
        """
        self._begin()
        pause, until = threading.Event(), time.monotonic() + _START_S
        while not self._client.answers():
            if self._ended or time.monotonic() > until:
                self.stop()
                raise SealerUnavailable("The sealer does not start; what it printed above says why.")
            pause.wait(0.02)
        self._watch.start()

    def stop(self) -> None:
        """End it and wait until it is gone."""
        with self._changing:
            self._stopping.set()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()
        if self._watch.is_alive():
            self._watch.join()

    @property
    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _begin(self) -> None:
        with self._changing:
            if self._stopping.is_set():
                return
            self._let_go()
            # It holds the other end of this pipe, which the kernel closes when this process is gone, killed or not.
            self._process = subprocess.Popen(  # noqa: S603 - our own program, our own settings
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            if self._process is not None:
                self._process.wait()
            if self._stopping.wait(_AGAIN_S):
                return
            _log.warning("The sealer ended; it is started again.")
            self._begin()
