"""Passkeys, authenticator apps, recovery codes, and proving again who one is: allauth's pages behind our doors, in our templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views as account_pages
from allauth.mfa.base import views as pages
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as code_pages
from allauth.mfa.totp import views as app_pages
from allauth.mfa.webauthn import views as passkey_pages
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.accounts import proving, recording
from turnpike.accounts.factors import may_remove
from turnpike.web.services import Permission, public, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.models import User

_GET_AND_POST = ("GET", "HEAD", "POST")

sign_in_by_passkey = public("everyone must be able to sign in")(passkey_pages.login_webauthn)
second_step = public("whoever has given the first factor gives the second here")(pages.authenticate)
prove_by_password = requires(Permission.SIGNED_IN)(account_pages.reauthenticate)
prove_by_code = requires(Permission.SIGNED_IN)(pages.reauthenticate)
prove_by_passkey = requires(Permission.SIGNED_IN)(passkey_pages.reauthenticate_webauthn)


@requires(Permission.SIGNED_IN)
@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    """What this person signs in with besides a password, and what can be added."""
    begins_anew = not proving.is_fresh(request) and not proving.ways_to_prove(_person(request))
    page = pages.IndexView.as_view(extra_context={"begins_anew": begins_anew})
    return page(request)  # type: ignore[no-any-return]  # allauth ships no types


@requires(Permission.SIGNED_IN)
@require_http_methods(_GET_AND_POST)
@proving.fresh_sign_in_to_look
def add_passkey(request: HttpRequest) -> HttpResponse:
    """A new passkey."""
    return _added(request, passkey_pages.add_webauthn)


@requires(Permission.SIGNED_IN)
@require_http_methods(_GET_AND_POST)
@proving.fresh_sign_in_to_look
def add_app(request: HttpRequest) -> HttpResponse:
    """A new authenticator app, for whoever has a password or a provider to use it beside."""
    if not _person(request).has_usable_password():
        messages.info(request, "Choose a password first; the app's codes are asked for beside it.")
        return redirect("choose_password")
    return _added(request, app_pages.activate_totp)


@requires(Permission.SIGNED_IN)
@require_http_methods(_GET_AND_POST)
@proving.fresh_sign_in_to_look
def remove_app(request: HttpRequest) -> HttpResponse:
    """Away with the authenticator app, unless it is the only second factor."""
    held = Authenticator.objects.filter(user=_person(request), type=Authenticator.Type.TOTP).first()
    return _removed(request, held, lambda: app_pages.deactivate_totp(request))


@requires(Permission.SIGNED_IN)
@require_http_methods(_GET_AND_POST)
@proving.fresh_sign_in_to_look
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Away with one passkey, unless it is the only second factor."""
    held = Authenticator.objects.filter(
        user=_person(request), type=Authenticator.Type.WEBAUTHN, pk=pk
    ).first()
    page = passkey_pages.RemoveWebAuthnView.as_view(success_url=reverse_lazy("mfa_index"))
    return _removed(request, held, lambda: page(request, pk=pk))


@requires(Permission.SIGNED_IN)
@require_safe
@proving.fresh_sign_in_to_look
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The codes for when a phone or key is lost; shown once."""
    return code_pages.view_recovery_codes(request)  # type: ignore[no-any-return]  # allauth ships no types


@requires(Permission.SIGNED_IN)
@require_http_methods(_GET_AND_POST)
@proving.fresh_sign_in_to_look
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    """New codes in the place of the old."""
    if request.method == "POST" and proving.has_second_factor(_person(request)):
        recording.factor_added(_person(request), Authenticator.Type.RECOVERY_CODES)
    return code_pages.generate_recovery_codes(request)  # type: ignore[no-any-return]  # allauth ships no types


def _added(request: HttpRequest, page: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """The page's answer; where a factor was made by it, the session counts as proven by it."""
    before = _count(request)
    answer = page(request)
    if _count(request) > before:
        proving.note_set_up(request, _person(request))
        others = "" if before else " Any other session of yours has ended."
        messages.success(request, f"It is added; from now on it is asked for when you sign in.{others}")
    return answer


def _removed(
    request: HttpRequest, held: Authenticator | None, page: Callable[[], HttpResponse]
) -> HttpResponse:
    if held is None:
        raise Http404
    if not may_remove(held):
        messages.info(request, "This is your only second factor; add another before you remove it.")
        return redirect("mfa_index")
    if request.method == "POST":
        recording.factor_removed(_person(request), held)
        messages.success(request, "It is removed.")
    return page()


def _count(request: HttpRequest) -> int:
    second = Authenticator.objects.filter(user=_person(request))
    return int(second.exclude(type=Authenticator.Type.RECOVERY_CODES).count())


def _person(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user
