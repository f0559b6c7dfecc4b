"""Signing in as it is everywhere but in a demonstration: passkeys, codes of an app, a real provider, and showing once more that it is you."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from tests.browser import assert_accessible, assert_no_overflow, screenshot
from tests.centre import free_port, running_centre
from tests.e2e.conftest import LINK, SEED
from tests.oidc_provider import SHORT_NAME, callback, running_provider
from tests.one_time_codes import code_now

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

PASSWORD = "staple wagon orchard"
IN_EARNEST = {"TURNPIKE_SECOND_FACTOR": "true", "TURNPIKE_DEMONSTRATION": "false"}

EVENTS = """
import json
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.ledger.services import entries
print(json.dumps([[entry.event.value, entry.actor, dict(entry.details)] for entry in reversed(entries(limit=400))]))
"""
WAITING = """
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.access import services as access
from turnpike.accounts.services import find_account
opened = access.open_request(find_account("investigator"), case_reference="CR/01234/26", purpose="crime_investigation",
    reason="Burglary in Mill Lane on Tuesday night; the keys of this car were taken.", patterns=["FB71KLM"], reach_days=180)
print(opened.number)
"""
# As if everybody had last shown an hour ago that it is them.
LATER = """
from turnpike.site.services import prepare_records
prepare_records()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    for proof in session.get("account_authentication_methods", []):
        proof["at"] -= 3600
    session.modified = True
    session.save()
"""
ACCOUNT = """
import json, sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts.services import all_accounts
print(json.dumps({user.username: [user.force, user.rank, str(user.trained_until), sorted(user.roles)] for user in all_accounts()}))
"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A centre in earnest, which takes sign-ins from a provider too where there is one."""
    port = free_port()
    folder = tmp_path_factory.mktemp("sign-in")
    with running_centre(folder, port=port, settings=IN_EARNEST) as running:
        running.ask(SEED)
        yield running


def by_link(page, centre, person):
    page.goto(f"{centre.url}/sign-in/once/{centre.ask(LINK, person).strip()}/")
    page.get_by_role("button", name="Sign in").click()


