"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.bundling import write_bundle
from turnpike.ledger.checking import (
    Inclusion,
    LedgerState,
    entries,
    entry,
    inclusion,
    kept_checkpoint,
    state,
    verify,
)
from turnpike.ledger.entries import Detail, Details, LedgerEntry, Receipt
from turnpike.ledger.errors import LedgerError, LedgerTampered, SlipError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.opening import first_at, leaf_of, opened_at, opened_between
from turnpike.ledger.receipts import (
    OwnLook,
    Slip,
    check_slip,
    handed_out,
    looker_of,
    own_look,
    own_looks,
    read_slip,
)
from turnpike.ledger.turns import correct, turn
from turnpike.ledger.writing import record

__all__ = [
    "AuditEvent",
    "Detail",
    "Details",
    "Inclusion",
    "LedgerEntry",
    "LedgerError",
    "LedgerState",
    "LedgerTampered",
    "OwnLook",
    "Receipt",
    "Slip",
    "SlipError",
    "check_slip",
    "correct",
    "entries",
    "entry",
    "first_at",
    "handed_out",
    "inclusion",
    "kept_checkpoint",
    "leaf_of",
    "looker_of",
    "opened_at",
    "opened_between",
    "own_look",
    "own_looks",
    "read_slip",
    "record",
    "state",
    "turn",
    "verify",
    "write_bundle",
]
