"""Emergencies: a search without a case where a life is at stake, for an hour, and its review by somebody else within a day.

Whoever does not have it reviewed is suspended from searching until it is: the decision asks for it, so that no job that fails and no
administrator can forget it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.decisions import authorise, grounds
from turnpike.access.errors import AuthorityError
from turnpike.access.models import EmergencyReview, Request
from turnpike.access.paging import Page, page_by_instant
from turnpike.access.policy import Action
from turnpike.access.purposes import check_refusal
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from turnpike.accounts.services import User

EMERGENCY_HOURS = 1
REVIEW_HOURS = 24
FURTHEST_EMERGENCY_DAYS = 366


def owe_review(request: Request) -> EmergencyReview:
    """Let an emergency request that was opened just now owe its review."""
    due_at = request.opened_at + timedelta(hours=REVIEW_HOURS)
    return EmergencyReview.objects.create(request=request, due_at=due_at)


def review_is_overdue(user: User) -> bool:
    """Whether an emergency request of this person's is past its review."""
    return EmergencyReview.objects.filter(
        request__requester=user, reviewed_at=None, due_at__lt=timezone.now()
    ).exists()


def owed_reviews(cursor: str = "") -> Page[EmergencyReview]:
    """What is to be reviewed, the first due first."""
    owed = EmergencyReview.objects.select_related("request__requester").filter(reviewed_at=None)
    return page_by_instant(owed, "due_at", cursor)


def owed_review(number: str) -> EmergencyReview | None:
    """The review that is owed under that number."""
    review = _review(number)
    return review if review and review.reviewed_at is None else None


def _review(number: str) -> EmergencyReview | None:
    return EmergencyReview.objects.select_related("request__requester").filter(request__number=number).first()


def review_emergency(reviewer: User, number: str, *, justified: bool, remarks: str) -> EmergencyReview:
    """Say whether an emergency was one; either answer ends the suspension, and both are kept.

    Raises:
        RequestError: the remarks say too little.
        Denied: it is their own, or they are no authoriser.
        AuthorityError: no review is owed under that number.
    """
    remarks = check_refusal(remarks)
    with turn("review", number):
        return _reviewed(reviewer, number, justified=justified, remarks=remarks)


def _reviewed(reviewer: User, number: str, *, justified: bool, remarks: str) -> EmergencyReview:
    owed = _review(number)
    requester = owed.request.requester.username if owed else ""
    decision = authorise(reviewer, Action.ReviewEmergency, resource=number, context={"requester": requester})
    if owed is None or owed.reviewed_at is not None:
        raise AuthorityError("No review is owed under that number; somebody else may have done it.")
    first = record(
        AuditEvent.EMERGENCY_REVIEWED,
        actor=reviewer.username,
        details={
            "request": number,
            "requester": requester,
            "justified": justified,
            "remarks": remarks,
            **grounds(decision),
        },
    )
    done = EmergencyReview.objects.filter(pk=owed.pk, reviewed_at=None).update(
        reviewed_by=reviewer, reviewed_at=timezone.now(), justified=justified, remarks=remarks
    )
    if not done:
        correct(first, actor=reviewer.username, request=number)
        raise AuthorityError("Somebody else has reviewed it already.")
    owed.refresh_from_db()
    return owed
