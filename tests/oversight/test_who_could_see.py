"""Who could see this read, and why: by the policy of the day, for any person, without a plate; asking is an entry of its own."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import PolicyUse, Request
from turnpike.accounts.services import User
from turnpike.cameras import services as cameras
from turnpike.cli.main import app
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.reads.services import NewBatch, NewRead

pytestmark = pytest.mark.django_db
PLATE = "AB12CDE"
REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"


def body(response):
    return html.unescape(response.content.decode())


def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def read(store, db):
    """A read of an hour ago, by a registered camera; its id."""
    cameras.register_camera(
        "tests", camera_id="mill-lane", name="Mill Lane north", latitude=51.5, longitude=0.1, heading_degrees=0, purpose="crime", owner="Fenbridge Police",
    )  # fmt: skip
    # Just now: of today also in the hour after midnight.
    at = now() - timedelta(seconds=1)
    new = NewRead(plate=PLATE, raw_text=PLATE, confidence=0.9, captured_at=at, event_key=1)
    (result,) = store.append([NewBatch("mill-lane", "s", "m", "a", bytes(32), at, (new,))])
    return result.stored[0][1].text


@pytest.fixture
def disclosed(people, case, read):
    """A request of the investigator's to which a search returned the read."""
    case()
    opened = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=(PLATE,),
    )
    at = now()
    access.search(
        people.investigator,
        opened.number,
        pattern=PLATE,
        captured_from=at - timedelta(hours=3),
        captured_until=at,
    )
    return opened


def ask(user, read, day=None, username=""):
    return access.who_could_see(user, read, day or now().date(), username)


def looks(found, username):
    (group,) = [group for group in found.groups if username in group.people]
    return {look.what: look for look in group.looks}


def ids(rules):
    return {rule.id for rule in rules}


def test_each_person_s_answer_says_why_not_or_under_which_conditions(people, read):
    found = ask(people.auditor, read)
    assert (found.place.camera_name, found.place.controller, found.age_days) == (
        "Mill Lane north",
        "Fenbridge Police",
        1,
    )
    search = looks(found, "investigator")["Find it by a search"]
    assert search.possible
    assert {"request-is-yours", "case-is-open", "case-is-yours"} <= ids(search.conditions)
    assert "older-needs-authority" not in ids(search.conditions)
    assert "read-was-disclosed" in ids(looks(found, "investigator")["Open it"].conditions)
    for nobody in ("auditor", "administrator", "authoriser"):
        for look in looks(found, nobody).values():
            assert not look.possible
            assert look.against
    assert ids(looks(found, "operator")["Find it by a search"].against) == {"investigators-search"}
    assert looks(found, "operator")["Be shown it as an alert"].possible


def test_its_age_counts(people, store, read):
    at = now() - timedelta(days=200)
    new = NewRead(plate=PLATE, raw_text=PLATE, confidence=0.9, captured_at=at, event_key=2)
    (result,) = store.append([NewBatch("mill-lane", "s", "m", "a", bytes(32), at, (new,))])
    found = ask(people.auditor, result.stored[0][1].text)
    assert found.age_days in (200, 201)
    assert "older-needs-authority" in ids(looks(found, "investigator")["Find it by a search"].conditions)


def test_training_is_that_of_the_day_and_a_closed_account_sees_nothing(people, read):
    User.objects.filter(username="investigator").update(trained_until=now().date() + timedelta(days=5))
    assert looks(ask(people.auditor, read), "investigator")["Open it"].possible
    later = ask(people.auditor, read, now().date() + timedelta(days=6))
    assert ids(looks(later, "investigator")["Open it"].against) == {"training-counts"}
    User.objects.filter(username="investigator").update(is_active=False)
    closed = looks(ask(people.auditor, read), "investigator")
    assert all("account-is-open" in ids(look.against) for look in closed.values())


def test_the_policy_of_the_day_answers_and_not_today_s(people, read, monkeypatch):
    PolicyUse.objects.update(since=now() - timedelta(days=10))
    with monkeypatch.context() as patched:
        chosen = config.load().model_copy(update={"policy_pack": "fenbridge"})
        patched.setattr(config, "load", lambda: chosen)
        access.put_in_force()
    before = ask(people.auditor, read, now().date() - timedelta(days=2))
    today = ask(people.auditor, read)
    rule = "pictures-are-for-serious-cases"
    assert [version.split("@")[0] for version in before.packs] == ["base"]
    assert [version.split("@")[0] for version in today.packs] == ["base", "fenbridge"]
    assert rule not in ids(looks(before, "investigator")["See its picture"].conditions)
    assert rule in ids(looks(today, "investigator")["See its picture"].conditions)


