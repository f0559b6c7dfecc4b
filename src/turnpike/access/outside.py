"""The outside authoriser's queue: looks that somebody of another force, or professional standards, decides about.

Only here is it told why a look was picked, to that authoriser alone and after an entry; the answer goes back in words that do not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from turnpike import config
from turnpike.access.decisions import authorise, grounds
from turnpike.access.declaring import BY_THEMSELVES
from turnpike.access.errors import AuthorityError
from turnpike.access.models import OutsideMatter, Request
from turnpike.access.policy import Action, decide
from turnpike.access.relation_kinds import LookKind, OutsideRefusal, RelationKind
from turnpike.access.relations import Look, declared_with, sealer
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from turnpike.access.policy import Fact
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User
    from turnpike.ledger.services import Receipt
    from turnpike.sealer.services import Reason

_LONGEST_QUEUE = 200


@dataclass(frozen=True, slots=True)
class OutsideReason:
    """Why a look was picked: whose relation it is, of what kind, and what was said with it."""

    whose: str
    """Their part in the look, no name: the requester, the operator or a colleague on the case."""
    kind: str
    told_by: str
    note: str


def waiting_matters(authoriser: User) -> tuple[OutsideMatter, ...]:
    """What this person may decide about, the oldest first, at most 200; of the rest they see nothing."""
    now = timezone.now()
    waiting = OutsideMatter.objects.select_related("requester", "operator", "request").filter(
        Q(request=None, lapses_at__gt=now) | Q(request__closed_at=None, request__expires_at__gt=now),
        granted=None,
    )
    may = (
        one
        for one in waiting
        if decide(authoriser, Action.DecideOutside, str(one.pk), _facts(authoriser, one)).allowed
    )
    return tuple(one for one, _ in zip(may, range(_LONGEST_QUEUE), strict=False))


def told_matters(request: Request) -> tuple[OutsideMatter, ...]:
    """What its requester may know of: looks that were refused, and anything that was given since."""
    return tuple(request.outside_matters.filter(Q(is_told=True) | Q(granted=True)))


def find_matter(matter_id: int) -> OutsideMatter | None:
    """The matter of that number that waits for a decision."""
    found = _matter(matter_id)
    return found if found is not None and found.is_waiting else None


def view_matter(authoriser: User, matter_id: int) -> tuple[OutsideMatter, tuple[OutsideReason, ...]]:
    """A matter with why it was picked: by these relations, or with none of them by chance. That it is told is an entry first.

    Raises:
        Denied: they are not outside.
        AuthorityError: nothing waits under that number.
        SealerUnavailable, TooManyChecks: it cannot be told now.
    """
    matter, decision = _decide(authoriser, matter_id)
    record(
        AuditEvent.OUTSIDE_VIEWED,
        actor=authoriser.username,
        details={**_named(matter), **grounds(decision)},
    )
    reasons = sealer().tell(
        authoriser.username,
        bytes(matter.mark),
        bytes(matter.why),
        partial(declared_with, at=matter.asked_at),
    )
    return matter, tuple(_in_words(matter, reason) for reason in reasons)


def grant_outside(authoriser: User, matter_id: int) -> OutsideMatter:
    """Let the look at that one plate through, under the same request; which is good for `request_valid_hours` from now.

    Raises:
        Denied, AuthorityError: as `view_matter`.
    """
    with turn("matter", matter_id):
        matter, decision = _decide(authoriser, matter_id)
        first = record(
            AuditEvent.OUTSIDE_GRANTED,
            actor=authoriser.username,
            details={**_named(matter), **grounds(decision)},
        )
        settled = _settle(matter, authoriser, first, granted=True)
        _prolong(matter)
    return settled


def refuse_outside(authoriser: User, matter_id: int, why: OutsideRefusal) -> OutsideMatter:
    """Refuse it, with one of the neutral reasons, which whoever asked is shown.

    Raises:
        Denied, AuthorityError: as `view_matter`.
    """
    with turn("matter", matter_id):
        matter, decision = _decide(authoriser, matter_id)
        first = record(
            AuditEvent.OUTSIDE_REFUSED,
            actor=authoriser.username,
            details={**_named(matter), "why": why.label, **grounds(decision)},
        )
        return _settle(matter, authoriser, first, granted=False, why=why.value)


def _matter(matter_id: int) -> OutsideMatter | None:
    found = OutsideMatter.objects.select_related("requester", "operator", "request")
    return found.filter(pk=matter_id).first()


def _decide(authoriser: User, matter_id: int) -> tuple[OutsideMatter, Decision]:
    matter = _matter(matter_id)
    facts: dict[str, Fact] = {"concerned": False, "another_force": False}
    if matter is not None:
        facts = _facts(authoriser, matter)
    decision = authorise(authoriser, Action.DecideOutside, resource=str(matter_id), context=facts)
    if matter is None or not matter.is_waiting:
        raise AuthorityError(
            "Nothing waits for a decision under that number; somebody else may have decided."
        )
    return matter, decision


def _facts(authoriser: User, matter: OutsideMatter) -> dict[str, Fact]:
    asking = [matter.requester, *([matter.operator] if matter.operator else [])]
    forces = {_force(person) for person in asking}
    ours = _force(authoriser)
    return {
        "concerned": authoriser.username in _look(matter).concerned,
        # A force that nobody wrote down is known to be no other.
        "another_force": bool(ours) and "" not in forces and ours not in forces,
    }


def _look(matter: OutsideMatter) -> Look:
    return Look(
        LookKind(matter.look),
        matter.requester,
        matter.operator,
        matter.request,
        list_slug=matter.list_slug,
        case_reference=matter.case_reference,
    )


def _force(person: User) -> str:
    return " ".join(person.force.casefold().split())


def _settle(
    matter: OutsideMatter, authoriser: User, first: Receipt, *, granted: bool, why: str = ""
) -> OutsideMatter:
    # One conditional update, so that of two decisions at once only one counts.
    done = OutsideMatter.objects.filter(pk=matter.pk, granted=None).update(
        granted=granted, decided_by=authoriser, decided_at=timezone.now(), refusal=why
    )
    if not done:
        correct(first, actor=authoriser.username, matter=matter.pk)
        raise AuthorityError("Somebody else has decided already.")
    matter.refresh_from_db()
    return matter


def _prolong(matter: OutsideMatter) -> None:
    """The wait is not to cost the one who waited; an emergency's hour stays an hour."""
    if matter.request is not None and not matter.request.is_emergency:
        until = timezone.now() + timedelta(hours=config.load().request_valid_hours)
        Request.objects.filter(pk=matter.request.pk, expires_at__lt=until).update(expires_at=until)


def _named(matter: OutsideMatter) -> dict[str, str | int]:
    return {
        "matter": matter.pk,
        "under": matter.under,
        "requester": matter.requester.username,
        # A pattern's and a plate's are alike here: chance picks only the latter.
        "look": LookKind(matter.look).label,
    }


def _in_words(matter: OutsideMatter, reason: Reason) -> OutsideReason:
    parts = {matter.requester.username: "the requester"}
    if matter.operator is not None:
        parts.setdefault(matter.operator.username, "the operator")
    words = reason.words
    return OutsideReason(
        whose=parts.get(reason.person, "a colleague on the case"),
        kind=RelationKind(words.kind).label if words.kind in set(RelationKind) else words.kind,
        told_by="themselves" if words.told_by == BY_THEMSELVES else words.told_by,
        note=words.note,
    )
