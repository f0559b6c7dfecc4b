"""Sends what waits in the outbox, as long as it takes."""

from __future__ import annotations

import logging
import random
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import msgspec

from turnpike import __version__
from turnpike.edge.errors import CentreUnavailable
from turnpike.edge.models import BatchAnswer, PostedBatch, Source, WaitingRead
from turnpike.errors import UnavailableError

if TYPE_CHECKING:
    from turnpike.edge.outbox import Outbox

_log = logging.getLogger(__name__)

BATCH_READS = 100
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
_TIMEOUT_S = 30.0
_DRAIN_POLL_S = 0.05
_ARRIVAL_S = 1.0
_REFUSALS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the centre does not know this camera's key; issue a new one",
    HTTPStatus.FORBIDDEN: "the centre refuses this camera's key for these reads; check which camera it is for",
}


class Sender:
    """One thread that posts the oldest reads until the centre has taken them.

    A read leaves the outbox only after the centre's 200, so an outage of any length loses nothing; the
    centre knows a read that it has by the event's id, so a repeated post doubles nothing.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        centre_url: str,
        key: str,
        batch_reads: int = BATCH_READS,
        rng: random.Random | None = None,
    ) -> None:
        self._outbox = outbox
        self._url = centre_url.rstrip("/") + "/api/v1/reads"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
        # The jitter keeps a thousand cameras from returning in the same second; it guards nothing.
        self._rng = rng or random.Random()  # noqa: S311 - jitter keeps cameras apart; it guards nothing
        self._stopping = threading.Event()
        self._batch_reads = batch_reads
        self._thread = threading.Thread(target=self._run, name="edge-sender", daemon=True)
        self.sent = 0
        self.quarantined = 0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no other post."""
        self._stopping.set()
        self._outbox.wake()

    def stop(self) -> None:
        """Stop after the post in flight; what was not taken stays in the outbox."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()

    def drain(self, timeout_s: float, stopping: threading.Event) -> bool:
        """Wait until nothing is waiting or `stopping` is set; false where the time was over first."""
        until_s = time.monotonic() + timeout_s
        while len(self._outbox) and time.monotonic() < until_s:
            if stopping.wait(_DRAIN_POLL_S):
                return True
        return not len(self._outbox)

    def _run(self) -> None:
        pause_s, asked_s = FIRST_PAUSE_S, 0.0
        while not self._stopping.is_set():
            try:
                self._send_some()
            except CentreUnavailable as error:
                why, asked_s = str(error), error.retry_after_s
            except UnavailableError as error:
                why, asked_s = str(error), 0.0
            except Exception as error:  # noqa: BLE001 - a sender that ended would leave every later read unsent
                # Only its kind: the sentence of a stranger may hold what was to be sent.
                why, asked_s = f"Sending failed ({type(error).__name__}).", 0.0
            else:
                pause_s = FIRST_PAUSE_S
                continue
            _log.warning("%s Trying again in %.1f s; the reads wait in the outbox.", why, pause_s)
            self._stopping.wait(jittered_s(pause_s, asked_s, self._rng))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _send_some(self) -> None:
        reads = self._outbox.waiting(self._batch_reads)
        if reads:
            self._post(reads)
        else:
            self._outbox.wait_for_arrival(_ARRIVAL_S)

    def _post(self, reads: tuple[WaitingRead, ...]) -> None:
        batch = PostedBatch(
            Source(f"turnpike-edge/{__version__}", reads[0].model), [msgspec.Raw(read.body) for read in reads]
        )
        try:
            response = self._client.post(self._url, content=msgspec.json.encode(batch))
        except httpx.HTTPError as error:
            raise CentreUnavailable(f"The centre cannot be reached ({type(error).__name__}).") from error
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(reads) > 1:
            self._batch_reads = max(1, len(reads) // 2)
            raise CentreUnavailable("The batch was too large for the centre; sending fewer reads at once.")
        if response.status_code != HTTPStatus.OK:
            why = _REFUSALS.get(response.status_code, f"the centre answered {response.status_code}")
            asked = response.headers.get("Retry-After", "")
            raise CentreUnavailable(
                f"Nothing was taken: {why}.", retry_after_s=float(asked) if asked.isdecimal() else 0.0
            )
        try:
            answer = msgspec.json.decode(response.content, type=BatchAnswer)
        except msgspec.MsgspecError as error:
            raise CentreUnavailable("The centre's answer is not understood; is its address right?") from error
        self._outbox.remove(reads)
        self.sent += answer.stored
        self.quarantined += len(answer.quarantined)
        for kept_aside in answer.quarantined:
            _log.warning("The centre kept a read aside: %s", kept_aside.reason)


def jittered_s(pause_s: float, asked_s: float, rng: random.Random) -> float:
    """How long to wait, in seconds: about `pause_s`, and never less than the centre asked for, up to a minute."""
    return max(pause_s * rng.uniform(0.5, 1.0), min(asked_s, LONGEST_PAUSE_S) * rng.uniform(1.0, 1.25))
