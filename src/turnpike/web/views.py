"""The one page that belongs to no subject: the rules that everything here follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from turnpike.web.doors import public

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public("who is recorded by a camera may know the rules")
@require_safe
def governance(request: HttpRequest) -> HttpResponse:
    """What must happen before anyone looks, what is kept of it, and what is never built."""
    return render(request, "web/governance.html")
