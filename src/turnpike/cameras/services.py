"""Registering cameras, and the keys under which they send their reads."""

from __future__ import annotations

import hashlib
import math
import secrets

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from turnpike.cameras.activity import CameraActivity, activity_of
from turnpike.cameras.controllers import (
    Tenure,
    cameras_ever_of,
    controller_at,
    controller_name,
    controllers_now,
    first_controller,
    other_controllers,
    own_controller,
    set_controller,
    tenures,
    tenures_of_others,
)
from turnpike.cameras.errors import CameraError
from turnpike.cameras.models import MAX_CAMERA_ID_CHARACTERS, Camera, CameraKey
from turnpike.ledger.services import AuditEvent, record

__all__ = [
    "KEY_PREFIX",
    "MAX_CAMERA_ID_CHARACTERS",
    "Camera",
    "CameraActivity",
    "CameraError",
    "Tenure",
    "activity_of",
    "admitted",
    "all_cameras",
    "camera_for_key",
    "camera_id_for_key",
    "cameras_ever_of",
    "cameras_near",
    "controller_at",
    "controller_name",
    "controllers_now",
    "find_camera",
    "issue_key",
    "other_controllers",
    "own_controller",
    "register_camera",
    "revoke_keys",
    "set_controller",
    "tenures",
    "tenures_of_others",
]

KEY_PREFIX = "tpc_"
_KEY_BYTES = 32
_EARTH_KM = 6371.0


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
) -> Camera:
    """Put a camera on the register; it can send nothing until a key is issued.

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
    )
    _check(camera)
    controller = controller_name(controller) or own_controller()
    record(
        AuditEvent.CAMERA_REGISTERED,
        actor=actor,
        details={
            "camera": camera_id,
            "latitude": latitude,
            "longitude": longitude,
            "heading_degrees": heading_degrees,
            "lanes": lanes,
            "purpose": purpose,
            "owner": owner,
            "controller": controller,
        },
    )
    camera.save(force_insert=True)
    if controller != own_controller():
        first_controller(camera, controller)
    return camera


def _check(camera: Camera) -> None:
    try:
        camera.full_clean()
    except ValidationError as error:
        faults = "; ".join(
            f"{field.replace('_', ' ')}: {' '.join(messages)}"
            for field, messages in error.message_dict.items()
        )
        raise CameraError(f"The camera cannot be registered: {faults}") from error


def issue_key(camera: Camera, actor: str) -> str:
    """A new key for this camera: `tpc_` and 43 characters, to be shown once, since only its SHA-256 is kept.

    Keys issued before stay good, so that a camera can be moved to the new one without a gap.
    """
    key = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    digest = _digest(key)
    record(
        AuditEvent.CAMERA_KEY_ISSUED,
        actor=actor,
        details={"camera": camera.camera_id, "key_sha256": digest.hex()},
    )
    CameraKey.objects.create(camera=camera, key_sha256=digest)
    return key


def revoke_keys(camera: Camera, actor: str) -> int:
    """Revoke every key of this camera from now on, and say how many there were."""
    standing = list(camera.keys.filter(revoked_at=None))
    record(
        AuditEvent.CAMERA_KEY_REVOKED,
        actor=actor,
        details={
            "camera": camera.camera_id,
            "keys_sha256": [bytes(key.key_sha256).hex() for key in standing],
        },
    )
    return CameraKey.objects.filter(pk__in=[key.pk for key in standing]).update(revoked_at=timezone.now())


def camera_for_key(token: str) -> Camera | None:
    """The active camera that a key speaks for; nothing for an unknown or revoked key.

    Each call asks the database, so that a revoked key is refused from the next request on.
    """
    # Looking up the digest takes the same time whatever prefix of the key was guessed.
    held = (
        CameraKey.objects.select_related("camera")
        .filter(key_sha256=_digest(token), revoked_at=None, camera__active=True)
        .first()
    )
    return held.camera if held else None


_CAMERA_OF_KEY = """
SELECT held.camera_id FROM cameras_camerakey AS held JOIN cameras_camera AS camera USING (camera_id)
WHERE held.key_sha256 = %s AND held.revoked_at IS NULL AND camera.active
"""


def camera_id_for_key(token: str) -> str | None:
    """The id of the camera that `camera_for_key` finds, at a tenth of its cost: for each message that is posted."""
    with connection.cursor() as cursor:
        cursor.execute(_CAMERA_OF_KEY, [_digest(token)])
        row = cursor.fetchone()
    return str(row[0]) if row else None


def admitted(camera_id: str) -> bool:
    """Whether reads of this camera may be taken now: it is registered and active."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT active FROM cameras_camera WHERE camera_id = %s", [camera_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def find_camera(camera_id: str) -> Camera | None:
    """The registered camera of that id, active or not."""
    return Camera.objects.filter(camera_id=camera_id).first()


def all_cameras() -> tuple[Camera, ...]:
    """Every registered camera, by id."""
    return tuple(Camera.objects.all())


def cameras_near(camera_id: str, radius_km: float) -> tuple[Camera, ...]:
    """The active cameras within `radius_km` of one, itself included, by id; distances along a sphere.

    Raises:
        CameraError: no camera of that id is registered.
    """
    middle = find_camera(camera_id)
    if middle is None:
        raise CameraError("No camera of that id is registered.")
    # A box first, so that of a nation's cameras only a few are measured.
    high = math.degrees(radius_km / _EARTH_KM)
    wide = min(180.0, high / max(0.01, math.cos(math.radians(middle.latitude))))
    boxed = Camera.objects.filter(
        active=True,
        latitude__range=(middle.latitude - high, middle.latitude + high),
        longitude__range=(middle.longitude - wide, middle.longitude + wide),
    )
    return tuple(camera for camera in boxed if _apart_km(middle, camera) <= radius_km)


def _apart_km(one: Camera, other: Camera) -> float:
    """The haversine distance."""
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    share = (
        math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(across / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(share)))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
