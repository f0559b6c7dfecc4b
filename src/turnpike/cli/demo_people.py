"""The demonstration's people, cameras, hotlist and watches: each made through the same services as in earnest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.accounts import services as accounts
from turnpike.cameras import services as cameras
from turnpike.cli.demo_agreement import CONTROLLER, make_agreement, zone_cameras
from turnpike.hotlists import services as hotlists

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.accounts.services import User
    from turnpike.simulation.services import DemoWorld, TownCamera

ACTOR = "demo"
LIST_SLUG = "stolen-vehicles"
WATCH_HOURS = 24
CASES = {
    "FB/2026/10417": access.Category.BURGLARY,
    "FB/2026/10388": access.Category.MISSING_PERSON,
    "FB/2026/10290": access.Category.ROAD_TRAFFIC,
}
"""The investigator's cases, by number."""
_WEED_DAYS = 90
_CASE_DAYS = 365
_TRAINED_DAYS = 365
_LINK_HOURS = 12
"""A demonstration may lie open for a day's talk; in earnest a link ends within the hour."""
_PEOPLE = {
    "operator": ("Olive Operator", accounts.Role.OPERATOR),
    "investigator": ("Ines Investigator", accounts.Role.INVESTIGATOR),
    "authoriser": ("Asa Authoriser", accounts.Role.AUTHORISER),
    "auditor": ("Ada Auditor", accounts.Role.AUDITOR),
    "commissioner": ("Cora Commissioner", accounts.Role.COMMISSIONER),
}
WALL = "wall-screen"
"""An operator's account for the screen on the control room's wall, which the demo itself watches."""
OFFICER = "officer"
"""The data protection officer, who proposes what the authoriser decides."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The accounts by user name, and each camera's key."""

    people: dict[str, User]
    keys: dict[str, str]


def make_cast(world: DemoWorld) -> Cast:
    """Whatever of it is not there yet."""
    people = {
        username: accounts.find_account(username)
        or accounts.create_account(username, name, [role], actor=ACTOR, standing=_standing(role))
        for username, (name, role) in {
            **_PEOPLE,
            WALL: ("Control room wall", accounts.Role.OPERATOR),
            OFFICER: ("Dana Data Protection", accounts.Role.AUTHORISER),
        }.items()
    }
    zone = zone_cameras(world)
    keys = {
        camera.camera_id: _camera_key(camera, CONTROLLER if camera.camera_id in zone else "")
        for camera in world.town.cameras
    }
    make_agreement(world, people[OFFICER], people["authoriser"])
    for number, category in CASES.items():
        if access.find_case(number) is None:
            facts = access.CaseFacts(number, category, True, frozenset({"investigator"}))
            access.record_case(facts, actor=ACTOR)
    _hotlist(world, people)
    for operator in (people["operator"], people[WALL]):
        if access.active_watch(operator, LIST_SLUG) is None:
            access.grant_watch(people["authoriser"], operator, LIST_SLUG, WATCH_HOURS)
    return Cast(people, keys)


def _standing(role: accounts.Role) -> accounts.Standing:
    rank = accounts.Rank.INSPECTOR if role is accounts.Role.AUTHORISER else accounts.Rank.CONSTABLE
    until = timezone.now().date() + timedelta(days=_TRAINED_DAYS)
    if role is accounts.Role.COMMISSIONER:
        return accounts.Standing("Commissioner's office", accounts.Rank.STAFF, until)
    return accounts.Standing("Fenbridge Police", rank, until)


def sign_in_links(cast: Cast) -> dict[str, str]:
    """A one-time address for each person whom a visitor may be, by user name."""
    return {username: sign_in_link(cast, username) for username in _PEOPLE}


def sign_in_link(cast: Cast, username: str) -> str:
    """An address that signs this person in once."""
    token = accounts.issue_one_time_sign_in(cast.people[username], actor=ACTOR, hours=_LINK_HOURS)
    return f"{config.load().url}/sign-in/once/{token}/"


def _camera_key(camera: TownCamera, controller: str) -> str:
    """The camera's key, kept beside the demo's data as a roadside keeps its own."""
    path = config.load().data_dir / "camera-keys" / f"{camera.camera_id}.key"
    if path.exists():
        return path.read_text().strip()
    registered = cameras.find_camera(camera.camera_id) or _registered(camera, controller)
    key = cameras.issue_key(registered, ACTOR)
    _write_private(path, key)
    return key


def _registered(camera: TownCamera, controller: str) -> cameras.Camera:
    """The camera on the register, with a case that the data protection officer made and the authoriser approved."""
    registered = cameras.register_camera(
        ACTOR,
        camera_id=camera.camera_id,
        name=camera.name,
        latitude=camera.latitude,
        longitude=camera.longitude,
        heading_degrees=round(camera.heading_degrees) % 360,
        purpose="Demonstration: vehicles of interest on roads into the town",
        owner="Demonstration police",
        lanes=2,
        controller=controller,
        view=f"Both lanes at {camera.name}, number plates of vehicles that come in",
    )
    argument = cameras.Argument(
        why_here="Vehicles taken in the town's burglaries left by this road in most cases of the last two years.",
        need="Stolen vehicles are used in further burglaries within a day; the town has nobody awake to look for them.",
        alternatives="A patrol at the junction and a camera that looks for an hour a night were tried and found nothing.",
        dpia="FB-DPIA-2026-03",
        review_on=(timezone.now() + timedelta(days=_CASE_DAYS)).date(),
    )
    case = cameras.propose_case(OFFICER, camera.camera_id, argument)
    cameras.approve_case("authoriser", case.pk)
    return registered


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Aside first: a demo killed here must not find half a key at its next start.
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def _hotlist(world: DemoWorld, people: dict[str, User]) -> None:
    found = next((one for one in hotlists.all_lists() if one.slug == LIST_SLUG), None)
    if found is not None and found.alerting:
        return
    if found is None:
        hotlists.create_list(
            people["authoriser"],
            slug=LIST_SLUG,
            name="Stolen vehicles",
            purpose="Vehicles reported stolen to the police.",
        )
    # Also where an earlier start was stopped between the list and its entry.
    entry = hotlists.propose_entry(
        people["investigator"],
        list_slug=LIST_SLUG,
        plate=world.stolen.plate,
        case_reference=next(iter(CASES)),
        reason="Reported stolen from the owner's drive overnight; keys taken in a burglary.",
        legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT,
        source="Crime report FB/2026/10417",
        owner="Fenbridge volume crime team",
        priority=hotlists.Priority.HIGH,
        weed_at=timezone.now() + timedelta(days=_WEED_DAYS),
    )
    hotlists.authorise_entry(people["authoriser"], entry.id)
