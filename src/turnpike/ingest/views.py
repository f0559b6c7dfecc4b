"""The page of what cameras sent that could not be stored, and putting it through again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages as notices
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from turnpike.ingest import quarantine, services
from turnpike.ingest.errors import TryLater
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User

_SHOWN = 200
_DIGITS = 19


@requires(Permission.MESSAGES_VIEW)
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The newest quarantined messages and reads with their reasons; what was posted stays sealed, so no plate is shown."""
    context = {
        "reads": quarantine.newest(_SHOWN),
        "messages_aside": services.quarantined_messages(_SHOWN),
        "most": _SHOWN,
        "replays": cast("User", request.user).has_permission(Permission.CAMERAS_MANAGE),
    }
    return render(request, "ingest/messages.html", context)


@requires(Permission.CAMERAS_MANAGE)
@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Put messages of makers' cameras through again."""
    chosen = [
        int(one)
        for one in request.POST.getlist("message")
        if one.isascii() and one.isdigit() and len(one) < _DIGITS
    ]
    try:
        count = services.replay(chosen, actor=cast("User", request.user).username)
    except TryLater as error:
        notices.error(request, str(error))
    else:
        notices.success(
            request,
            f"Put through again: {count}. What still cannot be understood is back here in a moment."
            if count
            else "Nothing was put through again: choose messages whose contents were kept.",
        )
    return redirect("ingest:messages")
