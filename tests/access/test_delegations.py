"""Authority lent for some days: what it allows, whose it is, and that nobody reaches round a rule by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.models import Delegation
from turnpike.accounts import services as accounts
from turnpike.accounts.services import Rank, Role
from turnpike.ledger.services import AuditEvent

from .conftest import REASON

WHY = "Annual leave; the night duty covers the division"


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


@pytest.fixture
def account(people):
    def make(username, rank, *roles):
        standing = accounts.Standing("Fenbridge Police", rank, people.authoriser.trained_until)
        return accounts.create_account(
            username, username.title(), roles or [Role.AUTHORISER], actor="tests", standing=standing
        )

    return make


@pytest.fixture
def chief(account):
    return account("chief", Rank.SUPERINTENDENT)


@pytest.fixture
def deputy(account):
    return account("deputy", Rank.CHIEF_INSPECTOR)


@pytest.fixture
def asked(people, case):
    """Half a year for a burglary: volume crime, which takes a superintendent."""
    case()
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=["AB12*"],
        reach_days=180,
    )


def test_what_is_lent_decides_and_the_entry_says_whose_it_is(asked, chief, deputy, recorded):
    with pytest.raises(access.Denied) as denial:
        access.grant_authority(deputy, asked.number)
    assert broken_rules(denial) == ["a-year-of-volume-needs-a-superintendent"]

    access.delegate_authority(chief, "deputy", days=7, reason=WHY)
    event, actor, details = recorded()[-1]
    assert (event, actor, details["holder"]) == (AuditEvent.AUTHORITY_DELEGATED, "chief", "deputy")

    access.grant_authority(deputy, asked.number)
    event, actor, details = recorded()[-1]
    assert (event, actor, details["lent_by"]) == (AuditEvent.AUTHORITY_GRANTED, "deputy", "chief")


@pytest.mark.parametrize("end", ["ended", "over", "closed", "no authoriser"])
def test_it_counts_no_longer(asked, chief, deputy, end):
    lent = access.delegate_authority(chief, "deputy", days=7, reason=WHY)
    if end == "ended":
        access.end_delegation(deputy, lent.pk)
    elif end == "over":
        Delegation.objects.update(ends_at=timezone.now())
    elif end == "closed":
        accounts.close_account("chief", actor="tests")
    else:
        chief.role_grants.all().delete()
    with pytest.raises(access.Denied):
        access.grant_authority(deputy, asked.number)


def test_whoever_asks_cannot_lend_the_rank_that_decides(people, case, account, deputy):
    chief = account("asking", Rank.SUPERINTENDENT, Role.INVESTIGATOR, Role.AUTHORISER)
    case(assigned=("asking",))
    asked = access.open_request(
        chief,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=["AB12*"],
        reach_days=180,
    )
    access.delegate_authority(chief, "deputy", days=1, reason=WHY)
    with pytest.raises(access.Denied) as denial:
        access.grant_authority(deputy, asked.number)
    assert broken_rules(denial) == ["a-year-of-volume-needs-a-superintendent"]


def test_what_was_lent_cannot_be_lent_on(asked, chief, deputy, account):
    access.delegate_authority(chief, "deputy", days=7, reason=WHY)
    third = account("third", Rank.INSPECTOR)
    access.delegate_authority(deputy, "third", days=7, reason=WHY)
    with pytest.raises(access.Denied):
        access.grant_authority(third, asked.number)


# For a lawyer to read and add to: the giver's rank, the holder's rank, the holder's roles, days, and the rule that speaks against it.
TABLE = [
    (Rank.SUPERINTENDENT, Rank.CHIEF_INSPECTOR, [Role.AUTHORISER], 28, ""),
    (Rank.SUPERINTENDENT, Rank.CHIEF_OFFICER, [Role.AUTHORISER], 1, ""),
    (Rank.SUPERINTENDENT, Rank.INSPECTOR, [Role.AUTHORISER], 1, "delegate-is-a-rank-below"),
    (Rank.SUPERINTENDENT, Rank.CHIEF_INSPECTOR, [Role.INVESTIGATOR], 1, "delegate-is-another-authoriser"),
    (Rank.SUPERINTENDENT, Rank.CHIEF_INSPECTOR, [Role.AUTHORISER], 29, "delegation-is-short"),
    (Rank.SUPERINTENDENT, Rank.CHIEF_INSPECTOR, [Role.AUTHORISER], 0, "delegation-is-short"),
]


@pytest.mark.parametrize(("own", "other", "roles", "days", "rule"), TABLE)
def test_what_can_be_lent_to_whom(account, own, other, roles, days, rule):
    giver = account("giver", own)
    account("holder", other, *roles)
    if rule:
        with pytest.raises(access.Denied) as denial:
            access.delegate_authority(giver, "holder", days=days, reason=WHY)
        assert broken_rules(denial) == [rule]
        assert not Delegation.objects.exists()
    else:
        assert access.delegate_authority(giver, "holder", days=days, reason=WHY).stands


def test_the_page_lends_shows_and_ends(client, chief, deputy):
    client.force_login(chief)
    assert "Nothing is lent" in client.get("/authority/lent/").content.decode()
    page = client.post("/authority/lent/", {"holder": "nobody", "days": "7", "reason": WHY}).content.decode()
    assert "There is no open account of that user name" in page
    page = client.post(
        "/authority/lent/", {"holder": "deputy", "days": "7", "reason": WHY}, follow=True
    ).content.decode()
    assert "Deputy can now decide with your rank" in page
    client.force_login(deputy)
    assert "You also decide with the rank of Chief" in client.get("/authority/").content.decode()
    (lent,) = access.delegations_of(deputy)
    assert client.post(f"/authority/lent/{lent.pk}/end/")["Location"] == "/authority/lent/"
    assert not access.delegations_of(chief).exists()
    assert client.post(f"/authority/lent/{lent.pk}/end/").status_code == 404
    assert timezone.now() - lent.begins_at < timedelta(hours=1)
