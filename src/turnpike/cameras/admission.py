"""Whose reads are taken: an active camera's, while a necessity case of it is in force. Asked for each message."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from turnpike.cameras.errors import CaseMissing
from turnpike.cameras.models import Camera, NecessityCase
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.ledger.services import Detail

TOLD_EVERY = timedelta(hours=1)
"""At most so often does the ledger tell that a camera's reads are refused. Source: ours; a camera may post every second."""
REFUSAL = "No necessity case of this camera is in force, so its reads are refused; make one on the camera's page and have it approved."

# The database decides, so that a review day passes and a change counts without anybody's doing.
_IN_FORCE = """
LEFT JOIN cameras_necessitycase AS standing ON standing.camera_id = camera.camera_id
AND standing.approved_at IS NOT NULL AND standing.ended_at IS NULL AND standing.review_on >= %s
AND standing.purpose = camera.purpose AND standing.owner = camera.owner
"""
_BY_KEY = f"""
SELECT held.camera_id, standing.id FROM cameras_camerakey AS held
JOIN cameras_camera AS camera ON camera.camera_id = held.camera_id {_IN_FORCE}
WHERE held.key_sha256 = %s AND held.revoked_at IS NULL AND camera.active
"""  # noqa: S608 - both parts are above
_BY_ID = f"""
SELECT camera.camera_id, standing.id FROM cameras_camera AS camera {_IN_FORCE}
WHERE camera.camera_id = %s AND camera.active
"""  # noqa: S608 - as above

# When this process last told of a camera's refusals, by the monotonic clock, and how many messages were refused since.
_told: dict[str, tuple[float, int]] = {}
_lock = threading.Lock()


def camera_id_by_digest(key_sha256: bytes) -> str | None:
    """The id of the active camera that a key speaks for, while its reads may be taken; nothing for an unknown or revoked key.

    Raises:
        CaseMissing: no necessity case of that camera is in force; the ledger is told, once an hour.
        LedgerError: it could not be.
    """
    camera_id, is_taken = _asked(_BY_KEY, key_sha256)
    if camera_id is not None and not is_taken:
        note_refusal(camera_id)
        raise CaseMissing(REFUSAL)
    return camera_id


def admitted(camera_id: str) -> bool:
    """Whether reads of this camera may be taken now: registered, active, and a necessity case of it in force.

    Asked because reads came, so that a refusal for want of a case is told to the ledger, once an hour.

    Raises:
        LedgerError: it could not be.
    """
    found, is_taken = _asked(_BY_ID, camera_id)
    if found is not None and not is_taken:
        note_refusal(camera_id)
    return is_taken


def without_case() -> Sequence[Camera]:
    """The active cameras whose reads are refused for want of a case, by id."""
    return tuple(Camera.objects.filter(~in_force(), active=True).order_by("camera_id"))


def assessments() -> Mapping[str, str]:
    """The reference of the impact assessment that each camera's case in force names, by camera id."""
    standing = NecessityCase.objects.filter(
        approved_at__isnull=False,
        ended_at=None,
        review_on__gte=_today(),
        purpose=F("camera__purpose"),
        owner=F("camera__owner"),
    )
    return dict(standing.values_list("camera_id", "dpia"))


def in_force() -> Exists:
    """The cameras of which a case is in force, as a condition: the same as the gate asks."""
    standing = NecessityCase.objects.filter(
        camera=OuterRef("pk"),
        approved_at__isnull=False,
        ended_at=None,
        review_on__gte=_today(),
        purpose=OuterRef("purpose"),
        owner=OuterRef("owner"),
    )
    return Exists(standing)


def _asked(question: str, value: bytes | str) -> tuple[str | None, bool]:
    with connection.cursor() as cursor:
        cursor.execute(question, [_today(), value])
        row = cursor.fetchone()
    return (None, False) if row is None else (str(row[0]), row[1] is not None)


def _today() -> str:
    # As SQLite keeps a day and PostgreSQL reads one.
    return datetime.now(UTC).date().isoformat()


def note_refusal(camera_id: str) -> None:
    """Tell the ledger that this camera's reads are refused, unless it was told within the hour.

    Raises:
        LedgerError: it could not be told.
    """
    now_s, every_s = time.monotonic(), TOLD_EVERY.total_seconds()
    with _lock:
        told_s, refused = _told.get(camera_id, (-every_s, 0))
        _told[camera_id] = (told_s, refused + 1)
        if now_s - told_s < every_s:
            return
    with turn("camera refusal", camera_id):
        now = timezone.now()
        due = Camera.objects.filter(
            Q(refusal_told_at=None) | Q(refusal_told_at__lte=now - TOLD_EVERY), pk=camera_id
        )
        if due.exists():
            details: dict[str, Detail] = {"camera": camera_id, "why": REFUSAL, "messages": refused + 1}
            record(AuditEvent.READS_REFUSED, actor="system", details=details)
            due.update(refusal_told_at=now)
        with _lock:
            _told[camera_id] = (now_s, 0)
