"""What a benchmark is asked for, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Findings:
    """Figures by name, with the unit in the name; the peers' own; ratios, ours divided by the peer's."""

    figures: dict[str, float]
    peers: dict[str, dict[str, float]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the figures must know; they go to stderr."""
