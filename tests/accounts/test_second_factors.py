"""Without a second factor nobody reaches anything; with one, a password alone opens nothing, and each step is an entry."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.one_time_codes import code_now

from turnpike import config
from turnpike.accounts import services as accounts
from turnpike.accounts.factors import Factors
from turnpike.accounts.middleware import WITHOUT_SECOND_FACTOR
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent
from turnpike.web.services import declared_permission

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    cache.clear()


def by_link(user) -> Client:
    client = Client()
    client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(user, actor='tests')}/")
    return client


def with_app(user) -> tuple[Client, str]:
    """Signed in by a link, with a password and an app; the app's secret."""
    client = by_link(user)
    client.post("/sign-in/password/", {"new_password1": PASSWORD, "new_password2": PASSWORD})
    client.get("/sign-in/factors/app/new/")
    secret = client.session["mfa.totp.secret"]
    answer = client.post("/sign-in/factors/app/new/", {"code": code_now(secret)})
    assert answer["Location"] == "/sign-in/factors/codes/", answer.content.decode()
    return client, secret


def type_password(client, username, password=PASSWORD):
    return client.post("/sign-in/", {"login": username, "password": password})


def events_of(actor):
    return [entry.event for entry in reversed(ledger.entries(limit=200)) if entry.actor == actor]


def routes(patterns, prefix="", space=""):
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(
                pattern.url_patterns, here, f"{pattern.namespace}:" if pattern.namespace else space
            )
        elif isinstance(pattern, URLPattern):
            yield here, f"{space}{pattern.name}", pattern


def test_every_route_but_those_that_lead_to_a_second_factor_is_closed_without_one(
    people, second_factor_asked
):
    client, walked = by_link(people.auditor), 0
    for address, name, pattern in routes(get_resolver().url_patterns):
        if not declared_permission(pattern.callback) or name == "account_logout":
            continue
        filled = "/" + re.sub(r"<(int:)?[^>]*>", lambda kind: "1" if kind[1] else "x", address)
        for answer in (client.get(filled), client.post(filled)):
            if name in WITHOUT_SECOND_FACTOR:
                assert answer.status_code in (200, 302, 403, 404, 405), name
            else:
                assert answer["Location"] == "/sign-in/factors/", name
            walked += 1
    assert walked > 60
    assert AuditEvent.LEDGER_VIEWED not in events_of("auditor")


def test_a_password_alone_opens_nothing_and_a_code_counts_once(people, second_factor_asked):
    _, secret = with_app(people.auditor)
    client = Client()
    assert type_password(client, "auditor")["Location"] == "/sign-in/second/"
    assert client.get("/log/")["Location"].startswith("/sign-in/?next=")
    cache.clear()
    code = code_now(secret)
    assert client.post("/sign-in/second/", {"code": code})["Location"] == "/"
    assert client.get("/log/").status_code == 200
    other = Client()
    type_password(other, "auditor")
    again = other.post("/sign-in/second/", {"code": code})
    assert "was used already" in again.content.decode()
    assert "_auth_user_id" not in other.session
    assert [
        event for event in events_of("auditor") if event in {AuditEvent.FACTOR_ADDED, AuditEvent.FACTOR_USED}
    ] == [AuditEvent.FACTOR_ADDED, AuditEvent.FACTOR_USED]


def test_a_code_of_the_next_half_minute_counts_and_not_twice_either(people, second_factor_asked):
    _, secret = with_app(people.auditor)
    cache.clear()
    code = code_now(secret, steps=1)
    for expected in (True, False):
        client = Client()
        type_password(client, "auditor")
        client.post("/sign-in/second/", {"code": code})
        assert ("_auth_user_id" in client.session) is expected
    assert code_now(secret, steps=3) != code


def test_a_recovery_code_works_once_and_the_codes_are_shown_once(people, second_factor_asked):
    client, _ = with_app(people.auditor)
    shown = re.findall(r"<li>(\d{8})</li>", client.get("/sign-in/factors/codes/").content.decode())
    assert len(set(shown)) == 10
    assert not re.findall(r"<li>(\d{8})</li>", client.get("/sign-in/factors/codes/").content.decode())
    for expected in (True, False):
        client = Client()
        type_password(client, "auditor")
        client.post("/sign-in/second/", {"code": shown[0]})
        assert ("_auth_user_id" in client.session) is expected


def test_a_link_stands_for_the_password_and_not_for_the_second_factor(people, second_factor_asked):
    with_app(people.auditor)
    client = Client()
    answer = client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(people.auditor, actor='tests')}/")
    assert answer["Location"] == "/sign-in/second/"
    assert "_auth_user_id" not in client.session


def test_the_only_second_factor_cannot_be_removed_and_a_link_may_forget_a_lost_one(
    people, second_factor_asked
):
    client, _ = with_app(people.auditor)
    refused = client.post("/sign-in/factors/app/remove/", follow=True)
    assert "your only second factor" in refused.content.decode()
    assert Authenticator.objects.filter(user=people.auditor, type="totp").exists()
    assert accounts.forget_factors("auditor", actor="shell:root") == 2
    (entry,) = ledger.entries(limit=1)
    assert (entry.event, entry.actor) == (AuditEvent.FACTORS_FORGOTTEN, "shell:root")
    assert client.get("/log/")["Location"].startswith("/sign-in/?next=")
    with pytest.raises(accounts.AccountError, match="no open account"):
        accounts.forget_factors("nobody", actor="shell:root")


