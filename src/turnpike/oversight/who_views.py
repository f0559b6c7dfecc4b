"""The auditor's question: who could see this read, and why?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from turnpike.access.services import WhoQuestionError, explains_refusals, who_could_see
from turnpike.oversight.who_forms import WhoForm
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User


@requires(Permission.AUDIT_VIEW)
@require_safe
@explains_refusals
def who(request: HttpRequest) -> HttpResponse:
    """The form, and under it the answer; asking is an entry of the log, written before the answer is looked for."""
    user: User = request.user  # type: ignore[assignment]  # `requires` lets no anonymous visitor in
    asked = "read" in request.GET
    form = WhoForm(request.GET if asked else None, initial={"day": timezone.now().date()})
    found = None
    if asked and form.is_valid():
        told = form.cleaned_data
        try:
            found = who_could_see(user, told["read"], told["day"], told["person"])
        except WhoQuestionError as error:
            form.add_error(error.field, str(error))
    status = 400 if form.errors else 200
    return render(request, "oversight/who.html", {"form": form, "found": found}, status=status)
