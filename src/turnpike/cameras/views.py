"""The register's pages: all cameras with their plan, and one camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from turnpike.cameras import map as drawing
from turnpike.cameras import services
from turnpike.cameras.activity import activity_of
from turnpike.cameras.health_views import for_camera, for_list
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Permission.CAMERAS_VIEW)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """All cameras; it holds counts and times, no read and no plate."""
    cameras = services.all_cameras()
    return render(
        request,
        "cameras/list.html",
        {
            "activities": activity_of(cameras, timezone.now()),
            "controllers": services.controllers_now(),
            "own_controller": services.own_controller(),
            "plan": drawing.plan(cameras),
            "drawing": drawing,
            **for_list(),
        },
    )


@requires(Permission.CAMERAS_VIEW)
@require_safe
def camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """One camera, and how many keys speak for it."""
    found = services.find_camera(camera_id)
    if found is None:
        raise Http404
    return render(
        request,
        "cameras/camera.html",
        {
            "activity": activity_of([found], timezone.now())[0],
            "tenures": services.tenures(found),
            "keys": found.keys.filter(revoked_at=None).count(),
            **for_camera(camera_id),
        },
    )
