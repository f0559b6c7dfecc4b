"""The commissioner's own visit, without JavaScript: a check, a secret list, a copy; then what a long check looks like."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime

import pytest
from tests.browser import assert_accessible, assert_no_overflow, profile, screenshot
from tests.e2e.conftest import WANTED
from tests.e2e.test_every_route import open_request

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(200)]

RUNNING = """
from turnpike.site.services import prepare_records
prepare_records()
from django.utils import timezone
from turnpike.oversight.models import LogCheck
now = timezone.now()
LogCheck.objects.create(begun_by="commissioner", begun_at=now, told_at=now, done=412_000, size=1_000_000)
"""


def test_a_visit_without_javascript_and_without_help(road, browser):
    page = browser.new_page()
    road.sign_in(page, "investigator")
    number = open_request(road, page, days_back=90)
    page.goto(f"{road.url}/search/{number}/")
    page.get_by_label("Plate or pattern").fill(WANTED)
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Your receipt").wait_for()
    page.close()
    with profile(browser.browser, javascript=False) as plain:
        visit = plain.new_page()
        road.sign_in(visit, "commissioner")
        checkpoint = check(road, visit)
        compare(road, visit)
        copy(road, visit, checkpoint)
        visit.goto(f"{road.url}/commissioner/check/")
        visit.get_by_label("A checkpoint that you kept").fill(checkpoint)
        visit.get_by_role("button", name="Check now").press("Enter")
        until_ended(visit)
        assert "still holds every entry of the one that was kept" in visit.content()
        screenshot(visit, "commissioner-check-ended")


def until_ended(visit):
    for _ in range(200):
        if not visit.get_by_text("A check is running").count():
            break
        visit.get_by_role("button", name="See how far it is").press("Enter")
    visit.get_by_text("The log was whole").wait_for()


def check(road, visit):
    """The checkpoint that the page gives to be kept."""
    visit.get_by_role("link", name="Check the whole log now").press("Enter")
    visit.get_by_role("button", name="Check now").press("Enter")
    until_ended(visit)
    return visit.locator("p.tp-code").inner_text()


def compare(road, visit):
    visit.goto(f"{road.url}/commissioner/test-searches/")
    now = datetime.now(UTC).isoformat(timespec="minutes")
    visit.get_by_label("Your list, pasted").fill(
        f"investigator, {now}, {WANTED}\noperator, {now}, {WANTED}\nsecret, {now}, ZZ99 QQX"
    )
    visit.get_by_role("button", name="Compare").press("Enter")
    visit.get_by_text("A search that was made and is not in the log").wait_for()
    told = [visit.locator("#compared tbody tr").nth(row).inner_text() for row in range(3)]
    assert "Found" in told[0]
    assert "Not found" in told[2]
    screenshot(visit, "commissioner-compared")


def copy(road, visit, checkpoint):
    visit.goto(f"{road.url}/commissioner/bundle/")
    visit.get_by_label("Entries to go opened").fill("0, 2-3")
    with visit.expect_download() as download:
        visit.get_by_role("button", name="Take the copy").press("Enter")
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.read("checkpoint").decode().splitlines()[0] == checkpoint.splitlines()[0]
        assert "entries/3.json" in packed.namelist()


def test_a_long_check_shows_how_far_it_is(road, browser):
    road.centre.ask(RUNNING)
    page = browser.new_page()
    road.sign_in(page, "commissioner")
    page.goto(f"{road.url}/commissioner/check/")
    page.get_by_text("412,000 of 1,000,000 entries are hashed again").wait_for()
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "commissioner-check-running")
