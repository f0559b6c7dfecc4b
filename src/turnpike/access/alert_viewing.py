"""Seeing an alert, its page and its picture under a watch: decided and written down, and withheld from whom the vehicle is close to.

So is the entry on its list's pages.

An alert of such a vehicle is withheld from that person alone, as reads of a pattern are: they are not told that there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.agreement_terms import HOTLIST_MATCHING, SharedField
from turnpike.access.decisions import Detail, grounds
from turnpike.access.disclosing import disclose_one
from turnpike.access.errors import PackError
from turnpike.access.models import Watch
from turnpike.access.policy import Action, Fact
from turnpike.access.relation_kinds import LookKind
from turnpike.access.relations import Look, ask_outside, authorise_look, flagged_alerts, given_marks
from turnpike.access.releasing import must_open, opening_at
from turnpike.access.viewing import patch_of
from turnpike.access.watches import others_on_watch
from turnpike.cameras.services import other_controllers
from turnpike.ledger.services import AuditEvent, Receipt, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from turnpike.access.flag_cache import Flagged
    from turnpike.access.releasing import Opening
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User

_SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An alert that is looked at, in the caller's words: hotlists knows which hit came from which list and read.

    `camera_id` and `captured_at` say whose read it is; `list_slug` is the list's, `case_reference` the entry's; `plates` are those that
    the alert shows, wanted and read.
    """

    hit: str
    list_slug: str
    read_id: str
    camera_id: str
    captured_at: datetime
    case_reference: str
    plates: tuple[str, ...]

    def look(self, user: User) -> Look:
        """The look of a person at it, of which relations are asked."""
        return Look(LookKind.ALERT, user, list_slug=self.list_slug, case_reference=self.case_reference)


def see_alert(user: User, watch_id: int, seen: Seen) -> Receipt:
    """Write down that one alert is now shown to the holder of a watch; show it only when this returns.

    Raises:
        Denied: the watch is not theirs, has ended, or is on another list; the vehicle is close to them, so that an outside authoriser
            decides first; or the read is another controller's, and no agreement opens it for matching.
        LedgerError: the entry could not be written.
    """
    return _under_watch(user, AuditEvent.ALERT_SEEN, watch_id, seen, SharedField.TEXT)


def check_alert(user: User, watch_id: int, seen: Seen) -> None:
    """Decide anew about showing an alert that this person saw before; only a denial is written down. Raises as `see_alert`."""
    _decide_under_watch(user, watch_id, seen, SharedField.TEXT)


def open_alert(user: User, watch_id: int, seen: Seen) -> Receipt:
    """Write down that the holder of a watch opens one alert's page, each time. Errors as `see_alert`."""
    return _under_watch(user, AuditEvent.READ_VIEWED, watch_id, seen, SharedField.TEXT)


def patch_for_alert(user: User, watch_id: int, seen: Seen) -> bytes | None:
    """The plate patch of the read behind an alert, as JPEG; nothing where none was kept. Errors as `see_alert`."""
    _under_watch(user, AuditEvent.PATCH_VIEWED, watch_id, seen, SharedField.PLATE_PATCH)
    return patch_of(seen.read_id)


@dataclass(frozen=True, slots=True)
class Withheld:
    """An alert that a person is not shown, and the plates of it that an outside authoriser has to decide about."""

    seen: Seen
    waiting: tuple[Flagged, ...]


def withheld_alerts(user: User, alerts: Sequence[Seen]) -> Mapping[str, Withheld]:
    """By hit, those of these alerts that this person is not shown; one question to the sealer for all, and nothing is written.

    Raises:
        SealerUnavailable, TooManyChecks: something is declared about them, and cannot be checked now; none may be shown.
    """
    if not alerts:
        return {}
    plates = {plate for one in alerts for plate in one.plates}
    flagged = flagged_alerts(alerts[0].look(user), plates)
    if not flagged:
        return {}
    given = given_marks(user, {one.look(user).under for one in alerts})
    found = {}
    for one in alerts:
        flags = [flagged[plate] for plate in dict.fromkeys(one.plates) if plate in flagged]
        waiting = tuple(flag for flag in flags if flag.mark not in given[one.look(user).under])
        if waiting:
            found[one.hit] = Withheld(one, waiting)
    return found


