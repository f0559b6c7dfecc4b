"""What one operator's wall shows, and the record that it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.urls import reverse
from msgspec.structs import replace

from turnpike.access.services import (
    Seen,
    SharedField,
    active_watch,
    check_alert,
    fields_for_matching,
    open_alert,
    see_alert,
    watches_of,
    withheld_alerts,
    withhold_alert,
)
from turnpike.accounts.services import User, keep_alive, why_over
from turnpike.cameras.services import find_camera
from turnpike.hotlists import services as hotlists
from turnpike.plates.services import display
from turnpike.web.services import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.contrib.sessions.backends.base import SessionBase

    from turnpike.ledger.services import Receipt

LATE_AFTER_S = 60
"""A read that took longer from camera to centre is marked: the vehicle is far away by now. Source: ours."""

DEALT_WITH_HOURS = 12
"""How long what was dealt with stays on the wall. Source: ours; a shift."""


class WallWatch(msgspec.Struct, frozen=True):
    """A list that is watched, and until when."""

    slug: str
    name: str
    until_text: str
    watch_id: int


class WallAlert(msgspec.Struct, frozen=True):
    """An alert as a card shows it and the stream carries it; every `…_text` is ready to be read."""

    id: int
    list: str
    list_name: str
    plate_text: str
    read_text: str
    priority: str
    priority_text: str
    kind: str
    kind_text: str
    camera: str
    captured_at: str
    captured_text: str
    late_text: str
    confidence: float
    confidence_text: str
    url: str
    outcome_text: str
    receipt_text: str = ""
    """Which log entry says that this person was shown it, where it was written just now."""


BLANK = WallAlert(0, "", "", "", "", "", "", "", "", "", "", "", "", 0.0, "", "", "")
"""What the page's empty card is drawn from, for the script to fill."""


def person_of(session: SessionBase) -> User | None:
    """Whose session this still is, asked of the database anew; None once signed out, expired or closed."""
    asking = HttpRequest()
    asking.session = type(session)(session.session_key)
    person = get_user(asking)
    if not isinstance(person, User) or why_over(asking.session):
        return None
    keep_alive(asking.session)
    return person


def watches_now(user: User | None) -> dict[str, WallWatch]:
    """The watches that stand now, by list; none for somebody who may not watch alerts any more."""
    if user is None or not user.has_permission(Permission.ALERTS_WATCH):
        return {}
    standing = sorted(watches_of(user), key=lambda watch: watch.expires_at)
    names = dict(hotlists.list_names()) if standing else {}
    # Of two watches on one list the one that lasts longer comes last, and so is kept.
    return {
        watch.list_slug: WallWatch(
            watch.list_slug,
            names.get(watch.list_slug, watch.list_slug),
            f"{watch.expires_at:%H:%M} UTC on {watch.expires_at.day} {watch.expires_at:%b}",
            watch.pk,
        )
        for watch in standing
    }


def show_all(
    user: User, watches: Mapping[str, WallWatch], alerts: Iterable[hotlists.Alert]
) -> tuple[WallAlert, ...]:
    """The alerts as cards, once it is in the ledger that this person sees each of them.

    Decided anew each time that one is shown. One entry a person and alert: a wall that shows again what was seen
    adds nothing to what is known of it. An alert that no agreement opens any more, for a read of another controller,
    is left out; and so is one of a vehicle that is close to this person, who is not told.

    Raises:
        Denied: a watch has ended meanwhile.
        SealerUnavailable, TooManyChecks: relations of this person cannot be checked now; nothing may be shown.
        LedgerError: an entry could not be written; nothing may be shown.
    """
    opened = [
        alert
        for alert in alerts
        if SharedField.TEXT in fields_for_matching(alert.camera_id, alert.captured_at)
    ]
    withheld = _withhold(user, opened)
    return tuple(
        _shown(user, watches[alert.list_slug].watch_id, alert)
        for alert in opened
        if alert.hit_id not in withheld
    )


def _withhold(user: User, alerts: Sequence[hotlists.Alert]) -> frozenset[int]:
    """The hits that this person is not shown, once the ledger has an entry of each and outside authorisers are asked."""
    found = {
        int(hit): one for hit, one in withheld_alerts(user, [seen_of(alert) for alert in alerts]).items()
    }
    if found:
        noted = hotlists.withheld_before(user, found.keys())
        for hit_id in sorted(found.keys() - noted):
            withhold_alert(user, found[hit_id])
            hotlists.note_withheld(user, hit_id)
    return frozenset(found)


def admit(user: User, alert: hotlists.Alert) -> None:
    """Let this person open one alert's page; that they open it is in the ledger, each time anew.

    Raises:
        Denied: they hold no watch on its list, or an outside authoriser decides first; the denial is in the ledger.
    """
    watch_id = watch_over(user, alert)
    _see(user, watch_id, alert)
    open_alert(user, watch_id, seen_of(alert))


def seen_of(alert: hotlists.Alert) -> Seen:
    """The alert as the door is told of it."""
    return Seen(
        hit=str(alert.hit_id),
        list_slug=alert.list_slug,
        read_id=alert.read_id,
        camera_id=alert.camera_id,
        captured_at=alert.captured_at,
        case_reference=alert.case_reference,
        plates=(alert.plate, alert.read_plate),
    )


def watch_over(user: User, alert: hotlists.Alert) -> int:
    """The watch under which this person may ask for an alert; 0 where there is none.

    The door is asked all the same, so that it is the one who refuses and records.
    """
    watch = active_watch(user, alert.list_slug)
    return watch.pk if watch else 0


def _shown(user: User, watch_id: int, alert: hotlists.Alert) -> WallAlert:
    receipt = _see(user, watch_id, alert)
    shown = card(alert)
    return replace(shown, receipt_text=f"Your receipt: log entry {receipt.index}") if receipt else shown


def _see(user: User, watch_id: int, alert: hotlists.Alert) -> Receipt | None:
    if hotlists.was_seen(user, alert.hit_id):
        check_alert(user, watch_id, seen_of(alert))
        return None
    receipt = see_alert(user, watch_id, seen_of(alert))
    hotlists.note_seen(user, alert.hit_id)
    return receipt


def card(alert: hotlists.Alert) -> WallAlert:
    """The alert in words."""
    camera = find_camera(alert.camera_id)
    late_s = round((alert.received_at - alert.captured_at).total_seconds())
    is_near = alert.kind is hotlists.MatchKind.NEAR
    return WallAlert(
        id=alert.hit_id,
        list=alert.list_slug,
        list_name=alert.list_name,
        plate_text=display(alert.plate),
        read_text=f"Read as {display(alert.read_plate)}" if is_near else "",
        priority=alert.priority.value,
        priority_text=f"{alert.priority.label} priority",
        kind=alert.kind.value,
        kind_text=alert.kind.label,
        camera=camera.name if camera else alert.camera_id,
        captured_at=alert.captured_at.isoformat(timespec="milliseconds"),
        captured_text=instant_text(alert.captured_at),
        late_text=f"Arrived {_duration_text(late_s)} late" if late_s > LATE_AFTER_S else "",
        confidence=round(alert.confidence, 4),
        confidence_text=f"{int(alert.confidence * 100)}% sure",
        url=reverse("alerts:alert", args=[alert.hit_id]),
        outcome_text=f"{alert.outcome.label}, by {alert.actioned_by}" if alert.outcome else "",
    )


def instant_text(at: datetime) -> str:
    """A UTC instant for people, as the pages write it."""
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC"


def _duration_text(seconds: int) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"  # noqa: PLR2004 - two hours
