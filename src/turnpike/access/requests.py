"""Opening, finding and closing requests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from turnpike import config
from turnpike.access.authorities import UNAIDED_DAYS, ask_authority, reach_of
from turnpike.access.cases import case_facts, find_case
from turnpike.access.decisions import authorise, grounds
from turnpike.access.errors import PackError
from turnpike.access.models import NumberSeries, Request
from turnpike.access.policy import Action, Fact
from turnpike.access.purposes import check_case_reference, check_purpose, check_reason, meaningful_characters
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    decision = authorise(
        user,
        Action.OpenRequest,
        resource="new",
        context={
            "purpose": lawful.value,
            "case_reference": case_reference,
            "reason_characters": meaningful_characters(reason),
            **case_facts(user, case_reference),
        },
    )
    case = find_case(case_reference)
    if case is None:
        raise PackError("The policy pack opens requests without a case; restore its rule case-is-known.")
    opened_at = timezone.now()
    expires_at = opened_at + timedelta(hours=config.load().request_valid_hours)
    number = _next_number(opened_at.year)
    record(
        AuditEvent.REQUEST_OPENED,
        actor=user.username,
        details={
            "request": number,
            "case_reference": case_reference,
            "category": case.category.value,
            "purpose": lawful.value,
            "reason": reason,
            "reach_days": reach_days,
            "expires_at": expires_at.isoformat(timespec="seconds"),
            **grounds(decision),
        },
    )
    opened = Request.objects.create(
        number=number,
        requester=user,
        case_reference=case_reference,
        category=case.category.value,
        purpose=lawful.value,
        reason=reason,
        opened_at=opened_at,
        expires_at=expires_at,
    )
    if reach_days > UNAIDED_DAYS:
        ask_authority(opened, reach_days)
    return opened


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
    own: dict[str, Fact] = {"register_answered": True}
    if request is not None:
        own = {"request": {"open": request.is_open}, **case_facts(user, request.case_reference)}
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