def test_requests_that_held_it_are_named_to_an_auditor_and_only_those_of_the_day(people, read, disclosed):
    assert [(one.request, one.requester, one.operator) for one in ask(people.auditor, read).holders] == [
        (disclosed.number, "investigator", "")
    ]
    assert ask(people.auditor, read, now().date() + timedelta(days=9)).holders == ()
    Request.objects.update(closed_at=now() - timedelta(days=3), opened_at=now() - timedelta(days=5))
    assert ask(people.auditor, read).holders == ()


def test_of_a_read_that_is_gone_only_its_own_id_is_known(people, store):
    found = ask(people.auditor, "00361QGS8AR1C000")
    assert not found.place.kept
    assert (found.place.camera_name, found.place.controller) == ("", "")
    assert found.groups


@pytest.mark.parametrize("role", ["operator", "investigator", "authoriser", "administrator"])
def test_only_an_auditor_asks(people, client, read, role):
    with pytest.raises(access.Denied):
        ask(getattr(people, role), read)
    client.force_login(getattr(people, role))
    assert client.get("/log/who/").status_code == 403


def test_asking_is_recorded_before_the_read_is_looked_for(people, read, monkeypatch):
    seen = []
    real = access.read_place

    def looked_for(text):
        seen.append(ledger.entries(limit=1)[0].event)
        return real(text)

    monkeypatch.setattr("turnpike.access.who_could_see.read_place", looked_for)
    found = ask(people.auditor, read, username="investigator")
    assert seen == [AuditEvent.WHO_COULD_SEE_ASKED]
    entry = ledger.entry(found.receipt.index)
    assert entry is not None
    assert (entry.actor, entry.details["read"], entry.details["about"]) == ("auditor", read, "investigator")
    assert entry.details["rules"] == ["ask-who-could-see"]
    assert [group.people for group in found.groups] == [("investigator",)]


def test_the_page_answers_and_shows_no_plate(client, people, read, disclosed):
    client.force_login(people.auditor)
    assert "Who could see this read" in body(client.get("/log/who/"))
    page = body(
        client.get("/log/who/", {"read": read.lower(), "day": now().date().isoformat(), "person": ""})
    )
    for said in ("Mill Lane north", "Fenbridge Police", disclosed.number, "request-is-yours", "Yes, unless"):
        assert said in page
    assert PLATE not in page
    assert "AB12" not in page


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"read": "nonsense"}, "16 letters and digits"),
        ({"read": ""}, "Give the read's id"),
        ({"day": "soon"}, "year, month and day"),
        ({"day": "1999-01-01"}, "choose a later one"),
        ({"person": "nobody"}, "nobody"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(client, people, read, asked, says):
    client.force_login(people.auditor)
    response = client.get("/log/who/", {"read": read, "day": now().date().isoformat(), "person": "", **asked})
    assert response.status_code == 400
    assert says in body(response)


def test_the_command_answers_without_requests_and_leaves_an_entry(read, disclosed, monkeypatch):
    monkeypatch.setattr("turnpike.cli.policy.prepare_records", lambda: None)
    monkeypatch.setattr("turnpike.cli.policy.find_place", access.read_place)
    done = CliRunner().invoke(app, ["policy", "who", "--read", read, "--on", now().date().isoformat()])
    assert done.exit_code == 0, done.output
    assert "Mill Lane north, Fenbridge Police, 1 days old" in done.output or "1 day" in done.output
    assert "read-was-disclosed: No search under this request returned that read" in done.output
    assert disclosed.number not in done.output
    assert PLATE not in done.output
    last = ledger.entries(limit=1)[0]
    assert last.event is AuditEvent.WHO_COULD_SEE_ASKED
    assert last.actor.startswith("shell:")


def test_a_day_before_any_policy_is_said(people, read):
    with pytest.raises(access.WhoQuestionError, match="choose a later one"):
        ask(people.auditor, read, date(1999, 1, 1))
