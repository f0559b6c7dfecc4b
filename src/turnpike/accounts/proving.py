"""What a session's person has proven of who they are, how lately, and the pages that ask for it anew.

allauth keeps the proofs in the session, bound to the person: a password, a passkey, a code, a provider's word. Beside its own kinds stand here
`link` (a one-time link) and `set_up` (a factor made in this session). A session is never told of by what the browser says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.shortcuts import redirect
from django.urls import reverse

from turnpike import config
from turnpike.accounts import put_off

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from turnpike.accounts.models import User

View = TypeVar("View", bound=Callable[..., Any])
LINK, SET_UP, PROVIDER = "link", "set_up", "provider"
_SECOND = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})
_MINUTE_S = 60
_WORDS = {
    "password": "password",
    LINK: "one-time link",
    SET_UP: "",
    PROVIDER: "",
    "socialaccount": "provider",
}
_FACTORS = {"webauthn": "passkey", "totp": "code of an app", "recovery_codes": "recovery code"}


def note_link(request: HttpRequest, user: User) -> None:
    """A one-time link was spent for this person."""
    record_authentication(request, user, LINK)


def note_set_up(request: HttpRequest, user: User) -> None:
    """A person has made a second factor in this session, and shown that it works."""
    record_authentication(request, user, SET_UP, second_factor=True)


def note_provider(request: HttpRequest, user: User, *, second_factor: bool, just_now: bool) -> None:
    """A provider has signed this person in; `second_factor` where it vouches for one, `just_now` where it asked them at this moment."""
    record_authentication(request, user, PROVIDER, second_factor=second_factor, just_now=just_now)


def ways_proven(request: HttpRequest, user: User) -> str:
    """How this person has proven who they are in this session, in words; empty where nothing is known."""
    told = []
    for proof in get_authentication_records(request, user):
        word = _FACTORS.get(proof.get("type", "")) or _WORDS.get(proof["method"], "")
        if proof["method"] == "socialaccount":
            word = f"provider {proof.get('provider', '')}"
        if word and word not in told:
            told.append(word)
    return " and ".join(told)


def vouched_for(request: HttpRequest, user: User) -> bool:
    """Whether the provider that signed this person in vouches for a second factor."""
    proofs = get_authentication_records(request, user)
    return any(proof["method"] == PROVIDER and proof.get("second_factor") for proof in proofs)


def second_factor_proven(request: HttpRequest) -> bool:
    """Whether this session's person has proven a second factor in it: used one, made one, or a provider vouches."""
    proofs = get_authentication_records(request, request.user)
    return any(proof["method"] == "mfa" or proof.get("second_factor") for proof in proofs)


def link_used_within(request: HttpRequest, seconds: float) -> bool:
    """Whether a one-time link brought this session's person in at most so long ago."""
    proofs = get_authentication_records(request, request.user)
    used_at_s = [proof["at"] for proof in proofs if proof["method"] == LINK]
    return bool(used_at_s) and time.time() - max(used_at_s) < seconds


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session's person has proven who they are within `fresh_sign_in_minutes`.

    In a demonstration without second factors, who has no way of proving it again is not asked.
    """
    user: User = request.user  # type: ignore[assignment]  # whoever is asked this has signed in
    proofs = get_authentication_records(request, user)
    # What a provider remembers from this morning proves nothing about now.
    newest_at_s = max((proof["at"] for proof in proofs if _is_of_now(proof)), default=0.0)
    if time.time() - newest_at_s < config.load().fresh_sign_in_minutes * _MINUTE_S:
        return True
    return not config.load().asks_second_factor and not ways_to_prove(user)


def _is_of_now(proof: dict[str, Any]) -> bool:
    return proof["method"] not in {"socialaccount", PROVIDER} or bool(proof.get("just_now"))


def ways_to_prove(user: User) -> list[dict[str, str]]:
    """The pages on which this person can prove again who they are, the strongest first, as allauth wants them told."""
    held = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    ways = []
    if Authenticator.Type.WEBAUTHN in held:
        ways.append(
            _way("mfa_reauthenticate:webauthn", "Use a passkey", reverse("mfa_reauthenticate_webauthn"))
        )
    if held - {Authenticator.Type.WEBAUTHN}:
        ways.append(_way("mfa_reauthenticate", "Use a code", reverse("mfa_reauthenticate")))
    if user.has_usable_password():
        ways.append(_way("reauthenticate", "Use your password", reverse("account_reauthenticate")))
    for provider_id in SocialAccount.objects.filter(user=user).values_list("provider", flat=True):
        if provider := config.load().oidc.get(provider_id):
            address = reverse("prove_with_provider", kwargs={"provider_id": provider_id})
            ways.append(_way("provider", f"Use your {provider.name}", address))
    return ways


def fresh_sign_in(view: View) -> View:
    """Ask who is there once more, unless they proved it lately, before a form is acted on.

    For a view that authorises, exports or unmasks; stands below `requires`. What was typed waits meanwhile (`put_off`) and is acted on afterwards,
    under another address: the page's form names its own (`action="{{ request.path }}"`), so that a mistake in it can be mended there.
    """
    return _fresh(view, also_for_get=False)


def fresh_sign_in_to_look(view: View) -> View:
    """The same for a view whose page itself is the point, such as a download."""
    return _fresh(view, also_for_get=True)


def _fresh(view: View, *, also_for_get: bool) -> View:
    if iscoroutinefunction(view):
        raise TypeError("Only a sync view can ask for a fresh sign-in.")

    @wraps(view)
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "GET":
            put_off.forget_opened_afresh(request)
        is_asked = also_for_get or request.method not in {"GET", "HEAD", "OPTIONS"}
        if is_asked and not is_fresh(request):
            ways = ways_to_prove(request.user)  # type: ignore[arg-type]  # `requires` lets no anonymous visitor in
            if not ways:
                # It says there what to do.
                return redirect("mfa_index")
            return put_off.put_off(request, ways[0]["url"])
        return view(request, *args, **kwargs)  # type: ignore[no-any-return]  # a view answers

    return asked  # type: ignore[return-value]  # the same signature


def has_second_factor(user: User) -> bool:
    """Whether this person has a passkey, or an app whose codes are asked for beside their password."""
    return bool(Authenticator.objects.filter(user=user, type__in=_SECOND).exists())


def _way(kind: str, words: str, address: str) -> dict[str, str]:
    return {"id": kind, "description": words, "url": address}
