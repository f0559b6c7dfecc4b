"""Who tries too often is kept out, in the same words and time for a name that nobody has; it is one entry."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from turnpike.accounts import services as accounts
from turnpike.accounts.lockouts import ATTEMPTS, ATTEMPTS_AN_ADDRESS, SENTENCE
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "correct horse battery", "wrong"


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    cache.clear()


def attempt(username, password=WRONG, *, address="192.0.2.1", **extra):
    client = Client(REMOTE_ADDR=address, **extra)
    page = client.post("/sign-in/", {"login": username, "password": password})
    return client, page.content.decode()


def lock_outs():
    return [entry.details for entry in ledger.entries(limit=200) if entry.event is AuditEvent.LOCKED_OUT]


@pytest.mark.parametrize("username", ["auditor", "nobody-of-this-name"])
def test_after_five_failures_even_the_right_password_is_not_looked_at(people, username):
    accounts.choose_password(people.auditor, PASSWORD)
    for number in range(ATTEMPTS):
        _, page = attempt(username, address=f"192.0.2.{number}")
        assert "do not fit" in page
    for _ in range(3):
        client, page = attempt(username, PASSWORD, address="192.0.2.99")
        assert SENTENCE in page
        assert "_auth_user_id" not in client.session
    expected = {"address": "192.0.2.99"} | ({"account": "auditor"} if username == "auditor" else {})
    assert lock_outs() == [expected]


def test_a_closed_account_and_a_wrong_password_read_the_same(people):
    accounts.choose_password(people.auditor, PASSWORD)
    accounts.close_account("auditor", actor="tests")
    pages = {
        attempt(name, PASSWORD)[1].split("csrfmiddlewaretoken")[0] for name in ("auditor", "operator", "who")
    }
    assert len({page.split("There is a problem")[1][:400] for page in pages}) == 1


def test_one_address_that_tries_many_names_is_kept_out(people):
    for number in range(ATTEMPTS_AN_ADDRESS):
        attempt(f"name-{number}")
    assert SENTENCE in attempt("operator")[1]
    assert "do not fit" in attempt("operator", address="192.0.2.2")[1]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(people, configured):
    configured(trusted_proxies=1)
    for number in range(ATTEMPTS_AN_ADDRESS):
        attempt(f"name-{number}", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.7")
    # What the visitor claims in front of it counts for nothing.
    assert SENTENCE in attempt("operator", HTTP_X_FORWARDED_FOR="7.7.7.7, 198.51.100.7")[1]
    assert "do not fit" in attempt("operator", HTTP_X_FORWARDED_FOR="198.51.100.8")[1]
    assert "do not fit" in attempt("operator", HTTP_X_FORWARDED_FOR="no address")[1]


def test_a_header_counts_for_nothing_where_no_proxy_is_told_of(people):
    for number in range(ATTEMPTS_AN_ADDRESS):
        attempt(f"name-{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert SENTENCE in attempt("operator", HTTP_X_FORWARDED_FOR="198.51.100.200")[1]


def test_codes_cannot_be_guessed_at_length_either(people, second_factor_asked):
    from allauth.mfa.totp.internal.auth import TOTP

    accounts.choose_password(people.auditor, PASSWORD)
    client, _ = attempt("auditor", PASSWORD)
    TOTP.activate(people.auditor, "JBSWY3DPEHPK3PXP")
    client, _ = attempt("auditor", PASSWORD)
    pages = [
        client.post("/sign-in/second/", {"code": "000000"}).content.decode() for _ in range(ATTEMPTS + 1)
    ]
    assert SENTENCE not in pages[0]
    assert SENTENCE in pages[-1]
    assert lock_outs() == [{"account": "auditor", "address": "192.0.2.1"}]


def test_two_addresses_at_once_are_told_to_the_person_and_the_auditor_and_stop_nothing(people):
    def signed_in(address):
        client = Client(REMOTE_ADDR=address)
        client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(people.operator, actor='tests')}/")
        return client

    def a_minute_later(client):
        session = client.session
        session["seen_at_s"] -= 61
        session.save()

    here, same, there = signed_in("192.0.2.1"), signed_in("192.0.2.1"), signed_in("198.51.100.9")
    a_minute_later(same)
    assert "in use at another address" in same.get("/sign-in/sessions/").content.decode()
    (entry,) = ledger.entries(limit=1)
    assert (entry.event, entry.actor) == (AuditEvent.SHARED_USE_SUSPECTED, "operator")
    assert entry.details["addresses"] == ["192.0.2.1", "198.51.100.9"]
    a_minute_later(same)
    assert "in use at another address" not in same.get("/sign-in/sessions/").content.decode()  # told once
    # One that is not in use is none.
    for client in (same, there):
        session = client.session
        session["seen_at_s"] -= 600
        session.save()
    a_minute_later(here)
    assert "in use at another address" not in here.get("/sign-in/sessions/").content.decode()