def withhold_alert(user: User, withheld: Withheld) -> None:
    """Write down that an alert is withheld from this person, and put it before outside authorisers; they are told nothing.

    The entry says how many others hold a watch on its list: where nobody does, whoever grants watches is to grant one.

    Raises:
        LedgerError: the entry could not be written.
    """
    seen = withheld.seen
    record(
        AuditEvent.ALERT_WITHHELD,
        actor=_SYSTEM,
        details={
            "hit": seen.hit,
            "hotlist": seen.list_slug,
            "viewer": user.username,
            "others_on_watch": len(others_on_watch(seen.list_slug, [user.pk])),
        },
    )
    ask_outside(seen.look(user), withheld.waiting, is_told=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a hotlist, as much of it as relations are asked about: its number, the plate sought, the case that it is of."""

    entry_id: int
    plate: str
    case_reference: str


def withheld_entries(user: User, list_slug: str, entries: Sequence[Listed]) -> frozenset[int]:
    """The numbers of those of a list's entries that this person is not shown, since the vehicle is close to them.

    An outside authoriser who let them propose the entry, or see its alerts, let them see this too. Nothing is written, and nobody asked.

    Raises:
        SealerUnavailable, TooManyChecks: something is declared about them, and cannot be checked now; none may be shown.
    """
    flagged = flagged_alerts(Look(LookKind.ALERT, user, list_slug=list_slug), {one.plate for one in entries})
    if not flagged:
        return frozenset()
    unders = {
        one.case_reference: [
            Look(kind, user, list_slug=list_slug, case_reference=one.case_reference).under
            for kind in (LookKind.ENTRY, LookKind.ALERT)
        ]
        for one in entries
        if one.plate in flagged
    }
    given = given_marks(user, {under for both in unders.values() for under in both})
    return frozenset(
        one.entry_id
        for one in entries
        if one.plate in flagged
        and not any(flagged[one.plate].mark in given[under] for under in unders[one.case_reference])
    )


def fields_for_matching(camera_id: str, captured_at: datetime) -> frozenset[SharedField]:
    """What may be shown of a read that is held against hotlists: every field of the site's own, of another's what an agreement opens."""
    grants = opening_at(None, HOTLIST_MATCHING, camera_id, captured_at).grants
    return grants[0].fields if grants else frozenset(SharedField)


def fields_open_for_matching(places: Sequence[tuple[str, datetime]]) -> list[frozenset[SharedField]]:
    """`fields_for_matching` of many reads, each told by its camera and instant.

    While every camera is the site's own, which is one question, nothing is asked a read.
    """
    if not other_controllers():
        return [frozenset(SharedField)] * len(places)
    return [fields_for_matching(camera_id, captured_at) for camera_id, captured_at in places]


def _under_watch(user: User, event: AuditEvent, watch_id: int, seen: Seen, field: SharedField) -> Receipt:
    watch, decision, opened = _decide_under_watch(user, watch_id, seen, field)
    told: dict[str, Detail] = {
        "hit": seen.hit,
        "hotlist": seen.list_slug,
        "read": seen.read_id,
        "watch": watch.pk,
    }
    receipt = record(event, actor=user.username, details={**told, **opened.told(), **grounds(decision)})
    disclose_one(user, opened, field)
    return receipt


def _decide_under_watch(
    user: User, watch_id: int, seen: Seen, field: SharedField
) -> tuple[Watch, Decision, Opening]:
    watch = Watch.objects.filter(pk=watch_id, operator=user).first()
    facts: dict[str, Fact] = (
        {"watch": {"active": watch.is_active, "covers": watch.list_slug == seen.list_slug}} if watch else {}
    )
    decision = authorise_look(
        user, Action.SeeAlert, seen.hit, facts, look=seen.look(user), plates=seen.plates
    )
    if watch is None:
        raise PackError("The policy pack shows alerts without a watch; restore its rule watch-is-yours.")
    opened = opening_at(user, HOTLIST_MATCHING, seen.camera_id, seen.captured_at)
    must_open(user, opened, field)
    return watch, decision, opened
