"""The pages for what went wrong; each says in one sentence what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

from turnpike.web.doors import public

if TYPE_CHECKING:
    from django.core.exceptions import PermissionDenied, SuspiciousOperation
    from django.http import Http404, HttpRequest


def bad_request(request: HttpRequest, exception: SuspiciousOperation) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400: what was sent cannot be understood."""
    return _bare_page(
        "What was sent could not be understood", "Go back, check what you entered and send it again.", 400
    )


def forbidden(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: the sentence is the refusal's own where it has one."""
    sentence = str(exception) or "Ask your administrator if your work needs this page."
    return _page(request, "You cannot use this page", sentence, 403)


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404: also for what exists but is not this person's to know of."""
    return _page(
        request, "There is no such page", "Check the address, or start again from the first page.", 404
    )


def too_many(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - allauth's signature
    """429: this address or person asked too often."""
    return _bare_page(
        "You have tried this too often", "Wait five minutes, then go back and try once more.", 429
    )


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """500: asks nothing of the request, the session or the database, since any may be what failed."""
    return _bare_page(
        "Something failed here",
        "Nothing was shown or changed; try again in a minute, and tell your administrator if it fails again.",
        500,
    )


@public("whoever's form is refused must be told why")
def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403 for a form without this session's token; `CSRF_FAILURE_VIEW`."""
    return _bare_page(
        "This form can no longer be used",
        "Go back, load the page again and send the form once more; allow this site's cookies.",
        403,
    )


def explained(title: str, sentence: str, status: int) -> HttpResponse:
    """A page of an error's own sentence."""
    return _bare_page(title, sentence, status)


def _page(request: HttpRequest, title: str, sentence: str, status: int) -> HttpResponse:
    return render(request, "web/error.html", {"title": title, "sentence": sentence}, status=status)


def _bare_page(title: str, sentence: str, status: int) -> HttpResponse:
    """Without navigation, messages or person."""
    page = loader.render_to_string("web/error_bare.html", {"title": title, "sentence": sentence})
    return HttpResponse(page, status=status)
