"""The hotlist pages: all lists, one list, a proposal, one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.access.services import Denied
from turnpike.accounts.services import fresh_sign_in
from turnpike.hotlists import entries, lists
from turnpike.hotlists.errors import HotlistError, NotFound
from turnpike.hotlists.forms import ClosingForm, ListForm, ProposalForm
from turnpike.hotlists.kinds import EntryState, LegalBasis, Priority
from turnpike.plates.services import PlateError
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User
    from turnpike.hotlists.models import Entry

_DONE = {
    "authorise": "The entry alerts from the next read on.",
    "refuse": "The entry is refused; it does not alert.",
    "withdraw": "The entry is withdrawn; it no longer alerts.",
}


@requires(Permission.HOTLISTS_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All lists with counts; no plate is shown, so no look is recorded."""
    return render(request, "hotlists/index.html", {"lists": lists.lists_of(cast("User", request.user))})


@requires(Permission.HOTLISTS_VIEW)
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One list with a page of its entries."""
    try:
        hotlist, rows = lists.view_list(cast("User", request.user), slug, request.GET.get("after", ""))
    except NotFound as error:
        raise Http404 from error
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    return render(request, "hotlists/detail.html", {"hotlist": hotlist, "entries": rows})


@requires(Permission.HOTLISTS_AUTHORISE)
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new list."""
    form, status = ListForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = _create(cast("User", request.user), form)
        if form.is_valid():
            messages.success(request, "The list is made; entries can be proposed, and watches granted.")
            return redirect("hotlists:detail", slug=form.slug)
    return render(request, "hotlists/create.html", {"form": form}, status=status)


def _create(user: User, form: ListForm) -> int:
    """Make the list that the form holds; the status of the answer, with what went wrong put into the form."""
    if not form.is_valid():
        return 400
    given = form.cleaned_data
    try:
        lists.create_list(user, slug=form.slug, name=given["name"], purpose=given["purpose"])
    except Denied as denial:
        form.add_error(None, str(denial))
        return 403
    except HotlistError as error:
        form.add_error("name", str(error))
        return 400
    return 200


@requires(Permission.HOTLISTS_PROPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new entry."""
    try:
        hotlist = lists.find_list(slug)
    except NotFound as error:
        raise Http404 from error
    user = cast("User", request.user)
    instead = _instead(user, slug, request.GET.get("instead", ""))
    form = ProposalForm(request.POST if request.method == "POST" else None, initial=_as_it_is(instead))
    status = 200
    if request.method == "POST":
        status = _propose(user, slug, form, instead)
        if form.is_valid():
            messages.success(
                request, "The entry is proposed; it alerts once an authoriser has authorised it."
            )
            return redirect("hotlists:detail", slug=slug)
    context = {"hotlist": hotlist, "form": form, "instead": instead}
    return render(request, "hotlists/propose.html", context, status=status)


def _instead(user: User, slug: str, typed: str) -> Entry | None:
    """The entry that a proposal is to take the place of; looking at it is recorded, since the form shows it."""
    if not typed.isascii() or not typed.isdigit():
        return None
    try:
        return entries.view_entry(user, slug, int(typed))
    except NotFound as error:
        raise Http404 from error
    except Denied as error:
        raise PermissionDenied(str(error)) from error


def _as_it_is(entry: Entry | None) -> dict[str, object]:
    if entry is None:
        return {}
    same = ("plate", "case_reference", "reason", "legal_basis", "source", "owner", "priority")
    return {**{name: getattr(entry, name) for name in same}, "weed_on": entry.weed_at.date()}


def _propose(user: User, slug: str, form: ProposalForm, instead: Entry | None) -> int:
    """Propose what the form holds; the status of the answer, with what went wrong put into the form."""
    if not form.is_valid():
        return 400
    given = form.cleaned_data
    try:
        entries.propose_entry(
            user,
            list_slug=slug,
            plate=given["plate"],
            case_reference=given["case_reference"],
            reason=given["reason"],
            legal_basis=LegalBasis(given["legal_basis"]),
            source=given["source"],
            owner=given["owner"],
            priority=Priority(given["priority"]),
            weed_at=given["weed_on"],
            replaces=instead.pk if instead else None,
        )
    except Denied as denial:
        form.add_error(None, str(denial))
        return 403
    except (HotlistError, PlateError) as error:
        form.add_error(None, str(error))
        return 400
    return 200


@requires(Permission.HOTLISTS_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
def entry(request: HttpRequest, slug: str, entry_id: int) -> HttpResponse:
    """One entry, and for those who may the decision about it."""
    user = cast("User", request.user)
    try:
        row = entries.view_entry(user, slug, entry_id)
    except NotFound as error:
        raise Http404 from error
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    form, status = ClosingForm(), 200
    if request.method == "POST":
        decision = request.POST.get("decision", "")
        form = ClosingForm(request.POST)
        status = _decide(user, entry_id, decision, form)
        if status == 200:  # noqa: PLR2004 - HTTP's own number
            messages.success(request, _DONE[decision])
            return redirect("hotlists:entry", slug=slug, entry_id=entry_id)
    return render(
        request, "hotlists/entry.html", {"entry": row, "form": form, **_choices(user, row)}, status=status
    )


def _choices(user: User, row: Entry) -> dict[str, bool]:
    """Which decisions the page offers; whether one is granted is still the door's to say."""
    waiting = row.state == EntryState.PROPOSED
    is_authoriser = user.has_permission(Permission.HOTLISTS_AUTHORISE)
    is_proposer = row.proposed_by_id == user.pk
    may_withdraw = is_authoriser or user.has_permission(Permission.HOTLISTS_PROPOSE)
    return {
        "may_authorise": waiting and is_authoriser and not is_proposer,
        "may_withdraw": may_withdraw and (row.is_alerting or (waiting and (is_proposer or is_authoriser))),
        "is_own": waiting and is_authoriser and is_proposer,
        "may_change": row.is_alerting and user.has_permission(Permission.HOTLISTS_PROPOSE),
        "may_look_back": user.has_permission(Permission.READS_SEARCH) and row.case_reference != "",
    }


def _decide(user: User, entry_id: int, decision: str, form: ClosingForm) -> int:
    """Carry a decision out; the status of the answer, with what went wrong put into the form."""
    if decision not in _DONE:
        form.add_error(None, "Choose what to do with the entry")
        return 400
    try:
        if decision == "authorise":
            entries.authorise_entry(user, entry_id)
        elif not form.is_valid():
            return 400
        elif decision == "refuse":
            entries.refuse_entry(user, entry_id, why=form.cleaned_data["why"])
        else:
            entries.withdraw_entry(user, entry_id, why=form.cleaned_data["why"])
    except Denied as denial:
        form.add_error(None, str(denial))
        return 403
    except HotlistError as error:
        form.add_error(None, str(error))
        return 409
    return 200
