"""The auditor's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from turnpike.access.services import explains_refusals
from turnpike.ledger.services import LedgerTampered, publication
from turnpike.oversight import services
from turnpike.oversight.cursors import index_in
from turnpike.oversight.telling import WORDS, facts, line
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User


@requires(Permission.AUDIT_VIEW)
@require_safe
@explains_refusals
def log(request: HttpRequest) -> HttpResponse:
    """Who did what, to what, why, and what came of it, newest first."""
    page = services.view_log(_person(request), before=index_in(request.GET.get("before", "")))
    context = {
        "page": page,
        "lines": tuple(line(entry) for entry in page.entries),
        "publication": publication(),
    }
    return render(request, "oversight/log.html", context)


@requires(Permission.AUDIT_VIEW)
@require_safe
@explains_refusals
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry, whole, and the proof that it is in the log."""
    view = services.view_entry(_person(request), index)
    if view is None:
        raise Http404
    if view.entry is None:
        return render(request, "oversight/erased_entry.html", {"view": view})
    context = {"view": view, "what": WORDS[view.entry.event], "facts": facts(view.entry)}
    return render(request, "oversight/entry.html", context)


@requires(Permission.AUDIT_VIEW)
@require_POST
@explains_refusals
def verify(request: HttpRequest) -> HttpResponse:
    """The whole log derived again, now, and the answer."""
    try:
        state, fault = services.verify_now(_person(request)), ""
    except LedgerTampered as error:
        state, fault = None, str(error)
    return render(request, "oversight/verified.html", {"state": state, "fault": fault})


def _person(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user
