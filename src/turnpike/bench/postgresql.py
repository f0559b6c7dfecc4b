"""The peer of the store: PostgreSQL as Debian installs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

_DEBIAN = Path("/usr/lib/postgresql")


class CompareWith(msgspec.Struct, frozen=True):
    """What is asked: to load this file, and to look these plates up."""

    binaries: str
    csv: str
    rows: int
    plates: tuple[str, ...]


class Compared(msgspec.Struct, frozen=True):
    """What came of it."""

    figures: dict[str, float]
    version: str


def programs() -> str | None:
    """The folder of the newest `initdb` and `postgres` here; None where there are none."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return str(found[-1].parent)
    on_path = shutil.which("initdb")
    return str(Path(on_path).resolve().parent) if on_path else None
