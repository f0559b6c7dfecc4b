"""The forms of passkeys, codes and of proving again who one is: allauth's, in the words of our pages.

Only views and settings name this.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter as account_rules
from allauth.account.forms import ReauthenticateForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as factor_rules
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.cache import cache
from django.core.exceptions import ValidationError

from turnpike.accounts import proving, recording
from turnpike.accounts.sessions import end_other_sessions

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django import forms

    from turnpike.accounts.models import User

# A code counts in its own 30 seconds and those before and after, so that it is remembered as used for as long.
_CODE_COUNTS_S = 90
# What the library raises for JSON that is no credential at all.
_MALFORMED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)


def _plain(field: forms.Field, label: str, hint: str = "") -> None:
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)


def _numeric(field: forms.Field) -> None:
    field.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}


def _checked_once(user: User, check: Any) -> Any:
    """What checks a code gives; a code that was used already is wrong, and who tried too often is told of."""
    try:
        code = check()
    except ValidationError as error:
        if error.code == "too_many_login_attempts":
            recording.locked_out(user, account_rules().get_client_ip(context.request))
        raise
    # By its hash: what was typed round the digits is no key of a cache.
    used = hashlib.sha256(normalize_user_code(code).encode()).hexdigest()
    if not cache.add(f"code-used:{user.pk}:{used}", True, timeout=_CODE_COUNTS_S):  # noqa: FBT003 - a mark
        raise factor_rules().validation_error("incorrect_code")
    return code


def _about_to_keep(user: User, kind: str) -> None:
    """The entries that come before a factor is kept; with the first one this person's other sessions end."""
    if not proving.has_second_factor(user):
        end_other_sessions(context.request, user, why="its owner made a second factor elsewhere")
    recording.factor_added(user, kind)


class _CodeUsedOnce(BaseAuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code that counts now and was not used before, in our words."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        _plain(code, "Code", "The 6 digits that your authenticator app shows, or a recovery code.")
        _numeric(code)

    def clean_code(self) -> str:
        return str(_checked_once(self.user, super().clean_code))


class CodeForm(_CodeUsedOnce, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of a sign-in by password."""


class CodeAgainForm(_CodeUsedOnce, ReauthenticateByCodeForm):  # type: ignore[misc]  # allauth ships no types
    """The same for whoever is signed in."""


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password, for whoever is signed in."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As allauth's, without its links."""
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], "Password")

    def clean_password(self) -> str:
        """The password in use."""
        password = str(super().clean_password())
        recording.proved_again(self.user, "password")
        return password


class AppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new authenticator app."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As allauth's, in our words."""
        super().__init__(*args, **kwargs)
        _plain(self.fields["code"], "Code from the app", "6 digits; a new one comes every 30 seconds.")
        _numeric(self.fields["code"])

    def clean_code(self) -> str:
        """A code that the new app's secret gives now; that it is kept is entered first."""
        code = str(super().clean_code())
        _about_to_keep(self.user, "totp")
        return code


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A new passkey: always one that signs in by itself, with the person verified by the device."""

    passwordless = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As allauth's, in our words."""
        super().__init__(*args, **kwargs)
        _plain(
            self.fields["name"], "A name for this passkey", "So that you know it again: “desk 4”, “blue key”."
        )
        self.fields["name"].widget.attrs |= {"maxlength": "60", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """A credential that this browser's device has just made; that it is kept is entered first."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except _MALFORMED as error:
            raise factor_rules().validation_error("incorrect_code") from error
        if not self.errors and cleaned.get("credential"):
            _about_to_keep(self.user, "webauthn")
        return cleaned


class _ShownPasskey(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A passkey that fits, or an entry that somebody tried."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                recording.locked_out(self.user, account_rules().get_client_ip(context.request))
            else:
                recording.passkey_failed(context.request, self.user)
            raise
        except _MALFORMED as error:
            recording.passkey_failed(context.request, self.user)
            raise factor_rules().validation_error("incorrect_code") from error


class PasskeySignInForm(_ShownPasskey, LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A sign-in by passkey alone."""


class PasskeySecondForm(_ShownPasskey):
    """A passkey as the second step of a sign-in."""


class PasskeyAgainForm(_ShownPasskey, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """The same for whoever is signed in."""
