"""The alert wall in Chromium, against a real server that real reads are posted to."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import expect
from tests.browser import assert_accessible, assert_no_overflow, chromium, profile, screenshot
from tests.centre import running_centre

from turnpike.images.services import cut_patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page
    from tests.centre import Centre

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.long]

_CAST = """
import json
from datetime import date, timedelta
from types import SimpleNamespace
from turnpike.site.services import prepare_records
prepare_records()
from django.utils import timezone
from turnpike.access import services as access
from turnpike.accounts.services import Role, Standing, create_account, issue_one_time_sign_in
from turnpike.cameras import services as cameras
from turnpike.hotlists import services as hotlists
people = SimpleNamespace(**{
    role.value: create_account(role.value, name, [role], actor="tests", standing=Standing(trained_until=date.max))
    for role, name in ((Role.OPERATOR, "Olive Operator"), (Role.INVESTIGATOR, "Ines Investigator"),
                       (Role.AUTHORISER, "Asa Authoriser"))
})
camera = cameras.register_camera(
    "tests", camera_id="northgate-bridge", name="Northgate bridge, inbound", latitude=51.5, longitude=-0.1,
    heading_degrees=180, purpose="Tests", owner="Tests")
access.record_case(access.CaseFacts("CR/04711/26", access.Category.BURGLARY, True, frozenset({"investigator"})), actor="tests")
def wanted(slug, plate, priority, reason):
    entry = hotlists.propose_entry(
        people.investigator, list_slug=slug, plate=plate, case_reference="CR/04711/26", reason=reason,
        legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT, source="Crime report 42/1187",
        owner="Roads policing unit", priority=priority, weed_at=timezone.now() + timedelta(days=28))
    hotlists.authorise_entry(people.authoriser, entry.pk)
hotlists.create_list(people.authoriser, slug="stolen", name="Stolen vehicles", purpose="Vehicles reported as stolen.")
hotlists.create_list(people.authoriser, slug="missing", name="Missing people", purpose="Vehicles of missing people.")
wanted("stolen", "AB12CDE", hotlists.Priority.HIGH, "Taken from the owner's drive after a burglary in the night.")
wanted("stolen", "KX03VRG", hotlists.Priority.LOW, "Taken from a car park at the station, not yet found.")
wanted("missing", "LT58OGA", hotlists.Priority.MEDIUM, "Driven by a missing man whose doctor fears for his life.")
hotlists.propose_entry(
    people.investigator, list_slug="stolen", plate="YY19ABC", case_reference="CR/04711/26", reason="Seen at two break-ins in one week.",
    legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT, source="Crime report 42/1201", owner="Roads policing unit",
    priority=hotlists.Priority.MEDIUM, weed_at=timezone.now() + timedelta(days=28))
for slug in ("stolen", "missing"):
    access.grant_watch(people.authoriser, people.operator, slug, 8)
print(json.dumps({
    "key": cameras.issue_key(camera, "tests"),
    "tokens": {name: [issue_one_time_sign_in(person, actor="tests") for _ in range(5)]
               for name, person in vars(people).items()},
}))
"""
_REVOKE = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.access import services as access
from turnpike.accounts.services import find_account
for watch in access.standing_watches():
    if watch.list_slug in sys.argv[1:]:
        access.revoke_watch(find_account("authoriser"), watch.pk)
"""


