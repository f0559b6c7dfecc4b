"""A real centre with one account a role, a camera, and a hotlist with one authorised entry."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime

import httpx
import pytest
from tests.browser import chromium, profile
from tests.centre import Centre, running_centre

from turnpike.images.services import cut_patch
from turnpike.simulation.services import render_plate

WANTED = "FB71 KLM"
CAMERA = "market-street-north"
LIST = "stolen-vehicles"
FEED = "market-street-recorder"
AGREEMENT = f"A-{datetime.now(UTC).year}-001"

SEED = f"""
from datetime import date, timedelta
from turnpike.site.services import prepare_records
prepare_records()
from django.utils import timezone
from turnpike.access import services as access
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.hotlists import services as hotlists
people = {{role.value: create_account(role.value, role.value.title() + " Test", [role], actor="tests", standing=Standing(trained_until=date.max)) for role in Role}}
burglary = access.CaseFacts("CR/01234/26", access.Category.BURGLARY, True, frozenset({{"investigator"}}))
access.record_case(burglary, actor="tests")
hotlists.create_list(people["authoriser"], slug="{LIST}", name="Stolen vehicles", purpose="Vehicles reported stolen.")
entry = hotlists.propose_entry(
    people["investigator"], list_slug="{LIST}", plate="{WANTED}", case_reference="CR/01234/26",
    reason="Taken in a burglary in Mill Lane on Tuesday night.",
    legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT, source="Crime report 4711/26", owner="Burglary team",
    priority=hotlists.Priority.HIGH, weed_at=timezone.now() + timedelta(days=30))
hotlists.authorise_entry(people["authoriser"], entry.id)
access.grant_watch(people["authoriser"], people["operator"], "{LIST}", 8)
"""

# A charging zone's cameras: text of the inner ones in force, pictures and the wider zone proposed. It needs a second authoriser.
AGREE = """
from dataclasses import replace
from datetime import date, timedelta
from turnpike.site.services import prepare_records
prepare_records()
from django.utils import timezone
from turnpike.access import charging_zone as zone
from turnpike.access import services as access
from turnpike.accounts.services import Role, Standing, create_account, find_account
from turnpike.cameras.services import register_camera
second = create_account("second", "Second Test", [Role.AUTHORISER], actor="tests", standing=Standing(trained_until=date.max))
for camera_id in sorted(zone.INNER | zone.OUTER):
    register_camera("tests", camera_id=camera_id, name=camera_id.replace("-", " ").title(), latitude=51.5, longitude=-0.1,
        heading_degrees=90, purpose="Charging", owner="Zone depot", controller=zone.DISCLOSER)
one = zone.FIRST_CONSULTATION
told = access.record_consultation(second, controller=one.controller, reference=one.reference, held_on=one.held_on,
    cameras=one.cameras, fields=one.fields, people_told=one.people_told)
today = timezone.now().date()
days = {"from_on": today, "until_on": today + timedelta(days=300), "consultations": (told,)}
made = access.propose_agreement(second, title=zone.TITLE, discloser=zone.DISCLOSER, terms=replace(zone.STEPS[0].terms, **days))
access.decide_terms(find_account("authoriser"), made.agreement_id, 1, "Decision 2015/3")
access.propose_terms(second, made.agreement_id, replace(zone.STEPS[1].terms, **days))
"""

LINK = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts import services as accounts
print(accounts.issue_one_time_sign_in(accounts.find_account(sys.argv[1]), actor="tests"))
"""


class Road:
    """The centre, with what a test of its pages asks for."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.url = centre.url
        self._key = centre.register(CAMERA)[CAMERA]

    def sign_in(self, page, role):
        """Sign in through a one-time link, as a person would."""
        page.goto(f"{self.url}/sign-in/once/{self.centre.ask(LINK, role).strip()}/")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/once/" not in url)
        if "/sign-in/password/" in page.url:
            page.get_by_role("link", name="Not now").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    def sign_in_and_choose_password(self, page, role):
        """The same, with a password chosen on the way."""
        page.goto(f"{self.url}/sign-in/once/{self.centre.ask(LINK, role).strip()}/")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("New password").fill("staple wagon orchard")
        page.get_by_label("The same password again").fill("staple wagon orchard")
        page.get_by_role("button", name="Save password").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    def post(self, plate, **changes):
        """Post one read with its picture; the answer, as the camera gets it."""
        patch = cut_patch(render_plate(plate.replace(" ", ""), height_px=64), (0, 0, 300, 64))
        read = {
            "event_id": uuid.uuid4().hex,
            "plate": plate,
            "confidence": 0.97,
            "captured_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "patch": base64.b64encode(patch).decode(),
            **changes,
        }
        answer = httpx.post(
            self.centre.reads_url,
            content=json.dumps({"source": {"software": "tests", "model": "tests"}, "reads": [read]}),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            timeout=20,
            trust_env=False,
        )
        answer.raise_for_status()
        assert answer.json()["stored"] == 1, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("centre")) as centre:
        centre.ask(SEED)
        centre.ask(AGREE)
        yield Road(centre)


@pytest.fixture(scope="module")
def browser_process():
    with chromium() as started:
        yield started


@pytest.fixture
def browser(browser_process):
    """A fresh profile."""
    with profile(browser_process) as context:
        yield context