def with_device(page):
    """A device beside the browser that makes and keeps passkeys, and whose owner is there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(page):
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def told(centre):
    return [(event, actor, details) for event, actor, details in json.loads(centre.ask(EVENTS))]


def looked_at(page, name):
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, name)


@contextmanager
def quiet(page):
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield
    assert not faults, faults


def test_a_new_person_makes_a_passkey_and_signs_in_by_it_alone(centre, browser):
    page = browser.new_page()
    with_device(page)
    with quiet(page):
        by_link(page, centre, "auditor")
        expect(page).to_have_url(f"{centre.url}/sign-in/factors/")
        looked_at(page, "factors-none")
        page.goto(f"{centre.url}/log/")
        expect(page).to_have_url(f"{centre.url}/sign-in/factors/")
        page.get_by_role("button", name="Make a passkey").click()
        looked_at(page, "factors-passkey-new")
        page.get_by_label("A name for this passkey").fill("desk 4")
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_text("shown only now")).to_be_visible()
        assert page.locator(".tp-code-list li").count() == 10
        looked_at(page, "factors-codes")
        page.goto(f"{centre.url}/sign-in/factors/codes/")
        expect(page.get_by_text("not shown again")).to_be_visible()
        page.goto(f"{centre.url}/sign-in/factors/")
        expect(page.get_by_role("rowheader", name="desk 4")).to_be_visible()
        looked_at(page, "factors-one")
        page.get_by_role("link", name="Remove desk 4").click()
        expect(page.get_by_text("your only second factor")).to_be_visible()
        page.goto(f"{centre.url}/log/")
        expect(page).to_have_url(f"{centre.url}/log/")
        sign_out(page)
        looked_at(page, "sign-in-with-passkey")
        page.goto(f"{centre.url}/log/?before=5")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{centre.url}/log/?before=5")
    events = told(centre)
    assert ("account.factor_added", "auditor", {"factor": "passkey"}) in events
    assert ("account.factor_used", "auditor", {"factor": "passkey"}) in events
    assert ("account.signed_in", "auditor", {"by": "one-time link"}) in events
    assert ("account.signed_in", "auditor", {"by": "passkey"}) in events
    names = [event for event, actor, _ in events if actor == "auditor"]
    assert names.index("account.factor_added") < names.index("consultation.ledger_viewed")


def test_a_passkey_is_refused_at_another_name_with_the_right_address(centre, browser):
    page = browser.new_page()
    with_device(page)
    page.goto(centre.url.replace("localhost", "127.0.0.1") + "/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text(f"Passkeys work at {centre.url} only")).to_be_visible()


def test_a_password_takes_a_code_and_an_hour_later_authorising_asks_again_and_loses_nothing(centre, browser):
    page = browser.new_page()
    by_link(page, centre, "authoriser")
    page.get_by_role("button", name="Use an authenticator app").click()
    expect(page.get_by_text("Choose a password first")).to_be_visible()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    page.goto(f"{centre.url}/authority/")
    expect(page).to_have_url(f"{centre.url}/sign-in/factors/")
    page.get_by_role("button", name="Use an authenticator app").click()
    page.get_by_text("You cannot photograph it?").click()
    secret = page.locator(".tp-code-key").inner_text().replace(" ", "").strip()
    assert page.locator(".tp-code-picture svg").evaluate("drawn => drawn.getBBox().width") > 10
    looked_at(page, "factors-app-new")
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Code from the app").fill(code_now(secret))
    page.get_by_role("button", name="Add the app").click()
    recovery = page.locator(".tp-code-list li").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page).to_have_url(f"{centre.url}/watches/")
    sign_out(page)

    page.get_by_label("User name").fill("authoriser")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    looked_at(page, "second-step")
    page.goto(f"{centre.url}/watches/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.goto(f"{centre.url}/sign-in/second/")
    page.get_by_label("Code").fill(code_now(secret, steps=1))
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{centre.url}/watches/")

    number = centre.ask(WAITING).strip()
    centre.ask(LATER)
    page.goto(f"{centre.url}/authority/{number}/")
    page.get_by_label(re.compile("Why")).fill("The case does not need half a year; ask for 90 days.")
    page.get_by_role("button", name=re.compile("Refuse")).click()
    expect(page.get_by_role("heading", name="Show that it is you")).to_be_visible()
    assert "access.authority_refused" not in [event for event, *_ in told(centre)]
    looked_at(page, "prove-by-code")
    page.get_by_role("link", name="Use your password").click()
    looked_at(page, "prove-by-password")
    page.get_by_role("textbox", name="Password").fill("not the password")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This is not your password").first).to_be_visible()
    page.get_by_role("link", name="Use a code").click()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(f"Request {number} is refused")).to_be_visible()
    events = told(centre)
    refused = next(details for event, _, details in events if event == "access.authority_refused")
    assert "half a year" in str(refused)
    assert ("account.signed_in", "authoriser", {"by": "password and code of an app"}) in events
    assert ("account.factor_used", "authoriser", {"factor": "recovery codes"}) in events


def at_provider(page, subject, *, second):
    page.get_by_label("Subject").fill(subject)
    if second:
        page.get_by_label("with a second factor").check()
    page.get_by_role("button", name="Sign in there").click()


CLAIMS = {
    "name": "Ada Auditor",
    "preferred_username": "ada",
    "email": "ada@force.example",
    "groups": ["anpr-auditors", "car-pool"],
    "rank": "Insp",
    "force": "fp",
    "trained": "2031-03-31",
}


@pytest.fixture(scope="module")
def force(tmp_path_factory):
    """A centre and a real provider that know each other."""
    port = free_port()
    folder = tmp_path_factory.mktemp("provider")
    with running_provider(folder, callback(f"http://localhost:{port}")) as provider:
        settings = IN_EARNEST | provider.centre_settings(
            create_accounts=True, username_claim="preferred_username"
        )
        with running_centre(tmp_path_factory.mktemp("force"), port=port, settings=settings) as running:
            running.ask(SEED)
            yield running, provider


def test_a_provider_opens_the_account_that_is_bound_to_its_subject_with_the_roles_that_it_claims(
    force, browser
):
    centre, provider = force
    page = browser.new_page()
    provider.people(
        {"s-1": CLAIMS | {"preferred_username": "auditor", "name": "Auditor Test"}, "s-2": CLAIMS}
    )
    page.goto(f"{centre.url}/sign-in/")
    looked_at(page, "sign-in-with-provider")

    # The name of an account that there is gets nobody into it.
    page.get_by_role("button", name="Sign in with your Fenbridge account").click()
    at_provider(page, "s-1", second=True)
    expect(page.get_by_text("No account can be made for you")).to_be_visible()
    looked_at(page, "provider-refused")

    centre.run_turnpike("account", "bind", "auditor", "--issuer", provider.issuer, "--subject", "s-1")
    page.goto(f"{centre.url}/log/")
    with quiet(page):
        page.get_by_role("button", name="Sign in with your Fenbridge account").click()
        expect(page).to_have_url(f"{centre.url}/log/")
    standing = json.loads(centre.ask(ACCOUNT))
    assert standing["auditor"] == ["Fenbridge Police", "inspector", "2031-03-31", ["auditor"]]

    # What the provider says now holds now.
    changed = CLAIMS | {"groups": ["anpr-authorisers"], "rank": "Chief Wizard", "trained": "soon"}
    provider.people({"s-1": changed, "s-2": CLAIMS})
    sign_out(page)
    page.get_by_role("button", name="Sign in with your Fenbridge account").click()
    expect(page).to_have_url(f"{centre.url}/watches/")
    standing = json.loads(centre.ask(ACCOUNT))
    assert standing["auditor"] == ["Fenbridge Police", "staff", "None", ["authoriser"]]
    changes = [
        details
        for event, actor, details in told(centre)
        if (event, actor) == ("account.changed", "provider:force")
    ]
    assert changes[-1]["roles"] == "authoriser"
    assert "roles: auditor" in changes[-1]["before"]

    # An hour later the provider is asked again, and what was chosen is done afterwards.
    number = centre.ask(WAITING).strip()
    centre.ask(LATER)
    provider.people({"s-1": CLAIMS | {"groups": ["anpr-authorisers"]}, "s-2": CLAIMS})
    page.goto(f"{centre.url}/authority/{number}/")
    page.get_by_label(re.compile("Why")).fill("The case does not need half a year; ask for 90 days.")
    page.get_by_role("button", name=re.compile("Refuse")).click()
    expect(page.get_by_role("heading", name="Show that it is you")).to_be_visible()
    looked_at(page, "prove-with-provider")
    page.get_by_role("button", name="Use your Fenbridge account").click()
    at_provider(page, "s-2", second=True)
    expect(page.get_by_text("You proved to be somebody else")).to_be_visible()
    page.goto(f"{centre.url}/authority/{number}/")
    page.get_by_label(re.compile("Why")).fill("The case does not need half a year; ask for 90 days.")
    page.get_by_role("button", name=re.compile("Refuse")).click()
    page.get_by_role("button", name="Use your Fenbridge account").click()
    at_provider(page, "s-1", second=True)
    expect(page.get_by_text(f"Request {number} is refused")).to_be_visible()


def test_a_new_subject_gets_an_account_of_its_own_and_a_second_factor_is_asked_unless_vouched_for(
    force, browser
):
    centre, provider = force
    provider.people(
        {
            "s-9": CLAIMS | {"preferred_username": "nova", "name": "Nova New"},
            "s-8": CLAIMS | {"groups": ["car-pool"]},
        }
    )
    page = browser.new_page()
    page.goto(f"{centre.url}/sign-in/")
    page.get_by_role("button", name="Sign in with your Fenbridge account").click()
    at_provider(page, "s-9", second=False)
    expect(page).to_have_url(f"{centre.url}/sign-in/factors/")
    events = told(centre)
    created = next(
        details
        for event, actor, details in events
        if (event, actor) == ("account.created", "provider:force") and details["account"] == "nova"
    )
    assert created["roles"] == ["auditor"]
    assert (
        next(
            details
            for event, _, details in events
            if event == "account.identity_bound" and details["account"] == "nova"
        )["subject"]
        == "s-9"
    )
    with_other = browser.browser.new_context()
    other = with_other.new_page()
    other.goto(f"{centre.url}/sign-in/")
    other.get_by_role("button", name="Sign in with your Fenbridge account").click()
    at_provider(other, "s-8", second=True)
    expect(other.get_by_text("gives you no role")).to_be_visible()
    with_other.close()
    assert SHORT_NAME in str(
        [details for event, _, details in told(centre) if event == "account.sign_in_failed"]
    )
