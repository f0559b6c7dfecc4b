"""Every page that the site has, found by walking its routes: accessible, whole on a phone, quiet in the console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from tests.browser import assert_accessible, assert_no_overflow, screenshot
from tests.e2e.conftest import AGREEMENT, CAMERA, FEED, LIST, WANTED, Road

from turnpike.access.services import current_pack

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400)]

# What answers with something else than a page, or only to a posted form that another page holds.
NO_PAGE = {
    "health",
    "ingest:replay",
    "metrics",
    "ready",
    "alerts:stream",
    "alerts:patch",
    "search:patch",
    "receipts:slip",
    "access:close_request",
    "end_session",
    "access:revoke_watch",
    "access:end_delegation",
    "checkpoint",
    "mfa_login_webauthn",
    "openid_connect_callback",
    "openid_connect_login",
    "system_health",
    "cameras:approve_several",
    "cameras:map_cameras",
    "cameras:map_tiles",
    "places:camera_places_json",
    "tlog",
    "tlog_keys",
    # These want a provider, a sign-in half done, or a factor there: `test_sign_in.py` looks at each.
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "prove_with_provider",
}


# What several roles see, each in its own way; the routes are looked at in the role that can do most there.
SEEN_BY = {
    "operator": ["/alerts/", "/hotlists/", f"/hotlists/{LIST}/", "/cameras/", f"/cameras/{CAMERA}/"],
    "investigator": ["/requests/", "/hotlists/", f"/hotlists/{LIST}/new", "/cameras/"],
    "authoriser": ["/watches/", "/hotlists/", "/hotlists/new", f"/hotlists/{LIST}/1/"],
    "auditor": ["/log/", "/log/0/", "/cameras/"],
    "administrator": ["/cameras/", "/messages/"],
}
WAITING = "case-waits"
FETCHED_FEED = "harbour-camera"
# A camera with all that its page can show, and one whose case waits; the number of that case.
REGISTER = """
import sys
from datetime import UTC, datetime, timedelta
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.cameras import services as cameras
today = datetime.now(UTC).date()
full, waits = sys.argv[1:]
cameras.register_camera("tests", camera_id=waits, name="Case waits", latitude=51.52, longitude=-0.12, heading_degrees=200,
    purpose="Stolen vehicles", owner="County roads", view="Both lanes towards the bridge", direction_role="towards")
cameras.decide_place("tests", full, withheld="")
cameras.decide_place("tests", waits, withheld="safety", why="The pole has been sawn down twice this year.")
cameras.record_test("tests", full, tested_on=today, tested_by="Ria Rigger", passes=420, captured=412, read_right=400, remarks="Dry, at night")
argument = cameras.Argument("Stolen vehicles leave the town by this road more than by any other.",
    "Four in ten stolen vehicles were never seen again last year.", "Patrols at two junctions were tried for a year and found few.",
    "DPIA-2026-014", today + timedelta(days=365))
