"""Counts what becomes of one camera's frames and passes, and tells it: once a minute in the log, every few seconds beside the outbox."""

from __future__ import annotations

import logging
import statistics
import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.edge.status import EdgeStatus, SourceState, write_status
from turnpike.recognition import services as recognition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from turnpike.capture import services as capture

_log = logging.getLogger(__name__)
AWAY_S = 10.0
"""Without a frame for so long a stream is away. Source: ours; a camera that is opened anew takes a few seconds."""
WRITTEN_EVERY_S, LOGGED_EVERY_S = 5.0, 60.0
_AGES = 25
"""Frames whose median age is told: of five seconds, at five a second."""


def _told(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Tally:
    """One camera's counts; the reading thread adds, any may ask."""

    def __init__(self) -> None:
        self.failures = 0
        self._passes = self._unbelieved = 0
        self._last_pass_at: datetime | None = None
        self._state = SourceState.AWAY
        self._since = datetime.now(UTC)
        self._has_begun = self._has_ended = False
        self._has_failed = False
        self._ages_ms: deque[float] = deque(maxlen=_AGES)

    def begin(self) -> None:
        """The source is being read, for the first time or again."""
        self._has_begun = True
        self._has_ended = self._has_failed = False

    def end(self, *, failed: bool = False) -> None:
        """It is read no more."""
        self._has_ended, self._has_failed = True, failed

    def looked(self, age_ms: float) -> None:
        """A live frame was so old when its readings were there."""
        self._ages_ms.append(age_ms)

    def passed(self, seen: recognition.VehiclePass) -> None:
        """A pass that is in the outbox."""
        self._passes += 1
        self._last_pass_at = seen.captured_at

    def not_believed(self, _: recognition.VehiclePass) -> None:
        """A pass that one frame alone showed, or on which its looks do not agree."""
        self._unbelieved += 1

    def status(
        self,
        name: str,
        stream: capture.StreamReader | None,
        counts: capture.StreamCounts | None,
        fates: recognition.FateCounts,
        sent: int,
        waiting: int,
    ) -> EdgeStatus:
        """All of it now."""
        now = datetime.now(UTC)
        state = self._state_of(stream)
        if state is not self._state:
            self._state, self._since = state, now
        of_stream = (
            {} if counts is None else {field: getattr(counts, field) for field in counts.__dataclass_fields__}
        )
        looked = {str(fate): fates[fate] for fate in recognition.FrameFate}
        silent_s = stream.silent_for_s if stream else None
        return EdgeStatus(
            camera=name,
            state=state,
            since=_told(self._since),
            written_at=_told(now),
            frames=of_stream | looked,
            places={str(fate): fates[fate] for fate in recognition.Fate},
            summary=fates.summary,
            passes=self._passes,
            unbelieved=self._unbelieved,
            failures=self.failures,
            sent=sent,
            waiting=waiting,
            age_ms=round(statistics.median(ages)) if (ages := list(self._ages_ms)) else 0,
            last_frame_at=""
            if silent_s is None
            else _told(datetime.fromtimestamp(now.timestamp() - silent_s, UTC)),
            last_pass_at=_told(self._last_pass_at),
        )

    def _state_of(self, stream: capture.StreamReader | None) -> SourceState:
        if self._has_ended:
            return SourceState.FAILED if self._has_failed else SourceState.ENDED
        if stream is None:
            return SourceState.LIVE if self._has_begun else SourceState.AWAY
        silent_s = stream.silent_for_s
        if silent_s is None or silent_s > AWAY_S:
            return SourceState.AWAY
        return SourceState.FROZEN if stream.is_frozen else SourceState.LIVE


class Telling:
    """Between `start` and `stop` a thread writes the status again and again, and once more at the end."""

    def __init__(self, outbox: Path, status: Callable[[], EdgeStatus]) -> None:
        self._outbox = outbox
        self._status = status
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge-telling", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell once more, and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        logged_after_s = 0.0
        while True:
            has_ended = self._stopping.wait(WRITTEN_EVERY_S)
            logged_after_s += WRITTEN_EVERY_S
            is_to_log = has_ended or logged_after_s >= LOGGED_EVERY_S
            if is_to_log:
                logged_after_s = 0.0
            self._tell(is_to_log=is_to_log)
            if has_ended:
                return

    def _tell(self, *, is_to_log: bool) -> None:
        try:
            status = self._status()
            write_status(self._outbox, status)
        except Exception as error:  # noqa: BLE001 - what is told must not end what is done
            _log.warning("The status cannot be written (%s).", type(error).__name__)
            return
        if is_to_log:
            _log.info(
                "%s is %s. %s Passes: %d read, %d not believed; %d reads sent, %d waiting.",
                status.camera,
                status.state,
                status.summary,
                status.passes,
                status.unbelieved,
                status.sent,
                status.waiting,
            )
