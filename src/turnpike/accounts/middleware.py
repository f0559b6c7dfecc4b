"""What is asked of a session before any page is: that it has not lasted too long, and that a second factor stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from turnpike import config
from turnpike.accounts import proving, put_off
from turnpike.accounts.sessions import note_use, why_over
from turnpike.accounts.sharing import suspect_shared_use
from turnpike.ledger.services import AuditEvent, LedgerError, record
from turnpike.web.services import declared_public, explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "choose_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "prove_with_provider",
    }
)
"""The pages that whoever has signed in by a password or a link alone can reach: they lead to a second factor, or out."""


PROVING_ONE = WITHOUT_SECOND_FACTOR - {
    "choose_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
}
"""The same for whoever has a second factor already: they lead to proving it, or out."""


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
        put_off.forget_if_old(request.session)
        if note_use(request.session) and suspect_shared_use(request, request.user):
            messages.warning(
                request,
                "Your account is in use at another address at this moment. If that is not you, end that session"
                " under “Your account” and tell your administrator.",
            )
        return None


class SecondFactor(MiddlewareMixin):
    """Leads whoever has not proven a second factor in this session to the pages where they can, and to nothing else."""

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., object],
        arguments: tuple[object, ...],  # noqa: ARG002 - Django's signature
        named: dict[str, object],  # noqa: ARG002 - as above
    ) -> HttpResponse | None:
        """Nothing for the anonymous, for public pages, and for whoever has proven one."""
        if not config.load().asks_second_factor or not request.user.is_authenticated:
            return None
        if declared_public(view) or proving.second_factor_proven(request):
            return None
        has_one = proving.has_second_factor(request.user)
        # Who has one proves it; a password alone does not add another.
        reachable = PROVING_ONE if has_one else WITHOUT_SECOND_FACTOR
        if request.resolver_match is not None and request.resolver_match.view_name in reachable:
            return None
        if has_one:
            return redirect(proving.ways_to_prove(request.user)[0]["url"])
        return redirect("mfa_index")
