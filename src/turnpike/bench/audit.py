"""The ledger: entries of many callers, each on the disk before its caller goes on; and proofs from the log's tiles."""

from __future__ import annotations

from turnpike.bench import ledger_entries
from turnpike.bench.centre import fresh_records
from turnpike.bench.models import Findings
from turnpike.bench.proofs import measure_proofs


def measure(*, short: bool, full: bool = False) -> Findings:
    """The delay is what a page waits for its entry; proofs are those of `turnpike.bench.proofs`."""
    with fresh_records():
        written = ledger_entries.figures(short=short, full=full)
    proofs = measure_proofs(short=short)
    return Findings(written | proofs.figures, peers=proofs.peers, ratios=proofs.ratios, notes=proofs.notes)
