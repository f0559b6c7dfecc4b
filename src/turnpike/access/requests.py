"""Opening, finding and closing requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from turnpike import config
from turnpike.access.authorities import UNAIDED_DAYS, ask_authority, reach_of
from turnpike.access.cases import case_facts
from turnpike.access.decisions import Detail, authorise, grounds
from turnpike.access.emergencies import (
    EMERGENCY_HOURS,
    FURTHEST_EMERGENCY_DAYS,
    owe_review,
    review_is_overdue,
)
from turnpike.access.errors import PackError, RequestError
from turnpike.access.models import NumberSeries, Request
from turnpike.access.no_grounds import refuse_no_ground
from turnpike.access.paging import Page, page_by_instant
from turnpike.access.policy import Action, Fact
from turnpike.access.purposes import (
    Purpose,
    check_case_reference,
    check_purpose,
    check_reason,
    meaningful_characters,
)
from turnpike.access.relation_kinds import LookKind
from turnpike.access.relations import Look, authorise_look
from turnpike.access.scopes import Scope, check_cameras, check_patterns
from turnpike.accounts.services import Role, find_account
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User


def open_request(
    user: User,
    *,
    case_reference: str,
    purpose: str,
    reason: str,
    patterns: Iterable[str] = (),
    camera_ids: Iterable[str] = (),
    reach_days: int = UNAIDED_DAYS,
    operator: str = "",
) -> Request:
    """Open a request, good for `request_valid_hours`; where it is to reach further back than anybody looks alone, authority is asked for.

    `patterns` and `camera_ids` state what it may look at; `operator` is the user name of whoever is to search, the requester where it is empty.

    Raises:
        RequestError: the case reference, purpose, reason, scope or operator cannot be used; `field` names which.
        Denied: the person may not open one, or not for that case, or not for so much.
    """
    case_reference = check_case_reference(case_reference)
    lawful = check_purpose(purpose)
    reason = check_reason(reason)
    scope = Scope(check_patterns(patterns), check_cameras(camera_ids))
    searching = _operator(user, operator)
    refuse_no_ground(user, reason)
    facts = case_facts(user, case_reference)
    told: dict[str, Fact] = {"case_reference": case_reference, "emergency": False, **facts}
    told |= {
        "operator_may_search": searching == user or Role.INVESTIGATOR in searching.roles,
        "reach_days": reach_days,
    }
    decision = _may_open(user, lawful, reason, scope, told)
    case = facts.get("case")
    if not isinstance(case, Mapping):
        raise PackError("The policy pack opens requests without a case; restore its rule case-is-known.")
    drawn_up = Request(
        requester=user,
        operator=searching,
        case_reference=case_reference,
        category=str(case["category"]),
        purpose=lawful.value,
        reason=reason,
        patterns=list(scope.patterns),
        camera_ids=list(scope.camera_ids),
        reach_days=reach_days,
    )
    _open(drawn_up, config.load().request_valid_hours, decision, {})
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
    facts: dict[str, Fact] = {
        "case_reference": "",
        "emergency": True,
        "register_answered": True,
        "operator_may_search": True,
        "reach_days": FURTHEST_EMERGENCY_DAYS,
    }
    decision = _may_open(user, Purpose.SERIOUS_THREAT, reason, Scope((), ()), facts)
    drawn_up = Request(
        requester=user,
        operator=user,
        is_emergency=True,
        purpose=Purpose.SERIOUS_THREAT.value,
        reason=reason,
        reach_days=FURTHEST_EMERGENCY_DAYS,
    )
    _open(drawn_up, EMERGENCY_HOURS, decision, {"emergency": True})
    owe_review(drawn_up)
    return drawn_up


def _operator(user: User, username: str) -> User:
    """Whoever is to search."""
    if username in ("", user.username):
        return user
    named = find_account(username)
    if named is None:
        raise RequestError(
            "operator", "There is no open account of that user name: check it, or leave it empty."
        )
    return named


def _may_open(user: User, purpose: Purpose, reason: str, scope: Scope, facts: Mapping[str, Fact]) -> Decision:
    return authorise(
        user,
        Action.OpenRequest,
        resource="new",
        context={
            "purpose": purpose.value,
            "reason_characters": meaningful_characters(reason),
            "review_overdue": review_is_overdue(user),
            "scope_patterns": len(scope.patterns),
            "scope_cameras": len(scope.camera_ids),
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
            "operator": drawn_up.operator.username,
            "patterns": drawn_up.patterns,
            "cameras": drawn_up.camera_ids or "all",
            "reach_days": drawn_up.reach_days,
            **details,
            "expires_at": drawn_up.expires_at.isoformat(timespec="seconds"),
            **grounds(decision),
        },
    )
    drawn_up.save(force_insert=True)


def open_requests(user: User, cursor: str = "") -> Page[Request]:
    """The requests that this person opened or is to search under and that can be used now, newest first."""
    usable = _of(user).filter(closed_at=None, expires_at__gt=timezone.now())
    return page_by_instant(usable, "opened_at", cursor, newest_first=True)


def past_requests(user: User, cursor: str = "") -> Page[Request]:
    """The requests that this person opened or searched under and that have ended, newest first."""
    ended = Q(expires_at__lte=timezone.now()) | Q(closed_at__isnull=False)
    return page_by_instant(_of(user).filter(ended), "opened_at", cursor, newest_first=True)


def find_request(user: User, number: str) -> Request | None:
    """The request of that number that this person opened or searches under, still open or not; another's is as if it were not there."""
    return _of(user).filter(number=number).first()


