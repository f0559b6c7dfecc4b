"""Signs that an account is used by more than one person: two of its sessions in use at once, from different addresses.

Nothing is stopped, since one person may have two screens; it is told to them and entered in the ledger for the auditor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.utils import timezone

from turnpike.accounts.sessions import browser_name, seen_at_s
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.models import User

AT_ONCE_S = 120
"""Two sessions used within this time are in use at once. Source: ours; use is noted once a minute."""
_TOLD = "shared_use_told"


def suspect_shared_use(request: HttpRequest, user: User) -> bool:
    """Whether another session of this person's is in use at once from another address, which was not known before; it is entered."""
    here = get_adapter().get_client_ip(request)
    told: list[str] = request.session.get(_TOLD, [])
    now_s = timezone.now().timestamp()
    for other in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        if other.ip in (here, *told) or now_s - seen_at_s(other) > AT_ONCE_S:
            continue
        record(
            AuditEvent.SHARED_USE_SUSPECTED,
            actor=user.username,
            details={
                "addresses": [here, other.ip],
                "browsers": [
                    browser_name(request.headers.get("user-agent", "")),
                    browser_name(other.user_agent),
                ],
            },
        )
        request.session[_TOLD] = [*told, other.ip]
        return True
    return False
