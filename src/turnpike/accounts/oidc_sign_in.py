"""What happens when a provider has answered: somebody is signed in, proves again who they are, or is refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpResponseRedirect
from django.shortcuts import render

from turnpike import config
from turnpike.accounts import proving, recording
from turnpike.accounts.claims import vouches
from turnpike.accounts.errors import AccountError
from turnpike.accounts.identities import account_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.identities import Identity
    from turnpike.accounts.models import User

_NEXT = "provider_proof_next"
_SKEW_S = 30
_FAILED = "The sign-in at your provider did not come to an end; try again, and tell your administrator if it fails again."


class ProvedAgain(HttpResponseRedirect):
    """A person has proven again who they are and goes on at this address; what they put off is done by whoever gets this.

    Not done here: allauth takes what a page refuses for a fault of the provider's.
    """


def remember_where(request: HttpRequest, address: str) -> None:
    """Where a person who is proving again who they are is to be led back to."""
    request.session[_NEXT] = address


def identified(request: HttpRequest, identity: Identity) -> User:
    """The account that this identity opens, with what the provider vouches for noted in the session.

    Raises:
        ImmediateHttpResponse: it opens none; the answer says so and what to do.
    """
    try:
        user = account_for(identity)
    except AccountError as error:
        raise ImmediateHttpResponse(_known_refused(request, identity, str(error))) from error
    provider = config.load().oidc[identity.provider_id]
    proving.note_provider(
        request, user, second_factor=vouches(provider, identity.claims), just_now=_just_now(identity)
    )
    return user


def answer_instead(request: HttpRequest, identity: Identity) -> HttpResponse | None:
    """The answer to somebody who was signed in already and was asked to prove it again; nothing for a plain sign-in."""
    if not request.user.is_authenticated:
        return None
    person: User = request.user
    try:
        proven = account_for(identity)
    except AccountError as error:
        return _known_refused(request, identity, str(error))
    if proven.pk != person.pk:
        return _known_refused(
            request,
            identity,
            "You proved to be somebody else; sign out first, then sign in as them.",
        )
    if not _just_now(identity):
        return _known_refused(
            request, identity, "Your provider did not ask you again who you are; use another way."
        )
    recording.proved_again(person, f"provider {identity.provider_id}")
    proving.note_provider(
        request,
        proven,
        second_factor=vouches(config.load().oidc[identity.provider_id], identity.claims),
        just_now=True,
    )
    # What the provider says now holds for what was put off, too.
    request.user = proven
    return ProvedAgain(request.session.pop(_NEXT, "/"))


def refused(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page that says that nobody was signed in; of who it was nothing is known, so that only so many are each an entry."""
    recording.provider_failed(request, provider_id)
    return _page(request, _FAILED)


def _known_refused(request: HttpRequest, identity: Identity, sentence: str) -> HttpResponse:
    """The same for somebody whom the provider has named; each is an entry."""
    recording.identity_refused(request, identity)
    return _page(request, sentence)


def _page(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "accounts/provider_refused.html", {"sentence": sentence}, status=403)


def _just_now(identity: Identity) -> bool:
    """Whether the provider says that the person was there within the time that counts as fresh."""
    at_s = identity.claims.get("auth_time")
    allowed_s = config.load().fresh_sign_in_minutes * 60 + _SKEW_S
    return isinstance(at_s, int | float) and abs(time.time() - at_s) < allowed_s
