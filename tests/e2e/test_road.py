"""The whole road in a real browser, against a real server: each person's day, and what they are refused."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect
from tests.browser import assert_accessible, assert_no_overflow, profile, screenshot
from tests.e2e.conftest import WANTED

pytestmark = [pytest.mark.browser, pytest.mark.long]


def open_request(page, road):
    page.goto(f"{road.url}/requests/new/")
    page.get_by_label("Case reference").fill("CR/01234/26")
    page.get_by_label("Recover a stolen vehicle").check()
    page.get_by_label("Reason").fill(
        "Burglary in Mill Lane on Tuesday night; the keys of this car were taken."
    )
    page.get_by_label("Plates or patterns").fill("KN68*\nQQ99*\nZZ1*\nNJ05*\nLT22KEY")
    page.get_by_role("button", name="Open the request").click()
    expect(page.get_by_text(re.compile(r"R-\d{4}-\d+")).first).to_be_visible()
    found = re.search(r"R-\d{4}-\d+", page.content())
    assert found is not None
    return found[0]


def search(page, road, number, pattern):
    page.goto(f"{road.url}/search/{number}/")
    page.get_by_label("Plate or pattern").fill(pattern)
    page.get_by_role("button", name="Search").click()


def test_an_alert_reaches_an_open_wall_within_a_second_and_is_dealt_with(road, browser):
    page = browser.new_page()
    road.sign_in(page, "operator")
    expect(page).to_have_url(f"{road.url}/alerts/")
    expect(page.get_by_text("Live", exact=False).first).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")
    road.post("XY19 ABC")
    answered = time.monotonic()
    road.post(WANTED)
    posted = time.monotonic()
    card = page.locator("[data-waiting] [data-alert]")
    expect(card).to_have_count(1, timeout=5_000)
    shown = time.monotonic()
    assert shown - posted < 1.0, (
        f"the alert took {shown - posted:.2f} s (the post itself {posted - answered:.2f} s)"
    )
    expect(card.first).to_contain_text("FB71 KLM")
    assert "XY19" not in page.content()
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "alert-wall")

    card.first.get_by_role("link", name="Look").click()
    picture = page.get_by_role("img", name="Picture of the plate")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 50
    expect(page.get_by_text("Taken in a burglary")).to_be_visible()
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "alert")
    page.get_by_label("Confirmed and passed on").check()
    page.get_by_role("button", name="Record what was done").click()
    page.goto(f"{road.url}/alerts/")
    expect(page.locator("[data-dealt-with] [data-alert]")).to_have_count(1)
    expect(page.locator("[data-waiting] [data-alert]")).to_have_count(0)


def test_an_investigator_searches_only_under_a_request_and_gets_a_receipt(road, browser):
    road.post("KN68 WXY")
    page = browser.new_page()
    road.sign_in(page, "investigator")
    expect(page).to_have_url(f"{road.url}/requests/")
    assert_accessible(page)
    number = open_request(page, road)
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "request")
    search(page, road, number, "KN68 W?Y")
    expect(page.get_by_role("heading", name="1 read")).to_be_visible()
    expect(page.get_by_text("Your receipts: log entry")).to_be_visible()
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "search")
    page.get_by_role("link", name="Open read 1").click()
    picture = page.get_by_role("img", name=re.compile("plate", re.IGNORECASE)).first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 50
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "read")
    search(page, road, number, "QQ99*")
    expect(page.get_by_role("heading", name="No read to show").first).to_be_visible()
    search(page, road, number, "*")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    screenshot(page, "search-refused-pattern")


def test_a_reason_that_says_nothing_is_refused_with_help(road, browser):
    page = browser.new_page()
    road.sign_in(page, "investigator")
    page.goto(f"{road.url}/requests/new/")
    page.get_by_label("Case reference").fill("CR/01234/26")
    page.get_by_label("Investigate a crime").check()
    page.get_by_label("Reason").fill("investigation")
    page.get_by_role("button", name="Open the request").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page.get_by_label("Case reference")).to_have_value("CR/01234/26")
    assert_accessible(page)
    screenshot(page, "request-refused")


def test_one_person_s_request_is_of_no_use_to_another(road, browser):
    page = browser.new_page()
    road.sign_in(page, "investigator")
    number = open_request(page, road)
    with chromium_beside(browser) as other:
        road.sign_in(other, "operator")
        answer = other.goto(f"{road.url}/search/{number}/")
        assert answer.status == 403
        expect(other.get_by_role("heading").first).to_be_visible()
        assert_accessible(other)
        screenshot(other, "refused")


class chromium_beside:  # noqa: N801 - reads as a function does
    """A second person's browser: cookies of its own, in the same process."""

    def __init__(self, context):
        self._browser = context.browser

    def __enter__(self):
        self._context = self._browser.new_context()
        return self._context.new_page()

    def __exit__(self, *_):
        self._context.close()


