"""One's own receipts: all of them, and each as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from turnpike.access.services import explains_refusals
from turnpike.oversight import receipts
from turnpike.oversight.cursors import index_in
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import User


@requires(Permission.SIGNED_IN)
@require_safe
@explains_refusals
def own(request: HttpRequest) -> HttpResponse:
    """What the person looked at, newest first: that they did, never what they saw, so that this is no look itself."""
    page = receipts.looks_of(_person(request), before=index_in(request.GET.get("before", "")))
    return render(request, "oversight/receipts.html", {"page": page, "is_first": "before" not in request.GET})


@requires(Permission.SIGNED_IN)
@require_safe
@explains_refusals
def slip(request: HttpRequest, entry: int) -> HttpResponse:
    """One receipt, to be kept; `turnpike audit receipt` holds it against the log."""
    found = receipts.slip_of(_person(request), entry)
    if found is None:
        raise Http404
    return HttpResponse(
        found.as_file,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="turnpike-receipt-{entry}.json"'},
    )


def _person(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user
