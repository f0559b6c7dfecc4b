"""A form that waits for its person to show who they are waits a quarter of an hour, without secrets, and never longer than it is wanted."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from tests.one_time_codes import code_now

from turnpike.accounts import services as accounts
from turnpike.accounts.put_off import KEPT_MINUTES
from turnpike.hotlists import services as hotlists
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("second_factor_asked")]
SECRET = "JBSWY3DPEHPK3PXP"
KEY = "account_reauthentication_state"
TYPED = {"operator": "operator", "hotlist": "stolen", "hours": "4"}
WAY = "/sign-in/again/code/?next=%2Fwatches%2F"


@pytest.fixture
def waiting(people) -> Client:
    """An authoriser whose form waits for a code."""
    cache.clear()
    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Stolen vehicles.")
    accounts.choose_password(people.authoriser, "correct horse battery")
    TOTP.activate(people.authoriser, SECRET)
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    post(client, "/sign-in/", {"login": "authoriser", "password": "correct horse battery"})
    post(client, "/sign-in/second/", {"code": code_now(SECRET, steps=-1)})
    turn_back(client, "account_authentication_methods")
    assert post(client, "/watches/", TYPED)["Location"] == WAY
    return client


def post(client, address, fields):
    return client.post(address, fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})


def turn_back(client, name, seconds=3600):
    session = client.session
    proofs = session[name] if name != KEY else [session[name]["state"]]
    for proof in proofs:
        proof["at" if name != KEY else "at_s"] -= seconds
    session.save()


def proves_it(client, *, steps=0):
    return post(client, WAY, {"code": code_now(SECRET, steps=steps), "next": "/watches/"})


def grants():
    return [entry for entry in ledger.entries(limit=50) if entry.event is AuditEvent.WATCH_GRANTED]


def test_what_waits_is_done_and_is_gone(waiting):
    assert proves_it(waiting)["Location"] == "/watches/"
    assert len(grants()) == 1
    assert KEY not in waiting.session


def test_neither_cookies_nor_the_form_s_token_wait_with_it(waiting):
    kept = json.dumps(waiting.session[KEY])
    assert "stolen" in kept
    assert waiting.cookies["csrftoken"].value not in kept
    assert waiting.session.session_key not in kept
    assert "csrfmiddlewaretoken" not in kept
    assert "COOKIE" not in kept


def test_what_waited_too_long_is_not_done_and_is_told(waiting):
    turn_back(waiting, KEY, KEPT_MINUTES * 60 - 30)
    waiting.get(WAY)
    assert KEY in waiting.session
    turn_back(waiting, KEY, 31)
    # The next page of any kind forgets it.
    waiting.get("/sign-in/sessions/")
    assert KEY not in waiting.session
    assert proves_it(waiting)["Location"] == "/watches/"
    assert not grants()


def test_what_grew_old_while_the_code_was_typed_is_told(waiting, monkeypatch):
    monkeypatch.setattr("turnpike.accounts.put_off.forget_if_old", lambda _: None)
    turn_back(waiting, KEY, KEPT_MINUTES * 60 + 1)
    assert proves_it(waiting)["Location"] == "/watches/"
    assert not grants()
    assert "not done; type it again" in waiting.get("/watches/").content.decode()


def test_opening_its_page_afresh_forgets_it(waiting):
    waiting.get("/cameras/")
    assert KEY in waiting.session
    waiting.get("/watches/?from=elsewhere")
    assert KEY not in waiting.session
    proves_it(waiting)
    assert not grants()


def test_signing_out_forgets_it(waiting):
    post(waiting, "/sign-out/", {})
    assert not any("stolen" in json.dumps(one.get_decoded()) for one in Session.objects.all())


def test_what_an_earlier_version_kept_with_its_cookies_is_forgotten(waiting):
    session = waiting.session
    session[KEY] = {"request": '{"META": {"HTTP_COOKIE": "sessionid=x"}}'}
    session.save()
    waiting.get("/cameras/")
    assert KEY not in waiting.session


def test_a_form_with_a_secret_is_not_kept_and_that_is_said(waiting, people):
    Authenticator.objects.filter(user=people.authoriser, type="totp").update(type="recovery_codes")
    asked = post(waiting, "/sign-in/factors/app/new/", {"code": "123456"})
    assert asked["Location"].startswith("/sign-in/again/")
    assert KEY not in waiting.session
    assert "type it again afterwards" in waiting.get("/sign-in/sessions/").content.decode()


def test_it_is_done_under_its_own_address_alone(waiting):
    other = WAY.replace("watches", "cameras")
    answer = post(waiting, other, {"code": code_now(SECRET), "next": "/cameras/"})
    assert answer["Location"] == "/cameras/"
    assert not grants()
    assert KEY not in waiting.session