def test_the_auditor_sees_who_searched_what_and_why_and_is_seen_too(road, browser):
    page = browser.new_page()
    road.sign_in(page, "investigator")
    number = open_request(page, road)
    search(page, road, number, "ZZ1*")
    with chromium_beside(browser) as auditor:
        road.sign_in(auditor, "auditor")
        expect(auditor).to_have_url(f"{road.url}/log/")
        content = auditor.content()
        assert "ZZ1*" in content
        assert number in content
        assert "investigator" in content.lower()
        assert_accessible(auditor)
        assert_no_overflow(auditor)
        screenshot(auditor, "log")
        auditor.goto(f"{road.url}/log/")
        assert (
            "Ledger viewed" in auditor.content()
            or "ledger_viewed" in auditor.content()
            or ("looked at the log" in auditor.content().lower())
        )


def test_revoking_a_watch_ends_the_operator_s_wall_at_once(road, browser):
    with chromium_beside(browser) as wall:
        road.sign_in(wall, "operator")
        expect(wall.locator("[data-connection]")).to_have_attribute("data-state", "live")
        page = browser.new_page()
        road.sign_in(page, "authoriser")
        expect(page).to_have_url(f"{road.url}/watches/")
        assert_accessible(page)
        assert_no_overflow(page)
        screenshot(page, "watches")
        page.get_by_role("button", name=re.compile("Revoke")).first.click()
        expect(wall.locator("[data-connection]")).to_have_attribute("data-state", "ended", timeout=3_000)
        road.post(WANTED)
        wall.reload()
        assert "FB71" not in wall.content()
        screenshot(wall, "alert-wall-without-watch")


def test_search_by_keyboard_alone(road, browser):
    road.post("LT22 KEY")
    page = browser.new_page()
    road.sign_in(page, "investigator")
    number = open_request(page, road)
    page.goto(f"{road.url}/search/{number}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Skip to")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "pattern":
            break
    page.keyboard.type("LT22KEY")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 read")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') || ''").startswith("Open read"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/reads/"))


def test_searching_works_without_javascript(road, browser_process):
    road.post("NJ05 OFF")
    with profile(browser_process, javascript=False) as context:
        page = context.new_page()
        road.sign_in(page, "investigator")
        number = open_request(page, road)
        search(page, road, number, "NJ05*")
        expect(page.get_by_role("heading", name="1 read")).to_be_visible()


def test_signing_in_is_accessible_and_says_what_is_wrong(road, browser):
    page = browser.new_page()
    page.goto(f"{road.url}/sign-in/")
    assert_accessible(page)
    assert_no_overflow(page)
    page.get_by_label("User name").fill("operator")
    page.get_by_role("textbox", name="Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "sign-in")


def test_the_server_s_log_holds_no_plate(road):
    road.post("SE07 CRT")
    log = road.centre.log().replace(" ", "")
    for plate in ("SE07CRT", WANTED.replace(" ", ""), "KN68WXY"):
        assert plate not in log
