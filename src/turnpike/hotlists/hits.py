"""Hits as walls and their pages ask for them, and what was done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from turnpike.access.services import (
    Action,
    Look,
    LookKind,
    Unseen,
    active_watch,
    authorise_look,
    grounds,
    others_on_watch,
)
from turnpike.hotlists.alerts import Alert, alert_of, exchange
from turnpike.hotlists.errors import AlreadyDecided, HotlistError, NotFound
from turnpike.hotlists.models import Hit, Sighting, Withholding
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet

    from turnpike.accounts.services import User
    from turnpike.hotlists.kinds import Outcome


def _hits() -> QuerySet[Hit]:
    return Hit.objects.select_related("entry__hotlist", "actioned_by")


def find_hit(hit_id: int) -> Hit:
    """The hit, with its entry and list.

    Raises:
        NotFound: there is none.
    """
    hit = _hits().select_related("entry__proposed_by", "entry__authorised_by").filter(pk=hit_id).first()
    if hit is None:
        raise NotFound("There is no such alert; choose one from the wall.")
    return hit


def waiting_alerts(list_slugs: Collection[str], *, limit: int) -> tuple[Alert, ...]:
    """The newest alerts of these lists about which nothing was recorded yet, newest first."""
    rows = _hits().filter(entry__hotlist__slug__in=list_slugs, actioned_at=None)
    return tuple(alert_of(hit) for hit in rows.order_by("-id")[:limit])


def actioned_alerts(list_slugs: Collection[str], *, since: datetime, limit: int) -> tuple[Alert, ...]:
    """The alerts of these lists that were dealt with since then, the last one first."""
    rows = _hits().filter(entry__hotlist__slug__in=list_slugs, actioned_at__gte=since)
    return tuple(alert_of(hit) for hit in rows.order_by("-actioned_at")[:limit])


def settled_alerts(
    user: User, list_slugs: Collection[str], *, since: datetime, limit: int
) -> tuple[Alert, ...]:
    """Of `actioned_alerts`, those that this person was shown: their wall may not know that they are settled."""
    rows = _hits().filter(entry__hotlist__slug__in=list_slugs, actioned_at__gte=since, sightings__user=user)
    return tuple(alert_of(hit) for hit in rows.order_by("-actioned_at")[:limit])


def missed_alerts(user: User, list_slugs: Collection[str], *, after: int, limit: int) -> tuple[Alert, ...]:
    """What a wall that showed hit `after` last has not shown: newer ones, and any this person never saw.

    Only those still waiting; the newest `limit` of them, oldest first.
    """
    seen = Sighting.objects.filter(hit=OuterRef("pk"), user=user)
    rows = _hits().filter(
        Q(pk__gt=after) | ~Exists(seen), entry__hotlist__slug__in=list_slugs, actioned_at=None
    )
    return tuple(alert_of(hit) for hit in reversed(rows.order_by("-id")[:limit]))


def was_seen(user: User, hit_id: int) -> bool:
    """Whether it is noted that this person was shown the hit."""
    return Sighting.objects.filter(hit_id=hit_id, user=user).exists()


def note_seen(user: User, hit_id: int) -> None:
    """Note that this person was shown the hit; to be called once the ledger has the entry."""
    Sighting.objects.get_or_create(hit_id=hit_id, user=user)


def withheld_before(user: User, hit_ids: Collection[int]) -> frozenset[int]:
    """Those of these hits of which it is noted that they are withheld from this person."""
    noted = Withholding.objects.filter(hit_id__in=hit_ids, user=user)
    return frozenset(noted.values_list("hit_id", flat=True))


def note_withheld(user: User, hit_id: int) -> None:
    """Note that the hit is withheld from this person; to be called once the ledger has the entry."""
    Withholding.objects.get_or_create(hit_id=hit_id, user=user)


def unseen_alerts() -> tuple[Unseen, ...]:
    """By list: alerts that wait, that nobody has seen, and that are withheld from everybody on watch, or nobody is on watch."""
    waiting = (
        Hit.objects.filter(actioned_at=None, sightings=None, withholdings__isnull=False)
        .values_list("entry__hotlist__slug", "pk", "matched_at", "withholdings__user")
        .order_by("entry__hotlist__slug", "pk")
    )
    hits: dict[tuple[str, int, datetime], set[int]] = {}
    for slug, hit_id, matched_at, user_id in waiting:
        hits.setdefault((slug, hit_id, matched_at), set()).add(user_id)
    unseen: dict[str, list[datetime]] = {}
    for (slug, _, matched_at), withheld_from in hits.items():
        if not others_on_watch(slug, withheld_from):
            unseen.setdefault(slug, []).append(matched_at)
    return tuple(Unseen(slug, len(raised), min(raised)) for slug, raised in unseen.items())


def action_hit(user: User, hit_id: int, *, outcome: Outcome, note: str) -> Hit:
    """Record what was done about a hit, and tell every wall.

    Raises:
        NotFound: there is no such hit.
        HotlistError: the outcome needs a note, and there is none.
        AlreadyDecided: somebody recorded an outcome before.
        Denied: this person has no active watch on the hit's list, or it is withheld from them.
    """
    note = note.strip()
    if outcome.needs_note and not note:
        raise HotlistError("Add a note: this outcome alone does not say what was done.")
    with turn("hit", hit_id):
        hit = _actioned(user, hit_id, outcome, note)
    exchange.publish(alert_of(hit))
    return hit


def _actioned(user: User, hit_id: int, outcome: Outcome, note: str) -> Hit:
    hit = find_hit(hit_id)
    slug = hit.entry.hotlist.slug
    look = Look(LookKind.ALERT, user, list_slug=slug, case_reference=hit.entry.case_reference)
    decision = authorise_look(
        user,
        Action.ActOnAlert,
        str(hit_id),
        {"watch_active": active_watch(user, slug) is not None, "outcome": outcome.value},
        look=look,
        plates=[hit.entry.plate, hit.read_plate],
    )
    if hit.actioned_at is not None:
        raise AlreadyDecided("Somebody has recorded what was done about this alert already.")
    first = record(
        AuditEvent.ALERT_ACTIONED,
        actor=user.username,
        details={
            "hit": hit_id,
            "hotlist": slug,
            "read": hit.read_id,
            "outcome": outcome.value,
            "note": note,
            **grounds(decision),
        },
    )
    changed = Hit.objects.filter(pk=hit_id, actioned_at=None).update(
        outcome=outcome, outcome_note=note, actioned_by=user, actioned_at=timezone.now()
    )
    if not changed:
        correct(first, actor=user.username, hotlist=slug)
        raise AlreadyDecided("Somebody has just recorded what was done about this alert; look at it again.")
    return find_hit(hit_id)
