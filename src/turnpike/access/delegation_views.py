"""Pages of lent authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from turnpike.access import services
from turnpike.access.forms import DelegationForm
from turnpike.access.pages import explains_refusals
from turnpike.access.views import person
from turnpike.accounts.services import fresh_sign_in
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Permission.REQUESTS_AUTHORISE)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
@explains_refusals
def delegations(request: HttpRequest) -> HttpResponse:
    """What one lends and holds now, and the form that lends."""
    form = DelegationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            lent = services.delegate_authority(person(request), **form.cleaned_data)
        except services.RequestError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"{lent.holder.name} can now decide with your rank.")
            return redirect("access:delegations")
    context = {"form": form, "standing": services.delegations_of(person(request))}
    return render(request, "access/delegations.html", context, status=400 if form.errors else 200)


@requires(Permission.REQUESTS_AUTHORISE)
@require_POST
def end_delegation(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End what one lends or holds."""
    try:
        services.end_delegation(person(request), delegation_id)
    except services.AuthorityError as error:
        raise Http404(str(error)) from error
    messages.success(request, "That authority is not lent any more.")
    return redirect("access:delegations")
