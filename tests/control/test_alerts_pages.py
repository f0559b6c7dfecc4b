"""The wall without scripts, an alert's page and its picture."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.alert_world import CAPTURED_AT, stolen_list, stored_read, wanted

from turnpike import config
from turnpike.access import services as access
from turnpike.cameras.services import register_camera
from turnpike.control import alert_wall
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Hit, Sighting
from turnpike.images.services import PatchStore, cut_patch
from turnpike.ledger import services as ledger

pytestmark = pytest.mark.django_db

AuditEvent = ledger.AuditEvent


@pytest.fixture
def stolen(people):
    """A list with one wanted vehicle."""
    hotlist = stolen_list(people)
    wanted(people)
    return hotlist


@pytest.fixture
def watch(people, stolen):
    """The operator's watch over it."""
    return access.grant_watch(people.authoriser, people.operator, "stolen", 8)


@pytest.fixture
def operator(client, people, watch):
    """The client of the operator on watch."""
    client.force_login(people.operator)
    return client


@pytest.fixture
def hit(stolen):
    """Make a hit."""

    def make(plate: str = "AB12CDE", **changes) -> Hit:
        return hotlists.match([stored_read(plate, **changes)])[0]

    return make


def events(kind: AuditEvent) -> list[ledger.LedgerEntry]:
    return [entry for entry in ledger.entries(limit=500) if entry.event is kind]


def test_without_a_watch_the_wall_says_whom_to_ask(client, people, hit):
    hit()
    client.force_login(people.operator)
    answer = client.get("/alerts/")
    assert answer.status_code == 403
    assert "Ask an authoriser for a watch" in answer.content.decode()
    assert events(AuditEvent.ALERT_SEEN) == []


@pytest.mark.parametrize("role", ["investigator", "authoriser", "auditor", "administrator"])
def test_others_have_no_wall(client, people, hit, role):
    number = hit().pk
    client.force_login(getattr(people, role))
    for path in ("/alerts/", f"/alerts/{number}/", f"/alerts/{number}/patch"):
        assert client.get(path).status_code == 403


def test_the_wall_shows_the_newest_first_and_records_each_once(operator, hit):
    older, newer = hit(), hit("A812CDE")
    for _ in range(2):
        page = operator.get("/alerts/").content.decode()
        assert page.index(f'id="alert-{newer.pk}"') < page.index(f'id="alert-{older.pk}"')
        assert "Possible misread: check the picture" in page
        assert "High priority" in page
        assert f'data-after="{newer.pk}"' in page
    seen = events(AuditEvent.ALERT_SEEN)
    assert {entry.details["hit"] for entry in seen} == {str(older.pk), str(newer.pk)}
    assert len(seen) == Sighting.objects.count() == 2


def test_the_wall_without_scripts_says_how_to_reload(operator):
    page = operator.get("/alerts/").content.decode()
    assert "reload to see new ones" in page
    assert 'http-equiv="refresh"' not in page
    assert 'http-equiv="refresh"' in operator.get("/alerts/?reload").content.decode()
    assert "no-store" in operator.get("/alerts/")["Cache-Control"]


def test_another_list_is_not_on_the_wall(operator, people, hit):
    hotlists.create_list(
        people.authoriser, slug="uninsured", name="Uninsured", purpose="Vehicles without insurance."
    )
    wanted(people, "ZZ99ZZZ", list_slug="uninsured")
    other = hit("ZZ99ZZZ")
    assert "ZZ99" not in operator.get("/alerts/").content.decode()
    for path in (f"/alerts/{other.pk}/", f"/alerts/{other.pk}/patch"):
        answer = operator.get(path)
        assert answer.status_code == 403
        assert "ask an authoriser" in answer.content.decode()
        assert events(AuditEvent.DECISION_DENIED)
    assert events(AuditEvent.ALERT_SEEN) == []


def test_an_ended_watch_ends_the_pages(operator, people, watch, hit):
    number = hit().pk
    assert operator.get(f"/alerts/{number}/").status_code == 200
    access.revoke_watch(people.authoriser, watch.pk)
    for path in ("/alerts/", f"/alerts/{number}/", f"/alerts/{number}/patch"):
        assert operator.get(path).status_code == 403
    answer = operator.post(f"/alerts/{number}/", {"outcome": "confirmed"})
    assert answer.status_code == 403
    assert Hit.objects.get().actioned_at is None


def test_an_alert_stands_beside_its_entry(operator, hit):
    register_camera(
        "tests",
        camera_id="bridge-north",
        name="Northgate bridge",
        latitude=51.5,
        longitude=-0.1,
        heading_degrees=0,
        purpose="Tests",
        owner="Tests",
    )
    late = hit("A812CDE", received_at=CAPTURED_AT + timedelta(minutes=50))
    page = operator.get(f"/alerts/{late.pk}/").content.decode()
    for shown in (
        "Northgate bridge",
        "22 Nov 2026, 14:03:07.120 UTC",
        "94%",
        "Taken from outside the owner&#39;s house",
        "Data Protection Act 2018, section 35",
        "Crime report 42/1187",
        "Roads policing",
        "Investigator",
        "Authoriser",
        "Possible misread: check the picture",
        "<strong>8</strong>",
        "<strong>B</strong>",
        "Arrived 50 min late",
        "No picture was kept",
    ):
        assert shown in page, shown
    assert [entry.details["hit"] for entry in events(AuditEvent.ALERT_SEEN)] == [str(late.pk)]


