"""What a camera's register entry says of its reads: how many and how lately, never which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike.reads.services import StoreUnavailable, attached_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.cameras.models import Camera

COUNTED = timedelta(hours=24)
LOOKED_BACK = timedelta(days=7)
LEAST_SHOWN = 10
"""A smaller count is not shown: with a time and a place it could mean one vehicle. Source: ours, the rule for
counts outside the door."""


@dataclass(frozen=True, slots=True)
class CameraActivity:
    """A camera with the number of its reads of the last 24 hours, and when its newest read was captured.

    `reads` is None where the read store could not be asked; `last_read_at` is UTC, and None there too and where
    there was none in the last 7 days.
    """

    camera: Camera
    reads: int | None
    last_read_at: datetime | None

    @property
    def last_read_text(self) -> str:
        """What stands where there is no time of a last read."""
        return "Not known now" if self.reads is None else f"None in {LOOKED_BACK.days} days"

    @property
    def reads_text(self) -> str:
        """The count as it may be shown."""
        if self.reads is None:
            return "Not known now"
        return f"{self.reads:,}" if self.reads == 0 or self.reads >= LEAST_SHOWN else f"under {LEAST_SHOWN}"


def activity_of(cameras: Sequence[Camera], now: datetime) -> tuple[CameraActivity, ...]:
    """What these cameras sent lately, in their order; the register stays readable while the store is not."""
    try:
        store = attached_store()
        counted, lately = store.counts_by_camera(now - COUNTED), store.counts_by_camera(now - LOOKED_BACK)
    except StoreUnavailable:
        return tuple(CameraActivity(camera, None, None) for camera in cameras)
    return tuple(
        CameraActivity(
            camera=camera,
            reads=counted[camera.camera_id].reads if camera.camera_id in counted else 0,
            last_read_at=lately[camera.camera_id].last_captured_at if camera.camera_id in lately else None,
        )
        for camera in cameras
    )