print(cameras.propose_case("tests", waits, argument).pk)
"""


@dataclass(frozen=True)
class Made:
    """What was made in the centre, so that there is something on each page."""

    request: str
    waiting: str
    emergency: str
    read: str
    hit: int
    matter: int
    case: int


def route_names(patterns, space="") -> set[str]:
    names = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = pattern.namespace or ""
            names |= route_names(pattern.url_patterns, f"{space}{inner}:" if inner else space)
        elif isinstance(pattern, URLPattern):
            names.add(f"{space}{pattern.name}")
    return names


def addresses(made: Made) -> dict[str, tuple[str, str]]:
    """Each route's name: who looks, and where."""
    return {
        "home": ("auditor", "/"),
        "account_login": ("", "/sign-in/"),
        "sign_in_once": ("", "/sign-in/once/unknown/"),
        "sessions": ("auditor", "/sign-in/sessions/"),
        "choose_password": ("auditor", "/sign-in/password/"),
        "account_logout": ("auditor", "/sign-out/"),
        "account_reauthenticate": ("with-password", "/sign-in/again/"),
        "mfa_index": ("auditor", "/sign-in/factors/"),
        "mfa_add_webauthn": ("auditor", "/sign-in/factors/passkeys/new/"),
        "mfa_activate_totp": ("with-password", "/sign-in/factors/app/new/"),
        "web:governance": ("", "/governance/"),
        "alerts:wall": ("operator", "/alerts/"),
        "alerts:alert": ("operator", f"/alerts/{made.hit}/"),
        "access:cases": ("investigator", "/cases/"),
        "access:requests": ("investigator", "/requests/"),
        "access:new_request": ("investigator", "/requests/new/"),
        "access:emergency": ("investigator", "/requests/emergency/"),
        "access:review": ("authoriser", f"/authority/reviews/{made.emergency}/"),
        "access:request": ("investigator", f"/requests/{made.request}/"),
        "access:authorities": ("authoriser", "/authority/"),
        "access:authority": ("authoriser", f"/authority/{made.waiting}/"),
        "access:delegations": ("authoriser", "/authority/lent/"),
        "access:outcome": ("investigator", f"/requests/{made.request}/outcome/"),
        "access:declarations": ("investigator", "/declarations/"),
        "access:outside": ("professional_standards", "/outside/"),
        "access:matter": ("professional_standards", f"/outside/{made.matter}/"),
        "access:watches": ("authoriser", "/watches/"),
        "access:agreements": ("authoriser", "/agreements/"),
        "access:agreement": ("auditor", f"/agreements/{AGREEMENT}/"),
        "access:new_agreement": ("authoriser", "/agreements/new/"),
        "access:new_consultation": ("authoriser", "/agreements/consultations/new/"),
        "access:new_terms": ("authoriser", f"/agreements/{AGREEMENT}/terms/new/"),
        "access:decide_terms": ("authoriser", f"/agreements/{AGREEMENT}/terms/2/"),
        "access:end_agreement": ("authoriser", f"/agreements/{AGREEMENT}/end/"),
        "access:policy": ("investigator", "/policy/"),
        "access:policy_pack": ("auditor", f"/policy/{current_pack().version}/"),
        "search:search": ("investigator", f"/search/{made.request}/"),
        "search:read": ("investigator", f"/search/{made.request}/reads/{made.read}/"),
        "search:export": ("investigator", f"/search/{made.request}/searches/1/export/these/"),
        "receipts:own": ("investigator", "/receipts/"),
        "hotlists:index": ("authoriser", "/hotlists/"),
        "hotlists:create": ("authoriser", "/hotlists/new"),
        "hotlists:detail": ("investigator", f"/hotlists/{LIST}/"),
        "hotlists:propose": ("investigator", f"/hotlists/{LIST}/new"),
        "hotlists:entry": ("authoriser", f"/hotlists/{LIST}/1/"),
        "cameras:list": ("administrator", "/cameras/"),
        "cameras:camera": ("operator", f"/cameras/{CAMERA}/"),
        "cameras:new_camera": ("administrator", "/cameras/register/new/"),
        "cameras:cases": ("authoriser", "/cameras/register/cases/"),
        "cameras:change_camera": ("administrator", f"/cameras/{CAMERA}/change/"),
        "cameras:place": ("administrator", f"/cameras/{CAMERA}/place/"),
        "cameras:new_test": ("administrator", f"/cameras/{CAMERA}/tests/new/"),
        "cameras:new_case": ("administrator", f"/cameras/{CAMERA}/case/new/"),
        "cameras:end_case": ("administrator", f"/cameras/{CAMERA}/case/end/"),
        "cameras:decide_case": ("authoriser", f"/cameras/{WAITING}/case/{made.case}/"),
        "places:camera_places": ("", "/camera-places/"),
        "ingest:messages": ("administrator", "/messages/"),
        "feeds:index": ("administrator", "/feeds/"),
        "feeds:choose": ("administrator", "/feeds/new/"),
        "feeds:new": ("administrator", "/feeds/new/json/"),
        "feeds:feed": ("administrator", f"/feeds/of/{FEED}/"),
        "feeds:change": ("administrator", f"/feeds/of/{FEED}/change/"),
        "feeds:try_out": ("administrator", f"/feeds/of/{FEED}/try/"),
        "feeds:camera": ("administrator", f"/feeds/of/{FEED}/camera/?source=Lane+2"),
        "feeds:secrets": ("administrator", f"/feeds/of/{FEED}/secrets/"),
        "feeds:close": ("administrator", f"/feeds/of/{FEED}/close/"),
        "oversight:log": ("auditor", "/log/"),
        "oversight:entry": ("auditor", "/log/0/"),
        "oversight:search": ("auditor", "/log/search/?kind=consultation&text=&person=investigator"),
        "commissioner:console": ("commissioner", "/commissioner/"),
        "commissioner:check": ("commissioner", "/commissioner/check/"),
        "commissioner:sample": (
            "commissioner",
            "/commissioner/sample/?seed=three+dice+4+1+6&how_many=12&kind=",
        ),
        "commissioner:read": ("commissioner", f"/commissioner/read/?read={made.read}"),
        "commissioner:canaries": ("commissioner", "/commissioner/test-searches/"),
        "commissioner:statistics": ("commissioner", "/commissioner/statistics/?seed=4+1+6&amiss=2&of=20"),
        "commissioner:bundle": ("commissioner", "/commissioner/bundle/?entries=0,+2-4"),
        "oversight:verify": ("auditor", "/log/"),
        "oversight:who": ("auditor", f"/log/who/?read={made.read}&day={datetime.now(UTC).date()}&person="),
    }


