"""The two addresses that belong to no subject: the way in, and whether the centre is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from turnpike.accounts.services import Scope, for_systems
from turnpike.cameras import services as cameras
from turnpike.errors import TurnpikeError
from turnpike.ingest import services as ingest
from turnpike.ledger import services as ledger
from turnpike.reads.services import attached_store
from turnpike.web.services import Permission, public, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import Service, User

# Where each permission's work begins, the most pressing first.
_STARTS = (
    (Permission.ALERTS_WATCH, "alerts:wall"),
    (Permission.READS_SEARCH, "access:requests"),
    (Permission.WATCHES_GRANT, "access:watches"),
    (Permission.OUTSIDE_DECIDE, "access:outside"),
    (Permission.LOG_CHECK, "commissioner:console"),
    (Permission.AUDIT_VIEW, "oversight:log"),
    (Permission.CAMERAS_VIEW, "cameras:list"),
)


@requires(Permission.SIGNED_IN)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page on which this person's work begins."""
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return redirect(next(start for permission, start in _STARTS if user.has_permission(permission)))


@public("a watchdog asks it; it tells nothing but that the process answers")
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """200 while the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public(
    "whoever sends traffic here asks it; it tells nothing but whether this centre takes reads and shows pages"
)
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """200 while the store is open, the records answer and reads are taken; else 503."""
    try:
        attached_store()
        ledger.state()
        is_ready = ingest.is_running()
    except (TurnpikeError, DatabaseError):
        is_ready = False
    return HttpResponse(
        "ok\n" if is_ready else "not ready\n", content_type="text/plain", status=200 if is_ready else 503
    )


@for_systems(Scope.HEALTH_READ)
@require_safe
def metrics(request: HttpRequest, service: Service) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """Cameras' health and the log's size for Prometheus, which brings a system's key as its bearer token."""
    log = (
        "# HELP turnpike_ledger_entries Entries of the audit log.\n"
        "# TYPE turnpike_ledger_entries gauge\n"
        f"turnpike_ledger_entries {ledger.state().size}\n"
    )
    return HttpResponse(cameras.exposition(timezone.now()) + log, content_type=cameras.METRICS_TYPE)


@for_systems(Scope.HEALTH_READ)
@require_safe
def system_health(request: HttpRequest, service: Service) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """The ledger's size and each camera with how lately it sent, for a monitoring system; counts under 10 are told as such."""
    told = [
        {
            "camera": one.camera.camera_id,
            "active": one.camera.active,
            "reads_in_24_hours": one.reads_text,
            "last_read_at": one.last_read_at,
        }
        for one in cameras.activity_of(cameras.all_cameras(), timezone.now())
    ]
    body = msgspec.json.encode({"ledger_entries": ledger.state().size, "cameras": told})
    return HttpResponse(body, content_type="application/json")


@for_systems(Scope.AUDIT_READ)
@require_safe
def checkpoint(request: HttpRequest, service: Service) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """The last published checkpoint, for whoever keeps copies of it elsewhere; 404 before the first."""
    note = ledger.publication().checkpoint
    text = note or "Nothing is published yet; ask again in a minute.\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=200 if note else 404)