def test_one_of_two_can_be_removed(people, second_factor_asked):
    client, _ = with_app(people.auditor)
    Authenticator.objects.create(user=people.auditor, type="webauthn", data={"name": "key", "credential": {}})
    assert client.post("/sign-in/factors/app/remove/")["Location"] == "/sign-in/factors/"
    assert events_of("auditor")[-1] is AuditEvent.FACTOR_REMOVED
    assert not Authenticator.objects.filter(type="totp").exists()


def test_another_persons_proof_is_none_of_ones_own(people, second_factor_asked):
    """Whoever has a second factor of their own and another's password is still asked for that other's."""
    _, secret = with_app(people.auditor)
    accounts.choose_password(people.operator, PASSWORD)
    client = Client()
    type_password(client, "auditor")
    cache.clear()
    client.post("/sign-in/second/", {"code": code_now(secret)})
    client.post("/sign-out/")
    type_password(client, "operator")
    assert client.get("/alerts/")["Location"] == "/sign-in/factors/"


@pytest.mark.parametrize(
    "credential", ["{}", "[]", "7", '{"response": {"userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}}', "no json"]
)
def test_what_is_no_passkey_signs_nobody_in_and_breaks_nothing(people, credential):
    client = Client()
    client.get("/sign-in/passkey/", headers={"accept": "application/json"})
    answer = client.post("/sign-in/passkey/", {"credential": credential})
    assert answer["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_the_secrets_of_apps_are_sealed_in_the_records(people, second_factor_asked):
    _, secret = with_app(people.auditor)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert Factors().decrypt(kept) == secret
    assert Factors().encrypt(secret) != kept
    with pytest.raises(accounts.AccountError, match="restore them from your backup"):
        Factors().decrypt(kept[:-8] + ("A" * 8 if kept[-8:] != "A" * 8 else "B" * 8))


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"demonstration": True, "second_factor": False}, False),
        ({"demonstration": False, "second_factor": False}, True),
        ({"demonstration": True, "second_factor": True}, True),
        ({"demonstration": True, "second_factor": False, "host": "0.0.0.0"}, True),  # noqa: S104 - what must not help
        ({"demonstration": True, "second_factor": False, "public_url": "https://anpr.example"}, True),
    ],
)
def test_only_a_demonstration_on_loopback_does_without(configured, settings, asked):
    assert configured(**settings).asks_second_factor is asked


def test_passkeys_are_bound_to_the_name_that_people_type(configured):
    assert config.load().site_name == "localhost"
    configured(public_url="https://anpr.force.example/")
    assert Factors().get_public_key_credential_rp_entity()["id"] == "anpr.force.example"


def grow_old(client, seconds=3600):
    session = client.session
    for proof in session["account_authentication_methods"]:
        proof["at"] -= seconds
    session.save()


def test_authorising_asks_again_after_a_while_and_then_does_what_was_asked(people, case, second_factor_asked):
    from turnpike.hotlists import services as hotlists

    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Stolen vehicles.")
    client, secret = with_app(people.authoriser)
    typed = {"operator": "operator", "hotlist": "stolen", "hours": "4"}
    assert client.get("/watches/").status_code == 200
    grow_old(client)
    assert client.get("/watches/").status_code == 200  # looking asks nobody
    asked = client.post("/watches/", typed)
    assert asked["Location"] == "/sign-in/again/code/?next=%2Fwatches%2F"
    assert AuditEvent.WATCH_GRANTED not in events_of("authoriser")
    cache.clear()
    done = client.post(asked["Location"], {"code": code_now(secret), "next": "/watches/"})
    assert done["Location"] == "/watches/"
    assert AuditEvent.WATCH_GRANTED in events_of("authoriser")
    assert client.post("/watches/", typed | {"hours": "5"})["Location"] == "/watches/"  # fresh again

    # A mistake in what was typed is mended where it belongs.
    grow_old(client)
    client.post("/watches/", typed | {"hours": "99"})
    cache.clear()
    mistaken = client.post(asked["Location"], {"code": code_now(secret, steps=1), "next": "/watches/"})
    assert mistaken.status_code == 400
    assert '<form method="post" action="/watches/"' in mistaken.content.decode()


def test_a_wrong_code_does_not_make_it_fresh(people, second_factor_asked):
    client, _ = with_app(people.authoriser)
    grow_old(client)
    client.post("/watches/", {})
    client.post("/sign-in/again/code/?next=/watches/", {"code": "000000"})
    assert client.post("/watches/", {})["Location"].startswith("/sign-in/again/")
    (entry,) = ledger.entries(limit=1)
    assert (entry.event, entry.details) == (
        AuditEvent.SIGN_IN_FAILED,
        {"account": "authoriser", "by": "code"},
    )


