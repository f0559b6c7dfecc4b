"""A password is chosen by its owner; changing it takes the old one or a link used just now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import global_settings
from django.test import Client
from django.utils import timezone
from typer.testing import CliRunner

from turnpike.accounts import services as accounts
from turnpike.accounts import views
from turnpike.accounts.models import OneTimeSignIn
from turnpike.cli.account import commands
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.site import settings as site_settings

pytestmark = pytest.mark.django_db
PAGE = "/sign-in/password/"
FIRST = "correct horse battery"
SECOND = "staple wagon orchard"


@pytest.fixture(autouse=True)
def no_guesses_counted():
    """The limit on guesses counts across tests otherwise."""
    from django.core.cache import cache

    cache.clear()


def by_link(user) -> Client:
    client = Client()
    client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(user, actor='tests')}/")
    return client


def choose(client, password, again=None, **present):
    return client.post(
        PAGE, {"new_password1": password, "new_password2": password if again is None else again, **present}
    )


def signs_in(username, password) -> bool:
    client = Client()
    client.post("/sign-in/", {"login": username, "password": password})
    return bool(client.session.get("_auth_user_id"))


def is_in(client) -> bool:
    return bool(client.get(PAGE).status_code == 200)


def test_what_is_kept_of_a_password_is_a_slow_hash(people, settings):
    # The tests make do with a quick one, tests/conftest.py; the site keeps to Django's own.
    assert not hasattr(site_settings, "PASSWORD_HASHERS")
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    people.operator.set_password(FIRST)
    name, rounds, *_ = people.operator.password.split("$")
    assert name == "pbkdf2_sha256"
    assert int(rounds) >= 1_000_000


def test_who_has_no_password_is_asked_to_choose_one_and_can_then_sign_in_by_it(people):
    client = Client()
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    assert client.post(f"/sign-in/once/{token}/")["Location"] == PAGE
    page = client.get(PAGE).content.decode()
    assert "Choose a password" in page
    assert '<a class="govuk-link" href="/">Not now</a>' in page
    assert choose(client, FIRST)["Location"] == "/"
    newest = ledger.entries(limit=1)[0]
    assert (newest.event, newest.actor, dict(newest.details)) == (AuditEvent.PASSWORD_SET, "auditor", {})
    assert is_in(client)
    assert signs_in("auditor", FIRST)
    # From now on a link leads home.
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    assert Client().post(f"/sign-in/once/{token}/")["Location"] == "/"


def test_every_page_leads_to_ones_account(people):
    client = by_link(people.auditor)
    assert f'href="{PAGE}">Your account</a>' in client.get("/log/").content.decode()


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("short", "short", "too short"),
        ("password1234", "password1234", "too common"),
        (FIRST, "another thing", "Type the same password in both fields."),
        ("", "", "Enter new password"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(people, password, again, why):
    answer = choose(by_link(people.auditor), password, again)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "There is a problem" in page
    assert why in page
    people.auditor.refresh_from_db()
    assert not people.auditor.has_usable_password()


def test_changing_it_takes_the_present_one(people):
    accounts.choose_password(people.auditor, FIRST)
    client = Client()
    client.post("/sign-in/", {"login": "auditor", "password": FIRST})
    assert "Present password" in client.get(PAGE).content.decode()
    assert choose(client, SECOND).status_code == 200
    wrong = choose(client, SECOND, old_password="wrong")
    assert "This is not your present password" in wrong.content.decode()
    assert not signs_in("auditor", SECOND)
    assert choose(client, SECOND, old_password=FIRST)["Location"] == "/"
    assert signs_in("auditor", SECOND)


def test_a_link_used_just_now_stands_for_a_forgotten_one_and_for_no_longer(people, monkeypatch):
    accounts.choose_password(people.auditor, FIRST)
    assert choose(by_link(people.auditor), SECOND)["Location"] == "/"
    assert signs_in("auditor", SECOND)
    late = by_link(people.auditor)
    monkeypatch.setattr(views, "LINK_COUNTS_S", -1)
    assert choose(late, FIRST).status_code == 200
    assert not signs_in("auditor", FIRST)


def test_the_present_password_cannot_be_guessed_at_length(people):
    accounts.choose_password(people.auditor, FIRST)
    client = Client()
    client.post("/sign-in/", {"login": "auditor", "password": FIRST})
    statuses = [choose(client, SECOND, old_password=f"guess {n}").status_code for n in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    told = [entry for entry in ledger.entries(limit=20) if entry.event is AuditEvent.SIGN_IN_FAILED]
    assert [entry.details for entry in told] == [{"account": "auditor", "by": "password"}] * 5


def test_a_new_password_ends_every_other_session(people):
    here, there = by_link(people.auditor), by_link(people.auditor)
    key = here.session.session_key
    assert is_in(there)
    choose(here, FIRST)
    assert is_in(here)
    assert here.session.session_key != key
    assert not is_in(there)
    (told,) = [entry for entry in ledger.entries(limit=20) if entry.event is AuditEvent.SESSION_ENDED]
    assert (told.actor, told.details) == ("auditor", {"why": "its owner set a password elsewhere"})


def test_without_a_ledger_no_password_is_set_and_no_session_ends(people, monkeypatch):
    here, there = by_link(people.auditor), by_link(people.auditor)

    def fail(*_args, **_facts):
        raise ledger.LedgerError("The ledger cannot be written.")

    monkeypatch.setattr("turnpike.accounts.sessions.record", fail)
    assert choose(here, FIRST).status_code == 503
    assert is_in(there)
    assert not signs_in("auditor", FIRST)


def test_closing_an_account_ends_its_sessions_and_its_ways_in(people):
    client = by_link(people.auditor)
    choose(client, FIRST)
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    accounts.close_account("auditor", actor="tests")
    newest = ledger.entries(limit=1)[0]
    assert (newest.event, newest.details["account"]) == (AuditEvent.ACCOUNT_CLOSED, "auditor")
    assert not is_in(client)
    assert not signs_in("auditor", FIRST)
    assert Client().post(f"/sign-in/once/{token}/").status_code == 410
    for name in ("auditor", "nobody"):
        with pytest.raises(accounts.AccountError, match="no open account"):
            accounts.close_account(name, actor="tests")


def test_the_list_of_accounts_holds_the_closed_too(people):
    accounts.close_account("auditor", actor="tests")
    rows = {user.username: user.is_active for user in accounts.all_accounts()}
    assert rows["operator"]
    assert not rows["auditor"]
    shown = CliRunner().invoke(commands, ["list"])
    assert shown.exit_code == 0, shown.output
    assert (
        next(line for line in shown.stdout.splitlines() if "auditor" in line).rstrip(" │").endswith("closed")
    )


@pytest.mark.parametrize(("options", "hours"), [([], 1), (["--hours", "12"], 12)])
def test_a_link_from_the_command_line_ends_after_an_hour_unless_asked_otherwise(people, options, hours):
    shown = CliRunner().invoke(commands, ["link", "auditor", *options])
    assert shown.exit_code == 0, shown.output
    left = OneTimeSignIn.objects.get().expires_at - timezone.now()
    assert timedelta(hours=hours, minutes=-1) < left <= timedelta(hours=hours)
