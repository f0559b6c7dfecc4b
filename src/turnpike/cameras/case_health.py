"""How the necessity cases of all active cameras stand, in numbers: for whoever looks after the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.cameras.admission import without_case
from turnpike.cameras.models import Camera
from turnpike.cameras.necessity import due_for_review
from turnpike.cameras.places import undecided

if TYPE_CHECKING:
    from datetime import date

DUE_DAYS = 30


@dataclass(frozen=True, slots=True)
class CaseHealth:
    """Of the active cameras: how many there are, whose reads are refused, whose case was carried over or is due within `DUE_DAYS`.

    `first_refused` is the id of one, empty where none is; `carried_over_until` the first day on which such a case ends.
    """

    active: int
    refused: int
    first_refused: str
    carried_over: int
    carried_over_until: date | None
    due: int
    undecided: int


def case_health() -> CaseHealth:
    """As of now."""
    refused = without_case()
    today = timezone.now().date()
    carried = due_for_review(today.max).filter(is_carried_over=True)
    due = due_for_review(today + timedelta(days=DUE_DAYS)).filter(is_carried_over=False)
    first = carried.first()
    return CaseHealth(
        active=Camera.objects.filter(active=True).count(),
        refused=len(refused),
        first_refused=refused[0].camera_id if refused else "",
        carried_over=carried.count(),
        carried_over_until=first.review_on if first else None,
        due=due.count(),
        undecided=undecided(),
    )
