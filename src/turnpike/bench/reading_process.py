"""Pictures to plates in a process of its own, by our engine or by its peer used plainly.

Peer: RapidOCR as its own documentation begins, the path of a picture in and all writing out, which is
taken for a plate where nothing but its letters and digits is kept.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.machine import peak_memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable


class ReadPictures(msgspec.Struct, frozen=True):
    """What is asked: these files, each read once after the first of them has been read to warm up."""

    reader: Literal["turnpike", "rapidocr"]
    threads: int
    paths: tuple[str, ...]


class PicturesRead(msgspec.Struct, frozen=True):
    """What came of it: time and texts of each picture, in order, and the process's peak memory."""

    taken_ms: tuple[float, ...]
    texts: tuple[tuple[str, ...], ...]
    memory_mb: float


def read_pictures(asked: ReadPictures) -> PicturesRead:
    """Read them one after another, from the file to the texts."""
    if hasattr(os, "sched_setaffinity"):
        # Libraries count their threads by what they may use; and more than was asked for gains nothing.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
    read = {"turnpike": _turnpike, "rapidocr": _rapidocr}[asked.reader](asked.threads)
    read(asked.paths[0])
    taken_ms, texts = [], []
    for path in asked.paths:
        began = time.perf_counter()
        texts.append(read(path))
        taken_ms.append((time.perf_counter() - began) * 1000)
    return PicturesRead(tuple(taken_ms), tuple(texts), peak_memory_mb(os.getpid()))


def _turnpike(threads: int) -> Callable[[str], tuple[str, ...]]:
    from turnpike.capture.services import load_picture
    from turnpike.recognition.services import RapidOcrEngine

    engine = RapidOcrEngine(threads)
    return lambda path: tuple(reading.text for reading in engine.read(load_picture(Path(path)).image))


def _rapidocr(threads: int) -> Callable[[str], tuple[str, ...]]:
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(path: str) -> tuple[str, ...]:
        found: Any = engine(path)
        return tuple("".join(filter(str.isalnum, text)).upper() for text in found.txts or ())

    return read


def rapidocr_version() -> str:
    """The version that the peer's figures are of."""
    return version("rapidocr")


if __name__ == "__main__":
    answer_process(ReadPictures, read_pictures)
