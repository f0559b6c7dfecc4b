"""A form that waits while its person shows once more who they are: kept for a quarter of an hour, without secrets, then done or forgotten.

allauth would keep the whole request, cookies too, for as long as the session lasts; it calls back here instead.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

KEPT_MINUTES = 15
"""How long a form waits. Source: ours; long enough to find a key or a phone, shorter than a session without use."""
_CSRF_FIELD = "csrfmiddlewaretoken"
_SECRET_WORDS = ("password", "code", "credential", "secret", "token")
"""A form with a field of such a name is not kept at all."""
_PARTS = {"address", "path", "query", "fields", "at_s"}
_NOT_KEPT = "What you typed there is not kept while you show who you are; type it again afterwards."
_TOO_OLD = f"What you typed was kept for {KEPT_MINUTES} minutes and not done; type it again."


def put_off(request: HttpRequest, way: str) -> HttpResponse:
    """On to the page on which a person shows who they are, and back; what was posted waits meanwhile."""
    forget(request.session)
    if request.method == "POST":
        fields = request.POST.copy()
        fields.pop(_CSRF_FIELD, None)
        if request.FILES or any(word in name.lower() for name in fields for word in _SECRET_WORDS):
            messages.info(request, _NOT_KEPT)
        else:
            kept = {
                "address": request.get_full_path(),
                "path": request.path_info,
                "query": request.GET.urlencode(),
                "fields": fields.urlencode(),
                "at_s": time.time(),
            }
            callback = f"{resume.__module__}.{resume.__qualname__}"
            request.session[STATE_SESSION_KEY] = {"state": kept, "callback": callback}
    return redirect(f"{way}?{urlencode({'next': request.get_full_path()})}")


def forget(session: SessionBase) -> None:
    """Let nothing wait any more."""
    session.pop(STATE_SESSION_KEY, None)


def forget_opened_afresh(request: HttpRequest) -> None:
    """Let a form wait no more whose page its person opens anew: they begin again, or have thought better of it."""
    kept = _kept(request.session)
    if kept is not None and kept["path"] == request.path_info:
        forget(request.session)


def forget_if_old(session: SessionBase) -> None:
    """Let a form wait no more that has waited too long, or was kept by an earlier version with all its cookies."""
    if STATE_SESSION_KEY not in session:
        return
    kept = _kept(session)
    if kept is None or _is_old(kept):
        forget(session)


def resume(request: HttpRequest, kept: dict[str, Any]) -> HttpResponseBase:
    """Do what has waited, once its person has shown who they are; allauth calls this, and has taken it out of the session."""
    return _done(request, kept, get_next_redirect_url(request) or "/")


def resume_at(request: HttpRequest, where: str) -> HttpResponseBase:
    """The same for our own pages; nothing may wait, and then it only leads on to `where`."""
    kept = _kept(request.session)
    forget(request.session)
    return redirect(where) if kept is None else _done(request, kept, where)


def _done(request: HttpRequest, kept: dict[str, Any], where: str) -> HttpResponseBase:
    if kept["address"] != where:
        return redirect(where)
    if _is_old(kept):
        messages.info(request, _TOO_OLD)
        return redirect(where)
    path, query = kept["path"], kept["query"]
    # In place, so that whatever follows on this request, such as its receipts, finds the same one.
    request.method, request.path, request.path_info = "POST", path, path
    request.META = {**request.META, "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": query}
    request.GET, request.POST = QueryDict(query), QueryDict(kept["fields"])
    request._files = MultiValueDict()  # type: ignore[attr-defined]  # noqa: SLF001 - or Django would read the body again
    request.resolver_match = found = resolve(path)
    answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return answer


def _kept(session: SessionBase) -> dict[str, Any] | None:
    """What waits, if it was kept here."""
    state = session.get(STATE_SESSION_KEY)
    kept = state.get("state") if isinstance(state, dict) else None
    return kept if isinstance(kept, dict) and kept.keys() == _PARTS else None


def _is_old(kept: dict[str, Any]) -> bool:
    return time.time() - float(kept["at_s"]) > KEPT_MINUTES * 60
