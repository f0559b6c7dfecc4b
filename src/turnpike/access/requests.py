"""Opening, finding and closing requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from turnpike import config
from turnpike.access.authorities import UNAIDED_DAYS, ask_authority, reach_of
from turnpike.access.cases import case_facts
from turnpike.access.decisions import Detail, authorise, grounds
from turnpike.access.emergencies import EMERGENCY_HOURS, owe_review, review_is_overdue
from turnpike.access.errors import PackError
from turnpike.access.models import NumberSeries, Request
from turnpike.access.no_grounds import refuse_no_ground
from turnpike.access.policy import Action, Fact
from turnpike.access.purposes import (
    Purpose,
    check_case_reference,
    check_purpose,
    check_reason,
    meaningful_characters,
)
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User


def open_request(
    user: User, *, case_reference: str, purpose: str, reason: str, reach_days: int = UNAIDED_DAYS
) -> Request:
    """Open a request, good for `request_valid_hours`; where it is to reach further back than anybody looks alone, authority is asked for.

    Raises:
        RequestError: the case reference, purpose or reason cannot be used; `field` names which.
        Denied: the person may not open one, or not for that case.
    """
    case_reference = check_case_reference(case_reference)
    lawful = check_purpose(purpose)
    reason = check_reason(reason)
    refuse_no_ground(user, reason)
    facts = case_facts(user, case_reference)
    decision = _may_open(
        user, lawful, reason, {"case_reference": case_reference, "emergency": False, **facts}
    )
    case = facts.get("case")
    if not isinstance(case, Mapping):
        raise PackError("The policy pack opens requests without a case; restore its rule case-is-known.")
    drawn_up = Request(
        requester=user,
        case_reference=case_reference,
        category=str(case["category"]),
        purpose=lawful.value,
        reason=reason,
    )
    _open(drawn_up, config.load().request_valid_hours, decision, {"reach_days": reach_days})
    if reach_days > UNAIDED_DAYS:
        ask_authority(drawn_up, reach_days)
    return drawn_up


def open_emergency(user: User, *, reason: str) -> Request:
    """Open a request without a case because a life is at stake: good for an hour, and owing a review within a day.

    Raises:
        RequestError: the reason cannot be used.
        Denied: the person may not open one, or an earlier one of theirs is past its review.
    """
    reason = check_reason(reason)
    refuse_no_ground(user, reason)
    facts: dict[str, Fact] = {"case_reference": "", "emergency": True, "register_answered": True}
    decision = _may_open(user, Purpose.SERIOUS_THREAT, reason, facts)
    drawn_up = Request(requester=user, is_emergency=True, purpose=Purpose.SERIOUS_THREAT.value, reason=reason)
    _open(drawn_up, EMERGENCY_HOURS, decision, {"emergency": True})
    owe_review(drawn_up)
    return drawn_up


def _may_open(user: User, purpose: Purpose, reason: str, facts: Mapping[str, Fact]) -> Decision:
    return authorise(
        user,
        Action.OpenRequest,
        resource="new",
        context={
            "purpose": purpose.value,
            "reason_characters": meaningful_characters(reason),
            "review_overdue": review_is_overdue(user),
            **facts,
        },
    )


def _open(drawn_up: Request, hours: int, decision: Decision, details: Mapping[str, Detail]) -> None:
    """Give a request its number and its time, write its opening into the ledger, and keep it."""
    drawn_up.opened_at = timezone.now()
    drawn_up.expires_at = drawn_up.opened_at + timedelta(hours=hours)
    drawn_up.number = _next_number(drawn_up.opened_at.year)
    record(
        AuditEvent.REQUEST_OPENED,
        actor=drawn_up.requester.username,
        details={
            "request": drawn_up.number,
            "case_reference": drawn_up.case_reference,
            "category": drawn_up.category,
            "purpose": drawn_up.purpose,
            "reason": drawn_up.reason,
            **details,
            "expires_at": drawn_up.expires_at.isoformat(timespec="seconds"),
            **grounds(decision),
        },
    )
    drawn_up.save(force_insert=True)


def open_requests(user: User) -> tuple[Request, ...]:
    """The requests of this person that can be used now, newest first."""
    return tuple(Request.objects.filter(requester=user, closed_at=None, expires_at__gt=timezone.now()))


def find_request(user: User, number: str) -> Request | None:
    """The request of that number that this person opened, still open or not; another's is as if it were not there."""
    return Request.objects.filter(requester=user, number=number).first()


def close_request(user: User, number: str) -> Request | None:
    """Close this person's request, so that nothing more can be searched under it; nothing where there is none."""
    request = find_request(user, number)
    if request is not None and request.closed_at is None:
        record(AuditEvent.REQUEST_CLOSED, actor=user.username, details={"request": number})
        request.closed_at = timezone.now()
        request.save(update_fields=["closed_at"])
    return request


def under_request(
    user: User, action: Action, number: str, facts: Mapping[str, Fact]
) -> tuple[Request, Decision]:
    """The request of that number that this person opened, and the decision to act under it; its case is confirmed anew.

    Raises:
        Denied: they have none of that number, it or its case is no longer open or theirs, or another rule fails.
    """
    request = find_request(user, number)
    own: dict[str, Fact] = {"register_answered": True, "review_overdue": review_is_overdue(user)}
    if request is not None:
        own["request"] = {"open": request.is_open, "emergency": request.is_emergency}
        if not request.is_emergency:
            own |= case_facts(user, request.case_reference)
    if action is Action.Search:
        own["authorised_days"] = reach_of(request) if request is not None else 0
    decision = authorise(user, action, resource=number, context={**own, **facts})
    if request is None:
        raise PackError("The policy pack allows a look without a request; restore its rule request-is-yours.")
    return request, decision


def _next_number(year: int) -> str:
    # Taken before the ledger entry that names it; an entry that cannot be written leaves a gap, never a double.
    with transaction.atomic():
        series, _ = NumberSeries.objects.select_for_update().get_or_create(year=year)
        series.last += 1
        series.save(update_fields=["last"])
    return f"R-{year}-{series.last:06d}"
