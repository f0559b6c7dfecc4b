"""Denials and faults are in the ledger before anyone is told."""

from __future__ import annotations

import json

import pytest

from turnpike.access import services as access
from turnpike.access.services import Action, Fact
from turnpike.ledger.services import AuditEvent, LedgerError

pytestmark = pytest.mark.django_db
CASE: dict[str, Fact] = {
    "register_answered": True,
    "case": {"open": True, "assigned": True, "category": "vehicle_crime", "severity": "volume"},
}
ENTRY: dict[str, Fact] = {
    "legal_basis": "law-enforcement",
    "reason": "stolen",
    "weed_days": 28,
    "priority": "high",
    "review_overdue": False,
    **CASE,
    "relations": {"answered": True, "within_budget": True, "outside_needed": False, "outside_given": False},
}


def test_an_allowed_decision_is_given_back_and_leaves_the_entry_to_the_caller(people, recorded):
    decision = access.authorise(
        people.investigator, Action.ProposeHotlistEntry, resource="stolen", context=ENTRY
    )
    assert decision.allowed
    grounds = access.grounds(decision)
    assert (grounds["rules"], grounds["policy"]) == (["propose-hotlist-entry"], decision.pack_version)
    asked = json.loads(str(grounds["asked"]))
    assert asked["context"] == ENTRY
    assert asked["principal"]["parents"] == [{"type": "Role", "id": "investigator"}]
    assert AuditEvent.DECISION_DENIED not in {event for event, *_ in recorded()}


def test_a_denial_carries_its_entry_and_every_sentence(people, recorded):
    with pytest.raises(access.Denied) as denial:
        access.authorise(
            people.operator,
            Action.ProposeHotlistEntry,
            resource="stolen",
            context={**ENTRY, "weed_days": 400, "reason": ""},
        )
    assert [rule.id for rule in denial.value.decision.rules] == [
        "investigators-propose",
        "entry-has-reason",
        "entry-is-weeded",
    ]
    assert str(denial.value) == " ".join(rule.says for rule in denial.value.decision.rules)
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.DECISION_DENIED, "operator")
    assert details["resource"] == "stolen"
    assert json.loads(str(details["asked"]))["context"] == {**ENTRY, "weed_days": 400, "reason": ""}
    assert not [name for name in details if name.startswith("context_")]


def test_nobody_authorises_what_they_proposed(people):
    assert access.authorise(
        people.authoriser,
        Action.AuthoriseHotlistEntry,
        resource="stolen",
        context={"proposer": "investigator", **CASE},
    ).allowed
    with pytest.raises(access.Denied) as denial:
        access.authorise(
            people.authoriser,
            Action.AuthoriseHotlistEntry,
            resource="stolen",
            context={"proposer": "authoriser", **CASE},
        )
    assert [rule.id for rule in denial.value.decision.rules] == ["proposer-is-another"]


@pytest.mark.parametrize(
    "context", [{}, {"legal_basis": 7}, {**ENTRY, "more": True}, {**ENTRY, "weed_days": 10**30}]
)
def test_facts_that_make_no_sense_are_a_recorded_fault_and_a_denial(people, context, recorded):
    with pytest.raises(access.Denied) as denial:
        access.authorise(people.investigator, Action.ProposeHotlistEntry, resource="stolen", context=context)
    assert [rule.id for rule in denial.value.decision.rules] == ["policy-fault"]
    event, _, details = recorded()[-1]
    assert event is AuditEvent.POLICY_FAULT
    assert details["fault"]


def test_a_denial_that_cannot_be_recorded_is_still_no_permission(people, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        access.authorise(people.operator, Action.ViewLog, resource="ledger")
