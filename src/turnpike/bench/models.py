"""What a benchmark is asked for, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Bench(StrEnum):
    """The benchmarks that there are; each is a module of this folder with a function `measure`."""

    RECOGNITION = "recognition"
    STORE = "store"
    INGEST = "ingest"
    HISTORY = "history"
    MATCH = "match"
    POLICY = "policy"
    AUDIT = "audit"
    ALERTS = "alerts"
    PAGES = "pages"
    TRAFFIC = "traffic"
    STREAMS = "streams"


@dataclass(frozen=True, slots=True)
class Findings:
    """Figures by name, with the unit in the name; the peers' own; ratios, ours divided by the peer's."""

    figures: dict[str, float]
    peers: dict[str, dict[str, float]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the figures must know; they go to stderr."""


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """What `traffic` is to measure: so many passes, `fps` frames a second, on the seeds for the figure or on those for tuning.

    `clips` keeps the rendered clips in a folder, `readings` what the engine found in a file: what is there already is taken from there.
    `failures` is a folder for pictures of what went wrong.
    """

    passes: int = 440
    fps: float = 5.0
    tuning: bool = False
    clips: Path | None = None
    readings: Path | None = None
    failures: Path | None = None
