"""What came of a request: asked of its requester when it has ended, shown as overdue after two weeks.

A search whose outcome nobody knows can be judged by nobody; and whoever tells that nothing came of many is helped before an auditor asks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from turnpike.access.errors import RequestError
from turnpike.access.models import Request
from turnpike.access.outcome_kinds import Outcome
from turnpike.access.paging import Page, page_by_instant
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.accounts.services import User

OVERDUE_DAYS = 14
"""Source: ours; by then an investigator knows whether a look helped."""
LONGEST_NOTE = 500


def owed_outcomes(user: User, cursor: str = "") -> Page[Request]:
    """A person's own requests that have ended and whose outcome is not told, the oldest first."""
    ended = Q(expires_at__lte=timezone.now()) | Q(closed_at__isnull=False)
    owed = Request.objects.filter(ended, requester=user, outcome="")
    return page_by_instant(owed, "opened_at", cursor)


def overdue_outcomes(cursor: str = "") -> Page[Request]:
    """Everybody's that are overdue, the oldest first; for whoever authorises."""
    since = timezone.now() - timedelta(days=OVERDUE_DAYS)
    late = Request.objects.filter(outcome="", expires_at__lte=since).select_related("requester")
    return page_by_instant(late, "expires_at", cursor)


def tell_outcome(user: User, number: str, outcome: str, note: str = "") -> Request | None:
    """Keep what came of this person's own request; nothing where they have none of that number. It can be told again, and each telling is kept
    in the ledger.

    Raises:
        RequestError: it is no outcome of the list, or the note is too long.
    """
    request = Request.objects.filter(requester=user, number=number).first()
    if request is None:
        return None
    note = " ".join(note.split())
    if outcome not in set(Outcome):
        raise RequestError("outcome", "Choose what came of it from the list.")
    if len(note) > LONGEST_NOTE:
        raise RequestError("note", f"Shorten the note to {LONGEST_NOTE} characters.")
    record(
        AuditEvent.REQUEST_OUTCOME,
        actor=user.username,
        details={"request": number, "outcome": outcome, "note": note},
    )
    request.outcome, request.outcome_note, request.outcome_at = outcome, note, timezone.now()
    request.save(update_fields=["outcome", "outcome_note", "outcome_at"])
    return request
