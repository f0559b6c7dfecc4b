"""What the worker clears away once an hour: sessions that nobody can use any more, and contents of log entries past their time."""

from __future__ import annotations

import logging

from django.db import DatabaseError

from turnpike.accounts.services import forget_expired_sessions
from turnpike.ledger.services import LedgerError, erase_due

_log = logging.getLogger(__name__)
_EVERY_S = 3600.0


def clear_away() -> float:
    """Clear away once; what fails is logged and done the next time. Seconds until then."""
    try:
        forget_expired_sessions()
    except DatabaseError as error:
        _log.warning("Expired sessions could not be cleared away: %s", type(error).__name__)
    try:
        erase_due(actor="system")
    except (DatabaseError, LedgerError) as error:
        _log.warning("Old contents of the log could not be erased: %s", error)
    return _EVERY_S
