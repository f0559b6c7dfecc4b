"""The sample pages in the real browser, under the site's own headers: seen, reached by keyboard, unbroken."""

from __future__ import annotations

import mimetypes
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.browser import assert_accessible, assert_no_overflow, chromium, profile, screenshot

from turnpike.web.services import STATIC_DIR, NavItem, Permission

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.long]

SITE = "http://turnpike.localhost"


@pytest.fixture(scope="module")
def process():
    """One Chromium for all tests here."""
    with chromium() as started:
        yield started


@pytest.fixture
def answers(gallery, people, empty_navigation, settings):
    """What the site answers an auditor, by path; made beforehand, since the browser's thread has no database."""
    settings.ALLOWED_HOSTS = ["testserver"]
    for order, (label, name) in enumerate(
        [("Alerts", "home"), ("Search", "components"), ("Requests", "form"), ("Audit log", "audit")]
    ):
        empty_navigation.register(NavItem(label, name, Permission.SIGNED_IN, order))
    client = Client()
    client.force_login(people.auditor)
    made = {
        path: client.get(path)
        for path in ("/components/", "/form/", "/governance/", "/none/", "/failing/refused/")
    }
    made["/form/#sent"] = client.post("/form/", {"case": ""})
    client.raise_request_exception = False
    made["/failing/fatal/"] = client.get("/failing/fatal/")
    made["/sign-in/"] = Client().get("/governance/")
    return made


def _open(context, answers, path):
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route):
        asked = urlsplit(route.request.url).path
        if asked.startswith("/static/"):
            file = STATIC_DIR / asked.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
        else:
            response = answers[path]
            headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
            route.fulfill(body=response.content, headers=headers)

    page.route(f"{SITE}/**", answer)
    page.goto(SITE + path)
    page.wait_for_function("document.body.classList.contains('js-enabled')")
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_is_accessible_whole_at_375_px_and_obeys_its_own_policy(process, answers, scheme):
    # The colours of the dark scheme all stand in these two.
    paths = answers if scheme == "light" else ("/components/", "/form/#sent")
    with profile(process, colour_scheme=scheme) as browser:
        for path in paths:
            page, complaints = _open(browser, answers, path)
            screenshot(page, f"web{path.replace('/', '-').replace('#', '')}-{scheme}")
            assert_accessible(page)
            assert_no_overflow(page)
            assert complaints == [], path
            page.close()


def test_the_first_tab_leads_past_the_navigation(process, answers):
    with profile(process) as browser:
        page, _ = _open(browser, answers, "/governance/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main-content"


def test_a_refused_form_takes_the_reader_to_its_errors_and_each_error_to_its_field(process, answers):
    with profile(process) as browser:
        page, _ = _open(browser, answers, "/form/#sent")
        page.wait_for_function("document.activeElement.classList.contains('govuk-error-summary')")
        assert page.title() == "Error: Open a request - Turnpike"
        page.locator(".govuk-error-summary a").first.click()
        assert page.evaluate("document.activeElement.id") == "id_case"


def test_the_menu_folds_on_a_phone(process, answers):
    with profile(process) as browser:
        page, _ = _open(browser, answers, "/components/")
        page.set_viewport_size({"width": 375, "height": 740})
        link = page.get_by_role("link", name="Audit log")
        assert not link.is_visible()
        page.get_by_role("button", name="Menu").click()
        assert link.is_visible()


def test_an_injected_script_does_not_run(process, answers):
    with profile(process) as browser:
        page, complaints = _open(browser, answers, "/components/")
        page.evaluate(
            "document.body.appendChild(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
        )
        assert page.evaluate("window.ran") is None
        assert "Content Security Policy" in complaints[0]
