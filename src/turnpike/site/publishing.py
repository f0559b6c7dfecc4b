"""The worker's thread that publishes the log, each second while there is something new."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

from turnpike.errors import TurnpikeError
from turnpike.ledger.services import Publication, Publisher, publication

_log = logging.getLogger(__name__)
_EVERY_S = 1.0
_LONGEST_WAIT_S = 30.0
"""Between two tries while something is wrong: it grows to this, so that a witness that comes back is not met by a flood."""


class Publishing:
    """Publishes at its start and from then on; what fails is kept with its beginning, and tried again."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._publisher = Publisher()
        self._said = ""
        self._began = False
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End it and wait until it has; what is not published is with the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = _EVERY_S
        while True:
            wait_s = _EVERY_S if self._turn() else min(wait_s * 2, _LONGEST_WAIT_S)
            if self._stopping.wait(wait_s):
                connection.close()
                return

    def _turn(self) -> bool:
        """Publish if there is something to publish; whether all is well."""
        try:
            stands = publication()
            if _is_new(stands) or not self._began:
                stands = self._publisher.publish()
                self._began = True
            self._say(
                "; ".join(
                    f"{fault.witness or 'the log is not published'}: {fault.why}" for fault in stands.faults
                )
            )
        except (TurnpikeError, DatabaseError, OSError) as error:
            connection.close()
            self._say(f"{type(error).__name__}: {error}")
            return False
        return not stands.faults

    def _say(self, what: str) -> None:
        """Into the server's log, when it changes."""
        if what != self._said:
            _log.warning("Publication of the log: %s", what or "all is well again")
            self._said = what


def _is_new(stands: Publication) -> bool:
    return stands.written != stands.size or bool(stands.faults)
