"""How a camera stands, in a word, a shape and a colour: on the map, in its legend, and in the equal table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.cameras.admission import in_force
from turnpike.cameras.models import Camera

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Mark:
    """`kind` names the shape and the colour, which stylesheet and script draw; `word` says the same to everybody."""

    kind: str
    word: str


TAKEN = Mark("taken", "Reads are taken")
REFUSED = Mark("refused", "Refused: no necessity case")
CLOSED = Mark("closed", "Closed")
LEGEND = (TAKEN, Mark(ALARM, "Something is wrong with it"), REFUSED, CLOSED)


def marks_of(
    cameras: Iterable[Camera], alarms: Mapping[str, str] = MappingProxyType({})
) -> Mapping[str, Mark]:
    """Each camera's mark, by id. `alarms` has, by id, in words what is wrong with a camera's health, of those that something is."""
    cameras = tuple(cameras)
    taken = set(Camera.objects.filter(in_force(), active=True).values_list("camera_id", flat=True))

    def mark(camera: Camera) -> Mark:
        if not camera.active:
            return CLOSED
        if camera.camera_id not in taken:
            return REFUSED
        wrong = alarms.get(camera.camera_id)
        return Mark(ALARM, wrong) if wrong else TAKEN

    return {camera.camera_id: mark(camera) for camera in cameras}
