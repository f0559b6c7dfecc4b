"""The way to a provider of sign-ins and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import get_next_redirect_url
from allauth.core.ratelimit import consume_or_429
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from turnpike import config
from turnpike.accounts import oidc_sign_in, put_off
from turnpike.accounts.provider import IssuerBoundAdapter
from turnpike.web.services import Permission, public, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

_TROUBLE = (OAuth2Error, ProviderException, RequestException, KeyError, ValueError)
# Source: OpenID Connect Core 1.0, section 3.1.2.1: asked anew, whatever session the provider still has.
_ASK_ANEW = {"prompt": "login", "max_age": "0"}


@public("everyone must be able to sign in")
@require_POST
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """On to the provider, to sign in there."""
    # Each asks the provider and keeps a session, so that it is limited as the sign-in form is.
    if refusal := consume_or_429(request, action="login"):
        return refusal  # type: ignore[no-any-return]  # allauth ships no types
    return _lead(request, provider_id, {})


@public("a provider sends everyone back here; what it sends is verified")
@require_safe
def from_provider(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from the provider."""
    _configured(provider_id)
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(IssuerBoundAdapter(request, provider_id))(
            request
        )
    except (SocialApp.DoesNotExist, *_TROUBLE):
        return oidc_sign_in.refused(request, provider_id)
    if isinstance(answer, oidc_sign_in.ProvedAgain):
        return put_off.resume_at(request, answer.url)
    return answer


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def prove_with_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A person proves again who they are, at their provider."""
    name = _configured(provider_id)
    where = get_next_redirect_url(request) or "/"
    if request.method == "POST":
        oidc_sign_in.remember_where(request, where)
        return _lead(request, provider_id, _ASK_ANEW)
    return render(request, "accounts/prove_with_provider.html", {"name": name, "next": where})


def _configured(provider_id: str) -> str:
    provider = config.load().oidc.get(provider_id)
    if provider is None:
        raise Http404
    return provider.name


def _lead(request: HttpRequest, provider_id: str, parameters: dict[str, str]) -> HttpResponse:
    """A page that goes on to the provider by itself.

    Not a redirect: browsers hold a form's redirects to our `form-action`, and a provider's own to it as well.
    """
    name = _configured(provider_id)
    try:
        provider = get_adapter(request).get_provider(request, provider_id)
        answer = provider.redirect(
            request, "login", next_url=get_next_redirect_url(request), auth_params=dict(parameters)
        )
    except _TROUBLE:
        return oidc_sign_in.refused(request, provider_id)
    return render(request, "accounts/to_provider.html", {"name": name, "address": answer["Location"]})
