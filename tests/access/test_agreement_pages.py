"""The pages of agreements: who reads them, what they say, and that the forms lead through proposing, deciding and ending."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access

from .agreeing import COUNTY, agreed, amended, consulted, county_cameras, terms
from .conftest import new_read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def theirs(db):
    county_cameras()


@pytest.fixture
def number(people, second_authoriser):
    return agreed(people, second_authoriser, terms(consulted(people, cameras=["gate-east"])))


def body(response):
    return " ".join(response.content.decode().split())


def typed_terms(consultation, **changes):
    today = timezone.now().date()
    return {
        "purposes": ["crime_investigation"],
        "cameras": ["gate-east", "gate-west"],
        "fields_shared": ["text", "plate_patch"],
        "consultations": [consultation],
        "people_affected": "3800000",
        "legal_basis": "Data Protection Act 2018, section 35",
        "dpia": "DPIA/25/1",
        "retention_days": "28",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=365)).isoformat(),
        **changes,
    }


@pytest.mark.parametrize("role", ["investigator", "authoriser", "auditor"])
def test_those_who_look_and_those_who_check_read_them_and_no_plate_stands_there(
    client, people, number, role, opened, stored, search_for
):
    stored(new_read("AB12CDE"), camera_id="gate-east")
    search_for(opened.number, "AB12CDE")
    client.force_login(getattr(people, role))
    assert number in body(client.get("/agreements/"))
    page = body(client.get(f"/agreements/{number}/"))
    assert "open for 1 of 2 cameras. Off for 1 camera: No consultation that was decided on covers" in page
    assert "may see reads of County Roads, for these purposes alone" in page
    assert "under 10" in page
    assert "Log entry" in page
    assert "<svg" in page
    assert "AB12CDE" not in page
    assert "AB12 CDE" not in page


@pytest.mark.parametrize("role", ["operator", "administrator"])
def test_nobody_else_does(client, people, number, role):
    client.force_login(getattr(people, role))
    assert client.get(f"/agreements/{number}/").status_code == 403


@pytest.mark.parametrize("role", ["investigator", "auditor"])
def test_only_an_authoriser_changes_anything(client, people, number, role):
    client.force_login(getattr(people, role))
    page = body(client.get(f"/agreements/{number}/"))
    assert "End it" not in page
    for path in ("new/", "consultations/new/", f"{number}/terms/new/", f"{number}/end/"):
        assert (
            client.post(f"/agreements/{path}", {"why": "Because it is not needed any more."}).status_code
            == 403
        )


def test_a_page_tells_what_was_allowed_on_another_day(client, people, number):
    client.force_login(people.auditor)
    yesterday = timezone.now().date() - timedelta(days=1)
    assert "There were no terms yet." in body(client.get(f"/agreements/{number}/?on={yesterday}"))
    later = timezone.now().date() + timedelta(days=400)
    page = body(client.get(f"/agreements/{number}/?on={later}"))
    assert "The agreement is past its last day" in page
    assert client.get(f"/agreements/{number}/?on=nonsense").status_code == 200


def test_from_consultation_to_decision_by_the_forms(client, people, second_authoriser):
    client.force_login(people.authoriser)
    told = {
        "controller": COUNTY,
        "reference": "County cameras, 2025",
        "held_on": "2025-05-06",
        "people_told": "200000",
        "cameras": ["gate-east"],
        "fields_told": ["text"],
    }
    assert client.post("/agreements/consultations/new/", told).status_code == 302
    (held,) = access.all_consultations()
    parties = {"title": "County cameras", "discloser": COUNTY}
    made = client.post("/agreements/new/", typed_terms(held.number) | parties)
    assert made.status_code == 302, body(made)
    (agreement,) = access.all_agreements()
    where = f"/agreements/{agreement.number}/terms/1/"
    page = body(client.get(where))
    assert "What it allows if you decide it now" in page
    assert "Picture of the plate: off." in page
    assert "The terms concern 3,800,000 people." in page
    denied = client.post(where, {"decision_reference": "Board minute 7"})
    assert denied.status_code == 403
    assert "Nobody decides terms that they proposed" in body(denied)

    client.force_login(second_authoriser)
    assert client.post(where, {"decision_reference": ""}).status_code == 400
    assert client.post(where, {"decision_reference": "Board minute 7"}).status_code == 302
    assert "In force" in body(client.get(f"/agreements/{agreement.number}/"))
    assert client.get(where).status_code == 302  # nothing waits any more

    assert 'value="DPIA/25/1"' in body(client.get(f"/agreements/{agreement.number}/terms/new/"))
    widened = typed_terms(held.number, fields_shared=["text"])
    assert client.post(f"/agreements/{agreement.number}/terms/new/", widened).status_code == 302
    client.force_login(people.authoriser)
    refusal = {"refuse": "yes", "why": "Nobody was told about the western gate."}
    assert client.post(f"/agreements/{agreement.number}/terms/2/", refusal).status_code == 302
    assert "Nobody was told about the western gate." in body(client.get(f"/agreements/{agreement.number}/"))

    assert client.post(f"/agreements/{agreement.number}/end/", {"why": "inv"}).status_code == 400
    why = {"why": "The board has withdrawn its consent."}
    assert client.post(f"/agreements/{agreement.number}/end/", why).status_code == 302
    assert "Ended" in body(client.get("/agreements/"))


def test_what_cannot_be_used_comes_back_with_a_sentence(client, people):
    client.force_login(people.authoriser)
    held = consulted(people)
    changes = {"fields_shared": ["plate_patch"], "title": "C", "discloser": COUNTY}
    page = client.post("/agreements/new/", typed_terms(held.number) | changes)
    assert page.status_code == 400
    assert "Choose the plate text too" in body(page)
    assert not access.all_agreements()


def test_the_search_page_and_the_read_page_say_what_is_not_there(
    client, people, second_authoriser, number, opened, stored, search_for
):
    (read_id,) = stored(new_read("AB12CDE", has_patch=True), camera_id="gate-east")
    search_for(opened.number, "AB12CDE")
    client.force_login(people.investigator)
    page = body(client.get(f"/search/{opened.number}/reads/{read_id}/"))
    assert "come without picture of the plate" in page
    assert "sent this read without a picture" not in page
    assert "<img" not in page.split("tp-read__seen")[1]
    amended(
        people,
        second_authoriser,
        number,
        terms(*access.all_consultations(), purposes=frozenset({"road_safety"})),
    )
    gone = client.get(f"/search/{opened.number}/reads/{read_id}/")
    assert gone.status_code == 403
    assert "The agreement does not name this purpose" in body(gone)
    assert "AB12" not in body(gone)
