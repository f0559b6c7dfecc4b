"""What is usual for each camera, kept in the records from one start to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.health_models import CameraRhythm
from turnpike.cameras.models import Camera
from turnpike.cameras.rhythm import HOURS_A_DAY, HOURS_A_WEEK, WEEKS

if TYPE_CHECKING:
    from turnpike.cameras.hearing import Hearing

_AT_ONCE = 250
_LENGTHS = (2 * WEEKS * HOURS_A_WEEK, 4 * HOURS_A_DAY, 4 * HOURS_A_DAY)
"""Of the arrays of a row, in bytes."""


def kept(ear: Hearing) -> None:
    """Take over what was kept; a row that does not have its length is passed over, and learnt anew."""
    # All at once: to make room for each by itself would take a nation's cameras half a minute.
    ear.know(CameraRhythm.objects.values_list("camera_id", flat=True))
    for row in CameraRhythm.objects.iterator(_AT_ONCE):
        parts = [bytes(part) for part in (row.counts, row.confidence, row.unread)]
        if tuple(map(len, parts)) != _LENGTHS:
            continue
        counts = np.frombuffer(parts[0], "<u2")
        confidence, unread = (np.frombuffer(part, "<f4") for part in parts[1:])
        ear.remember(row.camera_id, read_ms=_ms(row.read_at), sign_ms=_ms(row.sign_at))
        at = ear.index[row.camera_id]
        ear.rhythm.counts[at] = counts.reshape(WEEKS, HOURS_A_WEEK)
        ear.rhythm.confidence[at], ear.rhythm.unread[at] = confidence, unread
    ear.rhythm.refresh()


def keep(ear: Hearing) -> None:
    """Keep what is known now of every registered camera that was ever heard."""
    registered = set(Camera.objects.values_list("camera_id", flat=True))
    with ear.guard:
        rows = [
            CameraRhythm(
                camera_id=camera_id,
                counts=ear.rhythm.counts[at].astype("<u2").tobytes(),
                confidence=ear.rhythm.confidence[at].astype("<f4").tobytes(),
                unread=ear.rhythm.unread[at].astype("<f4").tobytes(),
                read_at=_instant(int(ear.read_ms[at])),
                sign_at=_instant(int(ear.sign_ms[at])),
            )
            for camera_id, at in ear.index.items()
            if camera_id in registered and ear.sign_ms[at]
        ]
    CameraRhythm.objects.bulk_create(
        rows,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        update_fields=["counts", "confidence", "unread", "read_at", "sign_at"],
        unique_fields=["camera"],
    )


def _ms(at: datetime | None) -> int:
    return round(at.timestamp() * 1000) if at else 0


def _instant(at_ms: int) -> datetime | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None
