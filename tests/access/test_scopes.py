"""Scope: what a request states is what it may look at, and nothing beyond."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from turnpike.access import services as access
from turnpike.access.models import Request
from turnpike.access.scopes import check_cameras
from turnpike.cameras.services import register_camera
from turnpike.plates.services import PlatePattern

from .conftest import NOON, REASON, new_read

texts = st.text("AB1?*", min_size=1, max_size=6).map(lambda text: re.sub(r"\*+", "*", text))
plates = st.text("AB1", min_size=1, max_size=6)


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


def ask(people, **facts):
    given = {"case_reference": "CR/01234/26", "purpose": "crime_investigation", "reason": REASON}
    return access.open_request(people.investigator, **{**given, **facts})


@pytest.fixture
def cameras(db):
    """Three in a row of 3 km along a meridian, and one that is gone."""
    for number, north in enumerate((0.0, 0.018, 0.027)):
        register_camera(
            "tests",
            camera_id=f"camera-{number}",
            name=f"Camera {number}",
            latitude=52.2 + north,
            longitude=0.12,
            heading_degrees=0,
            purpose="tests",
            owner="tests",
        )


@pytest.mark.parametrize(
    ("stated", "asked", "holds"),
    [
        ("AB12CDE", "AB12CDE", True),
        ("AB12CDE", "AB12CDF", False),
        ("AB12CDE", "AB12CD?", False),
        ("AB12CD?", "AB12CDE", True),
        ("AB12CD?", "AB12CD?", True),
        ("AB12CD?", "AB12CD*", False),
        ("AB12*", "AB12CDE", True),
        ("AB12*", "AB12?DE", True),
        ("AB12*", "AB1*", False),
        ("AB12*", "AB12*", True),
        ("*12*", "AB12CDE", True),
        ("*12*", "*12*", True),
        ("*12*", "*1?2*", False),
        ("AB*DE", "AB12CDE", True),
        ("AB*DE", "AB*CDE", True),
        ("AB*CDE", "AB*DE", False),
    ],
)
def test_which_searches_a_stated_pattern_holds(stated, asked, holds):
    assert access.Scope((stated,), ()).holds_plates(PlatePattern(asked)) is holds


@given(texts, texts, plates)
def test_a_pattern_covers_another_only_where_it_fits_all_that_the_other_fits(wide, narrow, plate):
    if PlatePattern(wide).covers(PlatePattern(narrow)) and PlatePattern(narrow).matches(plate):
        assert PlatePattern(wide).matches(plate)


@given(texts)
def test_a_pattern_covers_itself(text):
    assert PlatePattern(text).covers(PlatePattern(text))


@given(texts, plates)
def test_of_a_plate_covering_is_fitting(text, plate):
    assert PlatePattern(text).covers(PlatePattern(plate)) == PlatePattern(text).matches(plate)


def test_a_search_beyond_what_was_stated_is_refused_and_nothing_is_looked_at(opened, stored, search_for):
    stored(new_read("AB12CDE"), new_read("XY34ZZZ", minutes=1))
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "XY34ZZZ")
    assert broken_rules(denial) == ["plates-are-in-scope"]
    assert [read.plate for read in search_for(opened.number, "AB12CDE").reads] == ["AB12CDE"]


def test_a_request_for_cameras_looks_at_them_alone(people, case, cameras, stored, search_for):
    case()
    stored(new_read("AB12CDE"), camera_id="camera-0")
    stored(new_read("AB12CDF", minutes=1), camera_id="camera-2")
    asked = ask(people, camera_ids=["camera-0"], reach_days=7)
    found = search_for(asked.number, "AB12*")
    assert [read.plate for read in found.reads] == ["AB12CDE"]
    with pytest.raises(access.Denied) as denial:
        search_for(asked.number, "AB12*", camera_ids=["camera-0", "camera-2"])
    assert broken_rules(denial) == ["cameras-are-in-scope"]


def test_time_is_part_of_the_scope(people, case, stored, search_for):
    case()
    stored()
    asked = ask(people, patterns=["AB12CDE"], reach_days=3)
    now = timezone.now()
    search_for(asked.number, "AB12CDE", captured_from=now - timedelta(days=2.9), captured_until=now)
    with pytest.raises(access.Denied) as denial:
        search_for(asked.number, "AB12CDE", captured_from=now - timedelta(days=3.1), captured_until=now)
    assert broken_rules(denial) == ["time-is-in-scope"]


@pytest.mark.parametrize(
    ("scope", "rule"),
    [
        ({}, "scope-is-stated"),
        ({"patterns": [f"AB1{number}*" for number in range(21)]}, "scope-has-a-cap"),
        ({"camera_ids": ["camera-0"], "reach_days": 8}, "cameras-without-a-plate-are-a-week"),
    ],
)
def test_what_says_too_little_or_too_much_is_refused(people, case, cameras, scope, rule):
    case()
    with pytest.raises(access.Denied) as denial:
        ask(people, **scope)
    assert broken_rules(denial) == [rule]
    assert not Request.objects.exists()


def test_an_area_is_the_cameras_that_stand_in_it_now(cameras):
    assert check_cameras([], around="camera-0", radius_km=2.1) == ("camera-0", "camera-1")
    assert check_cameras(["camera-2"], around="camera-0", radius_km=0.1) == ("camera-2", "camera-0")
    for facts, field in (
        ({"ids": ["nowhere"]}, "cameras"),
        ({"ids": [], "around": "nowhere", "radius_km": 1.0}, "around"),
        ({"ids": [], "around": "camera-0", "radius_km": 0.0}, "radius_km"),
    ):
        with pytest.raises(access.RequestError) as refusal:
            check_cameras(**facts)
        assert refusal.value.field == field


def test_the_opening_is_in_the_ledger_with_its_scope(people, case, cameras, recorded):
    case()
    ask(people, patterns=["ab12 cde", "AB12CDE", " "], camera_ids=["camera-1"], reach_days=30)
    _, _, details = recorded()[-1]
    assert (details["patterns"], details["cameras"], details["reach_days"]) == (["AB12CDE"], ["camera-1"], 30)


def test_the_form_asks_for_a_scope_and_takes_an_area(client, people, case, cameras):
    case()
    client.force_login(people.investigator)
    typed = {
        "case_reference": "CR/01234/26",
        "purpose": "stolen_vehicle",
        "reason": REASON,
        "reach_days": "7",
    }
    page = client.post("/requests/new/", typed).content.decode()
    assert "Say which plates or patterns this is about" in page
    page = client.post("/requests/new/", {**typed, "patterns": "*"}).content.decode()
    assert "One of the plates or patterns cannot be used" in page
    page = client.post(
        "/requests/new/", {**typed, "around": "camera-0", "radius_km": "2.1"}, follow=True
    ).content.decode()
    (opened,) = access.open_requests(people.investigator)
    assert opened.camera_ids == ["camera-0", "camera-1"]
    assert "at the 2 cameras of the request" in page
    assert "Camera 2" not in page


def test_the_search_page_offers_what_was_stated(client, people, opened):
    client.force_login(people.investigator)
    page = client.get(f"/search/{opened.number}/").content.decode()
    assert '<option value="AB12*">' in page
    assert "The request states" in page
    assert NOON.year == 2026
