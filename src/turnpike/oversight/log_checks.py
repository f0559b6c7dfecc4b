"""Checking the whole log in the background: begun on a page, asked about on the same page, one at a time."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from turnpike.access.services import Action, authorise
from turnpike.errors import TurnpikeError
from turnpike.ledger.services import kept_checkpoint, state, turn, verify
from turnpike.oversight.models import LogCheck

if TYPE_CHECKING:
    from turnpike.accounts.services import User

_TELL_EVERY = timedelta(seconds=1)
_SILENT_FOR = timedelta(minutes=1)
"""Whoever says nothing for so long was ended with its process. Source: ours."""


def begin_check(user: User, kept_note: str = "") -> LogCheck:
    """A check that has begun: a new one, or the one that is at it. It shows no contents, so that it leaves no entry.

    `kept_note` is a checkpoint that somebody kept from an earlier visit; the log must still hold all of it.

    Raises:
        Denied: the person may not look at the log.
        SlipError: `kept_note` is no checkpoint of this log.
    """
    authorise(user, Action.ViewLog, resource="ledger")
    if kept_note:
        kept_checkpoint(kept_note)
    with turn("oversight.log_check", "only one"):
        newest = newest_check(user)
        if newest is not None and is_running(newest):
            return newest
        now = timezone.now()
        check = LogCheck.objects.create(
            begun_by=user.username, begun_at=now, told_at=now, size=state().size, kept_note=kept_note
        )
    _start(check.pk)
    return check


def newest_check(user: User) -> LogCheck | None:
    """The check that was begun last, or None.

    Raises:
        Denied: the person may not look at the log.
    """
    authorise(user, Action.ViewLog, resource="ledger")
    return LogCheck.objects.first()


def is_running(check: LogCheck) -> bool:
    """Whether it is still at it; one that neither ended nor spoke lately was cut off."""
    return check.ended_at is None and timezone.now() - check.told_at < _SILENT_FOR


def run_check(number: int) -> None:
    """Do the check of that number, here and now, and keep what came of it."""
    check = LogCheck.objects.get(pk=number)
    kept = kept_checkpoint(check.kept_note) if check.kept_note else None

    def tell(done: int, size: int) -> None:
        check.done, check.size = done, size
        now = timezone.now()
        if now - check.told_at >= _TELL_EVERY or done == size:
            check.told_at = now
            check.save(update_fields=["done", "size", "told_at"])

    try:
        check.checkpoint = verify(tell, kept=kept).checkpoint
    except TurnpikeError as error:
        check.fault = str(error)
    check.ended_at = check.told_at = timezone.now()
    check.save()


def _start(number: int) -> None:
    threading.Thread(target=_run_apart, args=(number,), name="log-check", daemon=True).start()


def _run_apart(number: int) -> None:
    try:
        run_check(number)
    finally:
        connection.close()
