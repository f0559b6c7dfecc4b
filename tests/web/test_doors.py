"""Who gets through `requires`, and what is told when someone does not."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory

from turnpike.web.services import (
    Permission,
    declared_permission,
    declared_public,
    permission_refused,
    public,
    requires,
)


class Person:
    def __init__(self, *held, signed_in=True):
        self._held = held
        self.is_authenticated = signed_in

    def has_permission(self, permission):
        return permission in self._held


@requires(Permission.READS_SEARCH)
def search(request):
    return HttpResponse("found")


@requires(Permission.READS_SEARCH)
async def search_async(request):
    return HttpResponse("found")


@pytest.fixture
def refusals(monkeypatch):
    """What `permission_refused` tells, with no other listener."""
    monkeypatch.setattr(permission_refused, "receivers", [])
    heard = []

    def hear(sender, request, permission, **_):
        heard.append((request, permission))

    permission_refused.connect(hear, weak=False)
    return heard


@pytest.fixture
def ask(gallery):
    """Asks a guarded view as a person would, by GET unless said otherwise."""

    def ask(person, method="get"):
        request = getattr(RequestFactory(), method)("/search/?case=1")
        request.user = person
        return search(request)

    return ask


@pytest.fixture
def ask_async(gallery):
    async def ask(person):
        request = AsyncRequestFactory().get("/search/")

        async def auser():
            return person

        request.auser = auser
        return await search_async(request)

    return ask


def test_who_holds_the_permission_is_let_in(ask, refusals):
    assert ask(Person(Permission.READS_SEARCH)).content == b"found"
    assert refusals == []


def test_the_anonymous_sign_in_and_come_back(ask, refusals):
    answer = ask(Person(signed_in=False))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fsearch%2F%3Fcase%3D1")
    assert refusals == []


def test_a_form_posted_after_the_session_ended_is_not_come_back_to(ask):
    assert ask(Person(signed_in=False), "post")["Location"] == "/sign-in/"


def test_the_anonymous_are_never_asked_what_they_may_do(ask):
    assert ask(Person(Permission.READS_SEARCH, signed_in=False)).status_code == 302


@pytest.mark.parametrize(
    "held", [(), (Permission.AUDIT_VIEW,), tuple(set(Permission) - {Permission.READS_SEARCH})]
)
def test_no_other_permission_opens_the_view(ask, refusals, held):
    with pytest.raises(PermissionDenied, match=r"does not let you search reads; ask your administrator"):
        ask(Person(*held))
    ((request, permission),) = refusals
    assert (request.path, permission) == ("/search/", Permission.READS_SEARCH)


def test_a_refusal_that_cannot_be_recorded_is_a_failure(ask, refusals):
    def fail(**_):
        raise RuntimeError

    permission_refused.connect(fail, weak=False)
    with pytest.raises(RuntimeError):
        ask(Person())


async def test_an_async_view_is_guarded_alike(ask_async, refusals):
    assert (await ask_async(Person(Permission.READS_SEARCH))).content == b"found"
    assert (await ask_async(Person(signed_in=False))).status_code == 302
    with pytest.raises(PermissionDenied):
        await ask_async(Person())
    assert [permission for _, permission in refusals] == [Permission.READS_SEARCH]


def test_every_view_can_be_asked_what_it_declares():
    @public("everyone may read the rules")
    def rules(request):
        return HttpResponse()

    def undeclared(request):
        return HttpResponse()

    assert (declared_permission(search), declared_public(search)) == (Permission.READS_SEARCH, None)
    assert declared_permission(search_async) is Permission.READS_SEARCH
    assert (declared_permission(rules), declared_public(rules)) == (None, "everyone may read the rules")
    assert (declared_permission(undeclared), declared_public(undeclared)) == (None, None)


def test_a_view_is_not_opened_without_a_reason():
    with pytest.raises(ValueError, match="Say why"):
        public("  ")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/audit/", "/audit/async/"])
def test_real_accounts_are_held_to_their_roles(gallery, people, path):
    client = Client()
    assert client.get(path).status_code == 302
    client.force_login(people.operator)
    refused = client.get(path)
    assert refused.status_code == 403
    assert "does not let you see the audit log" in refused.content.decode()
    client.force_login(people.auditor)
    assert client.get(path).status_code == 200
