"""The two addresses that belong to no subject: the way in, and whether the centre is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from turnpike.web.services import Permission, public, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import User

# Where each permission's work begins, the most pressing first.
_STARTS = (
    (Permission.ALERTS_WATCH, "alerts:wall"),
    (Permission.READS_SEARCH, "access:requests"),
    (Permission.WATCHES_GRANT, "access:watches"),
    (Permission.OUTSIDE_DECIDE, "access:outside"),
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