def open_request(road: Road, page, *, days_back: int) -> str:
    page.goto(f"{road.url}/requests/new/")
    page.get_by_label("Case reference").fill("CR/01234/26")
    page.get_by_label("Recover a stolen vehicle").check()
    page.get_by_label("Reason").fill(
        "Burglary in Mill Lane on Tuesday night; the keys of this car were taken."
    )
    page.get_by_label("Plates or patterns").fill(f"{WANTED}\nKN68*")
    page.get_by_label("How many days back").fill(str(days_back))
    page.get_by_role("button", name="Open the request").click()
    return number_on(page)


def open_emergency(road: Road, page) -> str:
    page.goto(f"{road.url}/requests/emergency/")
    page.get_by_label("What is happening").fill(
        "A man took his daughter from school and says that he will drive into the harbour."
    )
    page.get_by_role("button", name="Open the emergency request").click()
    return number_on(page)


def number_on(page) -> str:
    number = re.search(r"R-\d{4}-\d+", page.content())
    assert number is not None
    return number[0]


def make(road: Road, page) -> Made:
    read_id = road.post(WANTED)["read_ids"][0]
    # First of all, since it takes the server some seconds to ask.
    open_fetched(road, page)
    road.sign_in(page, "investigator")
    waiting, emergency = open_request(road, page, days_back=180), open_emergency(road, page)
    number = open_request(road, page, days_back=90)
    page.goto(f"{road.url}/search/{number}/")
    page.get_by_label("Plate or pattern").fill(WANTED)
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Your receipt").wait_for()
    refuse_for_a_relation(road, page, number)
    send_to_feed(road, page)
    look_at_fetched(road, page)
    return Made(number, waiting, emergency, read_id, 1, 1, int(road.centre.ask(REGISTER, CAMERA, WAITING)))


def look_at_fetched(road: Road, page) -> None:
    """The page of the feed whose camera is not to be asked."""
    page.goto(f"{road.url}/feeds/of/{FETCHED_FEED}/")
    for _ in range(200):
        if "stream_networks" in page.content():
            break
        page.reload()
    page.get_by_text("Not connected").first.wait_for()
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "feed-not-connected")


