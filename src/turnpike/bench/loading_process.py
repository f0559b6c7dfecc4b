"""A process that begins to match, and nothing else, so that what it takes is not hidden in what was taken and given back before."""

from __future__ import annotations

import os
import time

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.machine import MemoryGrowth


class LoadEntries(msgspec.Struct, frozen=True):
    """What is asked: to load the entries of the records."""


class EntriesLoaded(msgspec.Struct, frozen=True):
    """How long that took, and by how much the process grew at its peak."""

    took_s: float
    grew_mb: float
    packed_mb: float


def load(_asked: LoadEntries) -> EntriesLoaded:
    """As a worker does when it starts."""
    from turnpike.site.services import prepare_records

    prepare_records()
    from turnpike.hotlists import services as hotlists

    growth, began = MemoryGrowth(os.getpid()), time.perf_counter()
    matcher = hotlists.prepare_matching()
    took_s = time.perf_counter() - began
    return EntriesLoaded(round(took_s, 3), round(growth.peak_mb(), 1), round(matcher.memory_bytes / 1e6, 1))


if __name__ == "__main__":
    answer_process(LoadEntries, load)
