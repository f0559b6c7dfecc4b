"""Exporting what a search returned: a page that says exactly what leaves, and the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from turnpike.access import services as access
from turnpike.accounts.services import fresh_sign_in
from turnpike.control.export_forms import ExportForm
from turnpike.errors import InputError
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import User


@requires(Permission.READS_SEARCH)
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
@access.explains_refusals
def export(request: HttpRequest, number: str, search_id: int, scope: str) -> HttpResponse:
    """What an export will hold and how it is to be handled; posted, the file itself."""
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    search = access.find_search(user, number, search_id)
    offer = _offer(search, scope) if search else None
    form = ExportForm(request.POST if request.method == "POST" else None)
    # Asked of the door even where nothing is offered, so that it is the one who refuses and records.
    if form.is_valid() and scope in set(access.ExportScope):
        made = _made(user, number, search_id, access.ExportScope(scope), form)
        if made:
            return _file(made)
    if offer is None:
        raise Http404
    context = {
        "search": search,
        "offer": offer,
        "form": form,
        "handling": access.HANDLING,
        "delete_by": access.delete_by(timezone.now()),
    }
    return render(request, "control/export.html", context, status=400 if form.errors else 200)


def _offer(search: access.Search, scope: str) -> access.ExportOffer | None:
    return next((offer for offer in access.offers_of(search) if offer.scope.value == scope), None)


def _made(
    user: User, number: str, search_id: int, scope: access.ExportScope, form: ExportForm
) -> access.ExportedFile | None:
    """The file; nothing where it could not be made, with the reason in the form."""
    try:
        return access.export_reads(
            user, number, search_id, scope=scope, form=access.ExportFormat(form.cleaned_data["form"])
        )
    except access.ReadGone:
        raise
    except InputError as error:
        form.add_error(None, str(error))
    return None


def _file(made: access.ExportedFile) -> HttpResponse:
    return HttpResponse(
        made.contents,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )
