"""Emergencies: an hour without a case, a review within a day, and what becomes of whoever does not have one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.models import EmergencyReview, Request
from turnpike.accounts import services as accounts
from turnpike.ledger.services import AuditEvent, LedgerError

from .conftest import REASON, new_read

pytestmark = pytest.mark.django_db
DANGER = "A man took his daughter from school and says that he will drive into the harbour"
FOUND = "The school and the control room log confirm it; one plate, one hour, two cameras."


@pytest.fixture
def emergency(people):
    return access.open_emergency(people.investigator, reason=DANGER)


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


def past_review(request):
    EmergencyReview.objects.filter(request=request).update(due_at=timezone.now() - timedelta(seconds=1))


def test_it_needs_no_case_lasts_an_hour_and_is_recorded_as_what_it_is(
    recorded, emergency, stored, search_for
):
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.REQUEST_OPENED, "investigator")
    assert (details["emergency"], details["case_reference"], details["purpose"]) == (
        True,
        "",
        "serious_threat",
    )
    assert emergency.expires_at - emergency.opened_at == timedelta(hours=1)
    stored(new_read("AB12CDE"))
    assert [read.plate for read in search_for(emergency.number, "AB12CDE").reads] == ["AB12CDE"]
    Request.objects.update(expires_at=timezone.now())
    with pytest.raises(access.Denied) as denial:
        search_for(emergency.number, "AB12CDE")
    assert broken_rules(denial) == ["request-is-open"]


def test_it_looks_back_a_year_and_no_further(emergency, stored, search_for):
    stored()
    for days, allowed in ((366, True), (367, False)):
        captured_from = timezone.now() - timedelta(days=days) + timedelta(minutes=1)
        span = {"captured_from": captured_from, "captured_until": captured_from + timedelta(hours=1)}
        if allowed:
            search_for(emergency.number, "AB12CDE", **span)
        else:
            with pytest.raises(access.Denied) as denial:
                search_for(emergency.number, "AB12CDE", **span)
            assert broken_rules(denial) == ["time-is-in-scope", "older-needs-authority"]


def test_a_reason_that_says_nothing_opens_none(people):
    with pytest.raises(access.RequestError):
        access.open_emergency(people.investigator, reason="urgent enquiry")
    assert not Request.objects.exists()


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_only_an_investigator_opens_one(people, role):
    with pytest.raises(access.Denied) as denial:
        access.open_emergency(getattr(people, role), reason=DANGER)
    assert broken_rules(denial) == ["investigators-open-requests"]


def test_without_its_review_its_opener_cannot_search_at_all_and_with_it_again(
    emergency, people, case, stored, search_for, recorded
):
    stored()
    case()
    usual = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    )
    past_review(emergency)
    for look in (
        lambda: search_for(usual.number, "AB12CDE"),
        lambda: access.open_emergency(people.investigator, reason=DANGER),
        lambda: access.open_request(
            people.investigator,
            case_reference="CR/01234/26",
            purpose="crime_investigation",
            reason=REASON,
            patterns=("AB12*",),
        ),
    ):
        with pytest.raises(access.Denied) as denial:
            look()
        assert broken_rules(denial) == ["emergencies-are-reviewed"]
    access.review_emergency(people.authoriser, emergency.number, justified=False, remarks=FOUND)
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.EMERGENCY_REVIEWED, "authoriser")
    assert (details["requester"], details["justified"], details["remarks"]) == ("investigator", False, FOUND)
    search_for(usual.number, "AB12CDE")


def test_others_are_not_suspended_by_it(emergency, another_investigator):
    past_review(emergency)
    assert access.open_emergency(another_investigator, reason=DANGER).is_open


def test_nobody_reviews_their_own_and_only_once(emergency, people):
    both = accounts.create_account(
        "both",
        "Both",
        [accounts.Role.INVESTIGATOR, accounts.Role.AUTHORISER],
        actor="tests",
        standing=accounts.Standing(trained_until=people.authoriser.trained_until),
    )
    own = access.open_emergency(both, reason=DANGER)
    with pytest.raises(access.Denied) as denial:
        access.review_emergency(both, own.number, justified=True, remarks=FOUND)
    assert broken_rules(denial) == ["reviewer-is-another"]
    access.review_emergency(both, emergency.number, justified=True, remarks=FOUND)
    with pytest.raises(access.AuthorityError):
        access.review_emergency(people.authoriser, emergency.number, justified=False, remarks=FOUND)


def test_a_review_that_cannot_be_recorded_is_none(emergency, people, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        access.review_emergency(people.authoriser, emergency.number, justified=True, remarks=FOUND)
    assert access.owed_reviews()


def test_a_reviewer_sees_how_often_was_searched_and_no_plate(client, people, emergency, stored, search_for):
    client.force_login(people.authoriser)
    assert "Nothing was searched" in client.get(f"/authority/reviews/{emergency.number}/").content.decode()
    stored(new_read("AB12CDE"))
    outcome = search_for(emergency.number, "AB12CDE")
    page = client.get(f"/authority/reviews/{emergency.number}/").content.decode()
    assert f"{outcome.intent.index}, {outcome.returned.index}" in page
    assert "CDE" not in page


def test_the_pages_of_an_emergency(client, people):
    client.force_login(people.investigator)
    assert "/requests/emergency/" in client.get("/requests/new/").content.decode()
    assert "Only where a life is at stake" in client.get("/requests/emergency/").content.decode()
    assert client.post("/requests/emergency/", {"reason": "urgent"}).status_code == 400
    page = client.post("/requests/emergency/", {"reason": DANGER}, follow=True).content.decode()
    assert "An emergency:" in page
    number = Request.objects.get().number
    assert "None: an emergency" in client.get(f"/requests/{number}/").content.decode()
    assert client.get(f"/authority/reviews/{number}/").status_code == 403
    client.force_login(people.authoriser)
    assert number in client.get("/authority/").content.decode()
    assert DANGER in client.get(f"/authority/reviews/{number}/").content.decode()
    assert (
        client.post(f"/authority/reviews/{number}/", {"justified": "yes", "remarks": "ok"}).status_code == 400
    )
    done = client.post(f"/authority/reviews/{number}/", {"justified": "yes", "remarks": FOUND}, follow=True)
    assert f"Request {number} is reviewed." in done.content.decode()
    assert "No review is owed" in client.get(f"/authority/reviews/{number}/", follow=True).content.decode()


def test_of_two_reviews_at_once_one_counts(emergency, people, monkeypatch, recorded):
    from turnpike.access import emergencies

    stale = emergencies.owed_review(emergency.number)
    access.review_emergency(people.authoriser, emergency.number, justified=True, remarks=FOUND)
    monkeypatch.setattr(emergencies, "_review", lambda _: stale)
    with pytest.raises(access.AuthorityError, match="has reviewed it already"):
        access.review_emergency(people.authoriser, emergency.number, justified=False, remarks=FOUND)
    assert recorded()[-1][0] is AuditEvent.ALTERATION_NOT_DONE
    assert EmergencyReview.objects.get().justified is True