class World:
    """A running centre, the key of its camera, and links that sign people in."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        made = json.loads(centre.ask(_CAST))
        centre.give_case("northgate-bridge")
        self._key: str = made["key"]
        self._tokens: dict[str, list[str]] = made["tokens"]

    def sign_in(self, page: Page, username: str) -> None:
        """Sign somebody in, by a link that is good once."""
        page.goto(f"{self.centre.url}/sign-in/once/{self._tokens[username].pop()}/")
        page.locator("main form button").click()
        page.wait_for_url(lambda address: "/once/" not in address)

    def drive_past(self, plate: str, *, confidence: float = 0.97, ago: timedelta = timedelta()) -> None:
        """The camera posts a read with its patch."""
        read = {
            "plate": plate,
            "confidence": confidence,
            "captured_at": (datetime.now(UTC) - ago).isoformat(),
            "patch": base64.b64encode(_patch(plate)).decode(),
        }
        answer = httpx.post(
            self.centre.reads_url,
            json={"source": {"software": "tests"}, "reads": [read]},
            headers={"Authorization": f"Bearer {self._key}"},
            trust_env=False,
        )
        assert answer.status_code == httpx.codes.OK, answer.text


def _patch(plate: str) -> bytes:
    picture = Image.new("RGB", (420, 130), "#3a4046")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((30, 25, 390, 105), 8, fill="#f4f2ea")
    draw.text((46, 30), f"{plate[:4]} {plate[4:]}", fill="#15181a", font=ImageFont.load_default(62))
    return cut_patch(np.asarray(picture), (30, 25, 360, 80))


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """One centre for all stories here."""
    with running_centre(tmp_path_factory.mktemp("centre")) as centre:
        yield World(centre)


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One Chromium for all stories here."""
    with chromium() as process, profile(process) as context:
        yield context


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page that nobody is signed in to."""
    browser.clear_cookies()
    page = browser.new_page()
    yield page
    page.close()


def test_an_operator_sees_looks_and_records(world, page):
    world.sign_in(page, "operator")
    page.goto(f"{world.centre.url}/alerts/")
    connection = page.locator("[data-connection]")
    expect(connection).to_have_text("Live")
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "alerts-empty")

    world.drive_past("KX03VRG", confidence=0.91, ago=timedelta(minutes=47))
    world.drive_past("LT580GA", confidence=0.78)  # the list has LT58OGA
    world.drive_past("AB12CDE")
    world.drive_past("ZZ99ZZZ")
    waiting = page.locator("[data-waiting] [data-alert]")
    expect(waiting).to_have_count(3)
    expect(waiting.nth(0)).to_contain_text("AB12 CDE")
    expect(waiting.nth(0)).to_contain_text("High priority")
    expect(waiting.nth(0)).to_contain_text("Northgate bridge, inbound")
    expect(waiting.nth(1)).to_contain_text("Possible misread: check the picture")
    expect(waiting.nth(2)).to_contain_text("Arrived 47 min late")
    expect(page.locator("[data-announcement]")).to_contain_text("AB12 CDE")
    expect(page.get_by_role("button", name="Sound is off")).to_have_attribute("aria-pressed", "false")
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "alerts-wall")

    waiting.nth(1).get_by_role("link", name="Look").click()
    picture = page.get_by_role("img", name="Picture of the plate")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    expect(page.locator(".tp-compare__other strong")).to_have_text(["0", "O"])
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "alert")
    page.get_by_role("button", name="Record what was done").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what was done")
    assert_accessible(page)
    page.get_by_label("Not the vehicle").check()
    page.get_by_label("Note").fill("The picture shows a zero; another car.")
    page.get_by_role("button", name="Record what was done").click()
    expect(page.locator("[data-waiting] [data-alert]")).to_have_count(2)
    expect(page.locator("[data-dealt-with] [data-alert]")).to_contain_text(
        "Not the vehicle, by Olive Operator"
    )
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "alerts-dealt-with")


def test_an_outcome_moves_the_card_on_another_wall(world, browser, page):
    other = browser.new_page()
    world.sign_in(page, "operator")
    page.goto(f"{world.centre.url}/alerts/")
    expect(page.locator("[data-connection]")).to_have_text("Live")
    world.drive_past("AB12CDE")
    card = page.locator("[data-waiting] [data-alert]").first
    expect(card).to_contain_text("just now")
    number = card.get_attribute("data-alert")
    other.goto(f"{world.centre.url}/alerts/{number}/")
    other.get_by_label("Confirmed and passed on").check()
    other.get_by_role("button", name="Record what was done").click()
    expect(page.locator(f"[data-dealt-with] [data-alert='{number}']")).to_contain_text("Confirmed")
    other.close()


def test_hotlists_are_accessible(world, page):
    world.sign_in(page, "investigator")
    for path in ("", "stolen/", "stolen/new", "stolen/1/"):
        page.goto(f"{world.centre.url}/hotlists/{path}")
        assert_accessible(page)
        assert_no_overflow(page)
        screenshot(page, f"hotlists-{path.strip('/').replace('/', '-')}")
    page.goto(f"{world.centre.url}/hotlists/stolen/new")
    page.get_by_role("button", name="Propose the entry").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the number plate")
    assert_accessible(page)
    page.context.clear_cookies()
    world.sign_in(page, "authoriser")
    page.goto(f"{world.centre.url}/hotlists/stolen/4/")
    assert_accessible(page)
    screenshot(page, "hotlists-decide")


def test_the_dark_wall_is_accessible(world, page):
    page.emulate_media(color_scheme="dark")
    world.drive_past("AB12CDE")
    world.sign_in(page, "operator")
    page.goto(f"{world.centre.url}/alerts/")
    expect(page.locator("[data-connection]")).to_have_text("Live")
    assert_accessible(page)
    screenshot(page, "alerts-wall-dark")
    page.locator("[data-waiting]").get_by_role("link", name="Look").first.click()
    assert_accessible(page)
    screenshot(page, "alert-dark")


def test_without_scripts_the_wall_is_a_list_that_says_how_to_reload(world, browser):
    context = browser.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    world.drive_past("AB12CDE")
    world.sign_in(page, "operator")
    page.goto(f"{world.centre.url}/alerts/")
    expect(page.locator("[data-connection]")).to_have_text("Not live: reload to see new ones")
    expect(page.locator("[data-waiting] [data-alert]").first).to_contain_text("AB12 CDE")
    expect(page.locator("[data-sound]")).to_be_hidden()
    screenshot(page, "alerts-without-scripts")
    page.get_by_role("link", name="reload every 30 seconds").click()
    expect(page.locator("noscript p")).to_contain_text("reloads itself every 30 seconds")
    context.close()


def test_the_wall_ends_with_the_last_watch(world, page):
    """Last in this module, since nobody watches afterwards; revoked by another process than the server's."""
    world.sign_in(page, "operator")
    page.goto(f"{world.centre.url}/alerts/")
    expect(page.locator("[data-watches]")).to_contain_text("Missing people")
    world.drive_past("AB12CDE")
    world.drive_past("LT58OGA")
    expect(page.locator("[data-list=missing]").first).to_be_visible()
    world.centre.ask(_REVOKE, "missing")
    expect(page.locator("[data-list=missing]")).to_have_count(0)
    expect(page.locator("[data-connection]")).to_have_text("Live")
    expect(page.locator("[data-list=stolen]").first).to_be_visible()
    world.centre.ask(_REVOKE, "stolen")
    expect(page.locator("[data-connection-text]")).to_have_text("Ended")
    expect(page.locator("[data-ended]")).to_contain_text("Ask an authoriser for a watch")
    expect(page.locator("[data-alert]")).to_have_count(0)
    assert_accessible(page)
    screenshot(page, "alerts-ended")
    page.reload()
    expect(page.get_by_role("heading", name="You hold no watch")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "alerts-no-watch")
