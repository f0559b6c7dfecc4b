"""The base pack: it denies by default, names every rule that failed, and takes any fault for a denial."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from turnpike.access.policy import (
    FAULT,
    NO_PERMIT,
    RESOURCE_TYPES,
    Action,
    base_pack,
    decide,
    parse_pack,
)
from turnpike.accounts.services import PERMISSIONS, Role
from turnpike.web.services import Permission

from .asking import asked, person, rules_broken, yes_or_no

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the pack is meant to say, said a second time in Python; the pack itself is not consulted for it.
ROLES: Mapping[Action, frozenset[Role]] = {
    Action.OpenRequest: frozenset({Role.INVESTIGATOR}),
    Action.Search: frozenset({Role.INVESTIGATOR}),
    Action.ViewRead: frozenset({Role.INVESTIGATOR}),
    Action.ViewPatch: frozenset({Role.INVESTIGATOR}),
    Action.ExportReads: frozenset({Role.INVESTIGATOR}),
    Action.AuthoriseRequest: frozenset({Role.AUTHORISER}),
    Action.RefuseRequest: frozenset({Role.AUTHORISER}),
    Action.DelegateAuthority: frozenset({Role.AUTHORISER}),
    Action.ReviewEmergency: frozenset({Role.AUTHORISER}),
    Action.DecideOutside: frozenset({Role.AUTHORISER, Role.PROFESSIONAL_STANDARDS}),
    Action.CreateHotlist: frozenset({Role.AUTHORISER}),
    Action.ProposeHotlistEntry: frozenset({Role.INVESTIGATOR}),
    Action.AuthoriseHotlistEntry: frozenset({Role.AUTHORISER}),
    Action.RefuseHotlistEntry: frozenset({Role.AUTHORISER}),
    Action.WithdrawHotlistEntry: frozenset({Role.INVESTIGATOR, Role.AUTHORISER}),
    Action.ViewHotlist: frozenset({Role.OPERATOR, Role.INVESTIGATOR, Role.AUTHORISER}),
    Action.GrantWatch: frozenset({Role.AUTHORISER}),
    Action.RevokeWatch: frozenset({Role.AUTHORISER}),
    Action.SeeAlert: frozenset({Role.OPERATOR}),
    Action.ActOnAlert: frozenset({Role.OPERATOR}),
    Action.ViewLog: frozenset({Role.AUDITOR, Role.COMMISSIONER}),
    Action.Disclose: frozenset({Role.INVESTIGATOR, Role.OPERATOR}),
    Action.RecordConsultation: frozenset({Role.AUTHORISER}),
    Action.ProposeAgreement: frozenset({Role.AUTHORISER}),
    Action.DecideAgreement: frozenset({Role.AUTHORISER}),
    Action.EndAgreement: frozenset({Role.AUTHORISER}),
    Action.AskWhoCouldSee: frozenset({Role.AUDITOR, Role.COMMISSIONER}),
}
PAGES: Mapping[Action, Permission] = {
    Action.OpenRequest: Permission.READS_SEARCH,
    Action.Search: Permission.READS_SEARCH,
    Action.ExportReads: Permission.READS_SEARCH,
    Action.AuthoriseRequest: Permission.REQUESTS_AUTHORISE,
    Action.RefuseRequest: Permission.REQUESTS_AUTHORISE,
    Action.DelegateAuthority: Permission.REQUESTS_AUTHORISE,
    Action.ReviewEmergency: Permission.REQUESTS_AUTHORISE,
    Action.DecideOutside: Permission.OUTSIDE_DECIDE,
    Action.CreateHotlist: Permission.HOTLISTS_AUTHORISE,
    Action.ProposeHotlistEntry: Permission.HOTLISTS_PROPOSE,
    Action.AuthoriseHotlistEntry: Permission.HOTLISTS_AUTHORISE,
    Action.RefuseHotlistEntry: Permission.HOTLISTS_AUTHORISE,
    Action.ViewHotlist: Permission.HOTLISTS_VIEW,
    Action.GrantWatch: Permission.WATCHES_GRANT,
    Action.SeeAlert: Permission.ALERTS_WATCH,
    Action.ActOnAlert: Permission.ALERTS_WATCH,
    Action.ViewLog: Permission.AUDIT_VIEW,
    Action.RecordConsultation: Permission.AGREEMENTS_DECIDE,
    Action.ProposeAgreement: Permission.AGREEMENTS_DECIDE,
    Action.DecideAgreement: Permission.AGREEMENTS_DECIDE,
    Action.EndAgreement: Permission.AGREEMENTS_DECIDE,
    Action.AskWhoCouldSee: Permission.AUDIT_VIEW,
}
ROLE_RULES: Mapping[Action, str] = {
    Action.OpenRequest: "investigators-open-requests",
    Action.Search: "investigators-search",
    Action.ViewRead: "investigators-search",
    Action.ViewPatch: "investigators-search",
    Action.ExportReads: "investigators-search",
    Action.AuthoriseRequest: "authorisers-authorise-requests",
    Action.RefuseRequest: "authorisers-authorise-requests",
    Action.DelegateAuthority: "authorisers-delegate",
    Action.ReviewEmergency: "authorisers-review",
    Action.DecideOutside: "authorisers-decide-outside",
    Action.CreateHotlist: "authorisers-create-hotlists",
    Action.ProposeHotlistEntry: "investigators-propose",
    Action.AuthoriseHotlistEntry: "authorisers-authorise",
    Action.RefuseHotlistEntry: "authorisers-authorise",
    Action.WithdrawHotlistEntry: "investigators-and-authorisers-withdraw",
    Action.ViewHotlist: "hotlist-staff-view",
    Action.GrantWatch: "authorisers-grant-watches",
    Action.RevokeWatch: "authorisers-grant-watches",
    Action.SeeAlert: "operators-see-alerts",
    Action.ActOnAlert: "operators-see-alerts",
    Action.ViewLog: "auditors-view-the-log",
    Action.Disclose: "disclosed-to-those-who-look",
    Action.RecordConsultation: "authorisers-answer-for-agreements",
    Action.ProposeAgreement: "authorisers-answer-for-agreements",
    Action.DecideAgreement: "authorisers-answer-for-agreements",
    Action.EndAgreement: "authorisers-answer-for-agreements",
    Action.AskWhoCouldSee: "auditors-ask-who-could-see",
}
role_sets = st.frozensets(st.sampled_from(list(Role)))


@given(asked(), role_sets, yes_or_no)
def test_a_decision_allows_exactly_what_no_rule_breaks_and_names_each_that_does(asked, roles, is_active):
    expected = set(asked.broken)
    if not is_active:
        expected.add("account-is-open")
    if not roles & ROLES[asked.action]:
        expected.add(ROLE_RULES[asked.action])
    if asked.action is Action.ViewHotlist and not asked.context["watching"]:
        expected |= rules_broken(
            operators_view_what_they_watch=Role.OPERATOR in roles
            and not roles & {Role.INVESTIGATOR, Role.AUTHORISER}
        )
    if asked.action is Action.DecideOutside and not asked.context["another_force"]:
        expected |= rules_broken(outside_is_another_force=Role.PROFESSIONAL_STANDARDS not in roles)

    decision = decide(person(roles, is_active=is_active), asked.action, "it", asked.context)

    assert decision.fault == ""
    assert decision.allowed == (not expected)
    if expected:
        assert {rule.id for rule in decision.rules} == expected
        assert len(decision.rules) == len(expected)
    else:
        assert len(decision.rules) == 1


UNTRAINED = (Action.ViewLog, Action.AskWhoCouldSee, Action.RevokeWatch, Action.EndAgreement)
"""What needs no training: to look after others, and to end what should end."""


@given(asked(), role_sets, st.sampled_from([None, -1, 0, 1]))
def test_training_counts_until_its_last_day_and_without_it_nothing_else_is_allowed(asked, roles, days):
    today = timezone.now().date()
    until = None if days is None else today + timedelta(days=days)
    found = decide(person(roles, trained_until=until), asked.action, "it", asked.context)
    if days in (0, 1) or asked.action in UNTRAINED:
        assert found == decide(person(roles), asked.action, "it", asked.context)
    else:
        assert not found.allowed
        assert "training-counts" in {rule.id for rule in found.rules}


@given(asked(), role_sets, st.data())
def test_an_unrelated_role_never_widens_access(asked, roles, data):
    unrelated = data.draw(st.frozensets(st.sampled_from(sorted(set(Role) - ROLES[asked.action]))))

    before = decide(person(roles), asked.action, "it", asked.context)
    after = decide(person(roles | unrelated), asked.action, "it", asked.context)

    assert after.allowed == before.allowed


_any_fact = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=8), st.booleans(), max_size=2),
)


@given(asked(), st.text(max_size=10), _any_fact, st.text(max_size=20))
def test_facts_that_do_not_fit_the_schema_are_a_denial_and_a_fault(asked, name, fact, resource):
    looks = (Action.Search, Action.ViewRead, Action.ViewPatch, Action.ExportReads)
    allowed_names = {"request"} if asked.action in looks else set()
    if asked.action in (*looks, Action.OpenRequest):
        allowed_names.add("case")
    if (
        name in asked.context
        or name in allowed_names
        or (asked.action is Action.SeeAlert and name == "watch")
    ):
        return

    decision = decide(person(frozenset(Role)), asked.action, resource, {**asked.context, name: fact})

    assert not decision.allowed
    assert decision.rules == (FAULT,)
    assert decision.fault


@given(asked(), st.data())
def test_a_missing_fact_is_a_denial(asked, data):
    if not asked.context:
        return
    name = data.draw(st.sampled_from(sorted(asked.context)))
    context = {key: fact for key, fact in asked.context.items() if key != name}

    assert not decide(person(frozenset(Role)), asked.action, "it", context).allowed


def test_a_role_that_the_schema_does_not_know_is_a_fault():
    user = person(frozenset())
    user.__dict__["roles"] = frozenset([_Sorcerer()])
    assert decide(user, Action.ViewLog, "ledger").rules == (FAULT,)


class _Sorcerer:
    value = "sorcerer"


def test_what_no_permit_covers_is_denied():
    schema = "entity Role; entity Log; entity User in [Role] { username: String, open: Bool, rank: Long, trained: Bool };"
    schema += "action ViewLog appliesTo { principal: User, resource: Log, context: {} };"
    rules = '@id("never") @says("No.") permit (principal == User::"nobody", action, resource);'
    decision = decide(person(frozenset(Role)), Action.ViewLog, "ledger", pack=parse_pack("t", schema, rules))
    assert not decision.allowed
    assert decision.rules == (NO_PERMIT,)


def test_the_pack_knows_each_action_and_every_sentence_says_what_to_do():
    assert set(RESOURCE_TYPES) == set(Action) == set(ROLES)
    sentences = [rule.says for rule in base_pack().rules.values()]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
    assert base_pack().version.startswith("base@")


@pytest.mark.parametrize("action", sorted(PAGES))
def test_pages_and_policy_agree_on_roles(action):
    holders = {role for role, held in PERMISSIONS.items() if PAGES[action] in held}
    assert holders == ROLES[action]
