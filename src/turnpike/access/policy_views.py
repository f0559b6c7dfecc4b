"""The pack reader: the rules in words beside the code, for everybody who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from turnpike import config
from turnpike.access import services
from turnpike.access.pages import explains_refusals
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Permission.SIGNED_IN)
@require_safe
@explains_refusals
def policy(request: HttpRequest) -> HttpResponse:
    """The pack that decides now."""
    return _shown(request, services.current_pack())


@requires(Permission.SIGNED_IN)
@require_safe
@explains_refusals
def policy_pack(request: HttpRequest, version: str) -> HttpResponse:
    """A pack that decides or decided here, by its name and hash."""
    if all(use.version != version for use in services.pack_uses()):
        raise Http404
    return _shown(request, services.kept_pack(version))


def _shown(request: HttpRequest, pack: services.Pack) -> HttpResponse:
    current = services.current_pack()
    sections = services.read_rules(pack)
    context = {
        "pack": pack,
        # Whose rules a pack of the past held, its rules say themselves; the folder may have changed since.
        "about": services.about_pack(config.load().policy_pack) if pack.version == current.version else None,
        "sections": sections,
        "count": len(pack.rules),
        "differing": services.differing(sections),
        "reaches": services.reaches(pack, {}),
        "uses": services.pack_uses(),
        "current": current.version,
    }
    return render(request, "access/policy.html", context)
