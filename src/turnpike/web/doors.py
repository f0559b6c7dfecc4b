"""The declaration that every view carries: who may use it, or why everyone may.

A view without one is a fault, which a test over all routes finds. This guards pages; what a page may show of
reads is decided by `access`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from asgiref.sync import markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode

from turnpike.web.permissions import Permission

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., Any])

permission_refused = Signal()
"""Sent with `request` and `permission` when a signed-in person is refused, before the refusal is shown.

A receiver that fails makes the request fail: a refusal that cannot be recorded is not hidden behind a page.
"""


class Person(Protocol):
    """What a door asks of `request.user`."""

    @property
    def is_authenticated(self) -> bool:
        """Whether this person has signed in."""
        ...

    def has_permission(self, permission: Permission) -> bool:
        """Whether this person may do it now."""
        ...


def requires(permission: Permission) -> Callable[[View], View]:
    """Let only those use a view, sync or async, who hold the permission now.

    The anonymous are sent to sign in and come back; who is signed in without it gets the 403 page.
    """

    def guard(view: View) -> View:
        guarded = _guard_async(view, permission) if iscoroutinefunction(view) else _guard(view, permission)
        return cast("View", _declare(guarded, permission=permission))

    return guard


def public(reason: str) -> Callable[[View], View]:
    """Leave a view open to everyone, with the reason why that is right."""
    if not reason.strip():
        raise ValueError("Say why this view is open to everyone.")

    def mark(view: View) -> View:
        return cast("View", _declare(view, reason=reason))

    return mark


def declared_permission(view: Callable[..., Any]) -> Permission | None:
    """The permission that a view requires, if it declares one."""
    return getattr(view, "turnpike_permission", None)


def declared_public(view: Callable[..., Any]) -> str | None:
    """Why a view is open to everyone, if it declares that."""
    return getattr(view, "turnpike_public", None)


def _declare(
    view: Callable[..., Any], *, permission: Permission | None = None, reason: str | None = None
) -> Callable[..., Any]:
    view.turnpike_permission = permission  # type: ignore[attr-defined]  # a mark on the function itself
    view.turnpike_public = reason  # type: ignore[attr-defined]  # as above
    return view


def _guard(view: Callable[..., HttpResponseBase], permission: Permission) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        person = cast("Person", request.user)
        if not person.is_authenticated:
            return _to_sign_in(request)
        if not person.has_permission(permission):
            permission_refused.send(sender=Permission, request=request, permission=permission)
            raise PermissionDenied(_refusal(permission))
        return view(request, *args, **kwargs)

    return guarded


def _guard_async(
    view: Callable[..., Awaitable[HttpResponseBase]], permission: Permission
) -> Callable[..., Awaitable[HttpResponseBase]]:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        request.user = await request.auser()
        person = cast("Person", request.user)
        if not person.is_authenticated:
            return _to_sign_in(request)
        if not await sync_to_async(person.has_permission)(permission):
            await permission_refused.asend(sender=Permission, request=request, permission=permission)
            raise PermissionDenied(_refusal(permission))
        return await view(request, *args, **kwargs)

    return markcoroutinefunction(guarded)


def _to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    # Only a page can be come back to; a form's address may answer to nothing but the form.
    back = "?" + urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(resolve_url(settings.LOGIN_URL) + back)


def _refusal(permission: Permission) -> str:
    return f"Your role does not let you {permission.label}; ask your administrator if your work needs it."
