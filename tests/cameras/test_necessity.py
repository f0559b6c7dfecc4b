"""A camera's reads are taken only while somebody's case for it, approved by another, is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.necessity import APPROVED_BY, MADE_BY, argument, give_case

from turnpike.cameras import admission
from turnpike.cameras.admission import in_force
from turnpike.cameras.models import Camera, NecessityCase
from turnpike.cameras.necessity import LONGEST_REVIEW_DAYS, same_person, standing_case, why_not_in_force
from turnpike.cameras.services import (
    CameraError,
    CaseError,
    CaseMissing,
    admitted,
    approve_case,
    camera_id_for_key,
    change_camera,
    end_case,
    issue_key,
    propose_case,
    refuse_case,
    without_case,
)
from turnpike.ledger.services import AuditEvent, LedgerError, entries, record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_told_yet(monkeypatch):
    monkeypatch.setattr(admission, "_told", {})


def is_taken(camera: Camera) -> bool:
    """What each way of asking says, which has to be the same."""
    by_id, by_rule = (
        admitted(camera.pk),
        Camera.objects.filter(in_force(), pk=camera.pk, active=True).exists(),
    )
    camera.refresh_from_db()
    case = standing_case(camera)
    in_words = camera.active and why_not_in_force(camera, case, datetime.now(UTC).date()) == ""
    assert by_id == by_rule == in_words
    return by_id


def events(event: AuditEvent) -> list[dict[str, object]]:
    return [dict(entry.details) for entry in entries(limit=500) if entry.event is event]


def test_reads_are_refused_until_another_person_approved_the_case(register):
    camera = register()
    key = issue_key(camera, "tests")
    with pytest.raises(CaseMissing, match="have it approved"):
        camera_id_for_key(key)
    case = propose_case(MADE_BY, camera.pk, argument())
    assert not is_taken(camera)
    with pytest.raises(CaseError, match="another person"):
        approve_case(MADE_BY, case.pk)
    with pytest.raises(CaseError, match="signed-in person"):
        approve_case(f"shell:{MADE_BY}", case.pk)
    assert not is_taken(camera)
    approve_case(APPROVED_BY, case.pk)
    assert is_taken(camera)
    assert camera_id_for_key(key) == camera.pk
    (approved,) = events(AuditEvent.CAMERA_CASE_APPROVED)
    assert (approved["camera"], approved["dpia"], approved["made_by"]) == (
        camera.pk,
        "DPIA-2026-014",
        MADE_BY,
    )


def test_whoever_has_the_servers_shell_is_the_person_of_that_name():
    assert same_person("shell:ines", "ines")
    assert same_person("Ines", "ines")
    assert not same_person("ines", "asa")


def test_a_case_ends_with_its_review_day(register):
    camera = register()
    case = give_case(camera.pk)
    today = datetime.now(UTC).date()
    for review_on, taken in ((today, True), (today - timedelta(days=1), False)):
        NecessityCase.objects.filter(pk=case.pk).update(review_on=review_on)
        assert is_taken(camera) is taken
    assert without_case() == (camera,)
    # A new case takes its place.
    give_case(camera.pk)
    assert is_taken(camera)
    assert NecessityCase.objects.get(pk=case.pk).ended_why.startswith("Replaced by case")


@pytest.mark.parametrize(
    "change", [{"purpose": "Charging"}, {"owner": "Somebody else"}, {"latitude": 51.51}, {"active": False}]
)
def test_what_changes_what_it_was_made_for_ends_it(register, change):
    camera, other = register(), register("bridge")
    give_case(camera.pk)
    give_case(other.pk)
    propose_case(MADE_BY, camera.pk, argument())
    change_camera("tests", camera.pk, **change)
    assert not is_taken(camera)
    assert is_taken(other)
    if "active" in change:
        return
    assert {case.ended_by for case in NecessityCase.objects.filter(camera=camera)} == {"tests"}
    (changed,) = events(AuditEvent.CAMERA_CHANGED)
    ((name, value),) = change.items()
    assert changed[name] == value
    assert changed[f"{name}_before"] != value
    give_case(camera.pk)
    assert is_taken(camera)


def test_another_name_heading_or_a_step_aside_leaves_it_in_force(register):
    camera = register()
    give_case(camera.pk)
    change_camera(
        "tests", camera.pk, name="North Gate, new", heading_degrees=50, latitude=51.50101, view="Both lanes"
    )
    assert is_taken(camera)
    size = len(entries(limit=500))
    change_camera("tests", camera.pk, name="North Gate, new")
    assert len(entries(limit=500)) == size
    with pytest.raises(CameraError, match="heading"):
        change_camera("tests", camera.pk, heading_degrees=360)


def test_the_gate_holds_against_a_change_past_the_services(register):
    camera = register()
    give_case(camera.pk)
    Camera.objects.filter(pk=camera.pk).update(owner="Somebody else")
    assert not is_taken(camera)


def test_a_new_purpose_comes_without_a_gap_when_its_case_is_approved(register):
    camera = register()
    give_case(camera.pk)
    case = propose_case(MADE_BY, camera.pk, argument(), purpose="Charging", owner="Zone depot")
    assert is_taken(camera)
    approve_case(APPROVED_BY, case.pk)
    assert is_taken(camera)
    assert (camera.purpose, camera.owner) == ("Charging", "Zone depot")


def test_one_case_waits_at_a_time_and_may_be_refused(register):
    camera = register()
    case = propose_case(MADE_BY, camera.pk, argument())
    with pytest.raises(CaseError, match="waits already"):
        propose_case(MADE_BY, camera.pk, argument())
    with pytest.raises(CaseError, match="Say why"):
        refuse_case(APPROVED_BY, case.pk, "no")
    refuse_case(APPROVED_BY, case.pk, "The assessment does not speak of this road.")
    for act in (
        lambda: approve_case(APPROVED_BY, case.pk),
        lambda: refuse_case(APPROVED_BY, case.pk, "x" * 30),
    ):
        with pytest.raises(CaseError, match="does not wait"):
            act()
    assert not is_taken(camera)
    give_case(camera.pk)
    assert is_taken(camera)
    end_case("tests", camera.pk, "The road is closed for good from today.")
    assert not is_taken(camera)
    with pytest.raises(CaseError, match="no case"):
        end_case("tests", camera.pk, "The road is closed for good from today.")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"why_here": "Because."}, "why_here"),
        ({"need": "x" * 2_001}, "need"),
        ({"alternatives": ""}, "alternatives"),
        ({"dpia": " "}, "dpia"),
        ({"dpia": "x" * 81}, "dpia"),
        ({"review_on": date(2020, 1, 1)}, "review_on"),
        ({"review_on": datetime.now(UTC).date() + timedelta(days=LONGEST_REVIEW_DAYS + 2)}, "review_on"),
    ],
)
def test_a_case_that_says_too_little_or_too_much_is_not_kept(register, change, field):
    camera = register()
    with pytest.raises(CaseError) as refused:
        propose_case(MADE_BY, camera.pk, argument(**change))
    assert refused.value.field == field
    assert not NecessityCase.objects.exists()


def test_a_refusal_is_told_once_an_hour(register):
    camera, other = register(), register("bridge")
    key = issue_key(camera, "tests")
    for _ in range(3):
        with pytest.raises(CaseMissing):
            camera_id_for_key(key)
    assert not admitted(camera.pk)
    assert not admitted(other.pk)
    refused = events(AuditEvent.READS_REFUSED)
    assert sorted(str(one["camera"]) for one in refused) == ["bridge", "north-gate"]
    # A process that begins anew does not tell it again; an hour later it is told, with how many there were.
    admission._told.clear()
    assert not admitted(camera.pk)
    assert len(events(AuditEvent.READS_REFUSED)) == 2
    Camera.objects.update(refusal_told_at=datetime.now(UTC) - timedelta(hours=1, seconds=1))
    told_s, _ = admission._told[camera.pk]
    admission._told[camera.pk] = (told_s - 3_601, 7)
    assert not admitted(camera.pk)
    assert events(AuditEvent.READS_REFUSED)[0]["messages"] == 8


def test_an_unknown_or_closed_camera_is_told_to_nobody(register):
    camera = register()
    change_camera("tests", camera.pk, active=False)
    assert not admitted(camera.pk)
    assert not admitted("nowhere")
    assert camera_id_for_key("tpc_unknown") is None
    assert events(AuditEvent.READS_REFUSED) == []


def test_what_cannot_be_recorded_is_not_done(register, monkeypatch):
    camera = register()
    case = propose_case(MADE_BY, camera.pk, argument())

    def fail(*_: object, **__: object) -> None:
        raise LedgerError("The ledger cannot be written.")

    for module in ("necessity", "registering", "admission"):
        monkeypatch.setattr(f"turnpike.cameras.{module}.record", fail)
    for act in (
        lambda: approve_case(APPROVED_BY, case.pk),
        lambda: refuse_case(APPROVED_BY, case.pk, "x" * 30),
        lambda: change_camera("tests", camera.pk, purpose="Charging"),
        lambda: admitted(camera.pk),
    ):
        with pytest.raises(LedgerError):
            act()
    case.refresh_from_db()
    assert case.is_waiting
    camera.refresh_from_db()
    assert camera.purpose != "Charging"


def test_somebody_who_was_first_is_told_of(register, monkeypatch):
    camera = register()
    case = propose_case(MADE_BY, camera.pk, argument())

    def overtaken(event, **told):
        NecessityCase.objects.filter(pk=case.pk).update(ended_at=datetime.now(UTC))
        return record(event, **told)

    monkeypatch.setattr("turnpike.cameras.necessity.record", overtaken)
    with pytest.raises(CaseError, match="first"):
        approve_case(APPROVED_BY, case.pk)
    assert entries()[0].event is AuditEvent.ALTERATION_NOT_DONE
    assert not is_taken(camera)


# Each example registers a camera of its own.
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            ["propose", "approve", "refuse", "end", "purpose", "back", "close", "open", "pass", "own"]
        ),
        max_size=12,
    )
)
def test_nothing_but_an_approved_unchanged_case_lets_reads_in(register_any, steps):
    camera = register_any()
    model = {"waiting": "", "standing": "", "purpose": "A purpose", "active": True, "past": False}
    for step in steps:
        take(step, camera.pk, model)
        expected = model["active"] and not model["past"] and model["standing"] == model["purpose"]
        assert is_taken(camera) == expected, (steps, step)


def take(step: str, camera_id: str, model: dict[str, Any]) -> None:  # noqa: C901 - a branch a step
    """One step in the register and in what is known of it; a step that is refused changes neither."""
    waiting = NecessityCase.objects.filter(camera_id=camera_id, approved_at=None, ended_at=None).first()
    try:
        if step == "propose":
            propose_case(MADE_BY, camera_id, argument())
            model["waiting"] = model["purpose"]
        elif step == "approve" and waiting:
            approve_case(APPROVED_BY, waiting.pk)
            model |= {"standing": model["waiting"], "waiting": "", "past": False}
        elif step == "own" and waiting:
            approve_case(MADE_BY, waiting.pk)
        elif step == "refuse" and waiting:
            refuse_case(APPROVED_BY, waiting.pk, "x" * 30)
            model["waiting"] = ""
        elif step == "end":
            end_case("tests", camera_id, "x" * 30)
            model["standing"] = ""
        elif step in ("purpose", "back"):
            purpose = "Another purpose" if step == "purpose" else "A purpose"
            change_camera("tests", camera_id, purpose=purpose)
            if purpose != model["purpose"]:
                model |= {"standing": "", "waiting": "", "purpose": purpose}
        elif step in ("close", "open"):
            change_camera("tests", camera_id, active=step == "open")
            model["active"] = step == "open"
        elif step == "pass":
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            standing = NecessityCase.objects.filter(camera_id=camera_id, ended_at=None).exclude(
                approved_at=None
            )
            model["past"] = bool(standing.update(review_on=yesterday)) or model["past"]
    except CaseError:
        return


@pytest.fixture
def register_any(register):
    numbers = iter(range(10_000))
    return lambda: register(f"camera-{next(numbers)}", purpose="A purpose")


@pytest.mark.django_db(transaction=True)
def test_cameras_from_before_go_on_for_ninety_days():
    executor = MigrationExecutor(connection)
    executor.migrate([("cameras", "0002_controllers")])
    try:
        old = executor.loader.project_state([("cameras", "0002_controllers")]).apps.get_model(
            "cameras", "Camera"
        )
        facts = {
            "latitude": 51.5,
            "longitude": -0.1,
            "heading_degrees": 0,
            "purpose": "Theft",
            "owner": "Force",
        }
        old.objects.create(camera_id="from-before", name="From before", **facts)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    (case,) = NecessityCase.objects.all()
    assert (case.is_carried_over, case.made_by, case.approved_by) == (True, "upgrade", "")
    assert (case.review_on - case.made_at.date()).days == 90
    assert admitted("from-before")
    camera = Camera.objects.get(pk="from-before")
    assert camera.withheld == "undecided"
    assert standing_case(camera) == case
