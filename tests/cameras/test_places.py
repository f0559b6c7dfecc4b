"""Where cameras stand is told to everybody, or withheld for a reason that is on record; and what was measured at them."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.necessity import give_case

from turnpike.cameras.errors import CameraError, CaseError
from turnpike.cameras.installation import capture_rate, read_rate, record_test
from turnpike.cameras.models import Camera
from turnpike.cameras.places import decide_place, public_register, undecided
from turnpike.exact_intervals import exact_interval
from turnpike.ledger.services import AuditEvent, entries

TODAY = datetime.now(UTC).date()


@pytest.mark.django_db
def test_nothing_is_published_before_somebody_says_so(register, client):
    register()
    assert undecided() == 1
    text = client.get("/camera-places/").content.decode()
    assert "North Gate" not in text
    assert "51.50100" not in text
    assert "0 published, 1 withheld" in text
    decide_place("tests", "north-gate", withheld="")
    text = client.get("/camera-places/").content.decode()
    assert "North Gate" in text
    assert "51.50100, -0.14200" in text
    assert "none in force" in text
    give_case("north-gate")
    assert "DPIA-2026-014" in client.get("/camera-places/").content.decode()


@pytest.mark.django_db
def test_a_withheld_place_is_only_counted_and_its_reason_kept(register, client):
    for number in range(3):
        register(f"gate-{number}", name=f"Gate {number}", latitude=51.123456)
        decide_place(
            "tests", f"gate-{number}", withheld="operation", why="Watches the yard of a gang at work."
        )
    register("open", name="Open road", view="Both lanes", controller="County Roads")
    decide_place("tests", "open", withheld="")
    for address in ("/camera-places/", "/camera-places/places.json"):
        text = client.get(address).content.decode()
        assert "Open road" in text
        assert "County Roads" in text
        assert "gang" not in text
        assert "Gate" not in text
        assert "51.12345" not in text
    told = json.loads(client.get("/camera-places/places.json").content)
    assert told["withheld"] == {"it would help people to escape an investigation": 3}
    assert [place["camera"] for place in told["published"]] == ["open"]
    decided = [entry for entry in entries() if entry.event is AuditEvent.CAMERA_PLACE_DECIDED]
    assert decided[1].details["why"] == "Watches the yard of a gang at work."
    Camera.objects.filter(pk="open").update(active=False)
    assert public_register().places == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("withheld", "why"), [("operation", "no"), ("undecided", "x" * 30), ("whim", "x" * 30)]
)
def test_without_a_kind_and_a_reason_nothing_is_withheld(register, withheld, why):
    register()
    with pytest.raises(CaseError):
        decide_place("tests", "north-gate", withheld=withheld, why=why)
    with pytest.raises(CameraError, match="No camera"):
        decide_place("tests", "nowhere", withheld="")
    assert undecided() == 1


@pytest.mark.django_db
def test_saying_the_same_again_is_no_entry(register):
    register()
    decide_place("tests", "north-gate", withheld="")
    size = len(entries())
    decide_place("tests", "north-gate", withheld="", why="anything")
    assert len(entries()) == size


def below(count: int, of: int, share: float) -> float:
    """The chance of at most `count` of `of`, term by term."""
    return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count + 1))


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_is_the_exact_one(counted):
    count, of = counted
    low, high = exact_interval(count, of)
    assert 0 <= low <= count / of <= high <= 1
    assert low == 0 if count == 0 else math.isclose(1 - below(count - 1, of, low), 0.025, rel_tol=1e-6)
    assert high == 1 if count == of else math.isclose(below(count, of, high), 0.025, rel_tol=1e-6)


def test_the_interval_holds_for_many_and_for_none():
    assert exact_interval(0, 0) == (0.0, 1.0)
    # Source of the figure: of 400 without a failure, the rule 1 - 0.025^(1/n).
    assert math.isclose(exact_interval(400, 400)[0], 0.025 ** (1 / 400), rel_tol=1e-9)
    low, high = exact_interval(950_000, 1_000_000)
    assert 0.9495 < low < 0.95 < high < 0.9505
    with pytest.raises(ValueError, match="from 0"):
        exact_interval(2, 1)


def a_test(**changes):
    facts: dict[str, Any] = {
        "tested_on": TODAY,
        "tested_by": "Ria Rigger",
        "passes": 420,
        "captured": 412,
        "read_right": 400,
    }
    return record_test("tests", "north-gate", **facts | changes)


@pytest.mark.django_db
def test_an_installation_test_stands_on_the_cameras_page(register, people, client):
    register()
    kept = a_test(remarks="Dry, at night")
    assert capture_rate(kept).text == "412 of 420, 98.1% (96.3% to 99.2%)"
    assert read_rate(kept).text.startswith("400 of 412, 97.1%")
    assert read_rate(a_test(captured=0, read_right=0)).text == "none to measure"
    client.force_login(people.auditor)
    text = client.get("/cameras/north-gate/").content.decode()
    assert "412 of 420, 98.1% (96.3% to 99.2%)" in text
    assert "Dry, at night" in text
    assert entries()[1].event is AuditEvent.CAMERA_TESTED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tested_on": TODAY + timedelta(days=1)}, "tested_on"),
        ({"tested_by": " "}, "tested_by"),
        ({"passes": 0, "captured": 0, "read_right": 0}, "passes"),
        ({"captured": 421}, "captured"),
        ({"read_right": 413}, "read_right"),
        ({"remarks": "x" * 2_001}, "remarks"),
    ],
)
def test_what_cannot_have_been_measured_is_refused(register, change, field):
    camera = register()
    with pytest.raises(CaseError) as refused:
        a_test(**change)
    assert refused.value.field == field
    assert not camera.tests.exists()
