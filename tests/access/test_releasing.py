"""At the door: another controller's reads come by agreement alone, with the fields it opens, and nothing tells of the rest."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.alert_world import stolen_list, stored_read, wanted

from turnpike import config
from turnpike.access import services as access
from turnpike.access.agreement_models import Agreement, Release
from turnpike.access.agreement_terms import SharedField
from turnpike.access.models import Disclosure
from turnpike.cameras.services import find_camera, set_controller
from turnpike.hotlists.matching import match
from turnpike.images.services import PatchStore
from turnpike.ledger.services import AuditEvent, LedgerError
from turnpike.reads import services as reads
from turnpike.reads.services import ReadId

from .agreeing import (
    CAMERAS,
    COUNTY,
    EVERYTHING,
    PICTURES_TOO,
    agreed,
    amended,
    consulted,
    county_cameras,
    terms,
)
from .conftest import NOON, new_read

pytestmark = pytest.mark.django_db
FACTS = {"colour": "red", "make": "Ford", "has_patch": True}


@pytest.fixture
def town(stored):
    """One read of the site's own camera and one of each of the County's; their ids by camera."""
    county_cameras()
    cameras = ("mill-lane", *CAMERAS)
    return {
        one: stored(new_read("AB12CDE", minutes=at, **FACTS), camera_id=one)[0]
        for at, one in enumerate(cameras)
    }


def cameras_in(outcome):
    return {read.camera_id for read in outcome.reads}


def test_without_an_agreement_nothing_of_another_controller_is_found(opened, town, search_for, recorded):
    outcome = search_for(opened.number, "AB12CDE")
    assert cameras_in(outcome) == {"mill-lane"}
    assert outcome.reads[0].has_patch
    said = "2 cameras of County Roads are not searched (Gate East, Gate West). "
    said += "No agreement with that controller covers this: have one proposed and decided."
    assert outcome.withheld == (said,)
    intent = next(told for event, _, told in recorded() if event is AuditEvent.SEARCH_INTENDED)
    assert intent["withheld"] == ["2 of County Roads: agreement-is-there"]
    assert not Release.objects.exists()
    assert Disclosure.objects.count() == 1


def test_what_is_said_does_not_depend_on_whether_a_vehicle_was_there(opened, town, search_for):
    there, nowhere = search_for(opened.number, "AB12CDE"), search_for(opened.number, "AB12ZZZ")
    assert there.withheld == nowhere.withheld
    only = search_for(opened.number, "AB12CDE", camera_ids=["gate-east"])
    assert only.reads == ()
    assert only.withheld[0].startswith("1 camera of County Roads is not searched (Gate East).")
    assert search_for(opened.number, "AB12CDE", camera_ids=["mill-lane"]).withheld == ()


def test_nothing_of_another_controller_is_even_counted(opened, stored, search_for, monkeypatch, recorded):
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    county_cameras()
    stored(new_read("AB12CDE"), new_read("AB12CDE", minutes=1))
    stored(*(new_read("AB12CDE", minutes=at) for at in range(5)), camera_id="gate-east")
    assert len(search_for(opened.number, "AB12*").reads) == 2  # five more would have been refused as too many


def test_the_store_is_never_asked_for_what_is_withheld(opened, town, store, search_for):
    asked = []

    class Listening:
        def search(self, query, limits):
            asked.append(query)
            return store.search(query, limits)

    reads.attach(Listening())  # type: ignore[arg-type]  # of a store's methods only what the door calls
    search_for(opened.number, "AB12CDE")
    assert {span.camera_id for span in asked[0].withheld} == set(CAMERAS)


def test_an_agreement_on_text_opens_text_alone_and_leaves_a_receipt(
    people, second_authoriser, opened, town, search_for, recorded
):
    number = agreed(people, second_authoriser, terms(consulted(people)))
    outcome = search_for(opened.number, "AB12CDE")
    assert cameras_in(outcome) == {"mill-lane", *CAMERAS}
    for read in outcome.reads:
        own = read.camera_id == "mill-lane"
        assert (read.colour, read.make, read.has_patch) == (("red", "Ford", True) if own else ("", "", False))
    assert [said.split(" come ")[1].split(".")[0] for said in outcome.withheld] == [
        "without colour and make",
        "without picture of the plate",
    ]
    event, actor, told = recorded()[-1]
    assert (event, actor) == (AuditEvent.READS_DISCLOSED, "investigator")
    assert (told["agreement"], told["how_many"], told["fields"]) == (number, "under 10", ["text"])
    assert told["discloser"] == COUNTY
    assert "AB12CDE" not in str(told)
    (release,) = Release.objects.all()
    assert release.due_on == timezone.now().date() + timedelta(days=28)
    assert (release.request_id, release.band) == (opened.number, "under 10")


def test_where_the_receipt_cannot_be_written_nothing_is_handed_over(
    people, second_authoriser, opened, town, search_for, break_ledger
):
    agreed(people, second_authoriser, terms(consulted(people)))
    break_ledger(after=2)  # the intent and the answer are written, the receipt is not
    with pytest.raises(LedgerError):
        search_for(opened.number, "AB12CDE")
    assert not Release.objects.exists()


def test_a_search_that_finds_nothing_of_theirs_discloses_nothing(
    people, second_authoriser, opened, town, search_for
):
    agreed(people, second_authoriser, terms(consulted(people)))
    search_for(opened.number, "AB12ZZZ")
    assert not Release.objects.exists()


def test_an_agreement_for_another_purpose_or_camera_opens_nothing_here(
    people, second_authoriser, opened, town, search_for
):
    held = consulted(people)
    agreed(people, second_authoriser, terms(held, purposes=frozenset({"missing_person"})))
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane"}
    agreed(people, second_authoriser, terms(held, cameras=frozenset({"gate-east"})))
    outcome = search_for(opened.number, "AB12CDE")
    assert cameras_in(outcome) == {"mill-lane", "gate-east"}
    assert any("does not name this camera" in said for said in outcome.withheld)


def test_an_agreement_with_another_recipient_opens_nothing_here(
    people, second_authoriser, opened, town, search_for
):
    agreed(people, second_authoriser, terms(consulted(people)))
    Agreement.objects.update(recipient="Somebody else")
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane"}


def test_reads_belong_to_whoever_was_controller_when_they_were_captured(
    people, opened, stored, search_for, monkeypatch
):
    county_cameras(["gate-east"])
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    camera = find_camera("gate-east")
    assert camera is not None
    set_controller(camera, "", "tests")
    monkeypatch.undo()
    stored(new_read("AB12CDE", minutes=-1), new_read("AB12CDE", minutes=0), camera_id="gate-east")
    outcome = search_for(opened.number, "AB12CDE")
    assert [read.captured_at for read in outcome.reads] == [NOON]
    assert "not searched, for the time when it was theirs" in outcome.withheld[0]


# ---- One read, and its picture


def keep_patch(read_id):
    picture = io.BytesIO()
    Image.new("RGB", (120, 40), "white").save(picture, "JPEG")
    at = ReadId.parse(read_id)
    PatchStore(config.load().patches_path).write(at.batch, {at.slot: picture.getvalue()})
    return picture.getvalue()


def broken(denial):
    return [rule.id for rule in denial.value.decision.rules]


def test_a_look_decides_anew_with_the_fields_of_now(
    people, second_authoriser, opened, town, search_for, recorded
):
    held = consulted(people)
    number = agreed(people, second_authoriser, terms(held))
    search_for(opened.number, "AB12CDE")
    read, _ = access.view_read(people.investigator, opened.number, town["gate-east"])
    assert (read.plate, read.colour, read.has_patch) == ("AB12CDE", "", False)
    assert recorded()[-1][0] is AuditEvent.READS_DISCLOSED

    keep_patch(town["gate-east"])
    with pytest.raises(access.Denied) as denial:
        access.view_patch(people.investigator, opened.number, town["gate-east"])
    assert broken(denial) == ["agreement-names-the-field"]
    assert recorded()[-1][0] is AuditEvent.DECISION_DENIED

    amended(people, second_authoriser, number, terms(held, **PICTURES_TOO))
    assert access.view_patch(people.investigator, opened.number, town["gate-east"])
    assert recorded()[-1][2]["fields"] == ["plate_patch"]
    read, _ = access.view_read(people.investigator, opened.number, town["gate-east"])
    assert (read.colour, read.has_patch) == ("red", True)

    access.end_agreement(people.authoriser, number, "The parties have stopped sharing for good.")
    for look in (access.view_read, access.view_patch):
        with pytest.raises(access.Denied) as denial:
            look(people.investigator, opened.number, town["gate-east"])
        assert broken(denial) == ["agreement-stands"]
    assert access.view_read(people.investigator, opened.number, town["mill-lane"])[0].has_patch


def test_a_picture_whose_read_is_gone_is_not_shown(people, opened, town, search_for):
    gone = ReadId(5, 5).text
    keep_patch(gone)
    Disclosure.objects.create(request=opened, read_id=gone)
    with pytest.raises(access.ReadGone):
        access.view_patch(people.investigator, opened.number, gone)


# ---- Alerts


def test_reads_of_others_are_matched_and_shown_only_by_agreement(people, second_authoriser, store, recorded):
    county_cameras()
    stolen_list(people)
    wanted(people)
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    assert match([stored_read(camera_id="gate-east")]) == ()

    held = consulted(people)
    number = agreed(people, second_authoriser, terms(held, purposes=frozenset({access.HOTLIST_MATCHING})))
    (hit,) = match([stored_read(camera_id="gate-east")])
    seen = access.Seen(
        hit=str(hit.pk),
        list_slug="stolen",
        read_id=hit.read_id,
        camera_id=hit.camera_id,
        captured_at=hit.captured_at,
        case_reference=hit.entry.case_reference,
        plates=(hit.entry.plate, hit.read_plate),
    )
    access.see_alert(people.operator, watch.pk, seen)
    assert recorded()[-1][0] is AuditEvent.READS_DISCLOSED
    with pytest.raises(access.Denied) as denial:
        access.patch_for_alert(people.operator, watch.pk, seen)
    assert broken(denial) == ["agreement-names-the-field"]

    access.end_agreement(people.authoriser, number, "The parties have stopped sharing for good.")
    for look in (access.see_alert, access.check_alert, access.open_alert, access.patch_for_alert):
        with pytest.raises(access.Denied):
            look(people.operator, watch.pk, seen)
    assert match([stored_read(camera_id="gate-east")]) == ()
    assert len(match([stored_read(camera_id="mill-lane")])) == 1


def test_a_wall_goes_on_without_the_alerts_that_are_no_longer_open(people, second_authoriser, client, store):
    county_cameras()
    stolen_list(people)
    wanted(people)
    access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    number = agreed(people, second_authoriser, terms(consulted(people)))
    match([stored_read(camera_id="gate-east"), stored_read(camera_id="mill-lane")])
    client.force_login(people.operator)
    assert (
        client.get("/alerts/").content.decode().count('class="tp-alert tp-alert--') == 3
    )  # and the blank card
    access.end_agreement(people.authoriser, number, "The parties have stopped sharing for good.")
    assert client.get("/alerts/").content.decode().count('class="tp-alert tp-alert--') == 2


# ---- Properties


some_fields = st.frozensets(st.sampled_from(sorted(SharedField))).map(lambda some: some | {SharedField.TEXT})
some_cameras = st.frozensets(st.sampled_from(CAMERAS), min_size=1)
some_purposes = st.frozensets(st.sampled_from(access.AGREED_PURPOSES), min_size=1)
slow = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shown(outcome):
    """What a searcher holds in the end: each field of each read."""
    return {
        (read.read_id, name)
        for read in outcome.reads
        for name in ("plate", "colour", "make", "has_patch")
        if getattr(read, name)
    }


@dataclass(frozen=True)
class Narrowing:
    """Terms, and others that name fewer fields, cameras and purposes."""

    fields: frozenset[SharedField]
    fewer_fields: frozenset[SharedField]
    cameras: frozenset[str]
    fewer_cameras: frozenset[str]
    purposes: frozenset[str]


narrowings = st.builds(Narrowing, some_fields, some_fields, some_cameras, some_cameras, some_purposes)


@slow
@given(drawn=narrowings)
def test_fewer_fields_or_cameras_never_show_more_and_an_unrelated_agreement_nothing(
    people, second_authoriser, opened, town, search_for, drawn
):
    def seen():
        return shown(search_for(opened.number, "AB12CDE"))

    def telling(cameras, fields, purposes):
        changes = {"cameras": cameras, "fields": fields, "purposes": purposes}
        return terms(held, **{**PICTURES_TOO, **changes})

    for earlier in access.all_agreements():
        access.end_agreement(
            people.authoriser, earlier.number, "The next example begins with nothing agreed."
        )
    held, before = consulted(people), seen()
    assert {read_id.text for read_id, _ in before} == {town["mill-lane"]}
    unrelated = terms(held, purposes=frozenset({"missing_person"}))
    agreed(people, second_authoriser, unrelated)
    assert seen() == before

    number = agreed(
        people, second_authoriser, telling(drawn.cameras, drawn.fields, frozenset(access.AGREED_PURPOSES))
    )
    wide = seen()
    assert {read_id.text for read_id, _ in wide - before} == {town[one] for one in drawn.cameras}
    fewer_cameras = (drawn.cameras & drawn.fewer_cameras) or drawn.cameras
    fewer_fields = drawn.fields & drawn.fewer_fields
    amended(people, second_authoriser, number, telling(fewer_cameras, fewer_fields, drawn.purposes))
    narrow = seen()
    assert before <= narrow <= wide
    expected = {town[one] for one in fewer_cameras} if opened.purpose in drawn.purposes else set()
    assert {read_id.text for read_id, _ in narrow - before} == expected


def test_a_consultation_on_record_later_opens_nothing_until_it_is_decided_on(
    people, second_authoriser, opened, town, search_for
):
    east = consulted(people, cameras=["gate-east"])
    number = agreed(people, second_authoriser, terms(east))
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane", "gate-east"}
    west = consulted(people, cameras=["gate-west"], held_on=date(2020, 1, 1))
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane", "gate-east"}
    made = access.propose_terms(people.authoriser, number, terms(east, west))
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane", "gate-east"}
    access.decide_terms(second_authoriser, number, made.number, "Board minute 8")
    assert cameras_in(search_for(opened.number, "AB12CDE")) == {"mill-lane", *CAMERAS}


def test_a_new_camera_of_theirs_stays_off(people, second_authoriser, opened, town, stored, search_for):
    agreed(people, second_authoriser, terms(consulted(people)))
    county_cameras(["gate-north"])
    stored(new_read("AB12CDE", minutes=9), camera_id="gate-north")
    assert "gate-north" not in cameras_in(search_for(opened.number, "AB12CDE"))


def test_pictures_stay_off_without_an_assessment_of_their_own(
    people, second_authoriser, opened, town, search_for
):
    held = consulted(people)
    number = agreed(people, second_authoriser, terms(held, fields=EVERYTHING))
    same = {**PICTURES_TOO, "pictures_dpia": "DPIA/25/1"}
    not_named = {**PICTURES_TOO, "pictures_dpia_names": frozenset({SharedField.VEHICLE_PICTURE})}
    for changes in ({"fields": EVERYTHING}, same, not_named):
        amended(people, second_authoriser, number, terms(held, **changes))
        for read in search_for(opened.number, "AB12CDE").reads:
            assert read.has_patch == (read.camera_id == "mill-lane")
            assert read.colour == "red"  # consulted about and named: only pictures need more


def test_decisions_about_disclosing_come_out_the_same_when_made_again(
    people, second_authoriser, opened, town, search_for
):
    held = consulted(people)
    agreed(people, second_authoriser, terms(held))
    search_for(opened.number, "AB12CDE")
    with pytest.raises(access.Denied):
        access.view_patch(people.investigator, opened.number, town["gate-east"])
    again = [one for one in access.replay("tests") if one.action == "Disclose"]
    assert [one.was for one in again] == [("agreement-names-the-field",), ("disclose",)]
    assert all(one.is_same for one in again)
