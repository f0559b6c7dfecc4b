"""A video to plates by our own engine, frame after frame, in a process of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.machine import peak_memory_mb
from turnpike.bench.reading_pictures import use_cores


class ReadClip(msgspec.Struct, frozen=True):
    """What is asked: each frame of this file, after its first has been read to warm up.

    With `stages`, the detector is timed alone after each frame. That leaves the decoder's threads, where it has more than one, time
    to run ahead, so only ask for it with one thread.
    """

    path: str
    threads: int
    precision: str
    stages: bool


class ClipRead(msgspec.Struct, frozen=True):
    """What came of it, from the file opened to the last text; each text that was read, once.

    `decode_s` is how much of `elapsed_s` was spent on waiting for the next frame; `detect_s`, 0 where it was not asked for, how long the
    detector takes for all frames; `memory_mb` the process's peak.
    """

    frames: int
    elapsed_s: float
    decode_s: float
    detect_s: float
    texts: frozenset[str]
    memory_mb: float


def read_clip(asked: ReadClip) -> ClipRead:
    """Read it, as fast as it goes."""
    use_cores(asked.threads)
    from turnpike.capture.services import video_frames
    from turnpike.recognition.services import load_engine

    engine = load_engine(asked.threads, precision=asked.precision)
    path = Path(asked.path)
    for frame in video_frames(path, every_s=None, limit=1):
        engine.read(frame.image)
    decode_s = read_s = detect_s = 0.0
    frames, texts = 0, set()
    clip = video_frames(path, every_s=None, limit=None)
    while True:
        began = time.perf_counter()
        taken = next(clip, None)
        decoded = time.perf_counter()
        decode_s += decoded - began
        if taken is None:
            break
        texts |= {reading.text for reading in engine.read(taken.image)}
        read = time.perf_counter()
        read_s += read - decoded
        frames += 1
        if asked.stages:
            engine.detector.detect(taken.image)
            detect_s += time.perf_counter() - read
    memory_mb = peak_memory_mb(os.getpid())
    return ClipRead(frames, decode_s + read_s, decode_s, detect_s, frozenset(texts), memory_mb)


if __name__ == "__main__":
    answer_process(ReadClip, read_clip)
