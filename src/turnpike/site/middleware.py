"""The published log served before anything of a session is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve
from django.utils.deprecation import MiddlewareMixin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_PUBLISHED = "/tlog/"


class PublishedLog(MiddlewareMixin):
    """Answers what is asked under /tlog/ at once, so that it is the same for everybody and any proxy may keep it."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Nothing for every other address."""
        if not request.path_info.startswith(_PUBLISHED):
            return None
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return None  # the page of what is not found
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer
