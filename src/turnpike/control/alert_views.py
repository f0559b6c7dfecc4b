"""The alert wall, its event stream, and an alert's own page and picture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.access.services import (
    OUTSIDE_RULE,
    Denied,
    SharedField,
    fields_for_matching,
    patch_for_alert,
)
from turnpike.control.alert_forms import OutcomeForm
from turnpike.control.alert_stream import events
from turnpike.control.alert_wall import (
    BLANK,
    DEALT_WITH_HOURS,
    admit,
    card,
    seen_of,
    show_all,
    watch_over,
    watches_now,
)
from turnpike.control.plate_comparison import compare
from turnpike.hotlists import services as hotlists
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from turnpike.accounts.services import User

WALL_LIMIT = 50
DEALT_WITH_LIMIT = 20


@requires(Permission.ALERTS_WATCH)
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The alerts that wait and those dealt with lately, of the lists that this operator watches."""
    user = cast("User", request.user)
    watches = watches_now(user)
    if not watches:
        return _no_watch(request)
    since = timezone.now() - timedelta(hours=DEALT_WITH_HOURS)
    waiting = hotlists.waiting_alerts(watches, limit=WALL_LIMIT)
    dealt_with = hotlists.actioned_alerts(watches, since=since, limit=DEALT_WITH_LIMIT)
    try:
        cards = {
            "waiting": show_all(user, watches, waiting),
            "dealt_with": show_all(user, watches, dealt_with),
        }
    except Denied as denial:
        raise PermissionDenied(str(denial)) from denial
    context = {
        **cards,
        "watches": tuple(watches.values()),
        # Of what is shown: the number of one that is withheld would tell that there is one.
        "after": max((alert.id for shown in cards.values() for alert in shown), default=0),
        "blank": BLANK,
        "dealt_with_hours": DEALT_WITH_HOURS,
        "reloads": "reload" in request.GET,
    }
    return render(request, "control/alert_wall.html", context)


@requires(Permission.ALERTS_WATCH)
@require_safe
async def stream(request: HttpRequest) -> HttpResponseBase:
    """The wall's server-sent events; HEAD tells a wall that lost them whether to try again."""
    if not await sync_to_async(watches_now)(cast("User", request.user)):
        return await sync_to_async(_no_watch)(request)
    if request.method == "HEAD":
        return HttpResponse(content_type="text/event-stream")
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    response = StreamingHttpResponse(
        events(request.session, after=int(after) if after.isdecimal() else 0),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@requires(Permission.ALERTS_WATCH)
@require_http_methods(["GET", "HEAD", "POST"])
def open_alert(request: HttpRequest, hit_id: int) -> HttpResponse:
    """One alert: picture beside entry, and what was done."""
    user = cast("User", request.user)
    alert = hotlists.alert_of(_found(hit_id))
    form, status = OutcomeForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = _action(user, hit_id, form)
        if status == 200:  # noqa: PLR2004 - HTTP's own number
            messages.success(request, "Recorded; every wall that watches this list shows it.")
            return redirect("alerts:wall")
    try:
        admit(user, alert)
    except Denied as denial:
        raise _refused(user, hit_id, denial) from denial
    hit = _found(hit_id)
    context = {
        "hit": hit,
        "entry": hit.entry,
        "card": card(hotlists.alert_of(hit)),
        "picture_is_open": SharedField.PLATE_PATCH in fields_for_matching(hit.camera_id, hit.captured_at),
        "compared": compare(wanted=hit.entry.plate, read=hit.read_plate),
        "form": form,
    }
    return render(request, "control/alert.html", context, status=status)


@requires(Permission.ALERTS_WATCH)
@require_safe
def patch(request: HttpRequest, hit_id: int) -> HttpResponse:
    """The plate patch of the read behind an alert; each look is in the ledger."""
    user = cast("User", request.user)
    alert = hotlists.alert_of(_found(hit_id))
    try:
        picture = patch_for_alert(user, watch_over(user, alert), seen_of(alert))
    except Denied as denial:
        raise _refused(user, hit_id, denial) from denial
    if picture is None:
        raise Http404
    return HttpResponse(picture, content_type="image/jpeg")


def _no_watch(request: HttpRequest) -> HttpResponse:
    return render(request, "control/alert_no_watch.html", status=403)


def _refused(user: User, hit_id: int, denial: Denied) -> Exception:
    """The refusal in its words; but an alert that was withheld from the first is to this person as if it were not there.

    Whoever tries numbers is not to learn that a vehicle close to them is on a list. The denial is in the ledger either way.
    """
    outside = [rule.id for rule in denial.decision.rules] == [OUTSIDE_RULE]
    if outside and not hotlists.was_seen(user, hit_id):
        return Http404()
    return PermissionDenied(str(denial))


def _found(hit_id: int) -> hotlists.Hit:
    try:
        return hotlists.find_hit(hit_id)
    except hotlists.NotFound as error:
        raise Http404 from error


def _action(user: User, hit_id: int, form: OutcomeForm) -> int:
    """Record the outcome; the status of the answer, with what went wrong put into the form."""
    if not form.is_valid():
        return 400
    outcome = hotlists.Outcome(form.cleaned_data["outcome"])
    try:
        hotlists.action_hit(user, hit_id, outcome=outcome, note=form.cleaned_data["note"])
    except Denied as denial:
        raise _refused(user, hit_id, denial) from denial
    except hotlists.HotlistError as error:
        form.add_error(None, str(error))
        return 409
    return 200
