"""Another controller's cameras, agreements about them, and a clock that tests set."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.agreement_terms import SharedField, Terms
from turnpike.cameras.services import register_camera

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import SimpleNamespace

COUNTY = "County Roads"
CAMERAS = ("gate-east", "gate-west")
TEXT = frozenset({SharedField.TEXT})
EVERYTHING = frozenset(SharedField)


def county_cameras(camera_ids: Iterable[str] = CAMERAS, controller: str = COUNTY) -> None:
    """Cameras of another controller, from their first read on."""
    for camera_id in camera_ids:
        register_camera(
            "tests",
            camera_id=camera_id,
            name=camera_id.replace("-", " ").title(),
            latitude=51.5,
            longitude=-0.1,
            heading_degrees=0,
            purpose="Charging",
            owner="County depot",
            controller=controller,
        )


def consulted(people: SimpleNamespace, **changes: Any) -> access.Consultation:
    """A consultation about all of their cameras and every field, unless told otherwise."""
    facts: dict[str, Any] = {
        "controller": COUNTY,
        "reference": "County cameras, 2025",
        "held_on": date(2025, 5, 6),
        "cameras": CAMERAS,
        "fields": EVERYTHING,
        "people_told": 200_000,
    }
    return access.record_consultation(people.authoriser, **facts | changes)


def terms(*consultations: access.Consultation, **changes: Any) -> Terms:
    """Terms for every purpose and camera with the text alone, a year long, unless told otherwise."""
    today = timezone.now().date()
    facts: dict[str, Any] = {
        "purposes": frozenset(access.AGREED_PURPOSES),
        "cameras": frozenset(CAMERAS),
        "fields": TEXT,
        "legal_basis": "Data Protection Act 2018, section 35",
        "dpia": "DPIA/25/1",
        "consultations": consultations,
        "people_affected": 200_000,
        "retention_days": 28,
        "from_on": today,
        "until_on": today + timedelta(days=365),
    }
    return Terms(**facts | changes)


PICTURES_TOO = {
    "fields": EVERYTHING,
    "pictures_dpia": "DPIA/25/2",
    "pictures_dpia_names": frozenset({SharedField.PLATE_PATCH, SharedField.VEHICLE_PICTURE}),
}


def agreed(people: SimpleNamespace, decider: Any, agreed_terms: Terms) -> str:
    """The number of an agreement that the authoriser proposed and `decider` decided."""
    made = access.propose_agreement(
        people.authoriser, title="County cameras", discloser=COUNTY, terms=agreed_terms
    )
    access.decide_terms(decider, made.agreement_id, made.number, "Board minute 7")
    return made.agreement_id


def amended(people: SimpleNamespace, decider: Any, number: str, new_terms: Terms) -> None:
    """Decide new terms for an agreement."""
    made = access.propose_terms(people.authoriser, number, new_terms)
    access.decide_terms(decider, number, made.number, "Board minute 8")
