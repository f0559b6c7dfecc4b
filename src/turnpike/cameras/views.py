"""The register's pages: all cameras on a map and in a table, and one camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from turnpike import config
from turnpike.cameras import finding, installation, necessity, services
from turnpike.cameras import map as drawing
from turnpike.cameras.activity import activity_of
from turnpike.cameras.form_pages import permits
from turnpike.cameras.health_views import for_camera, for_list
from turnpike.cameras.marks import LEGEND, marks_of
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Permission.CAMERAS_VIEW)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """Cameras, a page at a time; it holds counts and times, no read and no plate."""
    wanted = finding.wanted_of(request.GET)
    page = finding.page(wanted, request.GET.get("after", ""))
    return render(
        request,
        "cameras/list.html",
        {
            "activities": activity_of(page.cameras, timezone.now()),
            "controllers": services.controllers_now(),
            "own_controller": services.own_controller(),
            "plan": drawing.plan(page.cameras),
            "drawing": drawing,
            "page": page,
            "wanted": wanted,
            "standings": finding.Standing,
            "marks": marks_of(page.cameras),
            "legend": LEGEND,
            "has_tiles": config.load().map_tiles is not None,
            "manages": permits(request, Permission.CAMERAS_MANAGE),
            **for_list(),
        },
    )


@requires(Permission.CAMERAS_VIEW)
@require_safe
def camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """One camera: what it sends, why it stands, how it was tested, and how many keys speak for it."""
    found = services.find_camera(camera_id)
    if found is None:
        raise Http404
    standing, today = necessity.standing_case(found), timezone.now().date()
    return render(
        request,
        "cameras/camera.html",
        {
            "activity": activity_of([found], timezone.now())[0],
            "tenures": services.tenures(found),
            "keys": found.keys.filter(revoked_at=None).count(),
            "mark": marks_of([found])[camera_id],
            "case": standing,
            "why_refused": necessity.why_not_in_force(found, standing, today),
            "waiting": necessity.waiting_case(found),
            "former": found.cases.exclude(ended_at=None).order_by("-ended_at"),
            "tests": [
                (test, installation.capture_rate(test), installation.read_rate(test))
                for test in found.tests.all()
            ],
            "manages": permits(request, Permission.CAMERAS_MANAGE),
            "approves": permits(request, Permission.CAMERAS_APPROVE),
            **for_camera(camera_id),
        },
    )
