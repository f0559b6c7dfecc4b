"""How a camera stands, in a word, a shape and a colour: on the map, in its legend, and in the equal table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.cameras.admission import in_force
from turnpike.cameras.alarms import ill_cameras
from turnpike.cameras.health import HealthState
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


def marks_of(cameras: Iterable[Camera]) -> Mapping[str, Mark]:
    """Each camera's mark, by id; of one with something wrong the word says what, the worst first."""
    cameras = tuple(cameras)
    wrong = {camera_id: HealthState(kinds[0].value).word for camera_id, kinds in ill_cameras().items()}
    taken = set(Camera.objects.filter(in_force(), active=True).values_list("camera_id", flat=True))

    def mark(camera: Camera) -> Mark:
        if not camera.active:
            return CLOSED
        if camera.camera_id not in taken:
            return REFUSED
        return Mark(ALARM, wrong[camera.camera_id]) if camera.camera_id in wrong else TAKEN

    return {camera.camera_id: mark(camera) for camera in cameras}
