"""Sessions: how long one lasts, where a person is signed in, and ending one from afar.

A session ends after so long without use and, whatever happens, after so long in all. An alert wall that is open counts as use:
an operator watches it for a shift without touching it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from turnpike import config
from turnpike.accounts.errors import AccountError
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from turnpike.accounts.models import User

_BEGAN, _SEEN = "began_at_s", "seen_at_s"
_NOTED_EVERY_S = 60
_LONGEST_NAME = 60
_BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One place where a person is signed in; `number` names it to `end_session`."""

    number: int
    browser: str
    began_at: datetime
    seen_at: datetime
    is_this_one: bool


def begin_session(session: SessionBase) -> None:
    """Let the time of a session run from now."""
    session[_BEGAN] = session[_SEEN] = timezone.now().timestamp()


def remember_session(request: HttpRequest) -> None:
    """Put the session of a request, as it is called from now on, on its person's list."""
    UserSession.objects.create_from_request(request)


def why_over(session: SessionBase) -> str:
    """In one sentence why a session has ended by its time; empty while it has not."""
    settings, now_s = config.load(), timezone.now().timestamp()
    if now_s - session.get(_SEEN, now_s) > timedelta(minutes=settings.session_idle_minutes).total_seconds():
        return (
            f"You were signed out after {settings.session_idle_minutes} minutes without use; sign in again."
        )
    if now_s - session.get(_BEGAN, now_s) > timedelta(hours=settings.session_hours).total_seconds():
        return f"You were signed out after {settings.session_hours} hours, as everybody is; sign in again."
    return ""


def note_use(session: SessionBase) -> bool:
    """Let a session count as used now; whether that changed it, which it does once a minute at most."""
    now_s = timezone.now().timestamp()
    if _BEGAN in session and now_s - session.get(_SEEN, 0) < _NOTED_EVERY_S:
        return False
    session.setdefault(_BEGAN, now_s)
    session[_SEEN] = now_s
    return True


def keep_alive(session: SessionBase) -> None:
    """Note the use of a session that no request carries, such as a stream's; one that has ended meanwhile stays ended."""
    if note_use(session) and session.session_key:
        with contextlib.suppress(UpdateError):
            session.save()


def sessions_of(user: User, current_key: str | None) -> tuple[SignedIn, ...]:
    """Where this person is signed in now, the latest first; `current_key` is the asking session's own."""
    found = []
    for one in UserSession.objects.purge_and_list(user):
        held = one._session_store(one.session_key)  # noqa: SLF001 - allauth offers no other way to a session's data
        if why_over(held):
            continue
        seen_at = datetime.fromtimestamp(held.get(_SEEN, one.last_seen_at.timestamp()), UTC)
        is_this_one = one.session_key == current_key
        found.append(SignedIn(one.pk, browser_name(one.user_agent), one.created_at, seen_at, is_this_one))
    return tuple(sorted(found, key=lambda one: one.seen_at, reverse=True))


def end_session(user: User, number: int) -> None:
    """End one of this person's sessions, wherever it is; its pages and streams answer no more.

    Raises:
        AccountError: they have none of that number.
        LedgerError: it could not be recorded; the session goes on.
    """
    session = UserSession.objects.filter(user=user, pk=number).first()
    if session is None:
        raise AccountError("That session has ended already.")
    record(AuditEvent.SESSION_ENDED, actor=user.username, details={"why": "its owner ended it from another"})
    session.end()


def end_all_sessions(user: User) -> None:
    """End every session of this person; the caller has recorded why."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def end_other_sessions(request: HttpRequest, user: User, *, why: str) -> None:
    """End every session of this person but the one that asks; each is an entry first."""
    for one in UserSession.objects.purge_and_list(user):
        if one.session_key != request.session.session_key:
            record(AuditEvent.SESSION_ENDED, actor=user.username, details={"why": why})
            one.end()


def forget_expired_sessions() -> None:
    """Delete what is kept of sessions whose cookies have expired, and of where they were."""
    SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def seen_at_s(session: UserSession) -> float:
    """When a session was last used, in seconds since 1970; 0 where it has ended."""
    held = session._session_store(session.session_key)  # noqa: SLF001 - allauth offers no other way to a session's data
    return float(held.get(_SEEN, 0))


def browser_name(user_agent: str) -> str:
    """What a browser calls itself, in two words where they are known."""
    browser = next((name for name in _BROWSERS if name in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    known = " on ".join(part for part in (browser.replace("Edg", "Edge"), system) if part)
    return known or user_agent[:_LONGEST_NAME] or "An unknown browser"
