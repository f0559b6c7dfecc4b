"""Errors of the audit log's arithmetic.

    TurnpikeError
    └── AuditError       what was given is not what the log's formats allow
        ├── TamperError  well-formed, yet a proof, a root or a signature does not hold
        └── SealError    sealed contents do not open: another key, another entry, or altered

A TamperError is never to be retried or ignored: it is what the log exists to show.
"""

from __future__ import annotations

from turnpike.errors import TurnpikeError


class AuditError(TurnpikeError):
    """Not a valid proof, key, note, checkpoint or frontier; fetch it again from its source."""


class TamperError(AuditError):
    """A proof, root or signature does not hold: the log or what was handed over has been altered."""


class SealError(AuditError):
    """Sealed contents do not open, or cannot be sealed with this key."""
