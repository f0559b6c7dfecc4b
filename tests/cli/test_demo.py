"""`make demo`'s own command: from nothing to an alert, ended by Ctrl-C, and started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.centre import free_port

TURNPIKE = Path(sys.executable).with_name("turnpike")
PATIENCE_S = 240.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


class Demo:
    """One run of the demo, its output in a file."""

    def __init__(self, folder, port):
        self.log = folder / "demo.log"
        self.command = [str(TURNPIKE), "demo", "--folder", str(folder / "demo"), "--port", str(port)]
        self.cwd = folder

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TURNPIKE_", "DJANGO_"))}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.cwd, env=environment, start_new_session=True
            )
        began = time.monotonic()
        while "Ready after" not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() - began < PATIENCE_S, self.text()
            time.sleep(0.1)
        return time.monotonic() - began

    def text(self):
        return self.log.read_text(errors="replace")

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(30)

    def left_running(self):
        """Processes that still name this demo's folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    environment = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if str(self.cwd).encode() in environment and int(entry.name) != os.getpid():
                    found.append(entry.name)
        return found


def test_the_demo_runs_from_nothing_and_a_second_start_loses_nothing(tmp_path):
    port = free_port()
    demo = Demo(tmp_path, port)
    demo.start()
    first = demo.text()
    links = re.findall(rf"http://localhost:{port}/sign-in/once/\S+/", first)
    assert len(links) == 5
    assert first.count("Alert on the wall") == 5  # four cameras' pictures, and the video
    assert first.count("new reads stored") == 9
    assert "video: 24 frames" in first
    assert httpx.get(links[0], trust_env=False).status_code == 200
    demo.interrupt()
    assert not demo.left_running()

    second_s = demo.start()
    again = demo.text()
    assert second_s < 20  # ten seconds on a machine with nothing else to do
    assert all(f": {n} new reads stored" not in again for n in range(1, 9))
    with httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, follow_redirects=True) as auditor:
        link = next(line for line in again.splitlines() if line.strip().startswith("auditor")).split()[-1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', auditor.get(link).text)
        assert token
        auditor.post(link, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": link})
        log = auditor.get("/log/").text
        assert "Reads came in" in log
        assert "Saw an alert" in log
    demo.process.kill()  # no chance to tidy up
    demo.process.wait(30)
    until_s = time.monotonic() + 30
    while demo.left_running():
        assert time.monotonic() < until_s, "the server outlived its demo"
        time.sleep(0.2)
