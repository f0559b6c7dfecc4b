"""The ledger: entries written one at a time, each on the disk before the next, and proofs from the log's tiles."""

from __future__ import annotations

from turnpike.bench.centre import ACTOR, fresh_records
from turnpike.bench.models import Findings
from turnpike.bench.proofs import measure_proofs
from turnpike.bench.timing import per_s, percentile, timed_ms

SECONDS, SECONDS_SHORT = 10.0, 1.0


def measure(*, short: bool) -> Findings:
    """The delay is what a page waits for its entry; proofs are those of `turnpike.bench.proofs`."""
    seconds = SECONDS_SHORT if short else SECONDS
    with fresh_records():
        from turnpike.ledger import services as ledger

        written_ms = timed_ms(
            lambda: ledger.record(
                ledger.AuditEvent.READ_VIEWED, actor=ACTOR, details={"request": "R-1", "read": "0-0"}
            ),
            for_s=seconds,
        )
    proofs = measure_proofs(short=short)
    return Findings(
        {
            "entries_per_s": round(per_s(written_ms), 1),
            "added_delay_p95_ms": round(percentile(written_ms, 95), 2),
        }
        | proofs.figures,
        peers=proofs.peers,
        ratios=proofs.ratios,
        notes=proofs.notes,
    )
