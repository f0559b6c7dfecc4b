"""The commissioner's console: whoever audits the force sees for themself, with nobody's help and nothing left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.access.services import explains_refusals
from turnpike.ledger.services import SlipError, state
from turnpike.oversight import bundle_taking, figures, log_checks, read_life, sampling
from turnpike.oversight.console_forms import (
    BundleForm,
    CheckForm,
    FiguresForm,
    ReadForm,
    SampleForm,
    ShareForm,
)
from turnpike.oversight.cursors import index_in
from turnpike.oversight.intervals import Share
from turnpike.oversight.masking import masked_line
from turnpike.reads.services import InvalidReadId
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import User


@requires(Permission.LOG_CHECK)
@require_safe
@explains_refusals
def console(request: HttpRequest) -> HttpResponse:
    """What there is to do here, in the order in which a first visit does it."""
    newest = log_checks.newest_check(person(request))
    context = {
        "state": state(),
        "check": newest,
        "running": newest is not None and log_checks.is_running(newest),
    }
    return render(request, "oversight/console.html", context)


@requires(Permission.LOG_CHECK)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def check(request: HttpRequest) -> HttpResponse:
    """The whole log derived again in the background; the page says how far it is."""
    user = person(request)
    form, status = CheckForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        try:
            log_checks.begin_check(user, form.cleaned_data["kept_note"].strip())
            return redirect("commissioner:check")
        except SlipError as error:
            form.add_error("kept_note", str(error))
    if form.errors:
        status = 400
    newest = log_checks.newest_check(user)
    running = newest is not None and log_checks.is_running(newest)
    context = {"form": form, "check": newest, "running": running, "state": state(), "now": timezone.now()}
    return render(request, "oversight/check.html", context, status=status)


@requires(Permission.LOG_CHECK)
@require_safe
@explains_refusals
def sample(request: HttpRequest) -> HttpResponse:
    """Entries drawn by the commissioner's seed."""
    asked = "seed" in request.GET
    form = SampleForm(request.GET if asked else None)
    drawn = None
    if asked and form.is_valid():
        told = form.cleaned_data
        drawn = sampling.draw_sample(
            person(request), told["seed"], how_many=told["how_many"], kind=told["kind"], size=told["size"]
        )
    lines = tuple(masked_line(entry) for entry in drawn.entries) if drawn else ()
    context = {"form": form, "drawn": drawn, "lines": lines}
    return render(request, "oversight/sample.html", context, status=400 if form.errors else 200)


@requires(Permission.LOG_CHECK)
@require_safe
@explains_refusals
def statistics(request: HttpRequest) -> HttpResponse:
    """Shares with their denominators and intervals."""
    asked = "seed" in request.GET
    form = FiguresForm(request.GET if asked else None)
    counted = None
    if asked and form.is_valid():
        told = form.cleaned_data
        counted = figures.count_figures(
            person(request), told["seed"], since_at=form.since_at, until_at=form.until_at, size=told["size"]
        )
    judged = "amiss" in request.GET
    share_form = ShareForm(
        request.GET if judged else None, initial={"of": index_in(request.GET.get("of", ""))}
    )
    share = None
    if judged and share_form.is_valid():
        share = Share(share_form.cleaned_data["amiss"], share_form.cleaned_data["of"])
    context = {
        "form": form,
        "counted": counted,
        "most": figures.MOST_COUNTED,
        "share_form": share_form,
        "share": share,
    }
    status = 400 if form.errors or share_form.errors else 200
    return render(request, "oversight/statistics.html", context, status=status)


@requires(Permission.LOG_CHECK)
@require_safe
@explains_refusals
def read(request: HttpRequest) -> HttpResponse:
    """One read from its collection to its erasure."""
    asked = "read" in request.GET
    form = ReadForm(request.GET if asked else None)
    life = None
    if asked and form.is_valid():
        seen = (index_in(part) for part in request.GET.get("seen", "").split(","))
        try:
            life = read_life.follow_read(
                person(request),
                form.cleaned_data["read"].strip(),
                after=index_in(request.GET.get("after", "")) or 0,
                seen=[index for index in seen if index is not None],
            )
        except InvalidReadId as error:
            form.add_error("read", str(error))
    stages = (
        [(stage.title, tuple(masked_line(entry) for entry in stage.entries)) for stage in life.stages]
        if life
        else []
    )
    context = {"form": form, "life": life, "stages": stages}
    return render(request, "oversight/read_life.html", context, status=400 if form.errors else 200)


@requires(Permission.LOG_CHECK)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def bundle(request: HttpRequest) -> HttpResponse:
    """The copy of the log to be checked on a machine of the commissioner's own."""
    posted = request.method == "POST"
    form = BundleForm(
        request.POST if posted else None, initial={"entries": request.GET.get("entries", "")[:_LONGEST_LIST]}
    )
    if posted and form.is_valid():
        try:
            indexes = bundle_taking.entries_named(form.cleaned_data["entries"], state().size)
            packed = bundle_taking.take_bundle(person(request), indexes)
        except bundle_taking.BundleError as error:
            form.add_error("entries", str(error))
        else:
            name = f"turnpike-log-{timezone.now():%Y%m%d-%H%M%S}.zip"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return HttpResponse(packed, content_type="application/zip", headers=headers)
    return render(
        request, "oversight/bundle.html", {"form": form, "state": state()}, status=400 if form.errors else 200
    )


_LONGEST_LIST = 5_000


def person(request: HttpRequest) -> User:
    """Who asks; `requires` lets no anonymous visitor in."""
    user: User = request.user  # type: ignore[assignment]  # as said above
    return user
