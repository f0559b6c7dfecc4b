"""The peer of matching, in a process of its own: RapidFuzz, every entry at most one edit away from a read."""

from __future__ import annotations

import time

import msgspec

from turnpike.bench.apart import answer_process


class FuzzyMatch(msgspec.Struct, frozen=True):
    """What is asked: each of `reads` against all of `wanted`."""

    wanted: tuple[str, ...]
    reads: tuple[str, ...]


class FuzzyMatched(msgspec.Struct, frozen=True):
    """What came of it; the share is that of reads within one edit of some entry."""

    reads_per_s: float
    near_match_share: float


def match_fuzzily(asked: FuzzyMatch) -> FuzzyMatched:
    """One read after another, as its own documentation shows it."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    near = 0
    began = time.perf_counter()
    for read in asked.reads:
        found = process.extract(
            read, asked.wanted, scorer=Levenshtein.distance, score_cutoff=1, limit=None, processor=None
        )
        near += bool(found)
    elapsed_s = time.perf_counter() - began
    return FuzzyMatched(round(len(asked.reads) / elapsed_s, 1), round(near / len(asked.reads), 5))


if __name__ == "__main__":
    answer_process(FuzzyMatch, match_fuzzily)
