"""Requests: opened with a reason, found by their requester alone, closed for good."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import Request
from turnpike.ledger.services import AuditEvent, LedgerError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("burglary")]
REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"


@pytest.fixture
def burglary(case):
    return case(assigned=("operator", "investigator", "authoriser", "auditor", "administrator"))


def open_one(user, **facts):
    given = {
        "case_reference": "cr/01234/26",
        "purpose": "crime_investigation",
        "reason": REASON,
        "patterns": ("AB12*",),
    }
    return access.open_request(user, **{**given, **facts})


def test_a_request_is_in_the_ledger_with_case_purpose_and_reason(people, recorded):
    request = open_one(people.investigator)

    assert re.fullmatch(r"R-\d{4}-000001", request.number)
    assert request.is_open
    assert request.expires_at - request.opened_at == timedelta(hours=config.load().request_valid_hours)
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.REQUEST_OPENED, "investigator")
    assert details["request"] == request.number
    assert details["case_reference"] == "CR/01234/26"
    assert details["purpose"] == "crime_investigation"
    assert details["category"] == "burglary"
    assert details["reason"] == REASON
    assert details["rules"] == ["open-request"]
    assert details["policy"].startswith("base@")


def test_numbers_follow_each_other(people):
    numbers = [open_one(people.investigator).number[-6:] for _ in range(3)]
    assert numbers == ["000001", "000002", "000003"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"case_reference": "none"}, "case_reference"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"reason": "investigation"}, "reason"),
    ],
)
def test_what_says_too_little_opens_nothing(people, facts, field):
    with pytest.raises(access.RequestError) as refusal:
        open_one(people.investigator, **facts)
    assert refusal.value.field == field
    assert not Request.objects.exists()


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_only_an_investigator_opens_requests_and_the_denial_is_recorded(people, role, recorded):
    with pytest.raises(access.Denied) as denial:
        open_one(getattr(people, role))

    assert [rule.id for rule in denial.value.decision.rules] == ["investigators-open-requests"]
    assert str(denial.value) == "Only an investigator may open a request: ask one to open it."
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.DECISION_DENIED, role)
    assert details["rules"] == ["investigators-open-requests"]
    assert details["action"] == "OpenRequest"
    assert not Request.objects.exists()


def test_a_closed_account_is_denied_whatever_it_holds(people):
    people.investigator.is_active = False
    with pytest.raises(access.Denied) as denial:
        open_one(people.investigator)
    assert [rule.id for rule in denial.value.decision.rules] == ["account-is-open"]


def test_without_a_ledger_no_request_is_opened(people, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        open_one(people.investigator)
    assert not Request.objects.exists()


def test_a_request_is_found_by_its_requester_alone(opened, people, another_investigator):
    assert access.find_request(people.investigator, opened.number) == opened
    assert access.find_request(another_investigator, opened.number) is None
    assert access.open_requests(people.investigator) == (opened,)
    assert access.open_requests(another_investigator) == ()


def test_closing_is_recorded_once_and_for_good(opened, people, another_investigator, recorded):
    assert access.close_request(another_investigator, opened.number) is None
    closed = access.close_request(people.investigator, opened.number)
    assert closed is not None
    assert not closed.is_open
    access.close_request(people.investigator, opened.number)
    assert [event for event, *_ in recorded()].count(AuditEvent.REQUEST_CLOSED) == 1
    assert access.open_requests(people.investigator) == ()


def test_a_request_ends_by_itself(opened, people):
    Request.objects.update(expires_at=timezone.now())
    found = access.find_request(people.investigator, opened.number)
    assert found is not None
    assert not found.is_open
    assert access.open_requests(people.investigator) == ()
