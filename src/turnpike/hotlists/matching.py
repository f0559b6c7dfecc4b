"""The matcher of this process, kept up to date with the records, and what becomes of its finds."""

from __future__ import annotations

import secrets
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.utils import timezone

from turnpike.access.services import SharedField, fields_for_matching
from turnpike.hotlists.alerts import alert_of, exchange
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.matcher import Matcher, Wanted
from turnpike.hotlists.models import Edition, Entry, Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from turnpike.hotlists.matcher import Match
    from turnpike.reads.services import StoredRead

CHECK_EVERY_S = 1.0
"""How long a change by another process may go unnoticed. Source: ours; a command in another process may
withdraw an entry, and an alert that follows within a second is still an alert of the same moment."""


class CurrentMatcher:
    """The matcher of the entries as they stand; rebuilt when their edition changes."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._matcher = Matcher(())
        self._token: int | None = None
        self._check_at_s = 0.0

    def get(self) -> Matcher:
        """The matcher, at most `CHECK_EVERY_S` behind another process and never behind this one."""
        with self._guard:
            now_s = self._monotonic()
            if now_s >= self._check_at_s:
                # Set before looking, so that a change made meanwhile is looked for again.
                self._check_at_s = now_s + CHECK_EVERY_S
                try:
                    self._catch_up()
                except DatabaseError:
                    self.expire()
                    raise
            return self._matcher

    def expire(self) -> None:
        """Look at the records before the next match."""
        self._check_at_s = 0.0

    def _catch_up(self) -> None:
        # The token is read before the entries: one that changes in between only means a second rebuild.
        token = Edition.objects.filter(id=1).values_list("token", flat=True).first()
        if token == self._token:
            return
        authorised = Entry.objects.filter(state=EntryState.AUTHORISED).order_by("id")
        rows = authorised.values_list("id", "plate", "weed_at")
        self._matcher = Matcher(Wanted(*row) for row in rows.iterator(chunk_size=10_000))
        self._token = token


_current = CurrentMatcher()


def new_edition() -> None:
    """Note that the entries are no longer what they were; to be called in the transaction that changes them."""
    Edition.objects.update_or_create(id=1, defaults={"token": secrets.randbits(63)})
    # Now, for what this transaction itself matches, and again once others can see the change.
    _current.expire()
    transaction.on_commit(_current.expire)


def match(reads: Sequence[StoredRead], *, clock: Callable[[], datetime] = timezone.now) -> tuple[Hit, ...]:
    """`match_column` of reads that are objects already."""
    return match_column(
        [read.plate for read in reads],
        lambda positions: [reads[position] for position in positions],
        clock=clock,
    )


def match_column(
    plates: Sequence[str],
    reads_at: Callable[[Sequence[int]], Sequence[StoredRead]],
    *,
    clock: Callable[[], datetime] = timezone.now,
) -> tuple[Hit, ...]:
    """Match stored reads against the entries that alert now, and publish what is new to every wall.

    Called with each group of reads once it is committed. `reads_at` makes the reads at some positions of the column,
    in ascending order, and is called for the few that agree with an entry. A read that is matched again, since its
    batch was sent again, makes neither a second hit nor a second alert. Returns the new hits.
    """
    now = clock()
    matches = _current.get().match(plates, now=now)
    if not matches:
        return ()
    positions = sorted({found.position for found in matches})
    reads = dict(zip(positions, reads_at(positions), strict=True))
    with transaction.atomic():
        hits = tuple(hit for found in matches if (hit := _new_hit(found, reads[found.position], now)))
    for hit in hits:
        # Not before commit, where the caller has a transaction of its own: a wall shows nothing that may vanish.
        transaction.on_commit(partial(exchange.publish, alert_of(hit)))
    return hits


def _new_hit(found: Match, read: StoredRead, now: datetime) -> Hit | None:
    """The hit, unless it is there already, its entry was closed since the matcher was built, or the read is another controller's and no agreement opens it for matching."""
    entry = (
        Entry.objects.select_related("hotlist")
        .filter(pk=found.entry_id, state=EntryState.AUTHORISED, weed_at__gt=now)
        .first()
    )
    if entry is None or SharedField.TEXT not in fields_for_matching(read.camera_id, read.captured_at):
        return None
    hit, created = Hit.objects.get_or_create(
        entry=entry,
        read_id=read.read_id.text,
        defaults={
            "camera_id": read.camera_id,
            "captured_at": read.captured_at,
            "received_at": read.received_at,
            "read_plate": read.plate,
            "confidence": read.confidence,
            "has_patch": read.has_patch,
            "kind": found.kind,
            "matched_at": now,
        },
    )
    return hit if created else None
