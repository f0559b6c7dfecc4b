"""Opening a read or its picture: only what a search returned, each look decided and recorded first."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from turnpike import config
from turnpike.access import services as access
from turnpike.images.services import PatchStore
from turnpike.ledger.services import AuditEvent, LedgerError
from turnpike.reads.services import ReadId

from .conftest import NOON, REASON, new_read

pytestmark = pytest.mark.django_db


def keep_patch(read_id):
    picture = io.BytesIO()
    Image.new("RGB", (120, 40), "white").save(picture, "JPEG")
    at = ReadId.parse(read_id)
    PatchStore(config.load().patches_path).write(at.batch, {at.slot: picture.getvalue()})
    return picture.getvalue()


@pytest.fixture
def disclosed(opened, stored, search_for):
    """The id of a read that a search under the request returned."""
    (read_id,) = stored(new_read("AB12CDE", has_patch=True))
    search_for(opened.number, "AB12CDE")
    return read_id


def test_a_returned_read_can_be_opened_and_the_look_is_recorded(opened, people, disclosed, recorded):
    read, receipt = access.view_read(people.investigator, opened.number, disclosed)

    assert read.plate == "AB12CDE"
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.READ_VIEWED, "investigator")
    assert details["read"] == disclosed
    assert details["reason"] == REASON
    assert details["rules"] == ["view-read"]
    assert receipt.index == receipt.size - 1


def test_its_picture_is_a_look_of_its_own(opened, people, disclosed, recorded):
    picture = keep_patch(disclosed)
    assert access.view_patch(people.investigator, opened.number, disclosed) == picture
    assert recorded()[-1][0] is AuditEvent.PATCH_VIEWED


def test_where_no_picture_was_kept_there_is_none(opened, people, disclosed):
    assert access.view_patch(people.investigator, opened.number, disclosed) is None


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_a_read_that_no_search_returned_is_refused(opened, people, stored, look, recorded):
    (read_id,) = stored(new_read("AB12CDE"))
    with pytest.raises(access.Denied) as denial:
        look(people.investigator, opened.number, read_id)
    assert [rule.id for rule in denial.value.decision.rules] == ["read-was-disclosed"]
    assert recorded()[-1][0] is AuditEvent.DECISION_DENIED


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_what_was_returned_to_one_request_is_not_to_another(people, case, disclosed, look):
    case("CR/99", "road_traffic")
    second = access.open_request(
        people.investigator, case_reference="CR/99", purpose="road_safety", reason=REASON, patterns=("AB12*",)
    )
    with pytest.raises(access.Denied):
        look(people.investigator, second.number, disclosed)


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_another_persons_request_opens_nothing(opened, another_investigator, disclosed, look):
    with pytest.raises(access.Denied) as denial:
        look(another_investigator, opened.number, disclosed)
    assert {rule.id for rule in denial.value.decision.rules} == {"request-is-yours", "read-was-disclosed"}


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_a_closed_request_opens_nothing(opened, people, disclosed, look):
    access.close_request(people.investigator, opened.number)
    with pytest.raises(access.Denied) as denial:
        look(people.investigator, opened.number, disclosed)
    assert [rule.id for rule in denial.value.decision.rules] == ["request-is-open"]


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_what_is_no_id_is_refused(opened, people, store, look):
    with pytest.raises(access.Denied):
        look(people.investigator, opened.number, "' OR 1=1")


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_if_the_look_cannot_be_recorded_nothing_is_shown(opened, people, disclosed, look, break_ledger):
    keep_patch(disclosed)
    break_ledger()
    with pytest.raises(LedgerError):
        look(people.investigator, opened.number, disclosed)


def test_a_read_deleted_since_is_said_to_be_gone(opened, people, store):
    from turnpike.access.models import Disclosure

    Disclosure.objects.create(request=opened, read_id=ReadId(1, 2).text)
    with pytest.raises(access.ReadGone):
        access.view_read(people.investigator, opened.number, ReadId(1, 2).text)


# ---- under a watch


@pytest.fixture
def watch(people):
    return access.grant_watch(people.authoriser, people.operator, "stolen", 8)


@pytest.fixture
def alert(stored):
    """The facts of one alert, as the wall passes them."""
    (read_id,) = stored(new_read("AB12CDE", has_patch=True))
    return access.Seen(
        hit="7",
        list_slug="stolen",
        read_id=read_id,
        camera_id="mill-lane",
        captured_at=NOON,
        case_reference="CR/04711/26",
        plates=("AB12CDE", "AB12CDE"),
    )


def test_each_alert_seen_is_one_entry(people, watch, alert, recorded):
    before = len(recorded())
    receipt = access.see_alert(people.operator, watch.pk, alert)
    entries = recorded()[before:]
    assert [(event, actor) for event, actor, _ in entries] == [(AuditEvent.ALERT_SEEN, "operator")]
    assert entries[0][2]["hit"] == "7"
    assert entries[0][2]["hotlist"] == "stolen"
    assert entries[0][2]["watch"] == watch.pk
    assert receipt.size == receipt.index + 1


def test_the_holder_of_a_watch_sees_read_and_picture(people, watch, alert, recorded):
    picture = keep_patch(alert.read_id)
    access.open_alert(people.operator, watch.pk, alert)
    assert recorded()[-1][0] is AuditEvent.READ_VIEWED
    assert access.patch_for_alert(people.operator, watch.pk, alert) == picture
    assert recorded()[-1][0] is AuditEvent.PATCH_VIEWED


LOOKS = [access.see_alert, access.open_alert, access.patch_for_alert]


@pytest.mark.parametrize("look", LOOKS)
def test_a_watch_on_another_list_shows_nothing(people, watch, alert, look):
    with pytest.raises(access.Denied) as denial:
        look(people.operator, watch.pk, replace(alert, list_slug="missing"))
    assert [rule.id for rule in denial.value.decision.rules] == ["watch-covers-the-list"]


@pytest.mark.parametrize("look", LOOKS)
def test_a_revoked_watch_shows_nothing(people, watch, alert, look):
    access.revoke_watch(people.authoriser, watch.pk)
    with pytest.raises(access.Denied) as denial:
        look(people.operator, watch.pk, alert)
    assert [rule.id for rule in denial.value.decision.rules] == ["watch-is-active"]


@pytest.mark.parametrize("look", LOOKS)
def test_the_watch_of_another_shows_nothing(people, watch, alert, look):
    with pytest.raises(access.Denied) as denial:
        look(people.authoriser, watch.pk, alert)
    assert {rule.id for rule in denial.value.decision.rules} == {"operators-see-alerts", "watch-is-yours"}


@pytest.mark.parametrize("look", LOOKS)
def test_an_alert_that_cannot_be_recorded_is_not_shown(people, watch, alert, look, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        look(people.operator, watch.pk, alert)
