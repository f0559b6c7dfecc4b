"""The camera register for every other folder, and the keys under which cameras send their reads."""

from __future__ import annotations

import hashlib
import math
import secrets
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.cameras.activity import CameraActivity, activity_of
from turnpike.cameras.admission import admitted, camera_id_by_digest, without_case
from turnpike.cameras.alarms import Alarm, alarms_of, open_alarms
from turnpike.cameras.case_health import CaseHealth, case_health
from turnpike.cameras.controllers import (
    Tenure,
    cameras_ever_of,
    controller_at,
    controller_name,
    controllers_now,
    other_controllers,
    own_controller,
    set_controller,
    tenures,
    tenures_of_others,
)
from turnpike.cameras.errors import CameraError, CaseError, CaseMissing
from turnpike.cameras.health import AlarmKind, HealthState
from turnpike.cameras.health_report import CameraLines, Report, reported
from turnpike.cameras.hearing import Heard, Sign, hear, heard_from, heard_unread
from turnpike.cameras.installation import record_test
from turnpike.cameras.metrics import METRICS_TYPE, exposition
from turnpike.cameras.models import MAX_CAMERA_ID_CHARACTERS, Camera, CameraKey
from turnpike.cameras.necessity import (
    Argument,
    approve_case,
    end_case,
    propose_case,
    refuse_case,
)
from turnpike.cameras.places import decide_place, undecided
from turnpike.cameras.register_files import Imported, export_register, import_cameras
from turnpike.cameras.registering import change_camera, metres_apart, register_camera
from turnpike.cameras.reporting import CameraHealth, health_of, states
from turnpike.cameras.watching import HealthWatch
from turnpike.cameras.webhook import send_notices
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from turnpike.reads.services import Direction

__all__ = [
    "KEY_PREFIX",
    "MAX_CAMERA_ID_CHARACTERS",
    "METRICS_TYPE",
    "Alarm",
    "AlarmKind",
    "Argument",
    "Camera",
    "CameraActivity",
    "CameraError",
    "CameraHealth",
    "CameraLines",
    "CaseError",
    "CaseHealth",
    "CaseMissing",
    "HealthState",
    "HealthWatch",
    "Heard",
    "Imported",
    "Report",
    "Sign",
    "Tenure",
    "activity_of",
    "admitted",
    "alarms_of",
    "all_cameras",
    "approve_case",
    "camera_for_key",
    "camera_id_for_key",
    "cameras_ever_of",
    "cameras_near",
    "case_health",
    "change_camera",
    "controller_at",
    "controller_name",
    "controllers_now",
    "decide_place",
    "directions_of",
    "end_case",
    "export_register",
    "exposition",
    "find_camera",
    "health_of",
    "hear",
    "heard_from",
    "heard_unread",
    "import_cameras",
    "issue_key",
    "open_alarms",
    "other_controllers",
    "own_controller",
    "propose_case",
    "record_test",
    "refuse_case",
    "register_camera",
    "reported",
    "revoke_keys",
    "send_notices",
    "set_controller",
    "states",
    "tenures",
    "tenures_of_others",
    "undecided",
    "without_case",
]

KEY_PREFIX = "tpc_"
_KEY_BYTES = 32
_EARTH_KM = 6371.0


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


def camera_id_for_key(token: str) -> str | None:
    """The id of the camera that `camera_for_key` finds, at a tenth of its cost: for each message that is posted.

    Raises:
        CaseMissing: no necessity case of that camera is in force, so that its reads are refused.
        LedgerError: the refusal could not be told to the ledger.
    """
    return camera_id_by_digest(_digest(token))


def find_camera(camera_id: str) -> Camera | None:
    """The registered camera of that id, active or not."""
    return Camera.objects.filter(camera_id=camera_id).first()


def all_cameras() -> tuple[Camera, ...]:
    """Every registered camera, by id."""
    return tuple(Camera.objects.all())


def directions_of(camera_ids: Iterable[str]) -> Mapping[str, Direction]:
    """The direction that each of these cameras' role gives a read whose message says none; those without one are left out."""
    given = Camera.objects.filter(camera_id__in=list(camera_ids)).exclude(direction_role="")
    roles = given.values_list("camera_id", "direction_role")
    return {camera_id: "towards" if role == "towards" else "away" for camera_id, role in roles}


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
    return tuple(camera for camera in boxed if metres_apart(middle, camera) <= radius_km * 1000)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
