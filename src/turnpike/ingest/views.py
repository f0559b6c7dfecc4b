"""The page of what cameras sent that could not be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from turnpike.ingest import quarantine
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SHOWN = 200


@requires(Permission.MESSAGES_VIEW)
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The newest quarantined reads with their reasons; what was posted stays sealed, so no plate is shown."""
    return render(request, "ingest/messages.html", {"reads": quarantine.newest(_SHOWN), "most": _SHOWN})
