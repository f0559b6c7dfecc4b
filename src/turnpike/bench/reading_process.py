"""Pictures to plates by our own engine, in a process of its own, with the time of each stage."""

from __future__ import annotations

import os
import time
from pathlib import Path

from turnpike.bench.apart import answer_process
from turnpike.bench.machine import peak_memory_mb
from turnpike.bench.reading_pictures import PicturesRead, ReadPictures, use_cores


class ReadOurselves(ReadPictures, frozen=True):
    """What is asked of our own engine: with its networks in this precision."""

    precision: str


def read_pictures(asked: ReadOurselves) -> PicturesRead:
    """Read them one after another, from the file to the texts; the detector alone is timed apart, after each."""
    use_cores(asked.threads)
    from turnpike.capture.services import load_picture
    from turnpike.recognition.services import load_engine

    engine = load_engine(asked.threads, precision=asked.precision)
    engine.read(load_picture(Path(asked.paths[0])).image)
    taken_ms, decode_ms, detect_ms, texts = [], [], [], []
    for path in asked.paths:
        began = time.perf_counter()
        image = load_picture(Path(path)).image
        decoded = time.perf_counter()
        readings = engine.read(image)
        read = time.perf_counter()
        engine.detector.detect(image)
        detect_ms.append((time.perf_counter() - read) * 1000)
        taken_ms.append((read - began) * 1000)
        decode_ms.append((decoded - began) * 1000)
        texts.append(tuple(reading.text for reading in readings))
    return PicturesRead(
        tuple(taken_ms), tuple(texts), peak_memory_mb(os.getpid()), tuple(decode_ms), tuple(detect_ms)
    )


if __name__ == "__main__":
    answer_process(ReadOurselves, read_pictures)
