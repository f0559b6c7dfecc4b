"""How long it takes from nothing to a plate: the command itself, started anew."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from turnpike.bench.errors import BenchFailed


def start_to_first_read_ms(picture: str, *, threads: int) -> float:
    """From the start of `turnpike read` to its answer for one picture: interpreter, imports, networks and all.

    Raises:
        BenchFailed: it gave no answer.
    """
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command, on a picture of our own
        [sys.executable, "-m", "turnpike", "read", "--json", picture],
        env={**os.environ, "TURNPIKE_RECOGNITION_THREADS": str(threads)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        answer = process.stdout.readline() if process.stdout else ""
        taken_ms = (time.perf_counter() - began) * 1000
        _, said = process.communicate()
    if process.returncode or not answer:
        lines = said.strip().splitlines()
        raise BenchFailed(
            f"`turnpike read` did not read a picture: {lines[-1] if lines else 'it said nothing'}"
        )
    return taken_ms
