"""Live streams: several RTSP cameras of 1280 x 720 at 25 frames a second, five of which are read, by one process on this machine.

    turnpike bench streams           # four for a minute, then six and eight for twenty seconds each
    turnpike bench streams --short   # two for a few seconds

Each camera is a server process of its own that sends one rendered clip of traffic again and again, encoded beforehand; what the servers take of the processor is
told apart. A stream does not fall behind where frames are read as often as asked and are no older at the end than at the beginning.
"""

from __future__ import annotations

import selectors
import statistics
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike.bench.apart import ask_process, tell
from turnpike.bench.errors import BenchFailed
from turnpike.bench.machine import processor_s
from turnpike.bench.models import Findings
from turnpike.bench.streams_process import ReadStreams, StreamsRead
from turnpike.simulation.services import Condition, kept_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS, SECONDS = 4, 60.0
MORE_STREAMS, MORE_SECONDS = (6, 8), 20.0
EVERY_S, FPS, AT_ONCE = 0.2, 25.0, 2
USEFUL = 0.98
"""Of the frames that were due, the share that must have been read where a stream is said to be carried."""
_MOST_OLDER_MS = 100.0
"""And so much older its frames may be at the end: half of what lies between two, of which 40 ms are the camera's own beat."""
_PYTHON = "/usr/bin/python3"
_SERVER = Path(__file__).with_name("rtsp_server.py")
_READY_S = 30.0


def measure(*, short: bool) -> Findings:
    """Read them.

    Raises:
        BenchFailed: there is no RTSP server on this machine, or a process failed.
    """
    size, count, seconds = ((640, 360), 2, 3.0) if short else ((1280, 720), STREAMS, SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        tell("Traffic is drawn …")
        film = kept_clip(
            Path(folder), Condition.BOTH_DIRECTIONS, 7, fps=5.0 if short else FPS, size=size
        ).film
        if film is None:
            raise BenchFailed("The traffic could not be written; free some room on the disk.")
        figures, read = _round(film, count, seconds)
        carried = count if _is_carried(read) else 0
        for more in () if short else MORE_STREAMS:
            _, further = _round(film, more, MORE_SECONDS)
            figures |= {f"useful_frames_per_s_min_{more}_streams": round(min(_rates(further)), 2)}
            carried = more if carried and _is_carried(further) else carried
    return Findings(figures | {"streams": count, "streams_carried": carried})


def _round(film: Path, count: int, seconds: float) -> tuple[dict[str, float], StreamsRead]:
    tell(f"{count} streams are read for {seconds:.0f} s …")
    with ExitStack() as stack:
        cameras = [stack.enter_context(_camera(film)) for _ in range(count)]
        urls = tuple(url for url, _ in cameras)
        before_s = sum(processor_s(process.pid) for _, process in cameras)
        read = ask_process("streams_process", ReadStreams(urls, seconds, EVERY_S, AT_ONCE), StreamsRead)
        served_s = sum(processor_s(process.pid) for _, process in cameras) - before_s
    return _figures(read, served_s), read


def _figures(read: StreamsRead, served_s: float) -> dict[str, float]:
    rates = _rates(read)
    early_ms, late_ms = _ages_ms(read)
    return {
        "useful_frames_per_s_min": round(min(rates), 2),
        "useful_frames_per_s_mean": round(statistics.fmean(rates), 2),
        "frame_age_ms_first_third": round(early_ms),
        "frame_age_ms_last_third": round(late_ms),
        "frame_age_ms_worst_5_s": max(age for row in read.ages_ms for age in row),
        "received_frames": sum(read.received),
        "dropped_for_newer": sum(read.dropped),
        "due_and_not_read": sum(read.missed),
        "passes_read": read.passes,
        "reader_cores": round(read.cpu_s / read.wall_s, 2),
        "server_cores": round(served_s / read.wall_s, 2),
        "memory_mb": round(read.memory_mb),
    }


def _rates(read: StreamsRead) -> list[float]:
    return [(last - first) / read.wall_s for first, last in zip(read.frames[0], read.frames[-1], strict=True)]


def _ages_ms(read: StreamsRead) -> tuple[float, float]:
    """The median of the first third of the time and of the last."""
    third = max(1, len(read.ages_ms) // 3)
    early, late = read.ages_ms[1 : third + 1], read.ages_ms[-third:]
    return _median(early), _median(late)


def _median(rows: tuple[tuple[int, ...], ...]) -> float:
    return statistics.median(age for row in rows for age in row)


def _is_carried(read: StreamsRead) -> bool:
    early_ms, late_ms = _ages_ms(read)
    return min(_rates(read)) >= USEFUL / EVERY_S and late_ms - early_ms <= _MOST_OLDER_MS


@contextmanager
def _camera(film: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server that sends `film` again and again; its address and process."""
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [_PYTHON, str(_SERVER), "--file", str(film)], stdout=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise BenchFailed(
            "This machine has no system Python for the RTSP server; install python3."
        ) from error
    try:
        if process.stdout is None:
            raise BenchFailed("The RTSP server cannot be heard; run the benchmark again.")
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            port = process.stdout.readline().strip() if ready.select(_READY_S) else ""
        if not port:
            raise BenchFailed(
                "The RTSP server did not start; install Debian's python3-gi and gir1.2-gst-rtsp-server-1.0."
            )
        yield f"rtsp://127.0.0.1:{port}/camera", process
    finally:
        process.kill()
        process.communicate()
