"""Requester, operator and authoriser: three people of one request, kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.accounts import services as accounts
from turnpike.accounts.services import Rank
from turnpike.ledger.services import AuditEvent

from .conftest import REASON, new_read


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


@pytest.fixture
def for_another(people, case, another_investigator):
    """A request of the investigator's that the other one is to search under."""
    case()
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
        operator="other",
    )


def test_the_operator_searches_and_the_requester_does_not(
    people, for_another, another_investigator, stored, search_for, recorded
):
    (read_id,) = stored(new_read("AB12CDE"))
    with pytest.raises(access.Denied) as denial:
        search_for(for_another.number, "AB12CDE")
    assert broken_rules(denial) == ["request-is-yours"]

    found = search_for(for_another.number, "AB12CDE", user=another_investigator)
    assert [read.read_id.text for read in found.reads] == [read_id]
    intent = next(details for event, _, details in recorded() if event is AuditEvent.SEARCH_INTENDED)
    assert intent["requester"] == "investigator"
    read, _ = access.view_read(another_investigator, for_another.number, read_id)
    assert read.plate == "AB12CDE"
    with pytest.raises(access.Denied):
        access.view_read(people.investigator, for_another.number, read_id)


def test_the_case_is_the_requesters(people, for_another, another_investigator, case, stored, search_for):
    stored()
    search_for(for_another.number, "AB12CDE", user=another_investigator)
    case(assigned=("other",))
    with pytest.raises(access.Denied) as denial:
        search_for(for_another.number, "AB12CDE", user=another_investigator)
    assert broken_rules(denial) == ["case-is-yours"]


def test_only_an_investigator_can_be_named(people, case):
    case()
    given: dict[str, Any] = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reason": REASON,
    }
    with pytest.raises(access.Denied) as denial:
        access.open_request(people.investigator, **given, patterns=["AB12*"], operator="auditor")
    assert broken_rules(denial) == ["operator-may-search"]
    with pytest.raises(access.RequestError) as refusal:
        access.open_request(people.investigator, **given, patterns=["AB12*"], operator="nobody")
    assert refusal.value.field == "operator"


def test_a_review_that_the_requester_owes_stops_the_operator_too(
    people, for_another, another_investigator, stored, search_for
):
    stored()
    from turnpike.access.models import EmergencyReview

    emergency = access.open_emergency(
        people.investigator, reason="A man took his daughter and says that he will drive into the harbour"
    )
    EmergencyReview.objects.filter(request=emergency).update(due_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(access.Denied) as denial:
        search_for(for_another.number, "AB12CDE", user=another_investigator)
    assert broken_rules(denial) == ["emergencies-are-reviewed"]


def test_the_authoriser_is_neither_requester_nor_operator(people, case):
    case(category="robbery")
    both = accounts.create_account(
        "both",
        "Both",
        [accounts.Role.INVESTIGATOR, accounts.Role.AUTHORISER],
        actor="tests",
        standing=accounts.Standing("", Rank.CHIEF_OFFICER, people.authoriser.trained_until),
    )
    asked = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=["AB12*"],
        reach_days=180,
        operator="both",
    )
    for decide in (
        lambda: access.grant_authority(both, asked.number),
        lambda: access.refuse_authority(both, asked.number, "A month would do for a robbery of last week."),
    ):
        with pytest.raises(access.Denied) as denial:
            decide()
        assert broken_rules(denial) == ["operator-is-another"]


def test_both_find_the_request_and_only_the_requester_closes_it(
    client, people, for_another, another_investigator
):
    assert [one.number for one in access.open_requests(another_investigator)] == [for_another.number]
    assert access.close_request(another_investigator, for_another.number) is None
    client.force_login(people.investigator)
    assert (
        "Other searches under this request" in client.get(f"/search/{for_another.number}/").content.decode()
    )
    page = client.get(f"/requests/{for_another.number}/").content.decode()
    assert "Search now" not in page
    assert "Close the request" in page
    client.force_login(another_investigator)
    page = client.get(f"/requests/{for_another.number}/").content.decode()
    assert "Search now" in page
    assert "Close the request" not in page
    assert access.close_request(people.investigator, for_another.number) is not None


def test_naming_another_leads_to_the_request_and_not_to_its_search(
    client, people, case, another_investigator
):
    case()
    client.force_login(people.investigator)
    typed = {
        "case_reference": "CR/01234/26",
        "purpose": "stolen_vehicle",
        "reason": REASON,
        "reach_days": "7",
    }
    answer = client.post("/requests/new/", {**typed, "patterns": "AB12 CDE", "operator": "other"})
    (opened,) = access.open_requests(people.investigator)
    assert answer["Location"] == f"/requests/{opened.number}/"


def test_how_many_were_found_is_shown_to_whoever_searched_alone(
    client, people, for_another, another_investigator, stored, search_for
):
    stored(new_read("AB12CDE"))
    search_for(for_another.number, "AB12CDE", user=another_investigator)
    client.force_login(another_investigator)
    assert "Reads</th>" in client.get(f"/requests/{for_another.number}/").content.decode()
    client.force_login(people.investigator)
    page = client.get(f"/requests/{for_another.number}/").content.decode()
    assert "Reads</th>" not in page
    assert "is shown to Other alone" in page


def test_nobody_searches_on_for_somebody_whose_account_was_closed(
    for_another, another_investigator, stored, search_for
):
    stored()
    search_for(for_another.number, "AB12CDE", user=another_investigator)
    accounts.close_account("investigator", actor="tests")
    with pytest.raises(access.Denied) as denial:
        search_for(for_another.number, "AB12CDE", user=another_investigator)
    assert broken_rules(denial) == ["request-is-open"]
