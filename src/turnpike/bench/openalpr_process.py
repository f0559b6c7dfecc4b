"""The peer of recognition that is a program: OpenALPR's `alpr`, started once for a folder of pictures.

It names each picture before it opens it and prints its answer after, each on a line of its own that is written out at once: the time
between the two is that from the file to the texts, and what the program needs to start falls to none of them.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.errors import BenchFailed
from turnpike.bench.reading_pictures import PicturesRead, ReadPictures, use_cores

COUNTRY = "gb"
"""Which plates it is told to expect: those of the demo town."""


class _Plate(msgspec.Struct, frozen=True):
    plate: str


class _Answer(msgspec.Struct, frozen=True):
    """What `alpr -j` prints of one picture, as far as it is wanted; "results" is there even where nothing was found."""

    results: tuple[_Plate, ...]


def read_pictures(asked: ReadPictures) -> PicturesRead:
    """Read them one after another; it decides for itself how many of the threads it uses.

    Raises:
        BenchFailed: the program failed, or answered for fewer pictures than it was given.
    """
    use_cores(asked.threads)
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        # It reads a folder in the order of the names; the first picture stands there twice, to warm up.
        for number, path in enumerate((asked.paths[0], *asked.paths)):
            shutil.copyfile(path, Path(folder, f"{number:04}.jpg"))
        read = _read_folder(folder)
    if len(read) != len(asked.paths) + 1:
        raise BenchFailed(f"OpenALPR answered for {len(read)} of {len(asked.paths) + 1} pictures.")
    taken_ms, texts = zip(*read[1:], strict=True)
    most_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return PicturesRead(taken_ms, texts, round(most_kb / 1024, 1))


def _read_folder(folder: str) -> list[tuple[float, tuple[str, ...]]]:
    """Time (ms) and texts of each picture, in order."""
    found = []
    command = ["alpr", "-c", COUNTRY, "-j", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:  # noqa: S603 - arguments of our own
        began = time.perf_counter()
        for line in program.stdout or ():
            now = time.perf_counter()
            if line.startswith(b"{"):
                plates = msgspec.json.decode(line, type=_Answer).results
                found.append(((now - began) * 1000, tuple(plate.plate for plate in plates)))
            began = now
    if program.returncode:
        raise BenchFailed(f"OpenALPR ended with status {program.returncode}; what it printed above says why.")
    return found


if __name__ == "__main__":
    answer_process(ReadPictures, read_pictures)
