"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.bundling import Bundle, opened_entry, proof_of, write_bundle
from turnpike.ledger.checking import Inclusion, LedgerState, entries, entry, inclusion, state, verify
from turnpike.ledger.entries import Details, LedgerEntry, Receipt, looker_of
from turnpike.ledger.errors import LedgerError, LedgerTampered, SlipError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.receipts import (
    OwnLook,
    Slip,
    check_slip,
    handed_out,
    own_look,
    own_looks,
    read_slip,
)
from turnpike.ledger.turns import correct, turn
from turnpike.ledger.writing import record

__all__ = [
    "AuditEvent",
    "Bundle",
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
    "handed_out",
    "inclusion",
    "looker_of",
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
