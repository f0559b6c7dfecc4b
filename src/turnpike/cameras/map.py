"""The cameras drawn as a plan: no tiles, no outside service, north up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.cameras.models import Camera

WIDTH_PX = 480
HEIGHT_PX = 320
_MARGIN_PX = 50
_APART_PX = 30
_LABEL_HEIGHT_PX = 18
_LABEL_CHARACTER_PX = 7.5
LABEL_DROP_PX = 28
_HEADING_PX = 11
_METRES_A_DEGREE = 111_320
"""Length of a degree of latitude. Source: 40 075 km of equator in 360 degrees."""
_LEAST_SPAN_M = 200.0
_LONGEST_BAR_PX = 120


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
    """The cameras on a flat drawing of 480 by 320 pixels; nothing where there are none.

    Equirectangular about the middle latitude, which is true to within the width of a marker over a county;
    cameras nearer to one another than a marker is wide are drawn beside one another.
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
    markers: list[Marker] = []
    for number, camera in enumerate(cameras, start=1):
        x = WIDTH_PX / 2 + (camera.longitude - middle[1]) * shrink * _METRES_A_DEGREE * px_a_m
        y = HEIGHT_PX / 2 - (camera.latitude - middle[0]) * _METRES_A_DEGREE * px_a_m
        x, y = _beside(x, y, markers)
        markers.append(
            Marker(camera.camera_id, number, round(x, 1), round(y, 1), camera.heading_degrees, camera.name)
        )
    bar_m = _round_length(_LONGEST_BAR_PX / px_a_m)
    return Plan(_labelled(markers), round(bar_m * px_a_m, 1), _written(bar_m))


def _beside(x: float, y: float, markers: Sequence[Marker]) -> tuple[float, float]:
    """A place near (x, y) where a marker covers none of those placed before; (x, y) where there is none."""
    for ring in range(4):
        for eighth in range(8 if ring else 1):
            angle = eighth * math.pi / 4
            near = x + ring * _APART_PX * math.cos(angle), y + ring * _APART_PX * math.sin(angle)
            if _on_drawing(*near) and all(math.dist(near, (one.x, one.y)) >= _APART_PX for one in markers):
                return near
    return x, y


def _on_drawing(x: float, y: float) -> bool:
    return _APART_PX <= x <= WIDTH_PX - _APART_PX and _APART_PX <= y <= HEIGHT_PX - _APART_PX


def _labelled(markers: Sequence[Marker]) -> tuple[Marker, ...]:
    """The markers with those labels only that cover no marker, no other label and not the scale bar."""
    bar = (0.0, HEIGHT_PX - 2 * _LABEL_HEIGHT_PX, _LONGEST_BAR_PX + 60.0, float(HEIGHT_PX))
    taken = [bar, *(_around(marker) for marker in markers)]
    shown = []
    for marker in markers:
        half, top = len(marker.label) * _LABEL_CHARACTER_PX / 2, marker.y + LABEL_DROP_PX
        place = (marker.x - half, top, marker.x + half, top + _LABEL_HEIGHT_PX)
        others = [other for other in taken if other != _around(marker)]
        inside = place[0] >= 0 and place[2] <= WIDTH_PX and place[3] <= HEIGHT_PX
        fits = inside and not any(_overlap(place, other) for other in others)
        if fits:
            taken.append(place)
        shown.append(marker if fits else replace(marker, label=""))
    return tuple(shown)


def _around(marker: Marker) -> tuple[float, float, float, float]:
    half = _APART_PX / 2 + _HEADING_PX
    return marker.x - half, marker.y - half, marker.x + half, marker.y + half


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _round_length(metres: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that is no longer than `metres`."""
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in (1, 2, 5) if step * power <= metres)


def _written(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - metres in a kilometre
