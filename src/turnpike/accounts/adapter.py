"""How allauth is held to this project's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect

from turnpike import config
from turnpike.accounts import lockouts, proving
from turnpike.accounts.addresses import told_address

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.models import User

_UNKNOWN_ADDRESS = "::"
_ALLAUTHS_STAGE = "allauth.mfa.stages.AuthenticateStage"


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by themselves: an administrator makes the account."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # The same for a name that is unknown, a closed account and a wrong password.
        "username_password_mismatch": "This user name and password do not fit; check both and try again.",
        "incorrect_password": "This is not your password; type it again.",
        "too_many_login_attempts": lockouts.SENTENCE,
        "rate_limited": lockouts.SENTENCE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the signature is allauth's
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, before the password is looked at; whoever tried too often goes no further.

        Raises:
            ValidationError: too often for this user name, whether or not it is known, or from this address.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            lockouts.note(credentials.get("username", ""), self.get_client_ip(request))
            raise

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person of these credentials; a closed account's password is as good as a wrong one."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002 - the signature is allauth's
        """Back to the sign-in, as after anything that does not fit."""
        messages.error(request, "This does not open an account here; ask your administrator.")
        return redirect("account_login")

    def get_login_stages(self) -> list[str]:
        """allauth's, except that a provider's word for a second factor counts."""
        ours = f"{SecondFactorStage.__module__}.{SecondFactorStage.__qualname__}"
        return [ours if stage == _ALLAUTHS_STAGE else stage for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """The pages on which this person proves again who they are."""
        return proving.ways_to_prove(user) if user.is_authenticated else []

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:  # noqa: ARG002 - the signature is allauth's
        """By our own reckoning, which our own pages ask before allauth's do."""
        return not proving.is_fresh(self.request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that asks; behind proxies the one that the outermost of ours saw."""
        address = told_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("x-forwarded-for", ""),
            config.load().trusted_proxies,
        )
        return str(address) if address else _UNKNOWN_ADDRESS


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # allauth ships no types
    """The second step of a sign-in, for whoever has one here and has not proven one elsewhere."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if proving.vouched_for(request, self.login.user):
            return False
        return bool(super()._should_handle(request))
