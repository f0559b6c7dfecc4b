"""What came of a request: owed when it has ended, overdue after two weeks, told by its requester alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.models import Request
from turnpike.ledger.services import AuditEvent, LedgerError

pytestmark = pytest.mark.django_db


def end(**ago):
    Request.objects.update(expires_at=timezone.now() - timedelta(**ago))


def test_an_outcome_is_owed_once_the_request_has_ended(opened, people, another_investigator):
    assert access.owed_outcomes(people.investigator) == ()
    access.close_request(people.investigator, opened.number)
    assert access.owed_outcomes(people.investigator) == (opened,)
    assert access.owed_outcomes(another_investigator) == ()


@pytest.mark.parametrize(("days", "overdue"), [(13, False), (14, True)])
def test_it_is_overdue_after_two_weeks(opened, days, overdue):
    end(days=days, seconds=1)
    assert (access.overdue_outcomes() == (opened,)) is overdue


def test_telling_it_is_recorded_and_settles_it(opened, people, recorded):
    end(days=20)
    told = access.tell_outcome(people.investigator, opened.number, "vehicle_found", " Behind  the station. ")
    assert told is not None
    assert told.outcome_label == "The vehicle was found"
    assert told.outcome_note == "Behind the station."
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.REQUEST_OUTCOME, "investigator")
    assert (details["outcome"], details["note"]) == ("vehicle_found", "Behind the station.")
    assert access.owed_outcomes(people.investigator) == access.overdue_outcomes() == ()
    access.tell_outcome(people.investigator, opened.number, "arrest")
    assert recorded()[-1][2]["outcome"] == "arrest"


def test_nobody_tells_it_for_another(opened, another_investigator):
    assert access.tell_outcome(another_investigator, opened.number, "arrest") is None
    assert Request.objects.get().outcome == ""


@pytest.mark.parametrize(("facts", "field"), [(("luck",), "outcome"), (("arrest", "x" * 501), "note")])
def test_what_cannot_be_kept_says_why(opened, people, facts, field):
    with pytest.raises(access.RequestError) as refusal:
        access.tell_outcome(people.investigator, opened.number, *facts)
    assert refusal.value.field == field


def test_without_a_ledger_nothing_is_kept(opened, people, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        access.tell_outcome(people.investigator, opened.number, "arrest")
    assert Request.objects.get().outcome == ""


def test_the_pages_ask_for_it_and_show_who_owes_it(client, opened, people):
    end(days=20)
    client.force_login(people.authoriser)
    page = client.get("/authority/").content.decode()
    assert "Outcomes that are overdue" in page
    assert opened.number in page
    client.force_login(people.investigator)
    assert f"/requests/{opened.number}/outcome/" in client.get("/requests/").content.decode()
    assert client.post(f"/requests/{opened.number}/outcome/", {}).status_code == 400
    done = client.post(f"/requests/{opened.number}/outcome/", {"outcome": "nothing"}, follow=True)
    assert f"What came of request {opened.number} is kept." in done.content.decode()
    assert "Nothing came of it" in client.get(f"/requests/{opened.number}/").content.decode()
    assert client.get("/requests/R-1999-000001/outcome/").status_code == 404
