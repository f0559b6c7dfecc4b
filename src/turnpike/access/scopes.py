"""What a request may look at: the plates or patterns, the cameras and how far back that were stated when it was opened.

Nothing widens it afterwards: an area is written down as the cameras that stood in it then, and whoever needs more opens another request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.errors import RequestError
from turnpike.cameras.services import CameraError, cameras_near, find_camera
from turnpike.plates.services import PlateError, PlatePattern, parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_PATTERNS, MOST_CAMERAS = 20, 50
"""Source: ours; the policy pack holds the caps, these only say when a form stops."""
FURTHEST_KM = 10.0


@dataclass(frozen=True, slots=True)
class Scope:
    """`patterns` as `plates` writes them, any plate where there is none; `camera_ids`, every camera where there is none."""

    patterns: tuple[str, ...]
    camera_ids: tuple[str, ...]

    @property
    def is_stated(self) -> bool:
        """Whether it says anything at all."""
        return bool(self.patterns or self.camera_ids)

    def holds_plates(self, asked: PlatePattern) -> bool:
        """Whether every plate that fits `asked` is one that was stated."""
        if not self.patterns:
            return bool(self.camera_ids)
        return any(PlatePattern(pattern).covers(asked) for pattern in self.patterns)

    def narrowed(self, camera_ids: Sequence[str] | None) -> tuple[str, ...] | None:
        """The cameras of a search: those asked for, or else those of the scope; None for every one."""
        if camera_ids is not None:
            return tuple(camera_ids)
        return self.camera_ids or None

    def holds_cameras(self, camera_ids: Sequence[str] | None) -> bool:
        """Whether only cameras are asked for that were stated."""
        if not self.camera_ids:
            return True
        return camera_ids is not None and set(camera_ids) <= set(self.camera_ids)


def check_patterns(texts: Iterable[str]) -> tuple[str, ...]:
    """Plates and patterns as `plates` writes them, each once; blank ones do not count.

    Raises:
        RequestError: one cannot be searched for.
    """
    found: dict[str, None] = {}
    for text in texts:
        if not text.strip():
            continue
        try:
            found[parse_pattern(text).text] = None
        except PlateError as error:
            raise RequestError(
                "patterns", f"One of the plates or patterns cannot be used: {error}"
            ) from error
    return tuple(found)


def check_cameras(ids: Iterable[str], *, around: str = "", radius_km: float = 0.0) -> tuple[str, ...]:
    """The ids of registered cameras: those named, and those within `radius_km` of the camera `around`; each once.

    Raises:
        RequestError: one is not registered, or the radius is none.
    """
    found: dict[str, None] = {}
    for camera_id in ids:
        if camera_id and find_camera(camera_id) is None:
            raise RequestError(
                "cameras", "One of the cameras is not registered: the page “Cameras” has their ids."
            )
        if camera_id:
            found[camera_id] = None
    if around:
        if not 0 < radius_km <= FURTHEST_KM:
            raise RequestError("radius_km", f"Give a radius of up to {FURTHEST_KM:g} km.")
        try:
            found |= dict.fromkeys(camera.camera_id for camera in cameras_near(around, radius_km))
        except CameraError as error:
            raise RequestError(
                "around", "No camera of that id is registered: the page “Cameras” has them."
            ) from error
    return tuple(found)
