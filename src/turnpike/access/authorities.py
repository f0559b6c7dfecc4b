"""Authority to look further back than a trained person may alone: asked for with a request, given or refused by somebody of rank.

The one who asks never gives it. A refusal says why; an authority that nobody gave lapses with its request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike import config
from turnpike.access.categories import Category, severity_of
from turnpike.access.decisions import authorise, grounds
from turnpike.access.delegations import lent_to
from turnpike.access.errors import AuthorityError
from turnpike.access.models import Authority, Request
from turnpike.access.paging import Page, page_by_instant
from turnpike.access.policy import Action
from turnpike.access.purposes import check_refusal
from turnpike.accounts.services import Rank
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.access.policy import Fact
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User
    from turnpike.ledger.services import Receipt

UNAIDED_DAYS = 90
"""How far back a trained person looks without authority. Source: National ANPR Standards for Policing and Law Enforcement; the policy
pack holds the rule, this only says when to ask."""
FURTHEST_DAYS = 3660
LONGEST_VALID_HOURS = 168
"""As long as the setting `request_valid_hours` can be."""


def ask_authority(request: Request, reach_days: int) -> Authority:
    """Ask for authority to look so many days back under a request that was opened just now; recorded with its opening."""
    return Authority.objects.create(request=request, reach_days=reach_days, asked_at=timezone.now())


def reach_of(request: Request) -> int:
    """How many days back a request may look by an authority that was given; 0 without one."""
    given = Authority.objects.filter(request=request, granted=True).first()
    return given.reach_days if given else 0


def days_back(captured_from: datetime) -> int:
    """How many whole days back an instant lies, a begun one counting."""
    return whole_days(timezone.now() - captured_from)


def whole_days(age: timedelta) -> int:
    """How many whole days an age is, a begun one counting; 0 for what is yet to come."""
    return max(0, -(-age // timedelta(days=1)))


def waiting_authorities(cursor: str = "") -> Page[Authority]:
    """What is asked for and neither decided nor lapsed, the oldest first."""
    # None waits longer than a request can be good for; without this bound all that ever lapsed would be passed over each time.
    since = timezone.now() - timedelta(hours=LONGEST_VALID_HOURS)
    waiting = Authority.objects.select_related("request__requester", "request__operator").filter(
        granted=None,
        asked_at__gte=since,
        request__closed_at=None,
        request__expires_at__gt=timezone.now(),
    )
    return page_by_instant(waiting, "asked_at", cursor)


def waiting_authority(number: str) -> Authority | None:
    """What waits for a decision under that number."""
    asked = _asked(number)
    return asked if asked and asked.is_waiting else None


def grant_authority(authoriser: User, number: str) -> Authority:
    """Give what a request asks for; from now the request is good for `request_valid_hours`.

    Raises:
        Denied: it is their own request, or their rank is not enough for how far back it goes and how severe the case counts.
        AuthorityError: nothing waits under that number.
    """
    with turn("authority", number):
        waiting, decision = _decide(authoriser, Action.AuthoriseRequest, number)
        expires_at = timezone.now() + timedelta(hours=config.load().request_valid_hours)
        first = record(
            AuditEvent.AUTHORITY_GRANTED,
            actor=authoriser.username,
            details={
                **_told(authoriser, waiting),
                "expires_at": expires_at.isoformat(timespec="seconds"),
                **grounds(decision),
            },
        )
        settled = _settle(waiting, authoriser, first, granted=True)
        Request.objects.filter(pk=number).update(expires_at=expires_at)
    return settled


def refuse_authority(authoriser: User, number: str, why: str) -> Authority:
    """Refuse it, with a reason that whoever asked is shown.

    Raises:
        RequestError: the reason says too little.
        Denied: it is their own request, or they are no authoriser.
        AuthorityError: nothing waits under that number.
    """
    why = check_refusal(why)
    with turn("authority", number):
        waiting, decision = _decide(authoriser, Action.RefuseRequest, number)
        first = record(
            AuditEvent.AUTHORITY_REFUSED,
            actor=authoriser.username,
            details={**_told(authoriser, waiting), "why": why, **grounds(decision)},
        )
        return _settle(waiting, authoriser, first, granted=False, why=why)


def _asked(number: str) -> Authority | None:
    asked = Authority.objects.select_related("request__requester", "request__operator")
    return asked.filter(request__number=number).first()


def _decide(authoriser: User, action: Action, number: str) -> tuple[Authority, Decision]:
    waiting = _asked(number)
    facts: dict[str, Fact] = {
        "requester": "",
        "operator": "",
        "reach_days": 0,
        "severity": "",
        "lent_rank": 0,
    }
    if waiting is not None:
        lent = lent_to(authoriser, waiting.request)
        facts = {
            "requester": waiting.request.requester.username,
            "operator": waiting.request.operator.username,
            "reach_days": waiting.reach_days,
            "severity": severity_of(Category(waiting.request.category)).value,
            "lent_rank": Rank(lent.giver.rank).level if lent else 0,
        }
    decision = authorise(authoriser, action, resource=number, context=facts)
    if waiting is None or not waiting.is_waiting:
        raise AuthorityError(
            "Nothing waits for a decision under that number; somebody else may have decided."
        )
    return waiting, decision


def _settle(
    waiting: Authority, authoriser: User, first: Receipt, *, granted: bool, why: str = ""
) -> Authority:
    # One conditional update, so that of two decisions at once only one counts.
    done = Authority.objects.filter(pk=waiting.pk, granted=None).update(
        granted=granted, decided_by=authoriser, decided_at=timezone.now(), refusal=why
    )
    if not done:
        correct(first, actor=authoriser.username, request=waiting.request.number)
        raise AuthorityError("Somebody else has decided already.")
    waiting.refresh_from_db()
    return waiting


def _told(authoriser: User, waiting: Authority) -> dict[str, str | int]:
    lent = lent_to(authoriser, waiting.request)
    return {
        "request": waiting.request.number,
        "requester": waiting.request.requester.username,
        "operator": waiting.request.operator.username,
        # Who lent their rank, where somebody did, so that an auditor sees on whose authority it stands.
        **({"lent_by": lent.giver.username} if lent else {}),
        "case_reference": waiting.request.case_reference,
        "reach_days": waiting.reach_days,
    }
