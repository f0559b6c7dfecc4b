"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.bundling import Bundle, opened_entry, proof_of, write_bundle
from turnpike.ledger.checking import kept_checkpoint, verify
from turnpike.ledger.entries import Detail, Details, LedgerEntry, Receipt
from turnpike.ledger.erasing import erase_due
from turnpike.ledger.errors import ContentsErased, LedgerError, LedgerTampered, SlipError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.opening import first_at, leaf_of, opened_at, opened_between
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
    "Bundle",
    "ContentsErased",
    "Detail",
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
    "first_at",
    "handed_out",
    "inclusion",
    "is_erased",
    "kept_checkpoint",
    "leaf_of",
    "looker_of",
    "opened_at",
    "opened_between",
    "opened_entry",
    "own_look",
    "own_looks",
    "proof_of",
    "read_slip",
    "record",
    "state",
    "turn",
    "verify",
    "write_bundle",
]
