"""Pages of declarations, and of the outside authoriser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.access import declaring
from turnpike.access import outside as outsiders
from turnpike.access.errors import AuthorityError, RelationError
from turnpike.access.pages import explains_refusals
from turnpike.access.relation_forms import DeclarationForm, OutsideRefusalForm
from turnpike.access.relation_kinds import RelationKind
from turnpike.accounts.services import fresh_sign_in_to_look
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User


def person(request: HttpRequest) -> User:
    """Who is signed in, behind `requires`."""
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def declarations(request: HttpRequest) -> HttpResponse:
    """How many plates the person has declared and when, and the form for one more.

    What was declared just now is shown in the answer itself and never again: a redirect would have to keep it somewhere.
    """
    user = person(request)
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"declared": None}
    if form.is_valid():
        plate, kind = form.cleaned_data["plate"], RelationKind(form.cleaned_data["kind"])
        try:
            is_new = declaring.declare(user, plate, kind)
        except RelationError as error:
            form.add_error(None, str(error))
        else:
            context = {"declared": plate, "kind": kind, "is_new": is_new}
            form = DeclarationForm()
    context |= {"form": form, "declarations": declaring.declarations_of(user)}
    return render(request, "access/declarations.html", context, status=400 if form.errors else 200)


@requires(Permission.OUTSIDE_DECIDE)
@require_safe
def outside(request: HttpRequest) -> HttpResponse:
    """What waits for this person's decision as an outsider, the oldest first."""
    return render(request, "access/outside.html", {"matters": outsiders.waiting_matters(person(request))})


@requires(Permission.OUTSIDE_DECIDE)
@fresh_sign_in_to_look
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def matter(request: HttpRequest, matter_id: int) -> HttpResponse:
    """One look with why it was picked; let through or refused here."""
    refusing = request.method == "POST" and "refuse" in request.POST
    form = OutsideRefusalForm(request.POST if refusing else None)
    try:
        if request.method == "POST" and (not refusing or form.is_valid()):
            if refusing:
                outsiders.refuse_outside(person(request), matter_id, form.cleaned_data["why"])
            else:
                outsiders.grant_outside(person(request), matter_id)
            messages.success(request, f"The look is {'refused' if refusing else 'let through'}.")
            return redirect("access:outside")
        found, reasons = outsiders.view_matter(person(request), matter_id)
    except AuthorityError as error:
        messages.info(request, str(error))
        return redirect("access:outside")
    context = {"matter": found, "reasons": reasons, "form": form}
    return render(request, "access/matter.html", context, status=400 if form.errors else 200)
