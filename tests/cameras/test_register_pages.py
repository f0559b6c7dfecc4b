"""The register's forms: who may use each, what they make, and that a mistake comes back with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.necessity import argument, give_case

from turnpike.accounts.services import Role, Standing, create_account
from turnpike.cameras.models import Camera, NecessityCase
from turnpike.cameras.necessity import standing_case, waiting_case
from turnpike.cameras.places import decide_place
from turnpike.cameras.services import admitted, change_camera, propose_case

pytestmark = pytest.mark.django_db
NEXT_YEAR = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()
CAMERA = {
    "camera_id": "gate", "name": "North Gate", "latitude": "51.5", "longitude": "-0.14", "heading_degrees": "40", "view": "Both lanes",
    "lanes": "2", "direction_role": "towards", "purpose": "Stolen vehicles", "owner": "County roads", "controller": "",
}  # fmt: skip
CASE = {
    "purpose": "Stolen vehicles", "owner": "County roads", "why_here": "Stolen vehicles leave the town by this road.",
    "need": "Four in ten stolen vehicles were never seen again.", "alternatives": "Patrols were tried for a year.",
    "dpia": "DPIA-2026-014", "review_on": NEXT_YEAR,
}  # fmt: skip


@pytest.fixture
def sign_in(client):
    def to(person):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return to


def test_from_registering_to_reads_by_the_forms(people, sign_in):
    client = sign_in(people.administrator)
    answer = client.post("/cameras/register/new/", CAMERA)
    assert answer["Location"] == "/cameras/gate/case/new/"
    camera = Camera.objects.get()
    assert (camera.direction_role, camera.view, camera.lanes) == ("towards", "Both lanes", 2)
    assert "Stolen vehicles" in client.get("/cameras/gate/case/new/").content.decode()
    assert client.post("/cameras/gate/case/new/", CASE)["Location"] == "/cameras/gate/"
    case = waiting_case(camera)
    assert case is not None
    assert case.made_by == "administrator"
    page = f"/cameras/gate/case/{case.pk}/"
    assert client.post(page, {"approve": "yes"}).status_code == 403
    assert not admitted("gate")
    client = sign_in(people.authoriser)
    shown = client.get(page).content.decode()
    assert CASE["why_here"] in shown
    assert CASE["alternatives"] in shown
    assert client.post(page, {"approve": "yes"})["Location"] == "/cameras/gate/"
    assert admitted("gate")
    shown = client.get("/cameras/gate/").content.decode()
    assert "Approved by" in shown
    assert "Reads are taken" in shown


def test_who_holds_both_roles_still_needs_another(people, sign_in, register):
    both = create_account(
        "both",
        "Both",
        [Role.ADMINISTRATOR, Role.AUTHORISER],
        actor="tests",
        standing=Standing(trained_until=date.max),
    )
    camera = register()
    client = sign_in(both)
    client.post("/cameras/north-gate/case/new/", CASE)
    case = waiting_case(camera)
    assert case is not None
    page = f"/cameras/north-gate/case/{case.pk}/"
    assert "You made this case yourself" in client.get(page).content.decode()
    refused = client.post(page, {"approve": "yes"})
    assert refused.status_code == 400
    assert "another person" in refused.content.decode()
    several = client.post("/cameras/register/cases/approve/", {"case": [case.pk]}, follow=True)
    assert "another person" in several.content.decode()
    assert not admitted("north-gate")


def test_several_cases_are_approved_at_once(people, sign_in, register):
    cases = [propose_case("tests", register(f"gate-{number}").pk, argument()) for number in range(3)]
    client = sign_in(people.authoriser)
    assert client.get("/cameras/register/cases/").content.decode().count('type="checkbox"') == 3
    ticked = [case.pk for case in cases[:2]]
    shown = client.post(
        "/cameras/register/cases/approve/", {"case": [*ticked, "x"]}, follow=True
    ).content.decode()
    assert "2 cases are approved" in shown
    assert [admitted(f"gate-{number}") for number in range(3)] == [True, True, False]
    assert (
        "Tick the cases" in client.post("/cameras/register/cases/approve/", {}, follow=True).content.decode()
    )


def test_a_case_is_refused_and_another_ended_with_a_reason(people, sign_in, register):
    camera = register()
    case = propose_case("tests", camera.pk, argument())
    client = sign_in(people.authoriser)
    page = f"/cameras/north-gate/case/{case.pk}/"
    assert client.post(page, {"refuse": "yes", "why": "no"}).status_code == 400
    client.post(page, {"refuse": "yes", "why": "The assessment does not speak of this road."})
    assert NecessityCase.objects.get().ended_by == "authoriser"
    assert client.get(page)["Location"] == "/cameras/north-gate/"
    give_case(camera.pk)
    client = sign_in(people.administrator)
    assert client.post("/cameras/north-gate/case/end/", {"why": ""}).status_code == 400
    client.post("/cameras/north-gate/case/end/", {"why": "The road is closed for good from today."})
    assert not admitted("north-gate")
    shown = client.get("/cameras/north-gate/").content.decode()
    assert "Its reads are refused" in shown
    assert "The road is closed for good" in shown


def test_a_change_by_the_form_says_that_it_ends_the_case(people, sign_in, register):
    camera = register()
    give_case(camera.pk)
    client = sign_in(people.administrator)
    facts = {**CAMERA, "latitude": "51.501", "longitude": "-0.142", "purpose": camera.purpose, "active": "on"}
    shown = client.post("/cameras/north-gate/change/", facts, follow=True).content.decode()
    assert "The register is changed" in shown
    assert admitted("north-gate")
    shown = client.post(
        "/cameras/north-gate/change/", {**facts, "purpose": "Charging"}, follow=True
    ).content.decode()
    assert "ended the camera&#39;s necessity case" in shown or "ended the camera's necessity case" in shown
    assert not admitted("north-gate")


def test_place_and_test_by_the_forms(people, sign_in, register):
    camera = register()
    client = sign_in(people.administrator)
    assert client.post("/cameras/north-gate/place/", {"place": "operation", "why": ""}).status_code == 400
    client.post(
        "/cameras/north-gate/place/", {"place": "operation", "why": "Watches the yard of a gang at work."}
    )
    camera.refresh_from_db()
    assert camera.withheld == "operation"
    client.post("/cameras/north-gate/place/", {"place": "publish", "why": ""})
    camera.refresh_from_db()
    assert (camera.withheld, camera.withheld_why) == ("", "")
    counts = {
        "tested_on": datetime.now(UTC).date().isoformat(),
        "tested_by": "Ria",
        "passes": "10",
        "captured": "11",
        "read_right": "9",
    }
    refused = client.post("/cameras/north-gate/tests/new/", counts)
    assert "more vehicles than passed" in refused.content.decode()
    client.post("/cameras/north-gate/tests/new/", {**counts, "captured": "10"})
    assert "10 of 10, 100.0% (69.2% to 100.0%)" in client.get("/cameras/north-gate/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "register/new/",
        "north-gate/change/",
        "north-gate/place/",
        "north-gate/tests/new/",
        "north-gate/case/new/",
        "north-gate/case/end/",
    ],
)
def test_only_who_manages_cameras_changes_them(people, sign_in, register, address):
    camera = register()
    give_case(camera.pk)
    before = list(Camera.objects.values())
    for name, person in vars(people).items():
        status = sign_in(person).post(f"/cameras/{address}", {}).status_code
        assert status == (400 if name == "administrator" else 403), name
    assert list(Camera.objects.values()) == before
    assert standing_case(camera) is not None


def test_only_an_authoriser_approves(people, sign_in, register):
    case = propose_case("tests", register().pk, argument())
    for name, person in vars(people).items():
        if name == "authoriser":
            continue
        client = sign_in(person)
        for address in (f"north-gate/case/{case.pk}/", "register/cases/approve/"):
            assert client.post(f"/cameras/{address}", {"case": [case.pk]}).status_code == 403
        assert client.get("/cameras/register/cases/").status_code == 200
    assert not admitted("north-gate")


def test_what_waits_is_due_or_refused_is_on_one_page(people, sign_in, register):
    for name in ("waits", "due", "refused", "fine"):
        register(name, name=f"Camera {name}")
    propose_case("tests", "waits", argument())
    give_case("due", review_on=datetime.now(UTC).date() + timedelta(days=20))
    give_case("fine")
    shown = sign_in(people.auditor).get("/cameras/register/cases/").content.decode()
    waiting, rest = shown.split("To be reviewed within", 1)
    due, refused = rest.split("Reads refused", 1)
    assert ("Camera waits" in waiting, "Camera due" in due, "Camera refused" in refused) == (True, True, True)
    assert "Camera fine" not in shown
    assert "4 cameras: neither published nor withheld" in shown


def test_the_list_is_filtered_and_paged(people, sign_in, register):
    for number in range(53):
        register(
            f"gate-{number:02}", name=f"Gate {number}", owner="Zone depot" if number % 2 else "County roads"
        )
    give_case("gate-07")
    change_camera("tests", "gate-08", active=False)
    client = sign_in(people.operator)
    first = client.get("/cameras/").content.decode()
    assert "53 cameras, of which this page lists 50" in first
    assert "after=gate-49" in first
    second = client.get("/cameras/?after=gate-49").content.decode()
    assert ("Gate 52" in second, "Gate 49<" in second) == (True, False)
    for query, count in (
        ("text=zone+depot", 26), ("text=zone+gate-07", 1), ("standing=taken", 1), ("standing=closed", 1), ("standing=refused", 51),
        ("standing=undecided", 52), ("standing=whatever", 53), ("text=%25", 0),
    ):  # fmt: skip
        told = json.loads(client.get(f"/cameras/register/map.json?{query}").content)
        assert len(told) == count, query
    assert "No camera fits" in client.get("/cameras/?text=nowhere").content.decode()
    (taken,) = json.loads(client.get("/cameras/register/map.json?standing=taken").content)
    assert taken == ["gate-07", "Gate 7", 51.501, -0.142, 40, "taken", "Reads are taken"]


def test_an_operators_own_tiles_come_in_ranges_and_only_to_who_may_see_cameras(
    people, sign_in, client, configured, tmp_path
):
    address = "/cameras/register/map.pmtiles"
    assert client.get(address).status_code == 302
    client = sign_in(people.operator)
    assert client.get(address).status_code == 404
    archive = tmp_path / "own.pmtiles"
    archive.write_bytes(bytes(range(200)))
    configured(map_tiles=archive)
    for asked, status, content in (
        ("bytes=0-6", 206, bytes(range(7))),
        ("bytes=190-16383", 206, bytes(range(190, 200))),
        ("bytes=200-300", 416, b""),
        ("bytes=7-6", 416, b""),
        ("bytes=0-99999999999", 206, bytes(range(200))),
        ("bytes=-5", 416, b""),
        ("", 416, b""),
    ):
        answer = client.get(address, headers={"range": asked})
        assert (answer.status_code, answer.content) == (status, content), asked
    assert client.get(address, headers={"range": "bytes=0-6"})["Content-Range"] == "bytes 0-6/200"


def test_the_public_page_is_paged(register, client):
    for number in range(103):
        register(f"gate-{number:03}", name=f"Gate {number}.")
        decide_place("tests", f"gate-{number:03}", withheld="")
    first = client.get("/camera-places/").content.decode()
    assert ("Gate 99." in first, "Gate 100." in first) == (True, False)
    second = client.get("/camera-places/?after=gate-099").content.decode()
    assert ("Gate 99." in second, "Gate 102." in second) == (False, True)