def test_somebody_else_s_freshness_ends_with_the_configured_minutes(people, configured):
    configured(second_factor=True, demonstration=False, fresh_sign_in_minutes=120)
    client, _ = with_app(people.authoriser)
    grow_old(client, seconds=119 * 60)
    assert client.post("/watches/", {}).status_code == 400
    grow_old(client, seconds=120)
    assert client.post("/watches/", {}).status_code == 302


def test_a_page_that_is_an_export_can_ask_before_it_is_shown(people, rf, second_factor_asked):
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpResponse

    @accounts.fresh_sign_in_to_look
    def export(request):
        return HttpResponse("rows")

    request = rf.get("/export/")
    request.user, request.session = people.auditor, SessionStore()
    assert export(request)["Location"] == "/sign-in/factors/"
    with pytest.raises(TypeError, match="sync"):

        @accounts.fresh_sign_in
        async def stream(request):
            return HttpResponse()


@pytest.mark.usefixtures("second_factor_asked")
def test_an_old_session_sets_no_first_password(client, people):
    client.force_login(people.auditor)
    answer = client.post(
        "/sign-in/password/", {"new_password1": "correct-horse-9", "new_password2": "correct-horse-9"}
    )
    assert answer.status_code == 302
    people.auditor.refresh_from_db()
    assert not people.auditor.has_usable_password()


@pytest.mark.usefixtures("second_factor_asked")
def test_who_came_by_a_link_long_ago_and_has_nothing_else_is_told_what_to_do_and_can(people):
    client = by_link(people.auditor)
    fresh = client.get("/sign-in/factors/").content.decode()
    assert "Make a passkey</a>" in fresh
    assert "too long ago" not in fresh
    grow_old(client)
    for address in ("/log/", "/sign-in/factors/passkeys/new/", "/sign-in/password/"):
        told = client.get(address, follow=True).content.decode()
        assert "Ask your administrator for a new one-time link" in told, address
        assert "turnpike account link auditor" in told
        assert 'href="/sign-in/factors/passkeys/new/"' not in told
        assert 'action="/sign-out/"' in told
    client.post(f"/sign-in/once/{accounts.issue_one_time_sign_in(people.auditor, actor='tests')}/")
    assert client.get("/sign-in/factors/passkeys/new/").status_code == 200
    grow_old(client)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


@pytest.mark.usefixtures("second_factor_asked")
def test_with_the_first_second_factor_all_other_sessions_end_and_each_is_an_entry(people):
    other, another = by_link(people.auditor), by_link(people.operator)
    client, _ = with_app(people.auditor)
    third = by_link(people.auditor)
    # The password ended the first, and the app would have ended any that came since.
    assert "_auth_user_id" not in other.session
    assert [event for event in events_of("auditor") if event is AuditEvent.SESSION_ENDED] == [
        AuditEvent.SESSION_ENDED
    ]
    assert "_auth_user_id" in another.session
    assert "_auth_user_id" not in third.session  # asked for the code
    assert client.get("/log/").status_code == 200


@pytest.mark.usefixtures("second_factor_asked")
def test_a_session_from_before_the_first_app_or_passkey_ends_with_it(people):
    accounts.choose_password(people.auditor, PASSWORD)
    other, client = by_link(people.auditor), by_link(people.auditor)
    client.get("/sign-in/factors/app/new/")
    secret = client.session["mfa.totp.secret"]
    client.post("/sign-in/factors/app/new/", {"code": "000000"})
    assert other.get("/sign-in/factors/").status_code == 200  # a wrong code ends nothing
    client.post("/sign-in/factors/app/new/", {"code": code_now(secret)})
    assert other.get("/sign-in/factors/")["Location"].startswith("/sign-in/?next=")
    assert "Any other session of yours has ended" in client.get("/sign-in/factors/").content.decode()
    told = [entry for entry in ledger.entries(limit=20) if entry.event is AuditEvent.SESSION_ENDED]
    assert [(entry.actor, entry.details) for entry in told] == [
        ("auditor", {"why": "its owner made a second factor elsewhere"})
    ]
    assert client.get("/log/").status_code == 200


@pytest.mark.usefixtures("second_factor_asked")
@pytest.mark.parametrize("credential", ["7", '{"id": 7}', '{"id": "x", "response": {}}', '["x"]'])
def test_what_is_no_passkey_proves_nothing_and_breaks_nothing(people, credential):
    client, _ = with_app(people.auditor)
    Authenticator.objects.create(user=people.auditor, type="webauthn", data={"name": "key", "credential": {}})
    assert client.post("/sign-in/again/passkey/", {"credential": credential}).status_code == 302
    other = Client()
    type_password(other, "auditor")
    cache.clear()
    # A key that is none would break the page's own options, which are not what is asked here.
    Authenticator.objects.filter(type="webauthn").delete()
    assert other.post("/sign-in/second/", {"credential": credential}).status_code == 200
    assert "_auth_user_id" not in other.session
    told = [entry.details for entry in ledger.entries(limit=9) if entry.event is AuditEvent.SIGN_IN_FAILED]
    assert told == [{"account": "auditor", "by": "passkey"}] * 2
