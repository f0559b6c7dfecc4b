"""Who else can read plates on this machine."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from turnpike.bench.apart import ask_process
from turnpike.bench.errors import BenchFailed
from turnpike.bench.reading_pictures import PicturesRead, ReadPictures

if TYPE_CHECKING:
    from turnpike.bench.footage import Footage

THREADS = 2


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them: `key` in the report, and what its process is the module of."""

    key: str
    label: str
    module: str

    def read(self, footage: Footage) -> PicturesRead | None:
        """What it makes of the pictures; None where its process failed, which is printed."""
        try:
            return ask_process(self.module, ReadPictures(footage.pictures, THREADS), PicturesRead)
        except BenchFailed:
            # Somebody else's program that does not run here is no reason to measure nothing.
            return None


def peers_at_hand() -> tuple[tuple[Peer, ...], tuple[str, ...]]:
    """Those that are installed, and a sentence about each of them or its absence."""
    peers, notes = [], []
    if importlib.util.find_spec("rapidocr") is None:
        notes.append(
            "RapidOCR is not installed (the extra `dev` brings it), so it was not measured beside ours."
        )
    else:
        peers.append(Peer("rapidocr", "RapidOCR", "rapidocr_process"))
        notes.append(f"Peer: RapidOCR {version('rapidocr')}, used plainly.")
    # OpenALPR is a program of the system, which most machines have not: its absence needs no telling.
    if program := shutil.which("alpr"):
        peers.append(Peer("openalpr", "OpenALPR", "openalpr_process"))
        notes.append(f"Peer: OpenALPR, {program}.")
    return tuple(peers), tuple(notes)
