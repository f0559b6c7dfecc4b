"""The matcher of this process, which follows the records without being built anew."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

from turnpike.hotlists.entry_table import EntryTable
from turnpike.hotlists.matcher import Matcher
from turnpike.hotlists.revisions import (
    authorised_entries,
    changed_since,
    newest_revision,
    next_revision,
    still_stands,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnpike.hotlists.revisions import Changes, Revision

_log = logging.getLogger(__name__)

CHECK_EVERY_S = 0.25
"""How long a change by another process may go unnoticed. Source: ours; a change must reach matching within a second, also
of a machine that is busy, and a look at one row four times a second costs nothing."""


class CurrentMatcher:
    """The matcher of the entries as they stand; changes are laid over it as they come.

    Whoever wants to match takes what is there. Whoever comes when a look at the records is due makes it, while others go on with what
    they have; they wait only for the first load and for changes that this process itself has made.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        in_background: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._in_background = in_background or _in_thread
        self._guard = threading.Lock()
        self._matcher = Matcher(EntryTable.empty())
        self._is_loaded = False
        self._revision: Revision | None = None
        self._check_at_s = 0.0
        # Each demand for a look is an object of its own, so that none is taken for one that was met before.
        self._asked = self._met = object()
        # What was laid over since the table that is being packed in the background was taken; None while none is.
        self._meanwhile: list[Changes] | None = None

    def get(self) -> Matcher:
        """The matcher, at most `CHECK_EVERY_S` behind another process and never behind this one.

        Raises:
            DatabaseError: the records cannot be asked whether anything has changed.
        """
        if self._is_due() and self._guard.acquire(blocking=self._must_wait()):
            try:
                if self._is_due():
                    self._look()
            finally:
                self._guard.release()
        return self._matcher

    def expire(self) -> None:
        """Look at the records before the next match."""
        self._asked = object()

    def _must_wait(self) -> bool:
        return not self._is_loaded or self._met is not self._asked

    def _is_due(self) -> bool:
        return self._must_wait() or self._monotonic() >= self._check_at_s

    def _look(self) -> None:
        # Noted before looking, so that a change made meanwhile is looked for again. A look that fails leaves one due.
        asked, now_s = self._asked, self._monotonic()
        self._catch_up()
        self._met, self._check_at_s = asked, now_s + CHECK_EVERY_S

    def _catch_up(self) -> None:
        # Before the entries: what changes in between is fetched twice, and never not at all.
        newest = newest_revision()
        if self._is_loaded and newest == self._revision:
            return
        if self._is_loaded and self._revision is not None and still_stands(self._revision):
            self._lay_over(changed_since(self._revision))
        else:
            self._is_loaded = False
            self._matcher, self._meanwhile = Matcher(authorised_entries()), None
        self._revision, self._is_loaded = newest, True
        self._compact_if_overgrown()

    def _lay_over(self, changes: Changes) -> None:
        self._matcher = self._matcher.with_changes(*changes)
        if self._meanwhile is not None:
            self._meanwhile.append(changes)

    def _compact_if_overgrown(self) -> None:
        if self._meanwhile is None and self._matcher.is_overgrown:
            taken = self._matcher
            meanwhile: list[Changes] = []
            self._meanwhile = meanwhile
            self._in_background(lambda: self._compact(taken, meanwhile))

    def _compact(self, taken: Matcher, meanwhile: list[Changes]) -> None:
        """Pack what was `taken` anew, and put it in its place with what was laid over that meanwhile."""
        try:
            packed = taken.compacted()
        except MemoryError:
            _log.warning("The hotlist entries could not be packed anew for want of memory; matching goes on.")
            packed = None
        with self._guard:
            # Not where everything was loaded anew in between.
            if self._meanwhile is meanwhile:
                self._meanwhile = None
                if packed is not None:
                    for changes in meanwhile:
                        packed = packed.with_changes(*changes)
                    self._matcher = packed


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="pack-hotlist-entries", daemon=True).start()


current = CurrentMatcher()


@contextmanager
def changing_entries() -> Iterator[int]:
    """A transaction that changes entries, and the revision to be written beside each that it changes."""
    with transaction.atomic():
        yield next_revision()
        # Now, for what this transaction itself matches, and again once others can see the change.
        current.expire()
        transaction.on_commit(current.expire)
