"""Authority lent for some days: while an authoriser is away, another decides with their rank.

What is lent is one's own rank alone, never what was lent by somebody else, and it counts for no request that its giver asked for or is to
search under: nobody reaches round the rule that one's own request is decided by another.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from turnpike.access.decisions import authorise, grounds
from turnpike.access.errors import AuthorityError, RequestError
from turnpike.access.models import Delegation, Request
from turnpike.access.policy import Action
from turnpike.access.purposes import check_reason
from turnpike.accounts.services import Rank, Role, User, find_account
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from django.db.models import QuerySet


def delegate_authority(giver: User, holder: str, *, days: int, reason: str) -> Delegation:
    """Lend one's rank to the authoriser of that user name, from now for so many days.

    Raises:
        RequestError: there is no such account, or the reason says too little.
        Denied: the giver is no authoriser, the holder is none or ranks too low, or it is for too long.
    """
    reason = check_reason(reason)
    other = find_account(holder)
    if other is None:
        raise RequestError("holder", "There is no open account of that user name.")
    decision = authorise(
        giver,
        Action.DelegateAuthority,
        resource=holder,
        context={
            "holder": holder,
            "holder_rank": Rank(other.rank).level,
            "holder_authorises": Role.AUTHORISER in other.roles,
            "days": days,
        },
    )
    begins_at = timezone.now()
    ends_at = begins_at + timedelta(days=days)
    record(
        AuditEvent.AUTHORITY_DELEGATED,
        actor=giver.username,
        details={
            "holder": holder,
            "reason": reason,
            "ends_at": ends_at.isoformat(timespec="seconds"),
            **grounds(decision),
        },
    )
    return Delegation.objects.create(
        giver=giver, holder=other, reason=reason, begins_at=begins_at, ends_at=ends_at
    )


def end_delegation(user: User, delegation_id: int) -> Delegation:
    """End what one lends, or holds, now.

    Raises:
        AuthorityError: none of theirs of that number stands.
    """
    found = delegations_of(user).filter(pk=delegation_id).first()
    if found is None:
        raise AuthorityError("You neither lend nor hold authority of that number now.")
    record(
        AuditEvent.DELEGATION_ENDED,
        actor=user.username,
        details={"giver": found.giver.username, "holder": found.holder.username},
    )
    found.ended_at = timezone.now()
    found.save(update_fields=["ended_at"])
    return found


def delegations_of(user: User) -> QuerySet[Delegation]:
    """What this person lends and holds now, the newest first."""
    return _standing().filter(Q(giver=user) | Q(holder=user))


def lent_to(holder: User, request: Request) -> Delegation | None:
    """The delegation of the highest rank that counts for this person's decision about a request; None where nothing is lent."""
    lent = _standing().filter(holder=holder).exclude(giver__in=(request.requester, request.operator))
    # A giver who is no authoriser any more has nothing to lend.
    able = [one for one in lent if one.giver.is_active and Role.AUTHORISER in one.giver.roles]
    return max(able, key=lambda one: Rank(one.giver.rank).level, default=None)


def _standing() -> QuerySet[Delegation]:
    now = timezone.now()
    return Delegation.objects.select_related("giver", "holder").filter(
        ended_at=None, begins_at__lte=now, ends_at__gt=now
    )
