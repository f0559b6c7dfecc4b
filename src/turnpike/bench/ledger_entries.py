"""The ledger as its callers feel it: many who write at once, one alone, and what an entry takes on the disk."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.bench.centre import ACTOR
from turnpike.bench.errors import BenchFailed
from turnpike.bench.timing import per_s, percentile, timed_ms

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS, SECONDS_SHORT = 10.0, 1.0
CALLERS = 32
"""At once. Source: ours; as many as a busy centre's threads, each waiting for its own entry."""
FULL_ENTRIES = 1_000_000
PROOFS = 100


def figures(*, short: bool, full: bool) -> dict[str, float]:
    """All of them, over fresh records; with `full` the log is filled to a million entries by the same callers.

    Raises:
        BenchFailed: the log does not hold each entry that a caller was told of.
    """
    seconds = SECONDS_SHORT if short else SECONDS
    empty_bytes = _records_bytes()
    alone_ms = timed_ms(record_one, for_s=seconds / 2)
    began_at, before = time.perf_counter(), _size()
    delays_ms = _many(until=_after(seconds))
    together_s, written = time.perf_counter() - began_at, _size() - before
    if written != len(delays_ms):
        raise BenchFailed(
            "The log does not hold as many entries as its callers were told of; look at its writing."
        )
    found = {
        "entries_per_s": round(written / together_s, 1),
        "added_delay_p50_ms": round(percentile(delays_ms, 50), 2),
        "added_delay_p95_ms": round(percentile(delays_ms, 95), 2),
        "callers": CALLERS,
        "entries_per_s_one_caller": round(per_s(alone_ms), 1),
        "delay_p95_ms_one_caller": round(percentile(alone_ms, 95), 2),
    }
    if full:
        found |= _filled()
    return found | _size_figures(empty_bytes)


def record_one() -> int:
    """One entry as a look at a read leaves it; its index."""
    from turnpike.ledger import services as ledger

    details: ledger.Details = {
        "request": "R-2026-000001",
        "case": "CR/01234/26",
        "purpose": "crime_investigation",
        "read": "00361QGS8AR1C000",
        "policy": "base-0123456789ab",
        "rules": ["view-read"],
    }
    return ledger.record(ledger.AuditEvent.READ_VIEWED, actor=ACTOR, details=details).index


def _filled() -> dict[str, float]:
    began_at, before = time.perf_counter(), _size()
    _many(until=lambda: _size() >= FULL_ENTRIES)
    return {"fill_entries_per_s": round((_size() - before) / (time.perf_counter() - began_at), 1)}


def _size_figures(empty_bytes: int) -> dict[str, float]:
    from turnpike.ledger import services as ledger

    size, taken = _size(), _records_bytes()
    chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
    proof_ms = [timed_ms(lambda: ledger.inclusion(chance.randrange(size)), for_s=0)[0] for _ in range(PROOFS)]
    began_at = time.perf_counter()
    ledger.verify()
    return {
        "tree_entries": size,
        "bytes_per_entry": round((taken - empty_bytes) / size, 1),
        "records_mb": round(taken / 1e6, 1),
        "entry_proof_p95_ms": round(percentile(proof_ms, 95), 2),
        "verify_s": round(time.perf_counter() - began_at, 2),
    }


def _records_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return config.load().records_path.stat().st_size


def _many(*, until: Callable[[], bool]) -> list[float]:
    """How long each entry of many callers took, milliseconds; they stop once `until` says so, which is asked every so often."""
    stopping, delays_ms = threading.Event(), list[list[float]]()

    def call() -> None:
        from django.db import connection

        own: list[float] = []
        delays_ms.append(own)
        while not stopping.is_set():
            began = time.perf_counter()
            record_one()
            own.append((time.perf_counter() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    while not until() and all(thread.is_alive() for thread in threads):
        stopping.wait(0.2)
    stopping.set()
    for thread in threads:
        thread.join()
    return [delay for own in delays_ms for delay in own]


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


def _size() -> int:
    from turnpike.ledger import services as ledger

    return ledger.state().size
