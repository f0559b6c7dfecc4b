"""Looking further back than anybody does alone: by whose authority, for what, and what becomes of a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import Authority, Request
from turnpike.accounts import services as accounts
from turnpike.accounts.services import Rank
from turnpike.ledger.services import AuditEvent, LedgerError

from .conftest import REASON

pytestmark = pytest.mark.django_db

# For a lawyer to read and add to: days back, severity of the case, rank, and the rule that speaks against it.
TABLE = [
    (90, "volume", Rank.STAFF, ""),
    (91, "volume", Rank.STAFF, "a-year-of-volume-needs-a-superintendent"),
    (91, "volume", Rank.CHIEF_INSPECTOR, "a-year-of-volume-needs-a-superintendent"),
    (91, "volume", Rank.SUPERINTENDENT, ""),
    (366, "volume", Rank.SUPERINTENDENT, ""),
    (367, "volume", Rank.CHIEF_OFFICER, "beyond-a-year-counter-terrorism"),
    (91, "serious", Rank.SERGEANT, "a-year-needs-an-inspector"),
    (91, "serious", Rank.INSPECTOR, ""),
    (366, "serious", Rank.INSPECTOR, ""),
    (367, "serious", Rank.CHIEF_OFFICER, "beyond-a-year-counter-terrorism"),
    (366, "major", Rank.SERGEANT, "a-year-needs-an-inspector"),
    (366, "major", Rank.INSPECTOR, ""),
    (366, "counter_terrorism", Rank.INSPECTOR, ""),
    (367, "counter_terrorism", Rank.SUPERINTENDENT, "beyond-a-year-counter-terrorism"),
    (367, "counter_terrorism", Rank.CHIEF_SUPERINTENDENT, ""),
]


@pytest.mark.parametrize(("days", "severity", "rank", "rule"), TABLE)
def test_who_may_let_a_request_look_how_far_back(people, days, severity, rank, rule):
    people.authoriser.rank = rank
    facts = {"requester": "investigator", "operator": "investigator", "reach_days": days}
    facts |= {"severity": severity, "lent_rank": 0}
    decision = access.decide(people.authoriser, access.Action.AuthoriseRequest, "R-1", facts)
    assert decision.allowed is not bool(rule)
    assert not rule or [one.id for one in decision.rules] == [rule]


@pytest.fixture
def inspector(people):
    standing = accounts.Standing("Fenbridge Police", Rank.INSPECTOR, people.authoriser.trained_until)
    return accounts.change_standing("authoriser", standing, actor="tests")


@pytest.fixture
def asked(people, case):
    """A request for a robbery that asks for half a year."""
    case(category="robbery")
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        reach_days=180,
        patterns=("AB12*",),
    )


def look_back(search_for, number, days):
    return search_for(
        number,
        "AB12CDE",
        captured_from=timezone.now() - timedelta(days=days) + timedelta(minutes=1),
        captured_until=timezone.now() - timedelta(days=days) + timedelta(days=1),
    )


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


def test_the_last_90_days_need_no_authority_and_a_day_more_does(opened, stored, search_for):
    stored()
    assert look_back(search_for, opened.number, 90).reads == ()
    with pytest.raises(access.Denied) as denial:
        look_back(search_for, opened.number, 91)
    assert broken_rules(denial) == ["time-is-in-scope", "older-needs-authority"]
    assert "open a request that says how far back" in str(denial.value)
    assert access.waiting_authorities() == ()


def test_authority_is_asked_for_given_and_reaches_as_far_as_it_says(
    asked, inspector, stored, search_for, recorded
):
    stored()
    (waiting,) = access.waiting_authorities()
    assert (waiting.request, waiting.reach_days) == (asked, 180)
    with pytest.raises(access.Denied):
        look_back(search_for, asked.number, 91)
    Request.objects.update(expires_at=timezone.now() + timedelta(minutes=5))

    access.grant_authority(inspector, asked.number)

    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.AUTHORITY_GRANTED, "authoriser")
    assert (details["request"], details["requester"], details["reach_days"]) == (
        asked.number,
        "investigator",
        180,
    )
    assert access.waiting_authorities() == ()
    asked.refresh_from_db()
    assert asked.expires_at > timezone.now() + timedelta(hours=config.load().request_valid_hours - 1)
    look_back(search_for, asked.number, 180)
    with pytest.raises(access.Denied) as denial:
        look_back(search_for, asked.number, 181)
    assert broken_rules(denial) == ["time-is-in-scope", "older-needs-authority"]


def test_a_refusal_says_why_and_leaves_the_usual_reach(asked, inspector, stored, search_for, recorded):
    stored()
    with pytest.raises(access.RequestError):
        access.refuse_authority(inspector, asked.number, "no")
    access.refuse_authority(inspector, asked.number, "A month would do for a robbery of last week.")
    event, _, details = recorded()[-1]
    assert event is AuditEvent.AUTHORITY_REFUSED
    assert details["why"] == "A month would do for a robbery of last week."
    look_back(search_for, asked.number, 90)
    with pytest.raises(access.Denied):
        look_back(search_for, asked.number, 91)
    with pytest.raises(access.AuthorityError, match="Nothing waits"):
        access.grant_authority(inspector, asked.number)


def test_nobody_decides_about_their_own_request(asked, people):
    accounts.change_standing(
        "investigator",
        accounts.Standing("", Rank.CHIEF_OFFICER, people.investigator.trained_until),
        actor="tests",
    )
    both = accounts.create_account(
        "both",
        "Both",
        [accounts.Role.INVESTIGATOR, accounts.Role.AUTHORISER],
        actor="tests",
        standing=accounts.Standing("", Rank.CHIEF_OFFICER, people.authoriser.trained_until),
    )
    Request.objects.update(requester=both)
    for decide in (
        lambda: access.grant_authority(both, asked.number),
        lambda: access.refuse_authority(both, asked.number, "A month would do for a robbery of last week."),
    ):
        with pytest.raises(access.Denied) as denial:
            decide()
        assert broken_rules(denial) == ["requester-is-another"]
    assert Authority.objects.get().granted is None


def test_an_authority_lapses_with_its_request(asked, inspector):
    Request.objects.update(expires_at=timezone.now())
    assert access.waiting_authorities() == ()
    with pytest.raises(access.AuthorityError):
        access.grant_authority(inspector, asked.number)


def test_of_two_decisions_one_counts(asked, inspector, monkeypatch, recorded):
    (stale,) = access.waiting_authorities()
    access.refuse_authority(inspector, asked.number, "A month would do for a robbery of last week.")
    monkeypatch.setattr(Authority, "is_waiting", property(lambda _: True))
    with pytest.raises(access.AuthorityError, match="has decided already"):
        access.grant_authority(inspector, asked.number)
    assert recorded()[-1][0] is AuditEvent.ALTERATION_NOT_DONE
    stale.refresh_from_db()
    assert stale.granted is False


def test_without_a_ledger_nothing_is_decided(asked, inspector, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        access.grant_authority(inspector, asked.number)
    assert Authority.objects.get().granted is None


@pytest.mark.parametrize("role", ["operator", "investigator", "auditor", "administrator"])
def test_only_authorisers_see_the_queue(client, people, asked, role):
    client.force_login(getattr(people, role))
    assert client.get("/authority/").status_code == 403
    assert client.post(f"/authority/{asked.number}/").status_code == 403


def test_the_queue_its_page_and_what_the_requester_sees(client, people, asked, inspector):
    client.force_login(inspector)
    assert asked.number in client.get("/authority/").content.decode()
    page = client.get(f"/authority/{asked.number}/").content.decode()
    for said in ("Investigator", "CR/01234/26", "Serious crime", "180 days", REASON):
        assert said in page
    short = client.post(f"/authority/{asked.number}/", {"refuse": "yes", "why": "no"})
    assert short.status_code == 400
    done = client.post(f"/authority/{asked.number}/", follow=True).content.decode()
    assert f"Request {asked.number} is authorised." in done
    assert "Nothing waits" in done
    assert "does not wait" in client.get(f"/authority/{asked.number}/", follow=True).content.decode()
    client.force_login(people.investigator)
    assert "180 days back, given by Authoriser" in client.get(f"/requests/{asked.number}/").content.decode()


def test_a_rank_that_is_not_enough_is_told_what_to_do(client, people, asked):
    client.force_login(people.authoriser)
    response = client.post(f"/authority/{asked.number}/")
    assert response.status_code == 403
    assert "needs an inspector&#39;s authority: pass it to one." in response.content.decode()


def test_a_request_says_how_far_back(client, people, case):
    case(category="robbery")
    client.force_login(people.investigator)
    typed = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reason": REASON,
        "reach_days": "120",
        "patterns": "AB12 CDE",
    }
    page = client.post("/requests/new/", typed, follow=True).content.decode()
    assert "Authority to look further back is asked for" in page
    (opened,) = access.open_requests(people.investigator)
    assert "asked for and not decided yet" in client.get(f"/requests/{opened.number}/").content.decode()


def test_a_begun_day_counts_as_one():
    from turnpike.access.authorities import days_back

    now = timezone.now()
    assert days_back(now + timedelta(hours=1)) == 0
    assert days_back(now - timedelta(days=90) + timedelta(seconds=1)) == 90
    assert days_back(now - timedelta(days=90, seconds=1)) == 91
    assert days_back(datetime(1970, 1, 1, tzinfo=UTC)) > 20_000
