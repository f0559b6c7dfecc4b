"""The page on which a secret list of test searches is held against the log.

The list comes in a form's body, which is below what Django puts on the disk, and goes back to the browser alone: it is neither
kept here nor put off until a fresh sign-in, since what is put off waits in the session.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from turnpike.access.services import explains_refusals
from turnpike.oversight.canary_list import CanaryError, read_canaries
from turnpike.oversight.commissioner_views import person
from turnpike.oversight.comparing import TOLERANCE, compare
from turnpike.oversight.console_forms import CanaryForm
from turnpike.oversight.cursors import index_in
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Permission.LOG_CHECK)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
@explains_refusals
def canaries(request: HttpRequest) -> HttpResponse:
    """The form, and under it what the log says of each search; a long log in steps, which the browser carries on."""
    posted = request.method == "POST"
    form = CanaryForm(request.POST, request.FILES) if posted else CanaryForm()
    compared = None
    if posted and form.is_valid():
        try:
            listed = read_canaries(form.cleaned_data["searches"])
        except CanaryError as error:
            form.add_error("searches", str(error))
        else:
            compared = compare(
                person(request),
                listed,
                since_at=form.since_at,
                until_at=form.until_at,
                after=index_in(request.POST.get("after", "")) or 0,
                noted=request.POST.get("noted", ""),
            )
    # After an answer a fresh one, so that the list does not stand on the page twice.
    context = {
        "form": form,
        "empty_form": CanaryForm() if compared else form,
        "compared": compared,
        "tolerance": TOLERANCE // timedelta(minutes=1),
    }
    return render(request, "oversight/canaries.html", context, status=400 if form.errors else 200)
