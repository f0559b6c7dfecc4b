"""Proposing, authorising, refusing and withdrawing the entries of a list.

Each is first a decision of the door, then an audit entry, and only then a row.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.services import (
    Action,
    Look,
    LookKind,
    RequestError,
    authorise,
    authorise_look,
    case_facts,
    check_case_reference,
    grounds,
    refuse_no_ground,
    review_is_overdue,
)
from turnpike.hotlists import own_circle
from turnpike.hotlists.current import changing_entries
from turnpike.hotlists.errors import AlreadyDecided, HotlistError, NotFound
from turnpike.hotlists.kinds import EntryState, LegalBasis, Priority
from turnpike.hotlists.lists import check_row, find_list, may_view
from turnpike.hotlists.models import Entry
from turnpike.ledger.services import AuditEvent, correct, record, turn
from turnpike.plates.services import confusable_variants, normalise

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.access.services import Decision
    from turnpike.accounts.services import User
    from turnpike.ledger.services import Receipt

MAX_WEED_DAYS = 366
"""Furthest weed date. Source: ours; an entry still wanted after a year is proposed, and justified, anew."""

_NO_ENTRY = "There is no such entry on this list; choose one from the list's page."


def view_entry(user: User, slug: str, entry_id: int) -> Entry:
    """One entry of a list; that this person looked at it is recorded first.

    Raises:
        NotFound: there is no such entry on that list, or none that they are shown, since the vehicle is close to them.
        Denied: this person may not look at it.
    """
    entry = _find_entry(entry_id)
    if entry.hotlist.slug != slug:
        raise NotFound(_NO_ENTRY)
    decision = may_view(user, slug)
    if own_circle.withheld_of(user, slug, [entry]):
        # By the system: an entry of theirs would give them a receipt, and so tell that there is something.
        told: dict[str, str | int] = {"hotlist": slug, "entry": entry_id, "viewer": user.username}
        record(AuditEvent.HOTLIST_ENTRY_WITHHELD, actor="system", details=told)
        raise NotFound(_NO_ENTRY)
    record(
        AuditEvent.HOTLIST_VIEWED,
        actor=user.username,
        details={"hotlist": slug, "entry": entry_id, **grounds(decision)},
    )
    return entry


def propose_entry(
    user: User,
    *,
    list_slug: str,
    plate: str,
    case_reference: str,
    reason: str,
    legal_basis: LegalBasis,
    source: str,
    owner: str,
    priority: Priority,
    weed_at: datetime,
    replaces: int | None = None,
) -> Entry:
    """Propose an entry, which alerts only once somebody else has authorised it.

    `plate` is taken in any writing; `weed_at` is UTC-aware and at most 366 days from now; `replaces` is the entry of the same list whose
    place it is to take.

    Raises:
        NotFound: there is no such list, or no such entry on it to replace.
        PlateError, HotlistError: naming each value that is missing or cannot be used.
        Denied: this person may not propose it, or it lacks what the door asks for.
    """
    entry = Entry(
        hotlist=find_list(list_slug),
        plate=normalise(plate),
        case_reference=_case(case_reference),
        replaces=_replaced(list_slug, replaces),
        reason=reason.strip(),
        legal_basis=legal_basis,
        source=source.strip(),
        owner=owner.strip(),
        priority=priority,
        weed_at=weed_at,
        proposed_by=user,
    )
    check_row(entry, "entry")
    _check_ground(user, entry.reason)
    decision = _decide_proposal(user, entry)
    record(
        AuditEvent.HOTLIST_ENTRY_PROPOSED, actor=user.username, details=_proposed(entry) | grounds(decision)
    )
    entry.save(force_insert=True)
    return entry


def _decide_proposal(user: User, entry: Entry) -> Decision:
    slug = entry.hotlist.slug
    return authorise_look(
        user,
        Action.ProposeHotlistEntry,
        slug,
        {
            "legal_basis": entry.legal_basis,
            "reason": entry.reason,
            "priority": entry.priority,
            "weed_days": math.ceil((entry.weed_at - timezone.now()) / timedelta(days=1)),
            "review_overdue": review_is_overdue(user),
            **case_facts(user, entry.case_reference),
        },
        look=Look(LookKind.ENTRY, user, list_slug=slug, case_reference=entry.case_reference),
        # An entry alerts for its possible misreads too, so that those are looked at as well.
        plates=[entry.plate, *sorted(confusable_variants(entry.plate))],
    )


def _proposed(entry: Entry) -> dict[str, str | int | list[str]]:
    """All that an entry says, for the ledger."""
    told = ("plate", "case_reference", "reason", "legal_basis", "source", "owner", "priority")
    replaces: dict[str, str | int | list[str]] = {"replaces": entry.replaces.pk} if entry.replaces else {}
    return {
        "hotlist": entry.hotlist.slug,
        **{name: str(getattr(entry, name)) for name in told},
        "weed_at": entry.weed_at.isoformat(timespec="seconds"),
        **replaces,
    }


def authorise_entry(user: User, entry_id: int) -> Entry:
    """Let a proposed entry alert, from the next read on.

    Raises:
        NotFound: there is no such entry.
        AlreadyDecided: it is not waiting for a decision.
        Denied: this person may not authorise it, perhaps because they proposed it.
    """
    with turn("entry", entry_id):
        entry = _waiting_entry(entry_id)
        first = record(
            AuditEvent.HOTLIST_ENTRY_AUTHORISED,
            actor=user.username,
            details=_named(entry) | grounds(_decide_authorising(user, entry)),
        )
        now = timezone.now()
        _move(entry, EntryState.AUTHORISED, user, first, authorised_by=user, authorised_at=now)
    if entry.replaces is not None and entry.replaces.state == EntryState.AUTHORISED:
        # Somebody may withdraw it at this moment; then there is nothing left to do.
        with suppress(AlreadyDecided):
            withdraw_entry(user, entry.replaces.pk, why=f"Entry {entry.pk} takes its place.")
    return entry


def refuse_entry(user: User, entry_id: int, *, why: str) -> Entry:
    """Decide that a proposed entry shall not alert, whatever became of its case.

    Raises:
        NotFound, AlreadyDecided, Denied: as `authorise_entry`.
        HotlistError: no reason was given.
    """
    with turn("entry", entry_id):
        entry = _waiting_entry(entry_id)
        why = _reason(why)
        decision = authorise(
            user,
            Action.RefuseHotlistEntry,
            resource=entry.hotlist.slug,
            context={"proposer": entry.proposed_by.username},
        )
        first = record(
            AuditEvent.HOTLIST_ENTRY_REFUSED,
            actor=user.username,
            details={**_named(entry), "why": why, **grounds(decision)},
        )
        now = timezone.now()
        _move(entry, EntryState.REFUSED, user, first, closed_by=user, refused_at=now, closed_why=why)
    return entry


def withdraw_entry(user: User, entry_id: int, *, why: str) -> Entry:
    """End an entry, proposed or authorised; it alerts no more.

    Raises:
        NotFound: there is no such entry.
        AlreadyDecided: it was refused or withdrawn before.
        HotlistError: no reason was given.
        Denied: this person may not withdraw it.
    """
    with turn("entry", entry_id):
        entry = _find_entry(entry_id)
        if entry.state not in (EntryState.PROPOSED, EntryState.AUTHORISED):
            raise AlreadyDecided("This entry is closed already; nothing needs to be done.")
        why = _reason(why)
        decision = authorise(user, Action.WithdrawHotlistEntry, resource=entry.hotlist.slug)
        first = record(
            AuditEvent.HOTLIST_ENTRY_WITHDRAWN,
            actor=user.username,
            details={**_named(entry), "why": why, **grounds(decision)},
        )
        now = timezone.now()
        _move(entry, EntryState.WITHDRAWN, user, first, closed_by=user, withdrawn_at=now, closed_why=why)
    return entry


def _find_entry(entry_id: int) -> Entry:
    entry = (
        Entry.objects.select_related("hotlist", "proposed_by", "authorised_by", "closed_by", "replaces")
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NotFound(_NO_ENTRY)
    return entry


def _waiting_entry(entry_id: int) -> Entry:
    entry = _find_entry(entry_id)
    if entry.state != EntryState.PROPOSED:
        raise AlreadyDecided("This entry is not waiting for a decision; look at it again.")
    return entry


def _decide_authorising(user: User, entry: Entry) -> Decision:
    return authorise(
        user,
        Action.AuthoriseHotlistEntry,
        resource=entry.hotlist.slug,
        context={
            "proposer": entry.proposed_by.username,
            **case_facts(entry.proposed_by, entry.case_reference),
        },
    )


def _move(
    entry: Entry, state: EntryState, user: User, first: Receipt, **changes: User | datetime | str
) -> None:
    """Change the state, as the ledger's entry `first` says; where another process was first, correct that entry."""
    if EntryState.AUTHORISED in (entry.state, state):
        with changing_entries() as revision:
            moved = _update(entry, state=state, revision=revision, **changes)
    else:
        moved = _update(entry, state=state, **changes)
    if not moved:
        correct(first, actor=user.username, hotlist=entry.hotlist.slug)
        raise AlreadyDecided("Somebody else has just decided about this entry; look at it again.")
    entry.refresh_from_db()


def _update(entry: Entry, **changes: User | datetime | str | int) -> int:
    return Entry.objects.filter(pk=entry.pk, state=entry.state).update(**changes)


def _named(entry: Entry) -> dict[str, str | int | list[str]]:
    return {"hotlist": entry.hotlist.slug, "entry": entry.pk, "plate": entry.plate}


def _case(typed: str) -> str:
    try:
        return check_case_reference(typed)
    except RequestError as error:
        raise HotlistError(str(error)) from error


def _replaced(slug: str, entry_id: int | None) -> Entry | None:
    if entry_id is None:
        return None
    replaced = _find_entry(entry_id)
    if replaced.hotlist.slug != slug:
        raise NotFound("There is no such entry on this list to replace; choose one from the list's page.")
    if not replaced.is_alerting:
        raise HotlistError(
            "That entry does not alert, so that nothing can take its place; propose a new one."
        )
    return replaced


def _check_ground(user: User, reason: str) -> None:
    try:
        refuse_no_ground(user, reason)
    except RequestError as error:
        raise HotlistError(str(error)) from error


def _reason(why: str) -> str:
    if not why.strip():
        raise HotlistError("Say why; the reason is kept with the entry.")
    return why.strip()
