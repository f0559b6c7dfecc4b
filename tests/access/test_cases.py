"""Cases: what the register says, kept and recorded; who may look for them, and what becomes of a look when that changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.access.categories import USUAL_SEVERITIES, check_severities
from turnpike.access.models import Case
from turnpike.errors import ConfigurationError
from turnpike.ledger.services import AuditEvent, LedgerError

from .conftest import REASON

pytestmark = pytest.mark.django_db


def open_request(people, **facts):
    given = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reason": REASON,
        "patterns": ("AB12*",),
    }
    return access.open_request(people.investigator, **{**given, **facts})


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


def set_to(monkeypatch, **settings):
    changed = config.load().model_copy(update=settings)
    monkeypatch.setattr(config, "load", lambda: changed)


def test_what_a_register_says_is_kept_and_recorded_where_it_is_new(case, recorded):
    told = case(assigned=("b", "a"))
    assert access.find_case("CR/01234/26") == told
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.CASE_CHANGED, "tests")
    assert details == {
        "case_reference": "CR/01234/26",
        "category": "burglary",
        "open": True,
        "assigned": ["a", "b"],
    }
    count = len(recorded())
    assert access.record_case(told, actor="tests") is False
    assert len(recorded()) == count
    assert case(assigned=("a",)) == access.find_case("CR/01234/26")
    assert len(recorded()) == count + 1


def test_without_a_ledger_no_case_changes(case, break_ledger):
    told = case()
    break_ledger()
    with pytest.raises(LedgerError):
        case(is_open=False)
    assert access.find_case("CR/01234/26") == told


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"number": "CR/99"}, "case-is-known"),
        ({"is_open": False}, "case-is-open"),
        ({"assigned": ("somebody-else",)}, "case-is-yours"),
        ({"category": "missing_person"}, "category-fits-purpose"),
    ],
    ids=["unknown", "closed", "another's", "wrong category"],
)
def test_a_case_that_is_no_ground_is_refused_and_the_refusal_logged(people, case, recorded, facts, rule):
    case(**facts)
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert broken_rules(denial) == [rule]
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.DECISION_DENIED, "investigator")
    assert details["rules"] == [rule]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [({"is_open": False}, "case-is-open"), ({"assigned": ()}, "case-is-yours")],
    ids=["closed", "taken off it"],
)
def test_what_becomes_of_a_case_counts_for_requests_that_are_open_already(
    opened, people, case, stored, search_for, facts, rule
):
    stored()
    search_for(opened.number, "AB12CDE")
    case(**facts)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE")
    assert broken_rules(denial) == [rule]


def test_a_case_that_is_gone_opens_nothing_more(opened, people, stored, search_for):
    stored()
    Case.objects.all().delete()
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE")
    assert broken_rules(denial) == ["case-is-still-known"]


def test_ones_own_open_cases_are_listed(people, case):
    case("CR/2")
    case("CR/1", "robbery")
    case("CR/3", is_open=False)
    case("CR/4", assigned=("other",))
    assert [one.number for one in access.cases_of(people.investigator)] == ["CR/1", "CR/2"]
    assert access.cases_of(people.auditor) == ()
    assert [one.number for one in access.all_cases()] == ["CR/1", "CR/2", "CR/3", "CR/4"]


def test_a_request_is_two_clicks_from_ones_cases(client, people, case):
    case("CR/7 A-B/26")
    client.force_login(people.investigator)
    page = client.get("/cases/").content.decode()
    assert "Burglary" in page
    assert "Priority and volume crime" in page
    (link,) = [part.split('"')[0] for part in page.split('href="')[1:] if "new/?case=" in part]
    assert 'value="CR/7 A-B/26"' in client.get(link.replace("&amp;", "&")).content.decode()


def test_without_cases_the_page_says_what_to_do(client, people):
    client.force_login(people.investigator)
    assert "You have no open case here" in client.get("/cases/").content.decode()


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_cases_are_for_those_who_search(client, people, case, role):
    case(assigned=(role,))
    client.force_login(getattr(people, role))
    response = client.get("/cases/")
    assert response.status_code == 403
    assert "CR/01234/26" not in response.content.decode()


def test_each_category_has_a_severity_and_a_force_may_set_another(monkeypatch):
    assert set(USUAL_SEVERITIES) == set(access.Category)
    assert access.severity_of(access.Category.BURGLARY) is access.Severity.VOLUME
    set_to(monkeypatch, case_severities={"burglary": "serious"})
    assert access.severity_of(access.Category.BURGLARY) is access.Severity.SERIOUS
    check_severities()
    set_to(monkeypatch, case_severities={"jaywalking": "serious"})
    with pytest.raises(ConfigurationError, match="jaywalking"):
        check_severities()


def test_imported_cases_count_for_so_long(people, case, monkeypatch):
    set_to(monkeypatch, case_register="csv", case_import_hours=26)
    case()
    assert open_request(people).is_open
    Case.objects.update(told_at=timezone.now() - timedelta(hours=26, seconds=1))
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert broken_rules(denial) == ["case-register-answers"]


def test_before_the_first_import_nothing_is_confirmed(people, monkeypatch):
    set_to(monkeypatch, case_register="csv")
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert broken_rules(denial) == ["case-register-answers"]
