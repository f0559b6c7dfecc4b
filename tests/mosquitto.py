"""A real MQTT broker for tests: Debian's Mosquitto on loopback, started and stopped at will."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READY_S = 30.0
_PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class Mosquitto:
    """One broker; it keeps its port over a restart, and what waits for its sessions where `persistent`."""

    def __init__(self, folder: Path, lines: tuple[str, ...], *, persistent: bool) -> None:
        self._folder = folder
        self._persistent = persistent
        self._lines = lines
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        settings = self._folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1", "log_dest none", "user root", f"persistence {str(self._persistent).lower()}",
            f"persistence_location {self._folder}/", *self._lines,
        ]  # fmt: skip
        settings.write_text("\n".join(lines) + "\n")
        assert _PROGRAM is not None
        self._process = subprocess.Popen([_PROGRAM, "-c", str(settings)], stderr=subprocess.DEVNULL)
        end, pause = time.monotonic() + _READY_S, threading.Event()
        while not self._answers():
            assert self._process.poll() is None, "Mosquitto did not start"
            assert time.monotonic() < end, "Mosquitto did not start in time"
            pause.wait(0.01)

    def publish(self, topic: str, body: bytes, *, quality: int = 1, retain: bool = False) -> None:
        """As a sender does, through a connection of its own that waits until the broker has it."""
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            client.publish(topic, body, qos=quality, retain=retain).wait_for_publish(_READY_S)
        finally:
            client.disconnect()
            client.loop_stop()
            if (left := client.socket()) is not None:
                left.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """As a machine that is shut down: sessions are written."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@contextmanager
def serve(
    folder: Path, lines: tuple[str, ...] = ("allow_anonymous true",), *, persistent: bool = True
) -> Iterator[Mosquitto]:
    """A running broker; skips where there is none."""
    if _PROGRAM is None:
        pytest.skip("this machine has no Mosquitto (Debian: mosquitto)")
    folder.mkdir(exist_ok=True)
    broker = Mosquitto(folder, lines, persistent=persistent)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
