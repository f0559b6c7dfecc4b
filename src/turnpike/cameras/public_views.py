"""The two public addresses of the register: where cameras stand, as a page and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from turnpike.cameras.places import public_register
from turnpike.web.services import public

if TYPE_CHECKING:
    from django.http import HttpRequest

_PAGE_PLACES = 100
_WHY_OPEN = "people may know where cameras read their plates; what is withheld is only counted"


@public(_WHY_OPEN)
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The published places, a page at a time, and how many are withheld for which kind of reason."""
    register, after = public_register(), request.GET.get("after", "")
    later = [place for place in register.places if place.camera > after]
    shown = later[:_PAGE_PLACES]
    context = {
        "register": register,
        "places": shown,
        "further": shown[-1].camera if len(later) > _PAGE_PLACES else None,
        "is_first": not after,
        "now": timezone.now(),
    }
    return render(request, "cameras/public.html", context)


@public(_WHY_OPEN)
@require_safe
def places_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """The same for machines, whole; instants in UTC, degrees WGS 84."""
    register = public_register()
    body = {"as_of": timezone.now(), "published": register.places, "withheld": dict(register.withheld)}
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
