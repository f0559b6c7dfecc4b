"""The ledger's errors.

TurnpikeError
├── LedgerError           the ledger cannot be written or read; what asked for it must not go on
│   ├── LedgerTampered    stored entries no longer agree with the signed tree
│   ├── ContentsErased    an entry's contents are gone, its place in the tree is not
│   └── KeyLost           the seed of the key that signs the log is not there
└── InputError
    ├── LogKeyError       the log has no such key in force, or what is asked of it cannot be done
    └── SlipError         a receipt cannot be read, or the log does not hold what it says
"""

from __future__ import annotations

from turnpike.errors import InputError, TurnpikeError


class LedgerError(TurnpikeError):
    """The ledger cannot be written or read; the operation that needed it must not go on."""


class LedgerTampered(LedgerError):
    """Stored entries no longer agree with the signed tree; the sentence names the first such entry."""


class ContentsErased(LedgerError):
    """An entry's contents were erased; ask for another, or for its commitment."""


class KeyLost(LedgerError):
    """The seed of the key that signs the log is not there; restore it, or put another in its place."""


class LogKeyError(InputError):
    """The log has no such key in force, or what is asked of it cannot be done."""


class SlipError(InputError):
    """A receipt cannot be read, or the log does not hold what it says."""