def open_fetched(road: Road, page) -> None:
    """A feed of a camera that is asked for its events, at an address where none may be."""
    road.sign_in(page, "administrator")
    page.goto(f"{road.url}/feeds/new/dahua-cgi/")
    page.get_by_label("Name of the feed").fill(FETCHED_FEED)
    page.get_by_label("Address (optional)", exact=True).fill("https://127.0.0.1")
    page.get_by_role("button", name="Open the feed").click()
    page.get_by_label("Address of this feed").wait_for()


def send_to_feed(road: Road, page) -> None:
    """A feed opened on its pages, whose sender then names a camera that it does not know, and sends what is no JSON."""
    road.sign_in(page, "administrator")
    page.goto(f"{road.url}/feeds/new/")
    page.get_by_label("Any JSON, by a mapping").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the feed").fill(FEED)
    for field, path in (("Plate", "car.plate"), ("Captured at", "at"), ("Camera", "lane")):
        page.get_by_label(f"{field} (optional)", exact=True).fill(path)
    page.get_by_role("button", name="Open the feed").click()
    address = page.get_by_label("Address of this feed").input_value()
    assert_accessible(page)
    assert_no_overflow(page)
    page.get_by_role("button", name="Copy the address").click()
    # Where the browser lets no page copy, the address is selected.
    page.get_by_text(re.compile("^(Copied|Selected)")).wait_for()
    screenshot(page, "feed-address-just-now")
    at = datetime.now(UTC).isoformat()
    for body in (f'{{"car": {{"plate": "{WANTED}"}}, "at": "{at}", "lane": "Lane 2"}}', "no json"):
        assert httpx.post(address, content=body, trust_env=False).status_code == 200
    page.goto(f"{road.url}/feeds/of/{FEED}/")
    for _ in range(50):
        if "The message is not well-formed JSON." in page.content() and "Lane 2" in page.content():
            break
        page.reload()
    page.get_by_text("Messages name cameras that this feed does not know").wait_for()


def refuse_for_a_relation(road: Road, page, number: str) -> None:
    page.goto(f"{road.url}/declarations/")
    page.get_by_label("Number plate").fill("KN68 OWN")
    page.get_by_label("Own vehicle").check()
    page.get_by_role("button", name="Declare it").click()
    page.get_by_text("the only time that it is shown").wait_for()
    screenshot(page, "declared-just-now")
    page.goto(f"{road.url}/search/{number}/")
    page.get_by_label("Plate or pattern").fill("KN68 OWN")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("needs an outside authoriser").wait_for()
    screenshot(page, "refused-for-outside")
    page.goto(f"{road.url}/search/{number}/")
    page.get_by_label("Plate or pattern").fill("KN68*")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Your receipt").wait_for()
    screenshot(page, "search-by-pattern")


def test_every_page_is_accessible_and_fits_a_phone(road, browser):
    made = make(road, browser.new_page())
    where = addresses(made)
    assert set(where) | NO_PAGE == route_names(get_resolver().url_patterns), "add the new route here"
    pages, faults, seen = {}, [], set()
    also = [(f"{role}{at.replace('/', '-')}", (role, at)) for role, some in SEEN_BY.items() for at in some]
    for name, (role, address) in (*where.items(), *also):
        if (role, address) in seen:
            continue
        seen.add((role, address))
        if role not in pages:
            context = browser.browser.new_context(viewport={"width": 1280, "height": 800})
            pages[role] = context.new_page()
            pages[role].on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
            pages[role].on("pageerror", lambda error: faults.append(str(error)))
            if role == "with-password":
                road.sign_in_and_choose_password(pages[role], "administrator")
            elif role:
                road.sign_in(pages[role], role)
        page = pages[role]
        answer = page.goto(road.url + address)
        assert answer.ok, f"{name}: {answer.status}"
        if name == "oversight:verify":
            page.get_by_role("button", name="Verify now").click()
            page.get_by_text("whole", exact=False).first.wait_for()
        assert_accessible(page)
        assert_no_overflow(page)
        screenshot(page, f"route-{name.replace(':', '-').rstrip('-')}")
        assert not faults, f"{name}: {faults}"
