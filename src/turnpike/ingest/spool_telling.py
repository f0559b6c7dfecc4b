"""What the ledger is told of the spool: an outage when it begins and when it is over, and what went without ever being understood."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.ingest.spool import Spool
    from turnpike.ingest.spool_outage import Outage
    from turnpike.ledger.services import Details

_WHY = {
    "full": "the spool is full (spool_max_mb)",
    "slow": "the disk is too slow for what comes",
    "disk": "the disk does not take what is written",
}
_log = logging.getLogger(__name__)


def tell_of_spool(spool: Spool, *, told_outage: bool) -> bool:
    """Tidy the spool, and tell what is to be told; whether an outage that goes on is told is given and returned.

    Raises:
        LedgerError: the ledger cannot be written; nothing has gone untold.
    """
    spool.tidy()
    _let_go(spool)
    if (outage := spool.outages.now_on) and not told_outage:
        _log.error("Cameras' messages are refused: %s.", _WHY[outage.cause])
        record(AuditEvent.MESSAGES_REFUSED, actor="system", details=_details(outage))
        told_outage = True
    if over := spool.outages.over:
        record(
            AuditEvent.MESSAGES_TAKEN_AGAIN,
            actor="system",
            details={**_details(over), "until": over.last_at.isoformat(timespec="seconds")},
        )
        spool.outages.forget(over)
        told_outage = False
    return told_outage


def _let_go(spool: Spool) -> None:
    for due in spool.due():
        unsettled, unreadable = due.unsettled, due.unreadable
        if unsettled or unreadable:
            record(
                AuditEvent.MESSAGES_GONE,
                actor="system",
                details={
                    "feeds": [f"{feed}: {count}" for feed, count in sorted(unsettled.items())],
                    "unreadable": unreadable,
                    "why": "24 hours in the spool are over",
                },
            )
        spool.drop(due.segment)


def _details(outage: Outage) -> Details:
    return {
        "why": _WHY[outage.cause],
        "since": outage.since.isoformat(timespec="seconds"),
        "refused": outage.refused,
    }
