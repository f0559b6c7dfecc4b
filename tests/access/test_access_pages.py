"""The pages of requests and watches, through Django's test client."""

from __future__ import annotations

import pytest

from turnpike.access import services as access
from turnpike.access.models import Request, Watch
from turnpike.ledger.services import AuditEvent

from .conftest import REASON

pytestmark = pytest.mark.django_db
TYPED = {
    "case_reference": "cr/01234/26",
    "purpose": "stolen_vehicle",
    "reason": REASON,
    "reach_days": "90",
    "patterns": "AB12 CDE",
}


@pytest.fixture
def investigator(client, people, case):
    case()
    client.force_login(people.investigator)
    return client


@pytest.fixture
def authoriser(client, people, monkeypatch):
    offered = (("stolen", "Stolen vehicles"), ("missing", "Missing people"))
    monkeypatch.setattr("turnpike.access.lists._lists", [lambda: offered])
    client.force_login(people.authoriser)
    return client


def body(response):
    return response.content.decode()


def test_an_investigator_without_requests_is_offered_one(investigator):
    page = body(investigator.get("/requests/"))
    assert "You have no open request" in page
    assert 'href="/requests/new/"' in page


def test_a_request_is_opened_and_leads_straight_to_its_search(investigator, people):
    assert "an auditor will read it" in body(investigator.get("/requests/new/"))
    response = investigator.post("/requests/new/", TYPED)
    (opened,) = access.open_requests(people.investigator)
    assert response.status_code == 302
    assert response["Location"] == f"/search/{opened.number}/"
    page = body(investigator.get("/requests/"))
    assert opened.number in page
    assert "Recover a stolen vehicle" in page


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("reason", "inv", "Say in at least 20 letters what happened"),
        ("reason", "", "Say what happened and why"),
        ("case_reference", "none", "Give the case reference in 4 to 32"),
        ("purpose", "", "Choose the purpose"),
        ("purpose", "curiosity", "curiosity is not one of"),
    ],
)
def test_what_says_too_little_comes_back_with_one_sentence(investigator, field, typed, says):
    response = investigator.post("/requests/new/", {**TYPED, field: typed})
    assert response.status_code == 400
    page = body(response)
    assert says in page
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert not Request.objects.exists()


def test_the_page_of_a_request_shows_its_scope_and_searches(investigator, opened, search_for, stored):
    stored()
    search_for(opened.number, "AB12*")
    page = body(investigator.get(f"/requests/{opened.number}/"))
    assert "CR/01234/26" in page
    assert "Burglary in Mill Lane" in page
    assert "AB12*" in page
    assert "Search now" in page


def test_the_request_of_another_has_no_page(client, another_investigator, opened):
    client.force_login(another_investigator)
    assert client.get(f"/requests/{opened.number}/").status_code == 404
    assert client.post(f"/requests/{opened.number}/close/").status_code == 404


def test_a_request_is_closed_by_a_button(investigator, opened):
    response = investigator.post(f"/requests/{opened.number}/close/", follow=True)
    assert f"Request {opened.number} is closed." in body(response)
    page = body(investigator.get(f"/requests/{opened.number}/"))
    assert "Closed" in page
    assert "Search now" not in page


def test_a_denial_is_a_page_that_names_each_rule_and_its_entry(investigator, people, recorded):
    people.investigator.role_grants.filter(role="investigator").delete()
    people.investigator.role_grants.create(role="operator")
    response = investigator.post("/requests/new/", TYPED)
    # The page's own door stands before the policy; its refusal is in the ledger just the same.
    assert response.status_code == 403
    assert recorded()[-1][0] is AuditEvent.PAGE_REFUSED


def test_without_a_ledger_the_page_says_so_and_nothing_is_opened(investigator, break_ledger):
    break_ledger()
    response = investigator.post("/requests/new/", TYPED)
    assert response.status_code == 503
    assert "The ledger cannot be written" in body(response)
    assert not Request.objects.exists()


def test_an_authoriser_grants_and_revokes_a_watch(authoriser, people):
    assert "No watch stands now" in body(authoriser.get("/watches/"))
    typed = {"operator": "operator", "hotlist": "stolen", "hours": "8"}
    page = body(authoriser.post("/watches/", typed, follow=True))
    assert "Stolen vehicles" in page
    watch = Watch.objects.get()
    assert (watch.operator, watch.list_slug) == (people.operator, "stolen")
    page = body(authoriser.post(f"/watches/{watch.pk}/revoke/", follow=True))
    assert "The watch of Operator has ended." in page
    assert not access.watch_is_active(watch.pk)


@pytest.mark.parametrize(
    "wrong",
    [{"operator": "auditor"}, {"operator": ""}, {"hotlist": "secret"}, {"hours": "25"}, {"hours": "x"}],
)
def test_a_watch_that_cannot_be_granted_comes_back(authoriser, wrong):
    typed = {"operator": "operator", "hotlist": "stolen", "hours": "8"}
    response = authoriser.post("/watches/", {**typed, **wrong})
    assert response.status_code == 400
    assert "There is a problem" in body(response)
    assert not Watch.objects.exists()


def test_nobody_grants_themselves_a_watch_and_the_page_says_which_rule(authoriser, people):
    people.authoriser.role_grants.create(role="operator")
    typed = {"operator": "authoriser", "hotlist": "stolen", "hours": "8"}
    response = authoriser.post("/watches/", typed)
    assert response.status_code == 403
    page = body(response)
    assert "Nobody grants themselves a watch" in page
    assert "watch-is-for-another" in page


def test_what_is_no_watch_has_no_page(authoriser):
    assert authoriser.post("/watches/999/revoke/").status_code == 404


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_requests_are_for_investigators(client, people, role):
    client.force_login(getattr(people, role))
    assert client.get("/requests/").status_code == 403


@pytest.mark.parametrize("role", ["operator", "investigator", "auditor", "administrator"])
def test_watches_are_granted_by_authorisers(client, people, role):
    client.force_login(getattr(people, role))
    assert client.get("/watches/").status_code == 403
