"""Pages of requests and watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from turnpike import config
from turnpike.access import services
from turnpike.access.forms import EmergencyForm, OutcomeForm, RefusalForm, RequestForm, ReviewForm, WatchForm
from turnpike.access.pages import explains_refusals
from turnpike.accounts.services import fresh_sign_in
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User


def person(request: HttpRequest) -> User:
    """Who is signed in, behind `requires`."""
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user


@requires(Permission.READS_SEARCH)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The person's own open cases, each a step away from a request."""
    page = services.cases_of(person(request), request.GET.get("after", ""))
    held = [(case, services.severity_of(case.category)) for case in page]
    return render(request, "access/cases.html", {"cases": held, "page": page})


@requires(Permission.READS_SEARCH)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """The person's open requests, those whose outcome is owed, and the past ones."""
    asking = person(request)
    context = {
        "requests": services.open_requests(asking, request.GET.get("open", "")),
        "owed": services.owed_outcomes(asking, request.GET.get("owed", "")),
        "past": services.past_requests(asking, request.GET.get("past", "")),
    }
    return render(request, "access/requests.html", context)


@requires(Permission.READS_SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def new_request(request: HttpRequest) -> HttpResponse:
    """The form of a new request; once it is open, its search page."""
    chosen = {"case_reference": request.GET.get("case", "")}
    begun = request.method == "POST" and "begin" in request.POST
    if begun:
        # From a page that knows case, reason and plate: posted, so that no plate stands in an address.
        chosen = {name: request.POST.get(name, "") for name in ("case_reference", "reason", "patterns")}
    form = RequestForm(request.POST if request.method == "POST" and not begun else None, initial=chosen)
    opened = _opened(form, lambda: services.open_request(person(request), **form.cleaned_data))
    if opened:
        if opened.asked_authority:
            messages.info(
                request,
                "Authority to look further back is asked for; until it is given you can search the last 90 days.",
            )
        if opened.operator != opened.requester:
            messages.success(
                request, f"Request {opened.number} is open; {opened.operator.name} can search under it."
            )
            return redirect("access:request", number=opened.number)
        return redirect("search:search", number=opened.number)
    narrowed = any(form[name].value() for name in ("cameras", "around", "radius_km", "operator"))
    context = {"form": form, "hours": config.load().request_valid_hours, "narrowed": narrowed}
    return render(request, "access/request_new.html", context, status=400 if form.errors else 200)


@requires(Permission.READS_SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def emergency(request: HttpRequest) -> HttpResponse:
    """The form of a request without a case, and what it costs."""
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    opened = _opened(form, lambda: services.open_emergency(person(request), **form.cleaned_data))
    if opened:
        return redirect("search:search", number=opened.number)
    context = {"form": form, "hours": services.EMERGENCY_HOURS, "review_hours": services.REVIEW_HOURS}
    return render(request, "access/emergency.html", context, status=400 if form.errors else 200)


def _opened(form: Form, open_it: Callable[[], services.Request]) -> services.Request | None:
    """What a valid form opens; nothing where it does not, with the reason in the form."""
    if not form.is_valid():
        return None
    try:
        return open_it()
    except services.RequestError as error:
        form.add_error(error.field, str(error))
        return None


@requires(Permission.READS_SEARCH)
@require_safe
def request(request: HttpRequest, number: str) -> HttpResponse:
    """One request: its scope, and the searches made under it."""
    found = services.find_request(person(request), number)
    if found is None:
        raise Http404
    searches = services.searches_under(found, request.GET.get("searches", ""))
    may_export = found.is_open and found.operator == request.user
    context = {
        "found": found,
        "searches": searches,
        "matters": services.told_matters(found),
        "offers": {search.pk: services.offers_of(search) for search in searches} if may_export else {},
        "exports": services.exports_under(found, request.GET.get("exports", "")),
    }
    return render(request, "access/request.html", context)


@requires(Permission.READS_SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def outcome(request: HttpRequest, number: str) -> HttpResponse:
    """What came of a request of one's own."""
    found = services.find_request(person(request), number)
    if found is None:
        raise Http404
    told = {"outcome": found.outcome, "note": found.outcome_note}
    form = OutcomeForm(request.POST if request.method == "POST" else None, initial=told)
    if form.is_valid():
        services.tell_outcome(person(request), number, **form.cleaned_data)
        messages.success(request, f"What came of request {number} is kept.")
        return redirect("access:requests")
    context = {"found": found, "form": form}
    return render(request, "access/outcome.html", context, status=400 if form.errors else 200)


@requires(Permission.READS_SEARCH)
@require_POST
@explains_refusals
def close_request(request: HttpRequest, number: str) -> HttpResponse:
    """Close a request; nothing more can be searched or opened under it."""
    closed = services.close_request(person(request), number)
    if closed is None:
        raise Http404
    messages.success(request, f"Request {number} is closed.")
    return redirect("access:requests")


@requires(Permission.REQUESTS_AUTHORISE)
@require_safe
def authorities(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the oldest first."""
    context = {
        "waiting": services.waiting_authorities(request.GET.get("waiting", "")),
        "lent": services.delegations_of(person(request)),
        "owed": services.owed_reviews(request.GET.get("owed", "")),
        "overdue": services.overdue_outcomes(request.GET.get("overdue", "")),
    }
    return render(request, "access/authorities.html", context)


@requires(Permission.REQUESTS_AUTHORISE)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
@explains_refusals
def authority(request: HttpRequest, number: str) -> HttpResponse:
    """One request that waits, with who asks for what and why; authorised or refused here."""
    waiting = services.waiting_authority(number)
    if waiting is None:
        messages.info(request, "That request does not wait for a decision any more.")
        return redirect("access:authorities")
    refusing = request.method == "POST" and "refuse" in request.POST
    form = RefusalForm(request.POST if refusing else None)
    if request.method == "POST" and (not refusing or form.is_valid()):
        try:
            if refusing:
                services.refuse_authority(person(request), number, form.cleaned_data["why"])
            else:
                services.grant_authority(person(request), number)
        except services.AuthorityError as error:
            messages.info(request, str(error))
        else:
            messages.success(request, f"Request {number} is {'refused' if refusing else 'authorised'}.")
        return redirect("access:authorities")
    severity = services.severity_of(services.Category(waiting.request.category))
    context = {
        "waiting": waiting,
        "severity": severity,
        "form": form,
        "lent": services.lent_to(person(request), waiting.request),
    }
    return render(request, "access/authority.html", context, status=400 if form.errors else 200)


@requires(Permission.REQUESTS_AUTHORISE)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
@explains_refusals
def review(request: HttpRequest, number: str) -> HttpResponse:
    """An emergency request with how often was searched under it, and the form of its review."""
    owed = services.owed_review(number)
    if owed is None:
        messages.info(request, "No review is owed under that number any more.")
        return redirect("access:authorities")
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.review_emergency(person(request), number, **form.cleaned_data)
        except services.AuthorityError as error:
            messages.info(request, str(error))
        else:
            messages.success(request, f"Request {number} is reviewed.")
        return redirect("access:authorities")
    context = {
        "owed": owed,
        "searches": services.searches_under(owed.request, request.GET.get("searches", "")),
        "form": form,
    }
    return render(request, "access/review.html", context, status=400 if form.errors else 200)


@requires(Permission.WATCHES_GRANT)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
@explains_refusals
def watches(request: HttpRequest) -> HttpResponse:
    """The watches that stand, and the form that grants one."""
    form = WatchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        granted = services.grant_watch(
            person(request),
            form.cleaned_data["operator"],
            form.cleaned_data["hotlist"],
            form.cleaned_data["hours"],
        )
        messages.success(request, f"{granted.operator.name} can now see the alerts of that list.")
        return redirect("access:watches")
    context = {
        "form": form,
        "watches": services.standing_watches(),
        "list_names": dict(services.offered_lists()),
        "unseen": services.unseen_alerts(),
    }
    return render(request, "access/watches.html", context, status=400 if form.errors else 200)


@requires(Permission.WATCHES_GRANT)
@require_POST
@explains_refusals
def revoke_watch(request: HttpRequest, watch_id: int) -> HttpResponse:
    """End a watch now; the operator's wall goes dark."""
    try:
        revoked = services.revoke_watch(person(request), watch_id)
    except services.WatchError as error:
        raise Http404(str(error)) from error
    messages.success(request, f"The watch of {revoked.operator.name} has ended.")
    return redirect("access:watches")
