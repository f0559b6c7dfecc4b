"""The ledger: entries of many callers, each on the disk before its caller goes on, and proofs about them."""

from __future__ import annotations

import random

from turnpike.bench import ledger_entries
from turnpike.bench.centre import fresh_records
from turnpike.bench.models import Findings
from turnpike.bench.timing import per_s, timed_ms

SECONDS, SECONDS_SHORT = 5.0, 1.0


def measure(*, short: bool, full: bool = False) -> Findings:
    """The delay is what a page waits for its entry; a proof is what the page of one entry shows, from the records, checked."""
    with fresh_records():
        from turnpike.ledger import services as ledger

        figures = ledger_entries.figures(short=short, full=full)
        size = ledger.state().size
        chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
        proven_ms = timed_ms(
            lambda: ledger.inclusion(chance.randrange(size)), for_s=SECONDS_SHORT if short else SECONDS
        )
    return Findings({**figures, "inclusion_proofs_per_s": round(per_s(proven_ms), 2)})
