"""The one-time sign-in and one's password; the sign-in form and sign-out are allauth's, in our templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from turnpike import config
from turnpike.accounts import proving, services
from turnpike.accounts.forms import ChangePasswordForm, ChoosePasswordForm
from turnpike.accounts.sessions import end_other_sessions
from turnpike.web.services import Permission, public, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LINK_COUNTS_S = 900
"""How long a one-time link stands for the present password. Source: ours; long enough to choose a new one."""
_LINK_SPENT = "one_time_link_spent"


@public("whoever holds an unspent one-time link is signed in by it")
@require_http_methods(["GET", "POST"])
def sign_in_once(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button: a link is spent by the press, not by a mail scanner's look.

    It stands for the password alone: whoever has a second factor is asked for it, and whoever has none is led to make one.
    """
    if request.method != "POST":
        return render(request, "accounts/sign_in_once.html")
    try:
        user = services.redeem_one_time_sign_in(token)
    except services.SignInExpired as error:
        return render(request, "accounts/sign_in_once.html", {"refusal": str(error)}, status=410)
    if request.user.is_authenticated:
        logout(request)
    proving.note_link(request, user)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=_after_link(user)))
    return answer


def _after_link(user: services.User) -> str:
    """Where whoever used a link begins: with a second factor where one is asked for, else with a password."""
    if config.load().asks_second_factor and not services.has_second_factor(user):
        return reverse("mfa_index")
    return reverse("home" if user.has_usable_password() else "choose_password")


@requires(Permission.SIGNED_IN)
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in."""
    user: services.User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    found = services.sessions_of(user, request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found})


@requires(Permission.SIGNED_IN)
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End another session of one's own."""
    user: services.User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    try:
        services.end_session(user, number)
    except services.AccountError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, "That session has ended.")
    return redirect("sessions")


@sensitive_post_parameters()
@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """The first password, or another: this takes the present one, or a one-time link used just now."""
    user: services.User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    proven = proving.link_used_within(request, LINK_COUNTS_S) and not request.session.get(_LINK_SPENT)
    if not (user.has_usable_password() or proven or proving.is_fresh(request)):
        # A password would count as a proof from now on, so that a screen left open must not do to set the first.
        messages.info(request, "Prove who you are first, or ask your administrator for a new one-time link.")
        return redirect(next((way["url"] for way in proving.ways_to_prove(user)), reverse("mfa_index")))
    form_type = ChangePasswordForm if user.has_usable_password() and not proven else ChoosePasswordForm
    form = form_type(user, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        # Against guessing the present password at a screen that was left open.
        if refusal := consume_or_429(request, action="change_password", user=user):
            return refusal  # type: ignore[no-any-return]  # allauth ships no types
        if form.is_valid():
            end_other_sessions(request, user, why="its owner set a password elsewhere")
            services.choose_password(user, form.cleaned_data["new_password1"])
            request.session[_LINK_SPENT] = True
            # A session that is on no list ends with the old password, too; this one goes on under a new name.
            update_session_auth_hash(request, user)
            services.remember_session(request)
            messages.success(request, "Your password is set; any other session of yours has ended.")
            return redirect(_after_password(user))
    return render(request, "accounts/choose_password.html", {"form": form})


def _after_password(user: services.User) -> str:
    waits = config.load().asks_second_factor and not services.has_second_factor(user)
    return "mfa_index" if waits else "home"
