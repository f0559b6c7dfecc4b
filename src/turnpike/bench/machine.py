"""The machine that a figure was measured on, and how much memory a process took."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from turnpike.bench.errors import BenchFailed

_PROC = Path("/proc")


def describe() -> dict[str, str | float]:
    """What a figure depends on; `load_1min` is the machine's load before the measurement."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def peak_memory_mb(pid: int) -> float:
    """The most memory that this process and those it started took, each at its own peak, added up.

    Raises:
        BenchFailed: the system does not tell; only Linux does.
    """
    return _family_mb(pid, "VmHWM")


def memory_mb(pid: int) -> float:
    """The memory that this process and those it started take now.

    Raises:
        BenchFailed: the system does not tell; only Linux does.
    """
    return _family_mb(pid, "VmRSS")


def processor_s(pid: int) -> float:
    """The processor time in seconds that a process has used, without its children's. Source: proc(5), fields 14 and 15 of `stat`."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _family_mb(pid: int, field: str) -> float:
    statuses = {int(path.parent.name): _status(path) for path in _PROC.glob("[0-9]*/status")}
    family = {pid}
    while (
        grown := {child for child, status in statuses.items() if _number(status, "PPid") in family} - family
    ):
        family |= grown
    parts_kb = [_number(statuses.get(member, {}), field) for member in family]
    if not any(parts_kb):
        raise BenchFailed("This system does not tell how much memory a process takes; measure on Linux.")
    return round(sum(parts_kb) / 1024, 1)


class MemoryGrowth:
    """How far a process grows from now on."""

    def __init__(self, pid: int) -> None:
        """From what it has now.

        Raises:
            BenchFailed: the system does not tell; only Linux does.
        """
        self._status = _PROC / str(pid) / "status"
        try:
            # Source: proc(5); 5 makes the greatest size so far that of now.
            (_PROC / str(pid) / "clear_refs").write_text("5")
        except OSError as error:
            raise BenchFailed(
                "This system does not tell how much memory a process takes; measure on Linux."
            ) from error
        self._before_kb = _number(_status(self._status), "VmRSS")

    def peak_mb(self) -> float:
        """The most that it had since then, less what it had."""
        return (_number(_status(self._status), "VmHWM") - self._before_kb) / 1024


def _processor() -> str:
    try:
        lines = (_PROC / "cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _status(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:  # it ended meanwhile
        return {}
    return {name: value for name, _, value in (line.partition(":") for line in lines)}


def _number(status: dict[str, str], name: str) -> int:
    return int(status.get(name, "0").split()[0])
