"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

from turnpike.ledger.bundling import Bundle, opened_entry, proof_of, write_bundle
from turnpike.ledger.checking import kept_checkpoint, verify
from turnpike.ledger.entries import Detail, Details, LedgerEntry, Receipt, seal_contents
from turnpike.ledger.erasing import erase_due
from turnpike.ledger.errors import (
    ContentsErased,
    KeyLost,
    LedgerError,
    LedgerTampered,
    LogKeyError,
    SlipError,
)
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.faults import Fault
from turnpike.ledger.key_changes import OVERLAP_DAYS, KeyChange, Reason, revoke, rotate
from turnpike.ledger.opening import first_at, leaf_of, opened_at, opened_between
from turnpike.ledger.proving import Inclusion, commitments, inclusion
from turnpike.ledger.publishing import (
    Publication,
    Publisher,
    check_published,
    publication,
    published_file,
    write_anew,
)
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
from turnpike.ledger.signing_keys import DatedKey, dated_keys, key_record, origin, signers
from turnpike.ledger.turns import correct, turn
from turnpike.ledger.witnesses import configured_witnesses
from turnpike.ledger.writing import record

__all__ = [
    "OVERLAP_DAYS",
    "AuditEvent",
    "Bundle",
    "ContentsErased",
    "DatedKey",
    "Detail",
    "Details",
    "Fault",
    "Inclusion",
    "KeyChange",
    "KeyLost",
    "LedgerEntry",
    "LedgerError",
    "LedgerState",
    "LedgerTampered",
    "LogKeyError",
    "OpenedContents",
    "OwnLook",
    "Publication",
    "Publisher",
    "Reason",
    "Receipt",
    "Slip",
    "SlipError",
    "check_published",
    "check_slip",
    "commitments",
    "configured_witnesses",
    "contents",
    "correct",
    "dated_keys",
    "entries",
    "entry",
    "erase_due",
    "first_at",
    "handed_out",
    "inclusion",
    "is_erased",
    "kept_checkpoint",
    "key_record",
    "leaf_of",
    "looker_of",
    "opened_at",
    "opened_between",
    "opened_entry",
    "origin",
    "own_look",
    "own_looks",
    "proof_of",
    "publication",
    "published_file",
    "read_slip",
    "record",
    "revoke",
    "rotate",
    "seal_contents",
    "signers",
    "state",
    "turn",
    "verify",
    "write_anew",
    "write_bundle",
]
