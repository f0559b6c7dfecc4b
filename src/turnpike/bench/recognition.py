"""Recognition: pictures of the demo town from JPEG to plates, beside RapidOCR used plainly."""

from __future__ import annotations

import itertools
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike.bench.apart import ask_process
from turnpike.bench.models import Findings
from turnpike.bench.reading_process import PicturesRead, ReadPictures, rapidocr_version
from turnpike.bench.timing import per_s
from turnpike.simulation.services import DemoWorld, live_passings, make_town

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURES, PICTURES_SHORT = 12, 2
ROUNDS, ROUNDS_SHORT = 3, 1
SEED = 7
# An odd step, so that the pictures are spread over the hours of light and dark.
_FROM, _STEP = datetime(2026, 6, 2, 6, tzinfo=UTC), timedelta(minutes=97)


def measure(*, short: bool) -> Findings:
    """With one thread for the time of a picture, with two for the pace and the memory.

    Ours and the peer take turns, each round in fresh processes, and of each picture the quickest reading
    counts: so what else the machine does meanwhile falls on both, and most of it out of the figures.
    """
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        truth = _draw(Path(folder), PICTURES_SHORT if short else PICTURES)
        paths = tuple(truth)
        rounds = [_round(paths) for _ in range(ROUNDS_SHORT if short else ROUNDS)]
    alone, ours, peer = (_quickest(same) for same in zip(*rounds, strict=True))
    plates = list(truth.values())
    return Findings(
        figures={
            "frames_per_s_2_threads": round(per_s(ours.taken_ms), 3),
            "ms_per_picture": round(statistics.median(alone.taken_ms), 1),
            "memory_mb": ours.memory_mb,
            "pictures": len(plates),
            "read_share": _read_share(ours, plates),
        },
        peers={
            "rapidocr": {
                "frames_per_s_2_threads": round(per_s(peer.taken_ms), 3),
                "memory_mb": peer.memory_mb,
                "read_share": _read_share(peer, plates),
            }
        },
        ratios={"speed_vs_rapidocr": round(per_s(ours.taken_ms) / per_s(peer.taken_ms), 3)},
        notes=(f"Peer: RapidOCR {rapidocr_version()}, which the first engine is built on.",),
    )


def _round(paths: tuple[str, ...]) -> tuple[PicturesRead, PicturesRead, PicturesRead]:
    """Ours with one thread, ours with two, and the peer with two."""
    alone = ask_process("reading_process", ReadPictures("turnpike", 1, paths), PicturesRead)
    ours = ask_process("reading_process", ReadPictures("turnpike", 2, paths), PicturesRead)
    peer = ask_process("reading_process", ReadPictures("rapidocr", 2, paths), PicturesRead)
    return alone, ours, peer


def _quickest(rounds: Sequence[PicturesRead]) -> PicturesRead:
    """The rounds of one reader as one: the least time of each picture, the most memory."""
    taken_ms = tuple(map(min, zip(*(read.taken_ms for read in rounds), strict=True)))
    return PicturesRead(taken_ms, rounds[0].texts, max(read.memory_mb for read in rounds))


def _draw(folder: Path, count: int) -> dict[str, str]:
    """Pictures of single passings, as paths with the plate in each."""
    times = (_FROM + number * _STEP for number in itertools.count())
    world = DemoWorld(folder, SEED, _FROM.date(), make_town(SEED), (), ())
    passings = live_passings(world, folder, now=lambda: next(times))
    return {str(passing.path): passing.vehicle.plate for passing in itertools.islice(passings, count)}


def _read_share(read: PicturesRead, plates: Sequence[str]) -> float:
    """The share of pictures whose plate is among the texts, to the letter."""
    right = sum(plate in texts for plate, texts in zip(plates, read.texts, strict=True))
    return round(right / len(plates), 3)
