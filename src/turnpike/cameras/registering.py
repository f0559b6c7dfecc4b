"""Putting cameras on the register, and changing what it says of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from turnpike.cameras.controllers import controller_name, first_controller, own_controller
from turnpike.cameras.errors import CameraError
from turnpike.cameras.models import Camera, DirectionRole
from turnpike.cameras.necessity import end_cases_by_change
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ledger.services import Detail

MOVED_M = 50.0
"""A camera that is moved further stands at another place. Source: ours; more than the width of a junction."""
_EARTH_M = 6_371_000.0


class Changes(TypedDict, total=False):
    """What may be said anew of a camera; its id and its controller are not among it."""

    name: str
    latitude: float
    longitude: float
    heading_degrees: int
    lanes: int
    view: str
    direction_role: str
    purpose: str
    owner: str
    active: bool


def register_camera(
    actor: str,
    *,
    camera_id: str,
    name: str,
    latitude: float,
    longitude: float,
    heading_degrees: int,
    purpose: str,
    owner: str,
    lanes: int = 1,
    controller: str = "",
    view: str = "",
    direction_role: str = DirectionRole.EITHER,
) -> Camera:
    """Put a camera on the register; it can send nothing until a key is issued and a necessity case is approved.

    `controller` is the organisation that is controller of its reads; this site's own when empty. Latitude and longitude are WGS 84 degrees; the heading is 0 to 359 degrees clockwise from north.

    Raises:
        CameraError: naming each value that cannot be used, or that the id is taken.
    """
    camera = Camera(
        camera_id=camera_id,
        name=name,
        latitude=latitude,
        longitude=longitude,
        heading_degrees=heading_degrees,
        lanes=lanes,
        purpose=purpose,
        owner=owner,
        view=view,
        direction_role=direction_role,
    )
    check(camera)
    controller = controller_name(controller) or own_controller()
    record(AuditEvent.CAMERA_REGISTERED, actor=actor, details={**_facts(camera), "controller": controller})
    camera.save(force_insert=True)
    if controller != own_controller():
        first_controller(camera, controller)
    return camera


def _facts(camera: Camera) -> Mapping[str, Detail]:
    return {
        "camera": camera.camera_id,
        "latitude": camera.latitude,
        "longitude": camera.longitude,
        "heading_degrees": camera.heading_degrees,
        "lanes": camera.lanes,
        "purpose": camera.purpose,
        "owner": camera.owner,
        "view": camera.view,
        "direction_role": camera.direction_role,
    }


def change_camera(actor: str, camera_id: str, **changes: Unpack[Changes]) -> Camera:
    """Say anew what is given; nothing happens where all of it is so already.

    Another purpose, another owner or another place ends the camera's necessity case, and its reads are refused until a new one
    is approved. To change purpose or owner without a gap, propose a case that names them.

    Raises:
        CameraError: there is no such camera, or naming each value that cannot be used.
    """
    with turn("camera", camera_id):
        before = Camera.objects.filter(pk=camera_id).first()
        if before is None:
            raise CameraError("No camera of that id is registered.")
        camera = Camera.objects.get(pk=camera_id)
        for name, value in changes.items():
            setattr(camera, name, value)
        check(camera, is_new=False)
        told: dict[str, Detail] = {}
        for name in changes:
            if getattr(before, name) != getattr(camera, name):
                told |= {name: getattr(camera, name), f"{name}_before": getattr(before, name)}
        if not told:
            return camera
        record(AuditEvent.CAMERA_CHANGED, actor=actor, details={"camera": camera_id, **told})
        with transaction.atomic():
            camera.save(update_fields=list(changes))
        if why := _why_the_case_ends(before, camera):
            end_cases_by_change(actor, camera, why)
        return camera


def _why_the_case_ends(before: Camera, camera: Camera) -> str:
    changed = [name for name in ("purpose", "owner") if getattr(before, name) != getattr(camera, name)]
    if metres_apart(before, camera) > MOVED_M:
        changed.append("place")
    return f"Its {' and '.join(changed)} changed, and a new case is needed." if changed else ""


def metres_apart(one: Camera, other: Camera) -> float:
    """The haversine distance, along a sphere."""
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    share = (
        math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(across / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(share)))


def check(camera: Camera, *, is_new: bool = True) -> None:
    """Raises a CameraError that names each value that cannot be used."""
    try:
        camera.full_clean(validate_unique=is_new)
    except ValidationError as error:
        faults = "; ".join(
            f"{field.replace('_', ' ')}: {' '.join(messages)}"
            for field, messages in error.message_dict.items()
        )
        raise CameraError(
            f"The camera cannot be {'registered' if is_new else 'changed'}: {faults}"
        ) from error