def test_each_opening_of_an_alert_s_page_is_decided_and_recorded(operator, hit, monkeypatch):
    number = hit().pk
    for openings in (1, 2, 3):
        assert operator.get(f"/alerts/{number}/").status_code == 200
        opened = events(AuditEvent.READ_VIEWED)
        assert len(opened) == openings
        assert opened[0].details["hit"] == str(number)
    assert operator.post(f"/alerts/{number}/", {}).status_code == 400
    assert len(events(AuditEvent.READ_VIEWED)) == 4
    operator.post(f"/alerts/{number}/", {"outcome": "confirmed"})
    assert len(events(AuditEvent.READ_VIEWED)) == 4
    assert len(events(AuditEvent.ALERT_SEEN)) == 1


def test_what_was_seen_before_is_decided_anew_before_it_is_shown(people, watch, hit):
    """The watch ends between the page's look at the watches and the cards."""
    alert = hotlists.alert_of(hit())
    watches = alert_wall.watches_now(people.operator)
    assert alert_wall.show_all(people.operator, watches, [alert])
    access.revoke_watch(people.authoriser, watch.pk)
    with pytest.raises(access.Denied, match="Your watch has ended"):
        alert_wall.show_all(people.operator, watches, [alert])
    assert len(events(AuditEvent.DECISION_DENIED)) == 1
    assert len(events(AuditEvent.ALERT_SEEN)) == 1


def test_an_unknown_alert_is_not_found(operator):
    assert operator.get("/alerts/99/").status_code == 404
    assert operator.get("/alerts/99/patch").status_code == 404


def test_each_look_at_the_picture_is_recorded(operator, hit, people):
    pixels = np.full((60, 200, 3), 200, np.uint8)
    patch = cut_patch(pixels, (20, 10, 160, 40))
    seen = stored_read(has_patch=True)
    PatchStore(config.load().patches_path).write(seen.read_id.batch, {seen.read_id.slot: patch})
    (kept,) = hotlists.match([seen])
    address = f"/alerts/{kept.pk}/patch"
    assert f'src="{address}"' in operator.get(f"/alerts/{kept.pk}/").content.decode()
    assert events(AuditEvent.PATCH_VIEWED) == []
    for looks in (1, 2):
        answer = operator.get(address)
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store")
        assert Image.open(BytesIO(answer.content)).size[0] > 100
        assert len(events(AuditEvent.PATCH_VIEWED)) == looks
    assert operator.get(f"/alerts/{hit().pk}/patch").status_code == 404


def test_what_was_done_is_recorded_and_shown(operator, hit, people):
    first, second = hit(), hit()
    address = f"/alerts/{first.pk}/"
    page = operator.post(address, {"outcome": "confirmed", "note": "Unit 12 sent."}, follow=True)
    assert page.redirect_chain == [("/alerts/", 302)]
    assert "Recorded" in page.content.decode()
    (logged,) = events(AuditEvent.ALERT_ACTIONED)
    assert (logged.actor, logged.details["outcome"], logged.details["hit"]) == (
        "operator",
        "confirmed",
        first.pk,
    )
    wall = operator.get("/alerts/").content.decode()
    assert "Confirmed and passed on, by Operator" in wall
    assert wall.index(f'id="alert-{second.pk}"') < wall.index('id="dealt-with"') < wall.index(address)
    page = operator.get(address).content.decode()
    assert "Unit 12 sent." in page
    assert 'name="outcome"' not in page
    assert operator.post(address, {"outcome": "misread"}).status_code == 409
    assert len(events(AuditEvent.ALERT_ACTIONED)) == 1


def test_of_two_outcomes_recorded_at_once_one_stands(people, watch, hit, monkeypatch):
    """The second is recorded while the first one's entry is being written into the ledger."""
    number = hit().pk
    record = ledger.record

    def recorded_meanwhile(event, **details):
        monkeypatch.setattr("turnpike.hotlists.hits.record", record)
        hotlists.action_hit(people.operator, number, outcome=hotlists.Outcome.MISREAD, note="")
        return record(event, **details)

    monkeypatch.setattr("turnpike.hotlists.hits.record", recorded_meanwhile)
    with pytest.raises(hotlists.AlreadyDecided):
        hotlists.action_hit(people.operator, number, outcome=hotlists.Outcome.CONFIRMED, note="")
    assert Hit.objects.get().outcome == hotlists.Outcome.MISREAD
    correction, wrong = ledger.entries(limit=2)
    assert correction.event is AuditEvent.ALTERATION_NOT_DONE
    assert correction.details["corrects"] == wrong.index
    assert wrong.details["outcome"] == hotlists.Outcome.CONFIRMED


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "arrested"}, "outcome"),
        ({"outcome": "other-vehicle"}, "note"),
        ({"outcome": "no-resource", "note": "  "}, "note"),
        ({"outcome": "other"}, "note"),
        ({"outcome": "confirmed", "note": "x" * 501}, "note"),
    ],
    ids=str,
)
def test_an_outcome_that_says_too_little_is_refused(operator, hit, given, field):
    number = hit().pk
    answer = operator.post(f"/alerts/{number}/", given)
    assert answer.status_code == 400
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert events(AuditEvent.ALERT_ACTIONED) == []


def test_the_ledger_comes_first(operator, hit, monkeypatch):
    number = hit().pk

    def broken(*_: object, **__: object) -> None:
        raise ledger.LedgerError("The ledger cannot be written.")

    monkeypatch.setattr("turnpike.hotlists.hits.record", broken)
    monkeypatch.setattr("turnpike.access.alert_viewing.record", broken)
    assert operator.get("/alerts/").status_code == 503
    Sighting.objects.create(hit_id=number, user=hotlists.find_hit(number).entry.proposed_by)
    assert operator.post(f"/alerts/{number}/", {"outcome": "confirmed"}).status_code == 503
    assert Hit.objects.get().actioned_at is None
