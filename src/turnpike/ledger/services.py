"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.checking import verify
from turnpike.ledger.entries import Details, LedgerEntry, Receipt
from turnpike.ledger.erasing import erase_due
from turnpike.ledger.errors import ContentsErased, LedgerError, LedgerTampered, SlipError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.proving import Inclusion, commitments, inclusion
from turnpike.ledger.reading import (
    LedgerState,
    OpenedContents,
    contents,
    entries,
    entry,
    is_erased,
    state,
)
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
    "ContentsErased",
    "Details",
    "Inclusion",
    "LedgerEntry",
    "LedgerError",
    "LedgerState",
    "LedgerTampered",
    "OpenedContents",
    "OwnLook",
    "Receipt",
    "Slip",
    "SlipError",
    "check_slip",
    "commitments",
    "contents",
    "correct",
    "entries",
    "entry",
    "erase_due",
    "handed_out",
    "inclusion",
    "is_erased",
    "looker_of",
    "own_look",
    "own_looks",
    "read_slip",
    "record",
    "state",
    "turn",
    "verify",
]
