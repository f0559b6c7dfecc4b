"""Pictures to plates by our own engine, one on each core at the same time, in a process of its own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.reading_pictures import use_cores

if TYPE_CHECKING:
    from turnpike.recognition.services import Reading


class ReadAtOnce(msgspec.Struct, frozen=True):
    """What is asked: these files, `at_once` of them at any moment, each on one thread of the engine."""

    paths: tuple[str, ...]
    at_once: int
    precision: str


class ReadTogether(msgspec.Struct, frozen=True):
    """What came of it, from the first file opened to the last text."""

    frames_per_s: float


def read_at_once(asked: ReadAtOnce) -> ReadTogether:
    """Read them all, as a roadside process with a camera for each core would."""
    use_cores(asked.at_once)
    from turnpike.capture.services import load_picture
    from turnpike.recognition.services import load_engine

    engine = load_engine(1, precision=asked.precision)

    def read(path: str) -> tuple[Reading, ...]:
        return engine.read(load_picture(Path(path)).image)

    with ThreadPoolExecutor(asked.at_once) as cores:
        list(cores.map(read, asked.paths[: asked.at_once]))  # to warm up
        began = time.perf_counter()
        list(cores.map(read, asked.paths))
        elapsed_s = time.perf_counter() - began
    return ReadTogether(len(asked.paths) / elapsed_s)


if __name__ == "__main__":
    answer_process(ReadAtOnce, read_at_once)
