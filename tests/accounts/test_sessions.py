"""Sessions end by their time and by their owner's hand, and say why."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from turnpike import config
from turnpike.accounts import services as accounts
from turnpike.accounts.sessions import browser_name
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.site.loops import Loop
from turnpike.site.upkeep import clear_away

pytestmark = pytest.mark.django_db
MINUTE_S, HOUR_S = 60, 3600
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(user, **extra) -> Client:
    client = Client(**extra)
    client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(user, actor='tests')}/")
    return client


def turn_back(client, **by_s):
    """As if this session had begun, or been used, so much earlier."""
    session = client.session
    for name, seconds in by_s.items():
        session[name] = session[name] - seconds
    session.save()


def test_a_session_ends_after_so_long_without_use_and_leads_back(people):
    client = signed_in(people.auditor)
    turn_back(client, seen_at_s=30 * MINUTE_S - 5)
    assert client.get("/log/").status_code == 200
    turn_back(client, seen_at_s=30 * MINUTE_S + 1)
    response = client.get("/log/?page=2")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/log/%3Fpage%3D2"
    assert "signed out after 30 minutes without use" in client.get(response["Location"]).content.decode()
    events = [entry.event for entry in ledger.entries(limit=3)]
    assert AuditEvent.SESSION_ENDED in events
    assert client.get("/log/").status_code == 302


def test_use_keeps_a_session_going_but_not_beyond_a_shift(people):
    client = signed_in(people.auditor)
    for _ in range(3):
        turn_back(client, seen_at_s=20 * MINUTE_S, began_at_s=20 * MINUTE_S)
        assert client.get("/log/").status_code == 200
    turn_back(client, began_at_s=config.load().session_hours * HOUR_S)
    response = client.get("/log/")
    assert response.status_code == 302
    assert "as everybody is" in client.get(response["Location"]).content.decode()


def test_what_is_posted_too_late_is_not_done(people, case):
    case()
    client = signed_in(people.investigator)
    turn_back(client, seen_at_s=HOUR_S)
    typed = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reason": "A burglary in Mill Lane at night",
    }
    assert client.post("/requests/new/", typed)["Location"] == "/sign-in/?next=/"
    assert AuditEvent.REQUEST_OPENED not in [entry.event for entry in ledger.entries(limit=20)]


def test_without_a_ledger_a_session_that_is_over_opens_nothing(people, monkeypatch):
    client = signed_in(people.auditor)
    turn_back(client, seen_at_s=HOUR_S)

    def fail(*_args, **_facts):
        raise ledger.LedgerError("The ledger cannot be written.")

    monkeypatch.setattr("turnpike.accounts.middleware.record", fail)
    assert client.get("/log/").status_code == 503


def test_one_sees_where_one_is_signed_in_and_ends_the_other(people):
    here, there = signed_in(people.auditor, HTTP_USER_AGENT=FIREFOX), signed_in(people.auditor)
    signed_in(people.operator)
    page = here.get("/sign-in/sessions/").content.decode()
    assert page.count("<tr>") == 3
    assert "Firefox on Linux" in page
    assert page.count("This one") == 1
    (other,) = [
        one for one in accounts.sessions_of(people.auditor, here.session.session_key) if not one.is_this_one
    ]
    here.post(f"/sign-in/sessions/{other.number}/end/")
    assert there.get("/log/").status_code == 302
    assert here.get("/log/").status_code == 200
    assert len(accounts.sessions_of(people.auditor, None)) == 1
    assert (
        "has ended already"
        in here.post(f"/sign-in/sessions/{other.number}/end/", follow=True).content.decode()
    )


def test_another_persons_session_is_none_of_ones_own(people):
    mine, theirs = signed_in(people.auditor), signed_in(people.operator)
    (other,) = accounts.sessions_of(people.operator, None)
    mine.post(f"/sign-in/sessions/{other.number}/end/")
    assert theirs.get("/sign-in/sessions/").status_code == 200


def test_a_stream_keeps_its_session_alive_and_none_that_has_ended(people):
    client = signed_in(people.operator)
    turn_back(client, seen_at_s=10 * MINUTE_S)
    before = client.session["seen_at_s"]
    accounts.keep_alive(client.session)
    assert client.session["seen_at_s"] > before
    gone = client.session
    turn_back(client, seen_at_s=10 * MINUTE_S)
    stale = type(gone)(gone.session_key)
    assert "seen_at_s" in stale
    Session.objects.all().delete()
    stale["seen_at_s"] = 0
    accounts.keep_alive(stale)
    assert not Session.objects.exists()


def test_what_is_kept_of_expired_sessions_is_cleared_away_by_the_worker(people):
    gone, here = signed_in(people.auditor), signed_in(people.operator)
    Session.objects.filter(session_key=gone.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    upkeep = Loop("upkeep", clear_away)
    clear_away()
    assert [one.session_key for one in Session.objects.all()] == [here.session.session_key]
    assert [one.user for one in UserSession.objects.all()] == [people.operator]
    assert here.get("/sign-in/sessions/").status_code == 200
    upkeep.stop()  # one that never began ends as well


@pytest.mark.django_db(transaction=True)
def test_the_worker_clears_away_in_a_thread_that_ends_when_asked(monkeypatch):
    cleared = threading.Event()
    monkeypatch.setattr("turnpike.site.upkeep.forget_expired_sessions", cleared.set)
    upkeep = Loop("upkeep", clear_away)
    upkeep.start()
    assert cleared.wait(10)
    upkeep.stop()
    assert "upkeep" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Version/18 Safari/605", "Safari on iPhone"),
        ("curl/8", "curl/8"),
        ("", "An unknown browser"),
    ],
)
def test_browsers_are_named_as_people_know_them(told, shown):
    assert browser_name(told) == shown
