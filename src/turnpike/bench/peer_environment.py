"""A peer in an environment of its own: made for the measurement, deleted after it, and never a dependency.

For peers whose licence or dependencies have no place in ours: their code runs in another process, from packages
that nothing of ours imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike.bench.apart import tell
from turnpike.bench.errors import BenchFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTALL_S = 120


class PeerMissing(BenchFailed):
    """The peer cannot be had on this machine; its ratio is left out."""


def ask_peer(program: str, *, requirement: str, asked: Mapping[str, int | float]) -> dict[str, str | float]:
    """What `program` of this folder answered, run where `requirement` (as pip takes it) is installed.

    It is asked and answers in JSON, and may import only the standard library and the peer.

    Raises:
        PeerMissing: the environment cannot be made, for want of a network, say.
        BenchFailed: the program failed.
    """
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-peer-") as made:
        python = _environment(Path(made) / "environment", requirement)
        done = subprocess.run(  # noqa: S603 - a program of this folder
            [python, "-I", Path(__file__).with_name(program)],
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise BenchFailed(f"The peer's program {program} failed; what it printed above says why.")
    answered: dict[str, str | float] = json.loads(done.stdout)
    return answered


def _environment(folder: Path, requirement: str) -> Path:
    """The interpreter of a new environment that has `requirement`."""
    tell(f"Making an environment with {requirement}, the peer …")
    python = folder / "bin" / "python"
    steps: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement],
    )
    for step in steps:
        try:
            subprocess.run(  # noqa: S603 - venv and pip of this interpreter
                step, capture_output=True, check=True, timeout=_INSTALL_S
            )
        except (subprocess.SubprocessError, OSError):
            raise PeerMissing(
                f"{requirement} could not be installed, so no peer was measured; try where pip has a network."
            ) from None
    return python
