"""The search page, the page of one read, and its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from turnpike import config
from turnpike.access import services as access
from turnpike.cameras.services import all_cameras, find_camera
from turnpike.control.search_forms import SearchForm
from turnpike.errors import InputError
from turnpike.plates.services import GENERIC, formats_of
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.services import User


@requires(Permission.READS_SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
@access.explains_refusals
def search(request: HttpRequest, number: str) -> HttpResponse:
    """The form, and beneath it what one search returned.

    A search is posted, so that no plate stands in an address, a history or a server's log.
    """
    user = _person(request)
    found = access.find_request(user, number)
    scope = found.scope if found else None
    form = SearchForm(scope, request.POST) if request.method == "POST" else SearchForm.blank(scope)
    outcome = _searched(user, number, form) if form.is_valid() else None
    if found is None:
        raise Http404
    context = {
        "found": found,
        "form": form,
        "outcome": outcome,
        "offers": access.offers_of(outcome.kept) if outcome else (),
        "camera_names": {camera.camera_id: camera.name for camera in all_cameras()} if outcome else {},
        "max_days": config.load().search_max_days,
    }
    return render(request, "control/search.html", context, status=400 if form.errors else 200)


@requires(Permission.READS_SEARCH)
@require_safe
@access.explains_refusals
def read(request: HttpRequest, number: str, read_id: str) -> HttpResponse:
    """One read: its picture, how sure the reading is, when and where."""
    viewed, receipt = access.view_read(_person(request), number, read_id)
    context = {
        "number": number,
        "read": viewed,
        "receipt": receipt,
        "withheld": access.withheld_of(_person(request), number, viewed),
        "camera": find_camera(viewed.camera_id),
        "formats": [form for form in formats_of(viewed.plate) if form is not GENERIC],
    }
    return render(request, "control/read.html", context)


@requires(Permission.READS_SEARCH)
@require_safe
@access.explains_refusals
def patch(request: HttpRequest, number: str, read_id: str) -> HttpResponse:
    """The plate patch of one read; each look is in the ledger."""
    picture = access.view_patch(_person(request), number, read_id)
    if picture is None:
        raise Http404
    return HttpResponse(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _person(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    return user


def _searched(user: User, number: str, form: SearchForm) -> access.SearchOutcome | None:
    """What the search returned; nothing where it could not be made, with the reason in the form."""
    captured_from, captured_until = form.captured
    try:
        return access.search(
            user,
            number,
            pattern=form.cleaned_data["pattern"],
            captured_from=captured_from,
            captured_until=captured_until,
            camera_ids=form.camera_ids,
        )
    except access.RangeError as error:
        form.add_error("captured_until", str(error))
    except InputError as error:
        form.add_error(None, str(error))
    return None
