"""The outside authoriser: who is one, what they alone are told, and what their answer lets through."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from tests.alert_world import propose

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import OutsideMatter, Request
from turnpike.accounts.services import Role, Standing, change_standing, create_account
from turnpike.hotlists import services as hotlists
from turnpike.ledger.services import AuditEvent

from .conftest import new_read

pytestmark = pytest.mark.django_db
HERS, HIS = "AB12CDE", "AB12XYZ"
CASE = "CR/01234/26"
WHY = access.OutsideRefusal.NOT_SHOWN


def rules_of(denial):
    return [rule.id for rule in denial.value.decision.rules]


@pytest.fixture
def outsider(people):
    """An authoriser of another force."""
    elsewhere = Standing("Marshland Police", trained_until=date.max)
    return create_account("outsider", "Una Outsider", [Role.AUTHORISER], actor="tests", standing=elsewhere)


@pytest.fixture
def asked(opened, people, stored, search_for):
    """A search for a declared plate that waits for an outsider."""
    stored(new_read(HERS), new_read(HIS, minutes=1))
    access.declare(people.investigator, HERS, access.RelationKind.FAMILY)
    access.declare(people.investigator, HIS, access.RelationKind.OWN)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    return OutsideMatter.objects.get()


def test_an_authoriser_of_another_force_or_professional_standards_is_outside(people, outsider, asked):
    assert access.waiting_matters(outsider) == (asked,)
    assert access.waiting_matters(people.professional_standards) == (asked,)


def test_nobody_else_is_told_or_decides(people, asked, recorded):
    for who, rule in (
        (people.authoriser, "outside-is-another-force"),
        (people.auditor, "authorisers-decide-outside"),
        (people.administrator, "authorisers-decide-outside"),
    ):
        assert access.waiting_matters(who) == ()
        for act in (
            lambda who: access.view_matter(who, asked.pk),
            lambda who: access.grant_outside(who, asked.pk),
            lambda who: access.refuse_outside(who, asked.pk, WHY),
        ):
            with pytest.raises(access.Denied) as denial:
                act(who)
            assert rule in rules_of(denial)
            assert recorded()[-1][0] is AuditEvent.DECISION_DENIED
    asked.refresh_from_db()
    assert asked.is_waiting


@pytest.mark.parametrize("force", ["", "fenbridge  POLICE", "Fenbridge Police"])
def test_a_force_that_is_unknown_or_only_written_otherwise_is_no_other(outsider, asked, force):
    changed = change_standing("outsider", Standing(force, trained_until=date.max), actor="tests")
    with pytest.raises(access.Denied) as denial:
        access.view_matter(changed, asked.pk)
    assert rules_of(denial) == ["outside-is-another-force"]


def test_nobody_is_of_another_force_than_one_that_is_unknown(people, outsider, asked):
    change_standing("investigator", Standing("", trained_until=date.max), actor="tests")
    assert access.waiting_matters(outsider) == ()
    assert access.waiting_matters(people.professional_standards) == (asked,)


def test_whoever_asked_or_works_on_the_case_is_not_outside(people, case, asked):
    case(assigned=("investigator", "professional_standards"))
    with pytest.raises(access.Denied) as denial:
        access.grant_outside(people.professional_standards, asked.pk)
    assert rules_of(denial) == ["outside-is-not-concerned"]


def test_they_are_told_why_and_that_they_were_told_is_an_entry_before(outsider, asked, recorded):
    matter, (reason,) = access.view_matter(outsider, asked.pk)
    assert matter == asked
    assert (reason.whose, reason.kind, reason.told_by) == (
        "the requester",
        "Vehicle of family or of a former partner",
        "themselves",
    )
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.OUTSIDE_VIEWED, "outsider")
    assert HERS not in str(details)
    assert "family" not in str(details)


def test_without_the_entry_they_are_not_told(outsider, asked, break_ledger, sealer, monkeypatch):
    monkeypatch.setattr(sealer, "answer", lambda *_: pytest.fail("the sealer was asked"))
    break_ledger()
    with pytest.raises(Exception, match="ledger cannot be written"):
        access.view_matter(outsider, asked.pk)


def test_of_one_that_chance_picked_they_are_told_that(opened, outsider, store, search_for, monkeypatch):
    changed = config.load().model_copy(update={"outside_share": 1.0})
    monkeypatch.setattr(config, "load", lambda: changed)
    with pytest.raises(access.Denied):
        search_for(opened.number, HIS)
    assert access.view_matter(outsider, OutsideMatter.objects.get().pk)[1] == ()


def test_let_through_it_is_that_plate_under_that_request_alone(
    opened, people, case, asked, outsider, search_for, recorded
):
    access.grant_outside(outsider, asked.pk)
    assert recorded()[-1][0] is AuditEvent.OUTSIDE_GRANTED

    (read,) = search_for(opened.number, HERS).reads
    assert read.plate == HERS
    assert access.view_read(people.investigator, opened.number, read.read_id.text)[0].plate == HERS
    with pytest.raises(access.Denied):
        search_for(opened.number, HIS)
    case("CR/77", "burglary")
    second = access.open_request(
        people.investigator,
        case_reference="CR/77",
        purpose="crime_investigation",
        reason="Another burglary, in Bridge Street at 03:00; a neighbour wrote the plate down",
        patterns=(HERS,),
    )
    with pytest.raises(access.Denied):
        search_for(second.number, HERS)


def test_what_a_pattern_left_out_can_be_let_through_and_is_then_told(
    opened, people, stored, outsider, search_for
):
    stored(new_read(HERS), new_read("AB12CDF", minutes=1))
    access.declare(people.investigator, HERS, access.RelationKind.FAMILY)
    assert len(search_for(opened.number, "AB12CD?").reads) == 1
    assert access.told_matters(opened) == ()
    access.grant_outside(outsider, OutsideMatter.objects.get().pk)
    (told,) = access.told_matters(opened)
    assert told.state_in_words == "Given: look again"
    assert len(search_for(opened.number, "AB12CD?").reads) == 2


def test_refused_it_stays_refused_and_the_reason_tells_nothing(opened, people, asked, outsider, search_for):
    access.refuse_outside(outsider, asked.pk, WHY)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    (told,) = access.told_matters(opened)
    assert told.state_in_words == f"Not given: {WHY.label}"
    with pytest.raises(access.AuthorityError):
        access.grant_outside(outsider, asked.pk)


def test_waiting_costs_no_time_except_in_an_emergency(opened, asked, outsider, people, search_for):
    soon = timezone.now() + timedelta(minutes=5)
    Request.objects.filter(pk=opened.pk).update(expires_at=soon)
    access.grant_outside(outsider, asked.pk)
    opened.refresh_from_db()
    assert opened.expires_at > timezone.now() + timedelta(hours=config.load().request_valid_hours - 1)
    emergency = access.open_emergency(
        people.investigator, reason="A man took his daughter and says that he will drive into the harbour"
    )
    with pytest.raises(access.Denied):
        search_for(emergency.number, HERS)
    access.grant_outside(outsider, OutsideMatter.objects.get(request=emergency).pk)
    before = emergency.expires_at
    emergency.refresh_from_db()
    assert emergency.expires_at == before


def test_what_nobody_decides_lapses_with_its_request(opened, people, asked, outsider):
    access.close_request(people.investigator, opened.number)
    assert access.waiting_matters(outsider) == ()
    with pytest.raises(access.AuthorityError):
        access.grant_outside(outsider, asked.pk)


def test_a_hotlist_entry_let_through_can_be_proposed_for_a_week(people, case, outsider):
    case()
    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Vehicles reported stolen.")
    access.declare(people.investigator, HERS, access.RelationKind.HOUSEHOLD)
    with pytest.raises(access.Denied):
        propose(people, HERS, case_reference=CASE)
    matter = OutsideMatter.objects.get()
    access.grant_outside(outsider, matter.pk)
    assert propose(people, HERS, case_reference=CASE).plate == HERS
    OutsideMatter.objects.update(lapses_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(access.Denied):
        propose(people, HERS, case_reference=CASE)
    matter.refresh_from_db()
    assert matter.is_waiting
