"""The declaration of an address that answers systems and not people: which scope its key must hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from turnpike.accounts.service_keys import Scope, find_service

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., Any])
_BEARER = "bearer"


def for_systems(scope: Scope) -> Callable[[View], View]:
    """Let only those use a view who bring a key that holds the scope: `Authorization: Bearer tps_…`.

    A browser's session opens it for nobody. The view gets the `Service` as its second argument.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            service = find_service(token.strip()) if kind.lower() == _BEARER else None
            if service is None:
                return _problem(401, "Send a service key that stands: Authorization: Bearer tps_….")
            if scope not in service.scopes:
                return _problem(
                    403, f"This key does not hold the scope {scope.value}; ask for one that does."
                )
            return view(request, service, *args, **kwargs)  # type: ignore[no-any-return]  # a view answers

        guarded.turnpike_scope = scope  # type: ignore[attr-defined]  # a mark on the function itself
        return csrf_exempt(guarded)  # type: ignore[return-value]  # no cookie counts here

    return guard


def declared_scope(view: Callable[..., Any]) -> Scope | None:
    """The scope that a view asks of a key, if it declares one."""
    return getattr(view, "turnpike_scope", None)


def _problem(status: int, detail: str) -> HttpResponse:
    """Source: RFC 9457, problem details."""
    import msgspec

    body = msgspec.json.encode({"type": "about:blank", "status": status, "detail": detail})
    answer = HttpResponse(body, status=status, content_type="application/problem+json")
    if status == 401:  # noqa: PLR2004 - HTTP's own number
        answer["WWW-Authenticate"] = 'Bearer realm="turnpike"'
    return answer
