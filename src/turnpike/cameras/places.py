"""Where cameras stand, told to everybody: each place is published, or withheld for a reason that is on record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.cameras.admission import assessments
from turnpike.cameras.controllers import controllers_now, own_controller
from turnpike.cameras.errors import CameraError, CaseError
from turnpike.cameras.models import MAX_ARGUMENT_CHARACTERS, Camera, Withholding
from turnpike.cameras.necessity import LEAST_CHARACTERS
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """What everybody may know of a camera; degrees are WGS 84."""

    camera: str
    name: str
    latitude: float
    longitude: float
    looks: str
    view: str
    purpose: str
    owner: str
    controller: str
    impact_assessment: str
    """The reference that its necessity case names; empty where no case is in force."""


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """The published places by id, and how many places of active cameras are withheld, by why in words."""

    places: tuple[PublicPlace, ...]
    withheld: Mapping[str, int]

    @property
    def withheld_in_all(self) -> int:
        """How many are not published."""
        return sum(self.withheld.values())


def decide_place(actor: str, camera_id: str, *, withheld: str, why: str = "") -> Camera:
    """Publish a camera's place, or with a kind of `Withholding` and a reason withhold it; nothing happens where it is so already.

    Raises:
        CameraError: there is no such camera, no such kind, or nothing is said of why.
    """
    why = " ".join(why.split())
    if withheld and withheld not in set(Withholding.values) - {Withholding.UNDECIDED}:
        raise CaseError("Publish the place, or choose why it is withheld.", "withheld")
    if withheld and len(why) < LEAST_CHARACTERS:
        raise CaseError(f"Say why it is withheld in at least {LEAST_CHARACTERS} characters.", "why")
    if len(why) > MAX_ARGUMENT_CHARACTERS:
        raise CaseError(f"Shorten why to {MAX_ARGUMENT_CHARACTERS} characters.", "why")
    with turn("camera", camera_id):
        camera = Camera.objects.filter(pk=camera_id).first()
        if camera is None:
            raise CameraError("No camera of that id is registered.")
        said = (withheld, why if withheld else "")
        if (camera.withheld, camera.withheld_why) != said:
            details = {"camera": camera_id, "place": withheld or PUBLISHED, "why": said[1]}
            record(AuditEvent.CAMERA_PLACE_DECIDED, actor=actor, details=details)
            camera.withheld, camera.withheld_why = said
            camera.save(update_fields=["withheld", "withheld_why"])
    return camera


def public_register() -> PublicRegister:
    """What is told to everybody, now; closed cameras are not in it."""
    active = Camera.objects.filter(active=True)
    counted = Counter(active.exclude(withheld="").values_list("withheld", flat=True))
    controllers, own = controllers_now(), own_controller()
    dpias = assessments()
    places = tuple(
        PublicPlace(
            camera=camera.camera_id,
            name=camera.name,
            latitude=camera.latitude,
            longitude=camera.longitude,
            looks=camera.heading_text,
            view=camera.view,
            purpose=camera.purpose,
            owner=camera.owner,
            controller=controllers.get(camera.camera_id, own),
            impact_assessment=dpias.get(camera.camera_id, ""),
        )
        for camera in active.filter(withheld="")
    )
    return PublicRegister(places, {Withholding(kind).label: counted[kind] for kind in sorted(counted)})


def undecided() -> int:
    """For how many active cameras nobody has said yet whether their place is published."""
    return Camera.objects.filter(active=True, withheld=Withholding.UNDECIDED).count()
