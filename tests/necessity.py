"""Necessity cases for tests: a camera's reads are taken only while one is in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from turnpike.cameras.services import Argument, approve_case, propose_case

if TYPE_CHECKING:
    from turnpike.cameras.models import NecessityCase

MADE_BY, APPROVED_BY = "case-maker", "case-approver"
IN_A_YEAR = timedelta(days=365)


def argument(**changes: Any) -> Argument:
    """A case that can be approved."""
    facts: dict[str, Any] = {
        "why_here": "Stolen vehicles leave the town by this road more than by any other.",
        "need": "Four in ten stolen vehicles were never seen again last year.",
        "alternatives": "Patrols at two junctions were tried for a year and found few.",
        "dpia": "DPIA-2026-014",
        "review_on": (datetime.now(UTC) + IN_A_YEAR).date(),
    }
    return Argument(**facts | changes)


def give_case(camera_id: str, **changes: Any) -> NecessityCase:
    """A case in force for this registered camera."""
    case = propose_case(MADE_BY, camera_id, argument(**changes))
    return approve_case(APPROVED_BY, case.pk)
