"""What a camera's register entry says of its reads: how many and how lately, never which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike.reads.services import StoreUnavailable, camera_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.cameras.models import Camera
    from turnpike.reads.services import CameraCount

COUNTED = timedelta(hours=24)
LEAST_SHOWN = 10
"""A smaller count is not shown, nor when the last of so few was: with a time and a place it could mean one vehicle. Source: ours, the rule for
counts outside the door."""


@dataclass(frozen=True, slots=True)
class CameraActivity:
    """A camera with the number of its reads of the last 24 hours, and when its newest read was captured.

    `reads` is None where the read store could not be asked; `last_read_at` is UTC, and None there too and where
    too few were read for it to be shown.
    """

    camera: Camera
    reads: int | None
    last_read_at: datetime | None

    @property
    def last_read_text(self) -> str:
        """What stands where there is no time of a last read."""
        if self.reads is None:
            return "Not known now"
        return "Within 24 hours" if self.reads else "Not within 24 hours"

    @property
    def reads_text(self) -> str:
        """The count as it may be shown."""
        if self.reads is None:
            return "Not known now"
        return f"{self.reads:,}" if self.reads == 0 or self.reads >= LEAST_SHOWN else f"under {LEAST_SHOWN}"


def activity_of(cameras: Sequence[Camera], now: datetime) -> tuple[CameraActivity, ...]:
    """What these cameras sent lately, in their order; the register stays readable while the store is not."""
    try:
        counts = camera_counts(now - COUNTED)
    except StoreUnavailable:
        return tuple(CameraActivity(camera, None, None) for camera in cameras)
    return tuple(_activity(camera, counts.get(camera.camera_id)) for camera in cameras)


def _activity(camera: Camera, count: CameraCount | None) -> CameraActivity:
    if count is None:
        return CameraActivity(camera, 0, None)
    is_shown = count.reads >= LEAST_SHOWN
    return CameraActivity(camera, count.reads, count.last_captured_at if is_shown else None)
