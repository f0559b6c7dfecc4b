"""Watches: who may see one list's alerts, until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.dispatch import Signal
from django.utils import timezone

from turnpike.access.decisions import authorise, grounds
from turnpike.access.errors import WatchError
from turnpike.access.models import Watch
from turnpike.access.policy import Action
from turnpike.accounts.services import Role
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Collection

    from turnpike.accounts.services import User

watch_changed = Signal()
"""Sent with `watch` after one was granted or revoked; a stream that stands on it looks again."""


def grant_watch(authoriser: User, operator: User, list_slug: str, hours: int) -> Watch:
    """Give an operator a watch on one list for 1 to 24 hours; a watch that stands already is left alone.

    Raises:
        Denied: not by an authoriser, to oneself, to somebody who is no operator, or for too long.
    """
    decision = authorise(
        authoriser,
        Action.GrantWatch,
        resource=list_slug,
        context={
            "operator": operator.username,
            "operator_may_watch": operator.has_role(Role.OPERATOR),
            "hours": hours,
        },
    )
    granted_at = timezone.now()
    expires_at = granted_at + timedelta(hours=hours)
    record(
        AuditEvent.WATCH_GRANTED,
        actor=authoriser.username,
        details={
            "operator": operator.username,
            "hotlist": list_slug,
            "expires_at": expires_at.isoformat(timespec="seconds"),
            **grounds(decision),
        },
    )
    watch = Watch.objects.create(
        list_slug=list_slug,
        operator=operator,
        granted_by=authoriser,
        granted_at=granted_at,
        expires_at=expires_at,
    )
    watch_changed.send(Watch, watch=watch)
    return watch


def revoke_watch(user: User, watch_id: int) -> Watch:
    """End a watch now; one that has ended stays as it was.

    Raises:
        Denied: not by an authoriser.
        WatchError: there is no such watch.
    """
    decision = authorise(user, Action.RevokeWatch, resource=str(watch_id))
    watch = Watch.objects.select_related("operator").filter(pk=watch_id).first()
    if watch is None:
        raise WatchError("There is no such watch: choose one from the list.")
    if not watch.is_active:
        return watch
    record(
        AuditEvent.WATCH_REVOKED,
        actor=user.username,
        details={
            "watch": watch_id,
            "operator": watch.operator.username,
            "hotlist": watch.list_slug,
            **grounds(decision),
        },
    )
    watch.revoked_at = timezone.now()
    watch.save(update_fields=["revoked_at"])
    watch_changed.send(Watch, watch=watch)
    return watch


def watches_of(user: User) -> tuple[Watch, ...]:
    """The watches that this person holds now, newest first."""
    return tuple(Watch.objects.filter(operator=user, revoked_at=None, expires_at__gt=timezone.now()))


def standing_watches() -> tuple[Watch, ...]:
    """Everybody's watches that stand now, newest first; for whoever grants and revokes them."""
    return tuple(
        Watch.objects.select_related("operator", "granted_by").filter(
            revoked_at=None, expires_at__gt=timezone.now()
        )
    )


def active_watch(user: User, list_slug: str) -> Watch | None:
    """The longest of this person's watches on that list that stands now."""
    return (
        Watch.objects.filter(
            operator=user, list_slug=list_slug, revoked_at=None, expires_at__gt=timezone.now()
        )
        .order_by("-expires_at")
        .first()
    )


def others_on_watch(list_slug: str, but: Collection[int]) -> tuple[str, ...]:
    """The names of those who hold a watch on that list now, beside the accounts of these ids."""
    standing = Watch.objects.filter(
        list_slug=list_slug,
        revoked_at=None,
        expires_at__gt=timezone.now(),
        operator__is_active=True,
        operator__role_grants__role=Role.OPERATOR,
    ).exclude(operator_id__in=but)
    return tuple(standing.values_list("operator__name", flat=True).order_by("operator__name").distinct())


def watch_is_active(watch_id: int) -> bool:
    """Whether that watch stands now, its operator's account is open and still has the role; asked of the database."""
    return Watch.objects.filter(
        pk=watch_id,
        revoked_at=None,
        expires_at__gt=timezone.now(),
        operator__is_active=True,
        operator__role_grants__role=Role.OPERATOR,
    ).exists()
