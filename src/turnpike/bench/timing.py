"""Durations into figures."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of `values` that at least `percent` (above 0, to 100) of them do not exceed.

    Source: the nearest-rank method; it never invents a value that was not measured.
    """
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def timed_ms(work: Callable[[], object], *, for_s: float) -> list[float]:
    """How long each call of `work` took, called again until `for_s` have passed; at least once."""
    taken: list[float] = []
    until = time.perf_counter() + for_s
    while not taken or time.perf_counter() < until:
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def per_s(taken_ms: Sequence[float]) -> float:
    """How many a second, done one after another."""
    return len(taken_ms) * 1000 / sum(taken_ms)
