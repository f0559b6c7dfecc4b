"""What the register's forms have in common: who acts, which camera, and a refusal told beside its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404

from turnpike.cameras.errors import CameraError, CaseError
from turnpike.cameras.models import Camera

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest

    from turnpike.accounts.services import User
    from turnpike.web.services import Permission


def actor(request: HttpRequest) -> str:
    """The user name of whoever is signed in, as the ledger has it."""
    return cast("User", request.user).username


def permits(request: HttpRequest, permission: Permission) -> bool:
    """Whether whoever looks may do that now."""
    return cast("User", request.user).has_permission(permission)


def found_camera(camera_id: str) -> Camera:
    """The camera of an address, or the page that says that there is none."""
    camera = Camera.objects.filter(pk=camera_id).first()
    if camera is None:
        raise Http404
    return camera


def made(form: Form, make: Callable[[], object]) -> bool:
    """Whether a valid form made what it is for; where it did not, the form says why."""
    if not form.is_valid():
        return False
    try:
        make()
    except CameraError as error:
        field = error.field if isinstance(error, CaseError) else ""
        form.add_error(field if field in form.fields else None, str(error))
        return False
    return True
