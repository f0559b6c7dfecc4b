"""Matching: reads of vehicles that nobody seeks against a long hotlist, beside RapidFuzz where it is installed."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta

import numpy as np

from turnpike.bench.apart import ask_process
from turnpike.bench.centre import fresh_records
from turnpike.bench.models import Findings
from turnpike.bench.rapidfuzz_process import FuzzyMatch, FuzzyMatched
from turnpike.bench.timing import per_s, timed_ms
from turnpike.simulation.services import draw_registrations

ENTRIES, ENTRIES_SHORT = 100_000, 5_000
READS, READS_SHORT = 50_000, 5_000
READS_A_GROUP = 1_000
SECONDS, SECONDS_SHORT = 5.0, 1.0
_PEER_READS = 200


def measure(*, short: bool) -> Findings:
    """Groups of 1,000 reads, as ingest matches them; a near match stops a vehicle for another's plate."""
    entries, reads = (ENTRIES_SHORT, READS_SHORT) if short else (ENTRIES, READS)
    marks = draw_registrations(entries + reads, np.random.default_rng(1))
    wanted, read = marks[:entries], marks[entries:]
    figures = _matched(wanted, read, for_s=SECONDS_SHORT if short else SECONDS)
    if importlib.util.find_spec("rapidfuzz") is None:
        return Findings(figures, notes=("RapidFuzz is not installed, so no peer was measured.",))
    peer = ask_process("rapidfuzz_process", FuzzyMatch(wanted, read[:_PEER_READS]), FuzzyMatched)
    return Findings(
        figures,
        peers={"rapidfuzz": {"reads_per_s": peer.reads_per_s, "near_match_share": peer.near_match_share}},
        ratios={"speed_vs_rapidfuzz": round(figures["reads_per_s"] / peer.reads_per_s, 1)},
    )


def _matched(wanted: tuple[str, ...], read: tuple[str, ...], *, for_s: float) -> dict[str, float]:
    with fresh_records():
        from turnpike.hotlists import services as hotlists

        now = datetime.now(UTC)
        weed_at = now + timedelta(days=1)
        matcher = hotlists.Matcher(
            hotlists.Wanted(number, plate, weed_at) for number, plate in enumerate(wanted)
        )
        groups = [read[at : at + READS_A_GROUP] for at in range(0, len(read), READS_A_GROUP)]
        near = sum(len({found.position for found in matcher.match(group, now=now)}) for group in groups)
        rounds_ms = timed_ms(lambda: [matcher.match(group, now=now) for group in groups], for_s=for_s)
    return {
        "reads_per_s": round(per_s(rounds_ms) * len(read), 1),
        "near_match_share": round(near / len(read), 5),
        "entries": len(wanted),
    }
