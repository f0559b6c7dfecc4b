"""The demo's other controller: two of the town's cameras are a charging authority's, and an agreement opens the text of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access import services as access
from turnpike.cameras.services import cameras_ever_of

if TYPE_CHECKING:
    from turnpike.accounts.services import User
    from turnpike.simulation.services import DemoWorld

CONTROLLER = "Ashbridge Charging Authority"
_CAMERAS = 2
_DAYS = 365
_TITLE = "Charging zone cameras for the investigation of crime"


def zone_cameras(world: DemoWorld) -> tuple[str, ...]:
    """Two cameras that the stolen vehicle does not pass, so that its alerts are the police's own."""
    passed = {picture.camera_id for picture in world.pictures if picture.vehicle == world.stolen}
    passed |= {video.camera_id for video in world.videos}
    return tuple(sorted(camera.camera_id for camera in world.town.cameras if camera.camera_id not in passed))[
        :_CAMERAS
    ]


def make_agreement(world: DemoWorld, proposer: User, decider: User) -> None:
    """An agreement on both cameras, of which people were told about the first alone; nothing where there is one already.

    Nor where the cameras were registered by a demonstration from before there were agreements, as the police's own.
    """
    cameras = zone_cameras(world)
    if access.all_agreements() or not cameras or not set(cameras) <= cameras_ever_of(CONTROLLER):
        return
    story = access.EXAMPLE.versions[0].terms
    told = access.record_consultation(
        proposer,
        controller=CONTROLLER,
        reference="Reading plates in the inner zone",
        held_on=timezone.now().date() - timedelta(days=8 * 365),
        cameras=cameras[:1],
        fields=story.fields,
        people_told=200_000,
    )
    today = timezone.now().date()
    terms = replace(
        story,
        cameras=frozenset(cameras),
        consultations=(told,),
        people_affected=3_800_000,
        from_on=today,
        until_on=today + timedelta(days=_DAYS),
    )
    made = access.propose_agreement(proposer, title=_TITLE, discloser=CONTROLLER, terms=terms)
    access.decide_terms(decider, made.agreement_id, made.number, "Demonstration 1")
