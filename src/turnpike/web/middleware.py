"""Headers that every answer of Django's carries, and a page for errors that say what to do."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from turnpike.errors import InputError, TurnpikeError
from turnpike.web.errors_views import explained

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

# Nothing from elsewhere and nothing inline: an injected plate, name or reason cannot become a script.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # On a shared terminal the back button must not bring the last person's page.
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@sync_and_async_middleware
def SecurityHeaders(  # noqa: N802 - named in settings as Django's own middleware classes are
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Strict headers for each page; a view that sets one of them itself keeps its own."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return _secured(await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _secured(get_response(request))  # type: ignore[arg-type]  # sync, as asked above

    return answer


def _secured(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


class ExplainedErrors(MiddlewareMixin):
    """An error of ours that a view let through becomes its own sentence: 400 for input, otherwise 503."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:  # noqa: ARG002 - Django's signature
        """Nothing for what is not ours: that stays a 500 and is logged."""
        if isinstance(exception, InputError):
            return explained("That cannot be used", str(exception), 400)
        if isinstance(exception, TurnpikeError):
            return explained("This cannot be done now", str(exception), 503)
        return None
