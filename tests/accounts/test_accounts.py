"""Accounts are made by others, opened once by a link, and leave entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from turnpike.accounts import services as accounts
from turnpike.accounts.models import OneTimeSignIn
from turnpike.accounts.services import PERMISSIONS, Role
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.web.services import Permission

pytestmark = pytest.mark.django_db


def events() -> list[AuditEvent]:
    return [entry.event for entry in reversed(ledger.entries(limit=100))]


def test_an_account_has_no_password_until_its_owner_sets_one(people):
    assert not people.operator.has_usable_password()


@pytest.mark.parametrize(
    ("username", "roles", "why"),
    [
        ("", [Role.OPERATOR], "user name"),
        ("two words", [Role.OPERATOR], "user name"),
        ("operator", [Role.OPERATOR], "already exists"),
        ("new", [], "at least one role"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(people, username, roles, why):
    with pytest.raises(accounts.AccountError, match=why):
        accounts.create_account(username, "Some Body", roles, actor="tests")


@given(held=st.sets(st.sampled_from(list(Role)), min_size=1), asked=st.sampled_from(list(Permission)))
def test_a_permission_comes_from_a_role_held_and_from_nothing_else(held, asked):
    user = accounts.User(username="x", name="X")
    user.__dict__["roles"] = frozenset(held)
    assert user.has_permission(asked) == any(asked in PERMISSIONS[role] for role in held)
    user.is_active = False
    assert not user.has_permission(asked)


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (1, True), (None, False)])
def test_training_counts_on_its_last_day_and_not_after(people, days, counts):
    until = None if days is None else timezone.now().date() + timedelta(days=days)
    standing = accounts.Standing("Fenbridge Police", accounts.Rank.SERGEANT, until)
    accounts.change_standing("operator", standing, actor="administrator")
    found = accounts.find_account("operator")
    assert found is not None
    assert found.is_trained is counts
    assert (found.force, found.rank) == ("Fenbridge Police", "sergeant")
    (entry, *_) = ledger.entries(limit=1)
    assert (entry.event, entry.actor) == (AuditEvent.ACCOUNT_CHANGED, "administrator")
    assert entry.details["trained_until"] == (until.isoformat() if until else "never")


def test_a_standing_that_cannot_be_is_refused_in_a_sentence(people):
    with pytest.raises(accounts.AccountError, match="no open account"):
        accounts.change_standing("nobody", accounts.Standing(), actor="administrator")
    with pytest.raises(accounts.AccountError, match="cannot be kept"):
        accounts.change_standing("operator", accounts.Standing("x" * 65), actor="administrator")


def test_ranks_are_levels():
    assert [rank.level for rank in accounts.Rank] == list(range(8))
    assert accounts.Rank.INSPECTOR.level > accounts.Rank.SERGEANT.level > accounts.Rank.STAFF.level


def test_no_role_may_both_look_and_let_others_look():
    for role, allowed in PERMISSIONS.items():
        assert not {Permission.READS_SEARCH, Permission.WATCHES_GRANT} <= allowed, role
        assert not {Permission.HOTLISTS_PROPOSE, Permission.HOTLISTS_AUTHORISE} <= allowed, role
    assert not PERMISSIONS[Role.ADMINISTRATOR] & {Permission.READS_SEARCH, Permission.ALERTS_WATCH}


def test_a_link_signs_in_once_and_never_again(client, people):
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    page = client.get(f"/sign-in/once/{token}/")
    assert page.status_code == 200
    assert "_auth_user_id" not in client.session  # looking at the link does not spend it
    assert client.post(f"/sign-in/once/{token}/")["Location"] == "/sign-in/password/"
    assert client.session["_auth_user_id"] == str(people.auditor.pk)
    again = client.post(f"/sign-in/once/{token}/")
    assert again.status_code == 410
    assert "ask for a new one" in again.content.decode()


def test_a_link_expires(people):
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    OneTimeSignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(accounts.SignInExpired):
        accounts.redeem_one_time_sign_in(token)


def test_a_closed_account_cannot_use_its_link(people):
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    people.auditor.is_active = False
    people.auditor.save()
    with pytest.raises(accounts.SignInExpired):
        accounts.redeem_one_time_sign_in(token)
    assert accounts.find_account("auditor") is None


def test_the_link_itself_is_not_stored(people):
    token = accounts.issue_one_time_sign_in(people.auditor, actor="tests")
    assert token.encode() not in bytes(OneTimeSignIn.objects.get().token_sha256)


def test_signing_in_by_password_and_out_leaves_entries(client, people):
    people.operator.set_password("a long pass phrase")
    people.operator.save()
    before = len(events())
    bad = client.post("/sign-in/", {"login": "operator", "password": "wrong"})
    assert bad.status_code == 200
    assert "There is a problem" in bad.content.decode()
    good = client.post("/sign-in/", {"login": "operator", "password": "a long pass phrase"})
    assert good["Location"] == "/"
    client.post("/sign-out/")
    assert events()[before:] == [AuditEvent.SIGN_IN_FAILED, AuditEvent.SIGNED_IN, AuditEvent.SIGNED_OUT]
    failed = next(e for e in ledger.entries() if e.event is AuditEvent.SIGN_IN_FAILED)
    assert failed.details == {"account": "operator"}
    client.post("/sign-in/", {"login": "my secret password", "password": "operator"})
    (typed_into_the_wrong_field,) = ledger.entries(limit=1)
    assert typed_into_the_wrong_field.event is AuditEvent.SIGN_IN_FAILED
    assert not typed_into_the_wrong_field.details


def test_a_refused_page_leaves_an_entry(client, people):
    client.force_login(people.operator)
    assert client.get("/log/").status_code == 403
    newest = ledger.entries(limit=1)[0]
    assert newest.event is AuditEvent.PAGE_REFUSED
    assert newest.actor == "operator"
    assert newest.details["permission"] == "audit.view"


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("operator", "/alerts/"),
        ("investigator", "/requests/"),
        ("authoriser", "/watches/"),
        ("auditor", "/log/"),
        ("administrator", "/cameras/"),
    ],
)
def test_each_role_begins_where_its_work_is(client, people, role, start):
    client.force_login(getattr(people, role))
    assert client.get("/")["Location"] == start


@pytest.mark.parametrize("address", ["/sign-up/", "/accounts/signup/", "/password/reset/", "/admin/"])
def test_there_is_no_other_way_in(client, address):
    assert client.get(address).status_code == 404
