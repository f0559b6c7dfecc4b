"""Live cameras read as `turnpike edge --cameras` does, in a process of its own, told second by second."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.machine import peak_memory_mb

_NOBODY = "http://127.0.0.1:9"
_FIRST_FRAME_S = 30.0


class ReadStreams(msgspec.Struct, frozen=True):
    """What is asked: these addresses for so many seconds, a frame each `every_s`, so many at once at the engine."""

    urls: tuple[str, ...]
    seconds: float
    every_s: float
    at_once: int


class StreamsRead(msgspec.Struct, frozen=True):
    """What came of it. By stream and second, how many frames were read; by second, the median age in ms of the frames of the last five; by stream what was received, dropped and missed."""

    frames: tuple[tuple[int, ...], ...]
    ages_ms: tuple[tuple[int, ...], ...]
    received: tuple[int, ...]
    dropped: tuple[int, ...]
    missed: tuple[int, ...]
    passes: int
    cpu_s: float
    wall_s: float
    memory_mb: float


def read_streams(asked: ReadStreams) -> StreamsRead:
    """Read them; nobody is there to take the reads, which wait in their outboxes."""
    from turnpike.edge.services import EdgePlan, EdgeStatus, Roadside
    from turnpike.recognition.services import load_engine

    with tempfile.TemporaryDirectory() as folder:
        plans = [
            EdgePlan(
                url,
                _NOBODY,
                "none",
                Path(folder) / f"{number}.sqlite3",
                every_s=asked.every_s,
                name=f"{number}",
            )
            for number, url in enumerate(asked.urls)
        ]
        roadside = Roadside(plans, load_engine(threads=1), at_once=asked.at_once)
        reading = threading.Thread(target=roadside.run)
        reading.start()
        until_s = time.monotonic() + _FIRST_FRAME_S
        while not all(_taken(one) for one in roadside.status()) and time.monotonic() < until_s:
            time.sleep(0.1)
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        snapshots: list[tuple[EdgeStatus, ...]] = [roadside.status()]
        while (passed_s := time.monotonic() - began_s) < asked.seconds:
            time.sleep(min(1.0 - passed_s % 1.0, asked.seconds - passed_s) + 1e-3)
            snapshots.append(roadside.status())
        wall_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
        roadside.stop()
        reading.join()
    first, last = snapshots[0], snapshots[-1]

    def grown(name: str) -> tuple[int, ...]:
        return tuple(b.frames.get(name, 0) - a.frames.get(name, 0) for a, b in zip(first, last, strict=True))

    return StreamsRead(
        frames=tuple(tuple(map(_taken, row)) for row in snapshots),
        ages_ms=tuple(tuple(one.age_ms for one in row) for row in snapshots),
        received=grown("received"),
        dropped=grown("dropped"),
        missed=grown("missed"),
        passes=sum(one.passes for one in last),
        cpu_s=cpu_s,
        wall_s=wall_s,
        memory_mb=peak_memory_mb(os.getpid()),
    )


def _taken(status: object) -> int:
    from turnpike.edge.services import EdgeStatus

    return status.frames.get("taken", 0) if isinstance(status, EdgeStatus) else 0


if __name__ == "__main__":
    answer_process(ReadStreams, read_streams)
