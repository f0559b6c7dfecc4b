"""A benchmark as a command, since it makes its process that of a centre of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def bench(tmp_path):
    """`turnpike bench …` in a process of its own; its temporary folders are made in `tmp_path`."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "turnpike", "bench", *arguments],
            env={**os.environ, "TMPDIR": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def report(bench, tmp_path):
    """What a short run of a benchmark reports, which must leave nothing behind."""

    def measure(name, **environment):
        done = bench(name, "--short", "--json", **environment)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        found = json.loads(line)
        assert list(found) == ["bench", "figures", "peers", "ratios", "machine"]
        assert found["bench"] == name
        assert {"processor", "cores", "memory_gb", "python", "load_1min"} <= set(found["machine"])
        assert not list(tmp_path.glob("turnpike-bench-*")), "the folder of its data is still there"
        return found

    return measure
