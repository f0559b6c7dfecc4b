"""The one-time sign-in; the sign-in form and sign-out are allauth's, in our templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from turnpike.accounts import services
from turnpike.web.services import public

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public("whoever holds an unspent one-time link is signed in by it")
@require_http_methods(["GET", "POST"])
def sign_in_once(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button: a link is spent by the press, not by a mail scanner's look."""
    if request.method != "POST":
        return render(request, "accounts/sign_in_once.html")
    try:
        user = services.redeem_one_time_sign_in(token)
    except services.SignInExpired as error:
        return render(request, "accounts/sign_in_once.html", {"refusal": str(error)}, status=410)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("home")
