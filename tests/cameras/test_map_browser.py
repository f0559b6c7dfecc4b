"""The map in a real browser: thousands of cameras, a state's shape and colour, and the plan wherever no map can be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser import DRAWING, PHONE, assert_accessible, assert_no_overflow, chromium, profile, screenshot
from tests.cameras.tile_archive import write_archive
from tests.centre import Centre, running_centre

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400)]

CAMERAS = 13_000
_SEED = f"""
import csv, io
from datetime import date
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.cameras import services as cameras
for role in (Role.OPERATOR, Role.ADMINISTRATOR):
    create_account(role.value, role.value, [role], actor="tests", standing=Standing(trained_until=date.max))
told = io.StringIO()
lines = csv.writer(told)
lines.writerow(["camera", "name", "latitude", "longitude", "heading", "purpose", "owner", "active"])
for number in range({CAMERAS}):
    # Over Britain, and the last two at one place far from all others.
    place = (50.3 + number * 0.618034 % 1 * 6, -4.5 + number * 0.754878 % 1 * 5.5) if number < {CAMERAS} - 2 else (60.1, -1.2)
    lines.writerow([f"camera-{{number:05}}", f"Camera {{number}}", *place, number % 360, "Tests", "Tests", "no" if number % 9 == 0 else "yes"])
cameras.import_cameras("tests", told.getvalue().encode())
"""
_LINK = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts import services as accounts
print(accounts.issue_one_time_sign_in(accounts.find_account("operator"), actor="tests"))
"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        running.ask(_SEED)
        running.give_case("camera-00001")
        yield running


@pytest.fixture(scope="module")
def drawing() -> Iterator[Browser]:
    with chromium(*DRAWING) as started:
        yield started


def signed_in(centre: Centre, page: Page) -> Page:
    page.goto(f"{centre.url}/sign-in/once/{centre.ask(_LINK).strip()}/")
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "/once/" not in address)
    return page


def test_thousands_of_cameras_are_drawn_in_groups_from_this_centre_alone(centre: Centre, drawing: Browser):
    with profile(drawing) as context:
        page = signed_in(centre, context.new_page())
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{centre.url}/cameras/")
        page.locator("#camera-map[data-shown]").wait_for(timeout=60_000)
        assert not page.locator("#camera-plan").is_visible()
        groups = page.locator(".tp-map__cluster")
        counts = [int(re.match(r"\d+", title)[0]) for title in titles(groups)]  # type: ignore[index]
        assert sum(counts) >= CAMERAS
        assert len(counts) < 300
        assert_accessible(page)
        screenshot(page, "cameras-map")
        assert all(address.startswith((centre.url, "blob:")) for address in asked), asked
        page.emulate_media(media="print")
        assert page.locator("#camera-plan").is_visible()
        assert not page.locator("#camera-map").is_visible()
        page.emulate_media(media="screen")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict of the two numbers
        assert_no_overflow(page)
        assert said == []


def titles(marks) -> list[str]:
    return list(marks.evaluate_all("found => found.map(one => one.title)"))


def test_a_cameras_shape_says_how_it_stands_and_leads_to_its_page(centre: Centre, drawing: Browser):
    with profile(drawing) as context:
        page = signed_in(centre, context.new_page())
        for words, kind, word in (
            ("camera-00001", "taken", "Reads are taken"),
            ("camera-00002", "refused", "Refused: no necessity case"),
            ("camera-00009", "closed", "Closed"),
        ):
            page.goto(f"{centre.url}/cameras/?text={words}")
            mark = page.locator("a.tp-map__camera")
            mark.wait_for(timeout=60_000)
            assert mark.get_attribute("title") == f"Camera {int(words[-5:])}: {word}"
            assert mark.locator(f"svg.tp-mark--{kind}").count() == 1
            assert page.locator("#cameras tbody tr").count() == 1
            assert page.locator("#cameras tbody").get_by_text(word).is_visible()
        mark.press("Enter")
        page.wait_for_url(lambda address: address.endswith("/cameras/camera-00009/"))


def test_cameras_at_one_place_are_listed(centre: Centre, drawing: Browser):
    with profile(drawing) as context:
        page = signed_in(centre, context.new_page())
        page.goto(f"{centre.url}/cameras/?text=camera-1299")
        group = page.locator(".tp-map__cluster[title^='2 cameras']")
        group.wait_for(timeout=60_000)
        group.press("Enter")
        listed = page.locator(".tp-map__together a")
        listed.first.wait_for()
        assert sorted(listed.all_text_contents()) == [
            "Camera 12998: Refused: no necessity case",
            "Camera 12999: Refused: no necessity case",
        ]


def test_without_scripts_or_without_webgl_the_plan_stays(centre: Centre, drawing: Browser):
    with profile(drawing, javascript=False) as context:
        page = signed_in(centre, context.new_page())
        page.goto(f"{centre.url}/cameras/?standing=taken")
        assert page.locator("#camera-plan svg").is_visible()
        assert not page.locator("#camera-map").is_visible()
        page.goto(f"{centre.url}/cameras/")
        page.get_by_role("link", name="Next").click()
        assert page.get_by_text("Camera 50", exact=True).is_visible()
    with profile(drawing) as context:
        page = signed_in(centre, context.new_page())
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page.goto(f"{centre.url}/cameras/")
        page.wait_for_load_state("networkidle")
        assert page.locator("#camera-plan svg").is_visible()
        assert not page.locator("#camera-map").is_visible()


def test_tiles_of_ones_own_are_drawn_by_ranges(tmp_path: Path, drawing: Browser):
    archive = write_archive(tmp_path / "own.pmtiles")
    settings = {"TURNPIKE_MAP_TILES": str(archive)}
    (tmp_path / "centre").mkdir()
    with running_centre(tmp_path / "centre", settings=settings) as centre, profile(drawing) as context:
        centre.ask(_SEED.replace(str(CAMERAS), "20"))
        page = signed_in(centre, context.new_page())
        said: list[str] = []
        ranges: list[int] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("response", lambda answer: ranges.append(answer.status) if "pmtiles" in answer.url else None)
        page.goto(f"{centre.url}/cameras/")
        page.locator("#camera-map[data-shown]").wait_for(timeout=60_000)
        assert len(ranges) >= 2
        assert set(ranges) == {206}
        assert said == []
        screenshot(page, "cameras-own-tiles")
