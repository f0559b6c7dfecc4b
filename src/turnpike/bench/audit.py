"""The ledger: entries written one at a time, each on the disk before the next, and proofs about them."""

from __future__ import annotations

import random

from turnpike.bench.centre import ACTOR, fresh_records
from turnpike.bench.models import Findings
from turnpike.bench.timing import per_s, percentile, timed_ms

SECONDS, SECONDS_SHORT = 10.0, 1.0


def measure(*, short: bool) -> Findings:
    """The delay is what a page waits for its entry; a proof derives the whole tree again, as an auditor would."""
    seconds = SECONDS_SHORT if short else SECONDS
    with fresh_records():
        from turnpike.ledger import services as ledger

        receipts: list[ledger.Receipt] = []
        written_ms = timed_ms(
            lambda: receipts.append(
                ledger.record(
                    ledger.AuditEvent.READ_VIEWED, actor=ACTOR, details={"request": "R-1", "read": "0-0"}
                )
            ),
            for_s=seconds,
        )
        size = ledger.state().size
        chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
        proven_ms = timed_ms(
            lambda: ledger.inclusion(chance.choice(receipts).index), for_s=min(seconds, SECONDS / 2)
        )
    return Findings(
        {
            "entries_per_s": round(per_s(written_ms), 1),
            "added_delay_p95_ms": round(percentile(written_ms, 95), 2),
            "inclusion_proofs_per_s": round(per_s(proven_ms), 2),
            "tree_entries": size,
        }
    )
