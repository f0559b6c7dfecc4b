"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.checking import Inclusion, LedgerState, entries, entry, inclusion, state, verify
from turnpike.ledger.entries import Details, LedgerEntry, Receipt
from turnpike.ledger.errors import LedgerError, LedgerTampered
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.turns import correct, turn
from turnpike.ledger.writing import record

__all__ = [
    "AuditEvent",
    "Details",
    "Inclusion",
    "LedgerEntry",
    "LedgerError",
    "LedgerState",
    "LedgerTampered",
    "Receipt",
    "correct",
    "entries",
    "entry",
    "inclusion",
    "record",
    "state",
    "turn",
    "verify",
]
