"""Matching: reads of vehicles that nobody seeks against a long hotlist, beside RapidFuzz where it is installed."""

from __future__ import annotations

import importlib.util
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.bench.apart import ask_process
from turnpike.bench.centre import fresh_records
from turnpike.bench.changing_process import ChangeEntries, EntriesChanged
from turnpike.bench.errors import BenchFailed
from turnpike.bench.loading_process import EntriesLoaded, LoadEntries
from turnpike.bench.long_list import fill
from turnpike.bench.marks import draw_marks
from turnpike.bench.models import Findings
from turnpike.bench.rapidfuzz_process import FuzzyMatch, FuzzyMatched
from turnpike.bench.timing import per_s, percentile, timed_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.hotlists.services import PlateColumn

ENTRIES, ENTRIES_SHORT = 1_000_000, 5_000
READS, READS_SHORT = 200_000, 5_000
READS_A_GROUP, READS_A_LARGE_GROUP = 1_000, 20_000
CHANGES, CHANGES_SHORT = 40, 4
SECONDS, SECONDS_SHORT = 4.0, 0.5
READS_A_DAY = 55_000_000
"""Source: DESIGN section 1; those of a nation."""
_PEER_READS = 200
_WITHIN_S = 30.0


def measure(*, short: bool) -> Findings:
    """Groups as ingest matches them; a near match stops a vehicle for another's plate."""
    entries, reads = (ENTRIES_SHORT, READS_SHORT) if short else (ENTRIES, READS)
    changes = CHANGES_SHORT if short else CHANGES
    marks = draw_marks(entries + changes + reads, seed=1)
    wanted, waiting, read = marks[:entries], marks[entries : entries + changes], marks[-reads:]
    with fresh_records():
        filled = fill(wanted, waiting)
        loaded = ask_process("loading_process", LoadEntries(), EntriesLoaded)
        figures = {
            "load_s": loaded.took_s,
            "memory_mb": loaded.grew_mb,
            "packed_mb": loaded.packed_mb,
        }
        figures |= _matched(read, for_s=SECONDS_SHORT if short else SECONDS)
        figures["change_to_match_ms"] = _change_to_match_ms(filled.waiting, waiting)
    figures["entries"] = len(wanted)
    if importlib.util.find_spec("rapidfuzz") is None:
        return Findings(figures, notes=("RapidFuzz is not installed, so no peer was measured.",))
    peer = ask_process("rapidfuzz_process", FuzzyMatch(wanted, read[:_PEER_READS]), FuzzyMatched)
    return Findings(
        figures,
        peers={"rapidfuzz": {"reads_per_s": peer.reads_per_s, "near_match_share": peer.near_match_share}},
        ratios={"speed_vs_rapidfuzz": round(figures["reads_per_s"] / peer.reads_per_s, 1)},
    )


def _matched(read: tuple[str, ...], *, for_s: float) -> dict[str, float]:
    import pyarrow as pa

    from turnpike.hotlists import services as hotlists

    matcher, now = hotlists.prepare_matching(), datetime.now(UTC)
    found = matcher.match(read, now=now)
    share = len({match.position for match in found}) / len(read)
    column = pa.array(read)

    def pace(reads: PlateColumn, a_group: int) -> float:
        groups = [reads[at : at + a_group] for at in range(0, len(read), a_group)]
        rounds_ms = timed_ms(lambda: [matcher.match(group, now=now) for group in groups], for_s=for_s)
        return round(per_s(rounds_ms) * len(read), 1)

    return {
        "reads_per_s": pace(read, READS_A_GROUP),
        "reads_per_s_groups_of_20000": pace(read, READS_A_LARGE_GROUP),
        "reads_per_s_column_of_1000": pace(column, READS_A_GROUP),
        "reads_per_s_column_of_20000": pace(column, READS_A_LARGE_GROUP),
        "near_match_share": round(share, 6),
        "near_matches_a_day_at_55_million": round(share * READS_A_DAY),
    }


def _change_to_match_ms(entries: tuple[int, ...], plates: Sequence[str]) -> float:
    """From another process's commit of a change to the first match by it here, p95.

    Raises:
        BenchFailed: a change did not reach matching within half a minute.
    """
    from turnpike.hotlists import services as hotlists

    seen_s: dict[int, float] = {}
    with ThreadPoolExecutor(1) as beside:
        changed = beside.submit(ask_process, "changing_process", ChangeEntries(entries), EntriesChanged)
        until_s = time.monotonic() + _WITHIN_S + len(entries)
        while len(seen_s) < len(entries):
            for match in hotlists.prepare_matching().match(plates, now=datetime.now(UTC)):
                # A plate may be near to another's entry; what counts is its own.
                if match.entry_id == entries[match.position]:
                    seen_s.setdefault(match.position, time.monotonic())
            if time.monotonic() > until_s or (changed.done() and changed.exception()):
                break
            # As often as ingest matches a group at a nation's pace, and no oftener: the other process needs its core.
            time.sleep(0.005)
        committed_s = changed.result().committed_at_s
    if len(seen_s) < len(entries):
        raise BenchFailed(
            "A change of the hotlist did not reach matching; run it again on a quieter machine."
        )
    waited_ms = [max(0.0, (seen_s[at] - committed_s[at]) * 1000) for at in range(len(entries))]
    return round(percentile(waited_ms, 95), 1)
