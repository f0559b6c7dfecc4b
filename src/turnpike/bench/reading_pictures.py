"""Picture files read one after another, whoever reads: what is asked of its process, and what that answers."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from turnpike.bench.machine import peak_memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ReadPictures(msgspec.Struct, frozen=True):
    """What is asked: these files, each read once after the first of them has been read to warm up."""

    paths: tuple[str, ...]
    threads: int


class PicturesRead(msgspec.Struct, frozen=True):
    """What came of it: time and texts of each picture, in order, and the process's peak memory.

    A reader that can tell its stages apart says how much of each picture's time was spent on decoding the file, and how long its
    detector takes for the decoded picture; what is left is the reading of what was detected.
    """

    taken_ms: tuple[float, ...]
    texts: tuple[tuple[str, ...], ...]
    memory_mb: float
    decode_ms: tuple[float, ...] = ()
    detect_ms: tuple[float, ...] = ()


def use_cores(count: int) -> None:
    """Keep this process, and those that it starts, to so many cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        # Libraries count their threads by what they may use; and more than was asked for gains nothing.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def read_each(read: Callable[[str], tuple[str, ...]], paths: Sequence[str]) -> PicturesRead:
    """The files read one after another by `read`, from the file to the texts, once it is warm."""
    read(paths[0])
    taken_ms, texts = [], []
    for path in paths:
        began = time.perf_counter()
        texts.append(read(path))
        taken_ms.append((time.perf_counter() - began) * 1000)
    return PicturesRead(tuple(taken_ms), tuple(texts), peak_memory_mb(os.getpid()))


def quickest(rounds: Sequence[PicturesRead]) -> PicturesRead:
    """The rounds of one reader as one: the least time of each picture and stage, the most memory."""
    return PicturesRead(
        _least([read.taken_ms for read in rounds]),
        rounds[0].texts,
        max(read.memory_mb for read in rounds),
        _least([read.decode_ms for read in rounds]),
        _least([read.detect_ms for read in rounds]),
    )


def _least(rounds: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(map(min, zip(*rounds, strict=True)))
