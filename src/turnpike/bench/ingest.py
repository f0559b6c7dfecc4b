"""Ingest: a real server on an empty store, and cameras that post to it over HTTP from another process."""

from __future__ import annotations

from turnpike import config
from turnpike.bench.apart import ask_process
from turnpike.bench.centre import camera_key, fresh_records, serving
from turnpike.bench.machine import peak_memory_mb
from turnpike.bench.models import Findings
from turnpike.bench.posting_process import PostReads, ReadsPosted
from turnpike.bench.timing import percentile

SECONDS, SECONDS_SHORT = 10.0, 2.0
CAMERAS = 8
READS_A_MESSAGE = 1_000
PACE_READS_PER_S = 3_500.0
"""Source: DESIGN section 1; a nation's peak of several thousand reads a second."""
PACED_READS_A_MESSAGE = 100
_MOST_BEHIND_S = 1.0
"""Source: ours; later than this after the last message was due, and there was a queue."""


def measure(*, short: bool) -> Findings:
    """First as fast as it goes, then the time to a durable answer at a nation's pace."""
    seconds = SECONDS_SHORT if short else SECONDS
    with fresh_records() as folder:
        keys = tuple(camera_key(f"bench-{number}") for number in range(CAMERAS))
        url = f"{config.load().url}/api/v1/reads"
        with serving(folder) as server:
            full = ask_process(
                "posting_process", PostReads(url, keys, READS_A_MESSAGE, 0, seconds), ReadsPosted
            )
            paced = ask_process(
                "posting_process",
                PostReads(url, keys, PACED_READS_A_MESSAGE, PACE_READS_PER_S, seconds),
                ReadsPosted,
            )
            memory_mb = peak_memory_mb(server)
    pace = paced.stored / paced.elapsed_s
    behind = (
        f"This machine took {pace:.0f} reads a second of 3,500 offered; the answer's time is that of a queue."
    )
    return Findings(
        {
            "reads_per_s": round(full.stored / full.elapsed_s, 1),
            "ack_p99_ms_at_3500": round(percentile(paced.ack_ms, 99), 1),
            "ack_p50_ms_at_3500": round(percentile(paced.ack_ms, 50), 1),
            "reads_per_s_at_3500": round(pace, 1),
            "memory_mb": memory_mb,
            "cameras": CAMERAS,
        },
        notes=(behind,) if paced.elapsed_s > seconds + _MOST_BEHIND_S else (),
    )
