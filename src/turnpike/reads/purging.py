"""Taking what is past its time off the disk: whole months at once, the rest by writing its month anew.

What is past is hidden before it goes (`cut_offs`), so a purge that is cut off has shown nothing to anyone: the engine
takes a deletion up again by itself when it starts, and a further purge does the rest.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from turnpike.reads.errors import StoreUnavailable
from turnpike.reads.models import Purged

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.reads.cut_offs import CutOffs
    from turnpike.reads.engine import Session

_LOOKS_EVERY_S = 0.2
_CLEARED_WITHIN_S = 300.0
"""Source: ours; the engine is told to clear after a second (`queries.ENGINES`), but a search may hold a part open."""


def purge(session: Session, cut_offs: CutOffs, now_us: Callable[[], int]) -> Purged:
    """Remove every read before its cut-off; returns when no file of theirs is left.

    Raises:
        StoreUnavailable: the engine failed, or holds replaced files for more than five minutes; purge again.
    """
    began = time.perf_counter()
    parameters = cut_offs.parameters()
    reads = dropped = rewritten = 0
    if cut_offs.latest_ms:
        newest = session.query("newest_month", {"now_us": now_us()})[0][0]
        past = session.query(
            "past_by_month", {**parameters, "latest_ms": cut_offs.latest_ms}, kept=cut_offs.pieces
        )
        for month, rows, all_rows in past:
            reads += rows
            # The newest month is being written to: a read may have come since they were counted.
            if rows == all_rows and month < newest:
                session.run("drop_month", {"month": month})
                dropped += 1
            else:
                session.run("rewrite_month", {**parameters, "month": month}, kept=cut_offs.pieces)
                rewritten += 1
        _drop_batches(session, newest)
    _wait_until_cleared(session)
    return Purged(reads, dropped, rewritten, time.perf_counter() - began)


def _drop_batches(session: Session, newest: str) -> None:
    """What the reads of a year shared goes when the last of them has gone; it names no vehicle."""
    with_reads = {month[:4] for (month,) in session.query("read_months")}
    for (year,) in session.query("batch_years"):
        if year not in with_reads and year < newest[:4]:
            session.run("drop_batches", {"year": year})


def _wait_until_cleared(session: Session) -> None:
    until = time.monotonic() + _CLEARED_WITHIN_S
    while session.query("replaced_parts")[0][0]:
        if time.monotonic() > until:
            raise StoreUnavailable(
                "The read store still holds files of what was purged; purge again in a minute."
            )
        time.sleep(_LOOKS_EVERY_S)
