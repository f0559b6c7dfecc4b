"""How a page tells of a refusal: which rules failed, what to do, and that it is in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from turnpike.access.errors import Denied, ReadGone
from turnpike.errors import UnavailableError
from turnpike.ledger.services import LedgerError

if TYPE_CHECKING:
    from turnpike.errors import TurnpikeError

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def explains_refusals(view: View[Arguments]) -> View[Arguments]:
    """Answer Denied with 403 and its rules, a gone read with 410, and an unreachable part with 503.

    For a sync view that shows or changes something by the door's leave; stands nearest to the function.
    """

    @wraps(view)
    def explained(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Denied as denied:
            return render(request, "access/denied.html", {"denied": denied}, status=403)
        except ReadGone as error:
            return _told(request, "This read is no longer kept", error, 410)
        except (LedgerError, UnavailableError) as error:
            return _told(request, "This cannot be shown now", error, 503)

    return explained


def _told(request: HttpRequest, title: str, error: TurnpikeError, status: int) -> HttpResponse:
    return render(request, "web/error.html", {"title": title, "sentence": str(error)}, status=status)
