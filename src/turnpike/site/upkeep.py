"""What the worker clears away once an hour: sessions that nobody can use any more, and contents of log entries past their time."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

from turnpike.accounts.services import forget_expired_sessions
from turnpike.ledger.services import LedgerError, erase_due

_log = logging.getLogger(__name__)
_EVERY_S = 3600


class Upkeep:
    """A thread that clears away, at its start and then once an hour."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End it and wait until it has."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            clear_away()
            # This thread's own, and not needed for an hour.
            connection.close()
            if self._stopping.wait(_EVERY_S):
                return


def clear_away() -> None:
    """Clear away once; what fails is logged and done the next time."""
    try:
        forget_expired_sessions()
    except DatabaseError as error:
        _log.warning("Expired sessions could not be cleared away: %s", type(error).__name__)
    try:
        erase_due(actor="system")
    except (DatabaseError, LedgerError) as error:
        _log.warning("Old contents of the log could not be erased: %s", error)
