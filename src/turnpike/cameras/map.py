"""The cameras drawn as a plan: no tiles, no outside service, north up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.cameras.models import Camera

WIDTH_PX = 640
HEIGHT_PX = 420
_MARGIN_PX = 48
_LABEL_HEIGHT_PX = 18
_LABEL_CHARACTER_PX = 7.5
LABEL_DROP_PX = 28
_METRES_A_DEGREE = 111_320
"""Length of a degree of latitude. Source: 40 075 km of equator in 360 degrees."""
_LEAST_SPAN_M = 200.0
_LONGEST_BAR_PX = 160


@dataclass(frozen=True, slots=True)
class Marker:
    """A camera on the plan: `x`, `y` in pixels of the drawing, `number` as in the table beneath.

    `label` is empty where it would cover another.
    """

    camera_id: str
    number: int
    x: float
    y: float
    heading_degrees: int
    label: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All markers, and a scale bar of a round length."""

    markers: tuple[Marker, ...]
    bar_px: float
    bar_text: str


def plan(cameras: Sequence[Camera]) -> Plan | None:
    """The cameras on a flat drawing of 640 by 420 pixels; nothing where there are none.

    Equirectangular about the middle latitude, which is true to within the width of a marker over a county.
    Source: Snyder, Map Projections, USGS PP 1395, chapter 12.
    """
    if not cameras:
        return None
    south, north = min(camera.latitude for camera in cameras), max(camera.latitude for camera in cameras)
    west, east = min(camera.longitude for camera in cameras), max(camera.longitude for camera in cameras)
    middle = (south + north) / 2, (west + east) / 2
    shrink = max(math.cos(math.radians(middle[0])), 0.01)
    across_m = max((east - west) * shrink * _METRES_A_DEGREE, _LEAST_SPAN_M)
    up_m = max((north - south) * _METRES_A_DEGREE, _LEAST_SPAN_M)
    px_a_m = min((WIDTH_PX - 2 * _MARGIN_PX) / across_m, (HEIGHT_PX - 2 * _MARGIN_PX) / up_m)
    placed: list[tuple[float, float, float]] = []
    markers = []
    for number, camera in enumerate(cameras, start=1):
        x = WIDTH_PX / 2 + (camera.longitude - middle[1]) * shrink * _METRES_A_DEGREE * px_a_m
        y = HEIGHT_PX / 2 - (camera.latitude - middle[0]) * _METRES_A_DEGREE * px_a_m
        label = camera.name if _fits(x, y, camera.name, placed) else ""
        markers.append(
            Marker(camera.camera_id, number, round(x, 1), round(y, 1), camera.heading_degrees, label)
        )
    bar_m = _round_length(_LONGEST_BAR_PX / px_a_m)
    return Plan(tuple(markers), round(bar_m * px_a_m, 1), _written(bar_m))


def _fits(x: float, y: float, label: str, placed: list[tuple[float, float, float]]) -> bool:
    """Whether a label under (x, y) stays on the drawing and off the labels placed before; it is placed then."""
    half = len(label) * _LABEL_CHARACTER_PX / 2
    top = y + LABEL_DROP_PX
    if x - half < 0 or x + half > WIDTH_PX:
        return False
    if any(
        abs(x - other) < half + width and abs(top - level) < _LABEL_HEIGHT_PX
        for other, level, width in placed
    ):
        return False
    placed.append((x, top, half))
    return True


def _round_length(metres: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that is no longer than `metres`."""
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in (1, 2, 5) if step * power <= metres)


def _written(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - metres in a kilometre
