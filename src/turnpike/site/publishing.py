"""Publishes the log, each second while there is something new."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connection

from turnpike.errors import TurnpikeError
from turnpike.ledger.services import Publication, Publisher, publication

_log = logging.getLogger(__name__)
_EVERY_S = 1.0
_LONGEST_WAIT_S = 30.0
"""Between two tries while something is wrong: it grows to this, so that a witness that comes back is not met by a flood."""


class Publishing:
    """Publishes turn by turn; what fails is kept with its beginning, and tried again. What is not published is with the next start."""

    def __init__(self) -> None:
        self._publisher = Publisher()
        self._said = ""
        self._began = False
        self._wait_s = _EVERY_S

    def turn(self) -> float:
        """Publish if there is something to publish; seconds until the next turn."""
        self._wait_s = _EVERY_S if self._publish() else min(self._wait_s * 2, _LONGEST_WAIT_S)
        return self._wait_s

    def _publish(self) -> bool:
        """Whether all is well."""
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
