"""The worker's thread that watches over cameras' health: hears each second, judges each minute, and tells who is to be told."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, connection
from django.utils import timezone

from turnpike.cameras.services import HealthWatch, send_notices
from turnpike.errors import TurnpikeError

_log = logging.getLogger(__name__)
_HEARD_EVERY_S, _JUDGED_EVERY_S, _TOLD_EVERY_S = 1.0, 60.0, 10.0


class Watching:
    """Two threads: one hears and judges, one tells, since an address that does not answer must keep nothing from being heard."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._watch = HealthWatch()
        self._threads = (
            threading.Thread(target=self._hear, name="camera-health", daemon=True),
            threading.Thread(target=self._tell, name="camera-alarms", daemon=True),
        )

    def start(self) -> None:
        """Take over what earlier processes learnt, then begin."""
        self._watch.begin(timezone.now())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it, keep what was learnt, and wait until it is."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _hear(self) -> None:
        due_s = time.monotonic() + _JUDGED_EVERY_S
        while not self._stopping.wait(_HEARD_EVERY_S):
            try:
                self._watch.listen(timezone.now())
                if time.monotonic() >= due_s:
                    due_s = time.monotonic() + _JUDGED_EVERY_S
                    self._watch.look(timezone.now())
                    connection.close()
            except (DatabaseError, TurnpikeError) as error:
                connection.close()
                _log.warning("Cameras' health could not be judged: %s.", type(error).__name__)
        try:
            self._watch.stop()
        except DatabaseError as error:
            _log.warning("What is usual for cameras could not be kept: %s.", type(error).__name__)
        connection.close()

    def _tell(self) -> None:
        while not self._stopping.wait(_TOLD_EVERY_S):
            try:
                send_notices(timezone.now())
            except DatabaseError as error:
                _log.warning("Cameras' alarms wait to be told: %s.", type(error).__name__)
            connection.close()