def _of(user: User) -> QuerySet[Request]:
    own = Q(requester=user) | Q(operator=user)
    return Request.objects.select_related("requester", "operator", "authority__decided_by").filter(own)


def close_request(user: User, number: str) -> Request | None:
    """Close the request that this person opened, so that nothing more can be searched under it; nothing where there is none."""
    request = find_request(user, number)
    if request is None or request.requester != user:
        return None
    if request.closed_at is None:
        record(AuditEvent.REQUEST_CLOSED, actor=user.username, details={"request": number})
        request.closed_at = timezone.now()
        request.save(update_fields=["closed_at"])
    return request


def under_request(
    user: User,
    action: Action,
    number: str,
    facts: Callable[[Request | None], Mapping[str, Fact]],
    plates: Sequence[str] = (),
) -> tuple[Request, Decision]:
    """The request of that number under which this person searches, and the decision to act under it; its case is confirmed anew.

    `facts` are what the action itself is told, given the request where there is one. The case is the requester's; a review that is owed
    stops both.

    `plates` are those that the look names; relations to them count for the decision.

    Raises:
        Denied: they have none of that number, it or its case is no longer open or the requester's, or another rule fails.
    """
    request = (
        Request.objects.select_related("requester", "operator").filter(operator=user, number=number).first()
    )
    people = {user} if request is None else {user, request.requester}
    own: dict[str, Fact] = {"register_answered": True, "review_overdue": any(map(review_is_overdue, people))}
    if request is not None:
        own["request"] = {
            "open": request.is_open and (request.requester == user or _stands(request.requester)),
            "emergency": request.is_emergency,
            "reach_days": request.reach_days,
            "authorised_days": reach_of(request),
        }
        if not request.is_emergency:
            own |= case_facts(request.requester, request.case_reference)
    kind = LookKind.SEARCH if action is Action.Search else LookKind.READ
    look = look_under(request, kind) if request is not None else None
    decision = authorise_look(user, action, number, {**own, **facts(request)}, look=look, plates=plates)
    if request is None:
        raise PackError("The policy pack allows a look without a request; restore its rule request-is-yours.")
    return request, decision


def _stands(requester: User) -> bool:
    """Whether whoever asked could still ask: nobody searches on for somebody who was dismissed or whose training is over."""
    return requester.is_active and requester.is_trained and Role.INVESTIGATOR in requester.roles


def look_under(request: Request, kind: LookKind) -> Look:
    """A look under a request, with all whose relations count for it."""
    return Look(kind, request.requester, request.operator, request)


def _next_number(year: int) -> str:
    # Taken before the ledger entry that names it; an entry that cannot be written leaves a gap, never a double.
    with transaction.atomic():
        series, _ = NumberSeries.objects.select_for_update().get_or_create(year=year)
        series.last += 1
        series.save(update_fields=["last"])
    return f"R-{year}-{series.last:06d}"
