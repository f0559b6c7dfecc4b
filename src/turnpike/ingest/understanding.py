"""From the spool to the store: a thread that has messages understood, brings passes together, and settles each message once its reads are durable.

Whatever goes wrong with one message ends in quarantine, and whatever goes wrong beside leaves the message in the spool, where it is found again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connections

from turnpike.cameras.services import Sign, admitted, hear, heard_from, heard_unread
from turnpike.ingest import message_quarantine
from turnpike.ingest.adapter_wire import Asked, Refusal
from turnpike.ingest.message_quarantine import Aside
from turnpike.ingest.passes import Passes
from turnpike.ingest.recent import Recent, RecentMessage
from turnpike.ingest.sending import Sending
from turnpike.ingest.sorting import camera_of, sorted_message
from turnpike.ingest.spool_telling import tell_of_spool
from turnpike.ingest.vendor_reads import Origin, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from turnpike.ingest.adapter_child import AdapterChild
    from turnpike.ingest.adapter_wire import Told
    from turnpike.ingest.checking import Message
    from turnpike.ingest.feeding import FeedFacts, SpooledMessage
    from turnpike.ingest.grouping import Reply
    from turnpike.ingest.passes import Finished
    from turnpike.ingest.retries import RetryHashes
    from turnpike.ingest.spool import Place, Spool, Spooled

TAKEN_AT_ONCE = 64
_TAKE_S = 0.1
_ASIDE_EVERY_S, _MAX_ASIDES = 0.5, 200
_MAX_ASIDE_BYTES = 16 * 2**20
_SETTLE_EVERY_S = 0.2
_TIDY_EVERY_S, _CLEAR_EVERY_S = 1.0, 3600.0
_ADMITTED_FOR_S = 1.0
_PAUSE_S = 1.0
_CLOCK_SET_BACK = timedelta(minutes=1)
FEED_UNKNOWN = "The feed is closed or not known any more."
HOPELESS = "What the message says could not be stored, while other messages were."
_log = logging.getLogger(__name__)


class Understanding:
    """The thread between spool and writer. `submit` hands a message to the writer; `facts` finds a feed by its name.

    `only_alive` is told of each message that said no more than that its sender lives, so that the same is taken again.
    """

    def __init__(
        self,
        spool: Spool,
        child: AdapterChild,
        submit: Callable[[Message, Reply], None],
        facts: Callable[[str], FeedFacts | None],
        hashes: RetryHashes,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        heard: Callable[[Collection[str], datetime], None] = heard_from,
        only_alive: Callable[[SpooledMessage], None] = lambda _: None,
    ) -> None:
        self._spool = spool
        self._child = child
        self._facts = facts
        self._hashes = hashes
        self._now = now
        self._heard = heard
        self._only_alive = only_alive
        self._sending = Sending(submit)
        self._passes = Passes()
        self.recent = Recent()
        self._batch: list[Spooled] = []
        # By place, of how many reads, passes and entries of the quarantine the message still waits.
        self._owed: Counter[Place] = Counter()
        self._settled: list[Place] = []
        self._asides: list[tuple[Aside, Place]] = []
        self._reached_at = datetime.fromtimestamp(0, UTC)
        self._admitted: dict[str, bool] = {}
        self._due_s = dict.fromkeys(("admitted", "aside", "settle", "tidy", "clear"), 0.0)
        self._told_outage = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest-understanding", daemon=True)

    def start(self) -> None:
        """Begin to take messages out of the spool."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more; what is not settled is understood anew at the next start."""
        self._stopping.set()
        self._thread.join()
        self._child.stop()

    def settle(self) -> None:
        """Settle what has become durable since; after the writer has stopped."""
        self._collect()
        self._settle()

    def round(self) -> None:
        """Do once all that there is to do; what fails is done in the next.

        Raises:
            TurnpikeError: the ledger, or the process that understands, is not there now.
            django.db.DatabaseError: the records cannot be read or written now.
            OSError: the disk cannot be read.
        """
        self._collect()
        if not self._batch:
            self._batch = self._take()
        if self._batch:
            self._understand(self._batch)
            self._batch = []
            self._finish(self._passes.silent(self._reached_at))
        else:
            self._finish(self._all_silent())
        if self._has_many_aside or self._is_due("aside", _ASIDE_EVERY_S):
            self._keep_asides()
        if self._is_due("settle", _SETTLE_EVERY_S):
            self._settle()
        if self._is_due("tidy", _TIDY_EVERY_S):
            self._told_outage = tell_of_spool(self._spool, told_outage=self._told_outage)
        if self._is_due("clear", _CLEAR_EVERY_S):
            message_quarantine.clear_old(self._now())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.round()
            except Exception as error:  # noqa: BLE001 - no failure ends the thread: its messages wait in the spool
                # Only the kind of error: its text may hold a plate.
                _log.error("Cameras' messages wait to be understood: %s.", type(error).__name__)
                connections.close_all()
                self._stopping.wait(_PAUSE_S)
        connections.close_all()

    def _is_due(self, what: str, every_s: float) -> bool:
        now_s = time.monotonic()
        if now_s < self._due_s[what]:
            return False
        self._due_s[what] = now_s + every_s
        return True

    @property
    def _has_many_aside(self) -> bool:
        return len(self._asides) >= _MAX_ASIDES or (
            sum(len(aside.message.body) for aside, _ in self._asides) >= _MAX_ASIDE_BYTES
        )

    def _take(self) -> list[Spooled]:
        if self._sending.is_full or self._has_many_aside:
            self._stopping.wait(_TAKE_S)
            return []
        return self._spool.take(TAKEN_AT_ONCE, timeout_s=_TAKE_S)

    def _understand(self, batch: list[Spooled]) -> None:
        feeds = {feed: self._facts(feed) for feed in {one.message.feed for one in batch}}
        known = [(one, facts) for one in batch if (facts := feeds[one.message.feed]) is not None]
        outcomes = self._child.understand([_asked(one, facts) for one, facts in known])
        self._look_up_cameras([facts for _, facts in known], outcomes)
        # Up to here nothing has changed, so that all of it can be done again.
        for one in batch:
            if feeds[one.message.feed] is None:
                self._refuse(one, "", FEED_UNKNOWN)
        for (one, facts), outcome in zip(known, outcomes, strict=True):
            try:
                self._take_in(one, facts, outcome)
            except Exception as error:  # noqa: BLE001 - one message that we handle wrongly must not keep the others waiting
                _log.error("A camera's message could not be taken in: %s.", type(error).__name__)
                fault = f"The message could not be taken in ({type(error).__name__}); that is to be mended in Turnpike."
                self._refuse(one, facts.adapter, fault)

    def _look_up_cameras(self, feeds: Sequence[FeedFacts], outcomes: Sequence[Told | Refusal]) -> None:
        if self._is_due("admitted", _ADMITTED_FOR_S):
            self._admitted.clear()
        for facts, outcome in zip(feeds, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                continue
            for sighting in outcome.understood.sightings:
                camera_id = camera_of(facts, sighting.source_camera)
                if camera_id and camera_id not in self._admitted:
                    self._admitted[camera_id] = admitted(camera_id)

    def _take_in(self, one: Spooled, facts: FeedFacts, outcome: Told | Refusal) -> None:
        message, place = one.message, one.place
        if isinstance(outcome, Refusal):
            self.recent.add(
                message.feed, RecentMessage(message.received_at, len(message.body), (), (outcome.reason,))
            )
            self._refuse(one, facts.adapter, outcome.reason)
            return
        origin = Origin(
            facts.adapter,
            outcome.understood.software,
            outcome.understood.model,
            hashlib.sha256(message.body).digest(),
            message.received_at,
        )
        reached_at = self._reach(message.received_at)
        found = sorted_message(outcome, facts, origin, place, reached_at, self._admitted, self._hashes)
        whole = [message_of(reads) for reads in found.reads.values()]
        # From here on nothing is refused, so that no message is owed anything for good.
        self._owed[place] += 1
        for own in whole:
            self._owed[place] += 1
            self._sending.send(own, (place,))
        for key, seen in found.of_passes:
            self._owed[place] += 1
            self._finish(self._passes.add(key, seen))
        if found.reasons:
            self._refuse(one, facts.adapter, found.reasons[0])
        self._release((place,))
        faults = (*found.reasons, *outcome.notes)
        self.recent.add(
            message.feed, RecentMessage(message.received_at, len(message.body), found.masked, faults)
        )
        if not found.masked and not found.reasons:
            self._only_alive(message)
        if found.alive:
            self._heard(found.alive, message.received_at)
        if found.unread:
            heard_unread(found.unread, message.received_at)
        if found.mistimed:
            at_ms = round(message.received_at.timestamp() * 1000)
            hear([Sign(camera_id, at_ms, aside=1, aside_for_time=1) for camera_id in found.mistimed])

    def _refuse(self, one: Spooled, adapter: str, reason: str) -> None:
        self._owed[one.place] += 1
        self._asides.append((Aside(one.message, adapter, reason), one.place))

    def _finish(self, finished: Iterable[Finished]) -> None:
        for over in finished:
            if over.read is not None:
                self._sending.send(message_of([over.read]), over.places)
                continue
            if over.reason:
                self._refuse_place(over.places[-1], over.adapter, over.reason)
            self._release(over.places)

    def _refuse_place(self, place: Place, adapter: str, reason: str) -> None:
        message = self._spool.read(place)
        if message is not None:
            self._owed[place] += 1
            self._asides.append((Aside(message, adapter, reason), place))

    def _reach(self, received_at: datetime) -> datetime:
        """The time of the stream: silence is told by it, so that what waited in the spool is no silence."""
        self._reached_at = max(self._reached_at, received_at)
        return self._reached_at

    def _all_silent(self) -> list[Finished]:
        """The passes that are over by the clock, since all that came is taken."""
        now = self._now()
        if now < self._reached_at - _CLOCK_SET_BACK:
            self._reached_at = now
            return self._passes.all_over()
        return self._passes.silent(self._reach(now))

    def _collect(self) -> None:
        done, hopeless = self._sending.collect()
        self._release(done)
        for one in hopeless:
            for place in one.places:
                self._refuse_place(place, one.adapter, HOPELESS)
            self._release(one.places)

    def _release(self, places: Iterable[Place]) -> None:
        for place in places:
            self._owed[place] -= 1
            if self._owed[place] <= 0:
                del self._owed[place]
                self._settled.append(place)

    def _keep_asides(self) -> None:
        if self._asides:
            message_quarantine.keep([aside for aside, _ in self._asides], self._hashes)
            asides, self._asides = self._asides, []
            self._release(place for _, place in asides)

    def _settle(self) -> None:
        settled, self._settled = self._settled, []
        self._spool.settle(settled)


def _asked(one: Spooled, facts: FeedFacts) -> Asked:
    message = one.message
    return Asked(
        facts.adapter, message.body, message.received_at, message.content_type, message.topic,
        facts.time_zone, dict(facts.settings),
    )  # fmt: skip
