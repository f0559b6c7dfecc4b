"""Sessions that have lasted too long end here, before any page is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.utils.deprecation import MiddlewareMixin

from turnpike.accounts.sessions import note_use, why_over
from turnpike.ledger.services import AuditEvent, LedgerError, record
from turnpike.web.services import explained

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SessionLimits(MiddlewareMixin):
    """Signs out whoever has been idle or signed in for too long, says so, and leads back to where they were."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Nothing while the session goes on."""
        if not request.user.is_authenticated:
            return None
        if why := why_over(request.session):
            try:
                record(AuditEvent.SESSION_ENDED, actor=request.user.username, details={"why": why})
                logout(request)
            except LedgerError as error:
                return explained("This cannot be done now", str(error), 503)
            messages.info(request, why)
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        note_use(request.session)
        return None
