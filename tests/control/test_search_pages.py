"""The search page, the page of one read and its picture, through Django's test client."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from turnpike import config
from turnpike.access import services as access
from turnpike.cameras.services import register_camera
from turnpike.images.services import PatchStore
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.reads import services as reads

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPAN = {"captured_from": "2026-11-21T11:00", "captured_until": "2026-11-21T14:00:00"}
CANDIDATES = (("A812CDE", 0.21),)


def body(response):
    return response.content.decode()


def put(store, *plates, has_patch=False, colour=""):
    batch = reads.NewBatch(
        "mill-lane",
        "reader 1.2",
        "model 3",
        "turnpike",
        bytes(32),
        NOON + timedelta(seconds=2),
        tuple(
            reads.NewRead(
                plate=plate,
                raw_text=plate,
                confidence=0.91,
                captured_at=NOON + timedelta(minutes=minute),
                event_key=minute,
                candidates=CANDIDATES,
                lane=2,
                direction="towards",
                frames_agreeing=5,
                clock_error_ms=-12,
                has_patch=has_patch,
                colour=colour,
            )
            for minute, plate in enumerate(plates)
        ),
    )
    (result,) = store.append([batch])
    return [read_id for _, read_id in result.stored]


@pytest.fixture
def request_number(people, case):
    case()
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason="Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left",
        patterns=("AB12*",),
    ).number


@pytest.fixture
def camera():
    return register_camera(
        "tests",
        camera_id="mill-lane",
        name="Mill Lane, north",
        latitude=52.20512,
        longitude=0.12183,
        heading_degrees=45,
        purpose="tests",
        owner="tests",
        lanes=2,
    )


@pytest.fixture
def investigator(client, people, camera):
    client.force_login(people.investigator)
    return client


def test_the_form_says_that_it_is_logged_and_offers_the_last_day(investigator, request_number):
    response = investigator.get(f"/search/{request_number}/")
    page = body(response)
    assert response.status_code == 200
    assert "go into the log before it runs" in page
    assert "CR/01234/26" in page
    assert 'type="datetime-local"' in page
    assert "Mill Lane, north" in page


def test_results_show_plate_time_camera_confidence_and_receipt(investigator, request_number, store):
    (first, _) = put(store, "AB12CDE", "AB12CDF")
    response = investigator.post(f"/search/{request_number}/", {"pattern": "ab12 cde", **SPAN})
    page = body(response)

    assert response.status_code == 200
    assert "1 read" in page
    assert "AB12 CDE" in page
    assert "AB12 CDF" not in page
    assert "Mill Lane, north" in page
    assert "91%" in page
    assert "21 Nov 2026, 12:00:00 UTC" in page
    assert f"/search/{request_number}/reads/{first.text}/" in page
    newest = ledger.entries(limit=1)[0]
    assert newest.event is AuditEvent.SEARCH_RETURNED
    assert f'log entry <strong class="tp-numeric">{newest.index - 1}</strong>' in page


def test_a_search_never_stands_in_an_address(investigator, request_number, store):
    put(store, "AB12CDE")
    before = ledger.state().size
    page = body(investigator.get(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN}))
    assert "AB12 CDE</span>" not in page
    assert ledger.state().size == before


def test_no_result_says_so(investigator, request_number, store):
    page = body(investigator.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN}))
    assert "No read fits" in page
    assert "Your receipt" in page


def test_a_pattern_that_fits_too_many_is_refused_in_the_form(
    investigator, request_number, store, monkeypatch
):
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    put(store, "AB12CDE", "AB12CDF", "AB12CDG")
    page = body(investigator.post(f"/search/{request_number}/", {"pattern": "AB12*", **SPAN}))
    assert "More than 2 reads fit this pattern, so none is shown" in page
    assert "CDF" not in page


def test_a_cut_result_says_so(investigator, request_number, store, monkeypatch):
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    put(store, "AB12CDE", "AB12CDE", "AB12CDE")
    page = body(investigator.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN}))
    assert "The newest 2 reads" in page
    assert "There are more reads than one search returns" in page


def test_one_camera_can_be_chosen(investigator, request_number, store):
    put(store, "AB12CDE")
    typed = {"pattern": "AB12CDE", **SPAN, "camera": "mill-lane"}
    assert "1 read" in body(investigator.post(f"/search/{request_number}/", typed))
    typed["camera"] = "nowhere"
    assert investigator.post(f"/search/{request_number}/", typed).status_code == 400


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"pattern": ""}, "Give a plate or a pattern"),
        ({"pattern": "*"}, "at least 2 letters or digits"),
        ({"pattern": "車12"}, "There is a problem"),
        ({"captured_from": "yesterday"}, "Enter a date and time in UTC"),
        ({"captured_until": "2026-11-21T10:00"}, "ends before it begins"),
    ],
)
def test_what_cannot_be_searched_comes_back_with_one_sentence(
    investigator, request_number, store, typed, says
):
    before = ledger.state().size
    response = investigator.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN, **typed})
    assert response.status_code == 400
    assert says in body(response)
    assert ledger.state().size == before


def test_a_range_too_long_is_a_denial_with_its_rule(investigator, request_number, store):
    response = investigator.post(
        f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN, "captured_from": "2020-01-01T00:00"}
    )
    assert response.status_code == 403
    assert "longer than one search may span" in body(response)
    assert "range-is-short-enough" in body(response)


def test_another_persons_request_is_no_page_and_a_recorded_denial(
    client, people, request_number, store, camera
):
    from turnpike.accounts.services import Role, create_account

    put(store, "AB12CDE")
    client.force_login(create_account("other", "Other", [Role.INVESTIGATOR], actor="tests"))
    assert client.get(f"/search/{request_number}/").status_code == 404
    response = client.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN})
    assert response.status_code == 403
    assert "AB12 CDE" not in body(response)
    assert "You have no request of that number" in body(response)
    assert ledger.entries(limit=1)[0].event is AuditEvent.DECISION_DENIED


def test_a_closed_request_offers_a_new_one(investigator, people, request_number):
    access.close_request(people.investigator, request_number)
    page = body(investigator.get(f"/search/{request_number}/"))
    assert "can no longer be used" in page
    assert 'name="pattern"' not in page


def test_a_store_that_is_away_is_said_so(investigator, request_number):
    response = investigator.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN})
    assert response.status_code == 503
    assert ledger.entries(limit=1)[0].event is AuditEvent.SEARCH_FAILED


def found(client, number, store, **facts):
    (read_id,) = put(store, "AB12CDE", **facts)
    client.post(f"/search/{number}/", {"pattern": "AB12CDE", **SPAN})
    return read_id


def test_the_read_page_says_all_that_is_known(investigator, request_number, store):
    read_id = found(investigator, request_number, store, has_patch=True)
    page = body(investigator.get(f"/search/{request_number}/reads/{read_id.text}/"))

    for said in (
        "AB12 CDE",
        "91%",
        "21 Nov 2026, 12:00:00.000 UTC",
        "21 Nov 2026, 12:00:02.000 UTC",
        "12 ms at most",
        "Mill Lane, north",
        "52.20512, 0.12183",
        "rotate(45)",
        "Towards the camera",
        "A812 CDE",
        "21%",
        "reader 1.2, model 3",
        "Since September 2001",
        f'src="/search/{request_number}/reads/{read_id.text}/patch"',
    ):
        assert said in page, said
    newest = ledger.entries(limit=1)[0]
    assert newest.event is AuditEvent.READ_VIEWED
    assert f'log entry <strong class="tp-numeric">{newest.index}</strong>' in page


def test_colour_lane_and_direction_are_shown_and_what_cannot_be_told_is_said_so(
    investigator, request_number, store
):
    (read_id,) = put(store, "AB12CDE", colour="silver or grey")
    results = body(investigator.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN}))
    assert "silver or grey, towards, lane 2" in results
    page = body(investigator.get(f"/search/{request_number}/reads/{read_id.text}/"))
    assert "silver or grey" in page
    assert page.count("Cannot tell") == 1  # the make


def test_a_read_of_an_unregistered_camera_without_picture_has_its_page(client, people, request_number, store):
    client.force_login(people.investigator)
    read_id = found(client, request_number, store)
    page = body(client.get(f"/search/{request_number}/reads/{read_id.text}/"))
    assert "mill-lane" in page
    assert "No picture was kept" in page
    assert client.get(f"/search/{request_number}/reads/{read_id.text}/patch").status_code == 404


def test_the_picture_is_never_stored_by_a_browser_and_each_look_is_recorded(
    investigator, request_number, store
):
    read_id = found(investigator, request_number, store, has_patch=True)
    picture = io.BytesIO()
    Image.new("RGB", (120, 40), "white").save(picture, "JPEG")
    PatchStore(config.load().patches_path).write(read_id.batch, {read_id.slot: picture.getvalue()})

    response = investigator.get(f"/search/{request_number}/reads/{read_id.text}/patch")

    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "no-store"
    assert response.content == picture.getvalue()
    assert ledger.entries(limit=1)[0].event is AuditEvent.PATCH_VIEWED


@pytest.mark.parametrize("end", ["", "patch"])
def test_a_read_that_no_search_returned_is_refused(investigator, request_number, store, end):
    (read_id,) = put(store, "AB12CDE")
    response = investigator.get(f"/search/{request_number}/reads/{read_id.text}/{end}")
    assert response.status_code == 403
    assert "No search under this request returned that read" in body(response)


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_no_other_role_searches(client, people, request_number, role, store):
    client.force_login(getattr(people, role))
    response = client.post(f"/search/{request_number}/", {"pattern": "AB12CDE", **SPAN})
    assert response.status_code == 403
    assert "AB12" not in body(response)
