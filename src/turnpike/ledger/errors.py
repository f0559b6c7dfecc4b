"""The ledger's errors.

TurnpikeError
└── LedgerError           the ledger cannot be written or read; what asked for it must not go on
    └── LedgerTampered    stored entries no longer agree with the signed tree
"""

from __future__ import annotations

from turnpike.errors import TurnpikeError


class LedgerError(TurnpikeError):
    """The ledger cannot be written or read; the operation that needed it must not go on."""


class LedgerTampered(LedgerError):
    """Stored entries no longer agree with the signed tree; the sentence names the first such entry."""
