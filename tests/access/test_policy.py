"""The base pack: it denies by default, names every rule that failed, and takes any fault for a denial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from turnpike.access.categories import Category, Severity
from turnpike.access.errors import PackError
from turnpike.access.policy import (
    FAULT,
    NO_PERMIT,
    RESOURCE_TYPES,
    Action,
    Fact,
    base_pack,
    decide,
    parse_pack,
)
from turnpike.access.purposes import Purpose
from turnpike.accounts.services import PERMISSIONS, Role, User
from turnpike.hotlists.services import LegalBasis, Priority
from turnpike.web.services import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

# What the pack is meant to say, said a second time in Python; the pack itself is not consulted for it.
ROLES: Mapping[Action, frozenset[Role]] = {
    Action.OpenRequest: frozenset({Role.INVESTIGATOR}),
    Action.Search: frozenset({Role.INVESTIGATOR}),
    Action.ViewRead: frozenset({Role.INVESTIGATOR}),
    Action.ViewPatch: frozenset({Role.INVESTIGATOR}),
    Action.AuthoriseRequest: frozenset({Role.AUTHORISER}),
    Action.RefuseRequest: frozenset({Role.AUTHORISER}),
    Action.ReviewEmergency: frozenset({Role.AUTHORISER}),
    Action.CreateHotlist: frozenset({Role.AUTHORISER}),
    Action.ProposeHotlistEntry: frozenset({Role.INVESTIGATOR}),
    Action.AuthoriseHotlistEntry: frozenset({Role.AUTHORISER}),
    Action.WithdrawHotlistEntry: frozenset({Role.INVESTIGATOR, Role.AUTHORISER}),
    Action.ViewHotlist: frozenset({Role.OPERATOR, Role.INVESTIGATOR, Role.AUTHORISER}),
    Action.GrantWatch: frozenset({Role.AUTHORISER}),
    Action.RevokeWatch: frozenset({Role.AUTHORISER}),
    Action.SeeAlert: frozenset({Role.OPERATOR}),
    Action.ActOnAlert: frozenset({Role.OPERATOR}),
    Action.ViewLog: frozenset({Role.AUDITOR}),
}
PAGES: Mapping[Action, Permission] = {
    Action.OpenRequest: Permission.READS_SEARCH,
    Action.Search: Permission.READS_SEARCH,
    Action.AuthoriseRequest: Permission.REQUESTS_AUTHORISE,
    Action.RefuseRequest: Permission.REQUESTS_AUTHORISE,
    Action.ReviewEmergency: Permission.REQUESTS_AUTHORISE,
    Action.CreateHotlist: Permission.HOTLISTS_AUTHORISE,
    Action.ProposeHotlistEntry: Permission.HOTLISTS_PROPOSE,
    Action.AuthoriseHotlistEntry: Permission.HOTLISTS_AUTHORISE,
    Action.ViewHotlist: Permission.HOTLISTS_VIEW,
    Action.GrantWatch: Permission.WATCHES_GRANT,
    Action.SeeAlert: Permission.ALERTS_WATCH,
    Action.ActOnAlert: Permission.ALERTS_WATCH,
    Action.ViewLog: Permission.AUDIT_VIEW,
}
ROLE_RULES: Mapping[Action, str] = {
    Action.OpenRequest: "investigators-open-requests",
    Action.Search: "investigators-search",
    Action.ViewRead: "investigators-search",
    Action.ViewPatch: "investigators-search",
    Action.AuthoriseRequest: "authorisers-authorise-requests",
    Action.RefuseRequest: "authorisers-authorise-requests",
    Action.ReviewEmergency: "authorisers-review",
    Action.CreateHotlist: "authorisers-create-hotlists",
    Action.ProposeHotlistEntry: "investigators-propose",
    Action.AuthoriseHotlistEntry: "authorisers-authorise",
    Action.WithdrawHotlistEntry: "investigators-and-authorisers-withdraw",
    Action.ViewHotlist: "hotlist-staff-view",
    Action.GrantWatch: "authorisers-grant-watches",
    Action.RevokeWatch: "authorisers-grant-watches",
    Action.SeeAlert: "operators-see-alerts",
    Action.ActOnAlert: "operators-see-alerts",
    Action.ViewLog: "auditors-view-the-log",
}
ME = "pat"


@dataclass(frozen=True)
class Asked:
    """Facts for one action, and the names of the rules that they break."""

    action: Action
    context: Mapping[str, Fact]
    broken: frozenset[str]


def person(roles: frozenset[Role], *, is_active: bool = True, trained_until: date | None = date.max) -> User:
    """An account that is in no database."""
    user = User(username=ME, name="Pat", is_active=is_active, trained_until=trained_until)
    user.__dict__["roles"] = roles
    return user


_yes_or_no = st.booleans()
_texts = st.one_of(st.just(""), st.just(ME), st.text(max_size=12))
_numbers = st.one_of(st.integers(-3, 400), st.integers(-(2**63), 2**63 - 1))
_purposes = st.one_of(st.sampled_from([item.value for item in Purpose]), _texts)
_bases = st.one_of(st.sampled_from([item.value for item in LegalBasis]), _texts)
_priorities = st.one_of(st.sampled_from([item.value for item in Priority]), _texts)


def _broken(**rules: bool) -> frozenset[str]:
    return frozenset(name.replace("_", "-") for name, broken in rules.items() if broken)


_cases = st.none() | st.fixed_dictionaries(
    {
        "open": _yes_or_no,
        "assigned": _yes_or_no,
        "category": st.sampled_from([item.value for item in Category]),
        "severity": st.sampled_from([item.value for item in Severity]),
    }
)
# Which categories are a ground for which purpose; a lawyer's table.
GROUNDS: Mapping[str, frozenset[str]] = {
    "crime_investigation": frozenset(set(Category) - {"road_traffic", "missing_person", "misconduct"}),
    "missing_person": frozenset({"missing_person"}),
    "stolen_vehicle": frozenset({"vehicle_crime", "burglary", "theft", "robbery"}),
    "serious_threat": frozenset({"threat_to_life", "terrorism", "homicide", "violence"}),
    "road_safety": frozenset({"road_traffic"}),
    "misconduct_investigation": frozenset({"misconduct"}),
}


def _of_case(draw: st.DrawFn, *, emergency: bool) -> tuple[dict[str, Fact], frozenset[str]]:
    """What the register says, and which rules that breaks wherever a case counts; in an emergency there is none."""
    answered, overdue = draw(_yes_or_no), draw(_yes_or_no)
    case = None if emergency else draw(_cases)
    known: dict[str, Fact] = {} if case is None else {"case": case}
    broken = _broken(
        case_register_answers=not answered,
        emergencies_are_reviewed=overdue,
        case_is_open=case is not None and not case["open"],
        case_is_yours=case is not None and not case["assigned"],
    )
    return {"register_answered": answered, "review_overdue": overdue, **known}, broken


def _open_request(draw: st.DrawFn) -> Asked:
    purpose, number, letters, emergency = draw(_purposes), draw(_texts), draw(_numbers), draw(_yes_or_no)
    told, broken = _of_case(draw, emergency=emergency)
    case = told.get("case")
    return Asked(
        Action.OpenRequest,
        {
            "purpose": purpose,
            "case_reference": number,
            "reason_characters": letters,
            "emergency": emergency,
            **told,
        },
        broken
        | _broken(
            purpose_is_lawful=purpose not in set(Purpose),
            case_is_named=number == "" and not emergency,
            emergency_is_for_life=emergency and purpose != "serious_threat",
            reason_is_given=letters < 20,
            case_is_known=not emergency and bool(told["register_answered"]) and case is None,
            category_fits_purpose=isinstance(case, Mapping)
            and case["category"] not in GROUNDS.get(purpose, frozenset()),
        ),
    )


def _under_request(draw: st.DrawFn, action: Action) -> Asked:
    is_open, emergency = draw(st.none() | _yes_or_no), draw(_yes_or_no)
    context: dict[str, Fact] = {}
    if is_open is not None:
        context["request"] = {"open": is_open, "emergency": emergency}
    told, broken = _of_case(draw, emergency=emergency)
    context |= told
    broken |= _broken(
        request_is_yours=is_open is None,
        request_is_open=is_open is False,
        case_is_still_known=is_open is not None
        and not emergency
        and bool(told["register_answered"])
        and "case" not in told,
    )
    if action is Action.Search:
        hours, longest, back, authorised = (draw(_numbers) for _ in range(4))
        context |= {"range_hours": hours, "longest_range_hours": longest}
        context |= {"days_back": back, "authorised_days": authorised}
        broken |= _broken(
            range_is_short_enough=hours > longest,
            older_needs_authority=back > 90
            and back > authorised
            and not (is_open is not None and emergency and back <= 366),
        )
        return Asked(action, context, broken)
    disclosed = draw(_yes_or_no)
    return Asked(
        action, {**context, "disclosed": disclosed}, broken | _broken(read_was_disclosed=not disclosed)
    )


def _authority(draw: st.DrawFn, action: Action) -> Asked:
    requester, days = draw(_texts), draw(_numbers)
    severity = draw(st.sampled_from(["", *(item.value for item in Severity)]))
    # The person of these tests has no rank.
    long, longer = 90 < days <= 366, days > 366
    broken = _broken(
        requester_is_another=requester == ME,
        a_year_needs_an_inspector=action is Action.AuthoriseRequest
        and long
        and severity in ("serious", "major", "counter_terrorism"),
        a_year_of_volume_needs_a_superintendent=action is Action.AuthoriseRequest
        and long
        and severity == "volume",
        beyond_a_year_counter_terrorism=action is Action.AuthoriseRequest and longer,
    )
    return Asked(action, {"requester": requester, "reach_days": days, "severity": severity}, broken)


def _review(draw: st.DrawFn) -> Asked:
    requester = draw(_texts)
    return Asked(
        Action.ReviewEmergency, {"requester": requester}, _broken(reviewer_is_another=requester == ME)
    )


def _propose(draw: st.DrawFn) -> Asked:
    basis, reason, days, priority = draw(_bases), draw(_texts), draw(_numbers), draw(_priorities)
    return Asked(
        Action.ProposeHotlistEntry,
        {"legal_basis": basis, "reason": reason, "weed_days": days, "priority": priority},
        _broken(
            entry_has_legal_basis=basis not in {item.value for item in LegalBasis},
            entry_has_reason=reason == "",
            entry_has_priority=priority not in {item.value for item in Priority},
            entry_is_weeded=not 1 <= days <= 366,
        ),
    )


def _grant(draw: st.DrawFn) -> Asked:
    operator, may_watch, hours = draw(_texts), draw(_yes_or_no), draw(_numbers)
    return Asked(
        Action.GrantWatch,
        {"operator": operator, "operator_may_watch": may_watch, "hours": hours},
        _broken(
            watch_is_for_another=operator == ME,
            watch_is_for_an_operator=not may_watch,
            watch_is_a_shift=not 1 <= hours <= 24,
        ),
    )


def _see(draw: st.DrawFn) -> Asked:
    watch = draw(st.none() | st.fixed_dictionaries({"active": _yes_or_no, "covers": _yes_or_no}))
    if watch is None:
        return Asked(Action.SeeAlert, {}, _broken(watch_is_yours=True))
    broken = _broken(watch_is_active=not watch["active"], watch_covers_the_list=not watch["covers"])
    return Asked(Action.SeeAlert, {"watch": watch}, broken)


def _authorise(draw: st.DrawFn) -> Asked:
    proposer = draw(_texts)
    broken = _broken(proposer_is_another=proposer in ("", ME))
    return Asked(Action.AuthoriseHotlistEntry, {"proposer": proposer}, broken)


def _act(draw: st.DrawFn) -> Asked:
    active, outcome = draw(_yes_or_no), draw(_texts)
    broken = _broken(watch_is_active_to_act=not active, outcome_is_given=outcome == "")
    return Asked(Action.ActOnAlert, {"watch_active": active, "outcome": outcome}, broken)


FACTS: Mapping[Action, Callable[[st.DrawFn], Asked]] = {
    Action.OpenRequest: _open_request,
    Action.Search: lambda draw: _under_request(draw, Action.Search),
    Action.ViewRead: lambda draw: _under_request(draw, Action.ViewRead),
    Action.ViewPatch: lambda draw: _under_request(draw, Action.ViewPatch),
    Action.AuthoriseRequest: lambda draw: _authority(draw, Action.AuthoriseRequest),
    Action.RefuseRequest: lambda draw: _authority(draw, Action.RefuseRequest),
    Action.ReviewEmergency: _review,
    Action.ProposeHotlistEntry: _propose,
    Action.AuthoriseHotlistEntry: _authorise,
    Action.GrantWatch: _grant,
    Action.ViewHotlist: lambda draw: Asked(Action.ViewHotlist, {"watching": draw(_yes_or_no)}, frozenset()),
    Action.SeeAlert: _see,
    Action.ActOnAlert: _act,
}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Any action, with facts that fit its schema."""
    action = draw(st.sampled_from(list(Action)))
    facts = FACTS.get(action)
    return facts(draw) if facts else Asked(action, {}, frozenset())


role_sets = st.frozensets(st.sampled_from(list(Role)))


@given(asked(), role_sets, _yes_or_no)
def test_a_decision_allows_exactly_what_no_rule_breaks_and_names_each_that_does(asked, roles, is_active):
    expected = set(asked.broken)
    if not is_active:
        expected.add("account-is-open")
    if not roles & ROLES[asked.action]:
        expected.add(ROLE_RULES[asked.action])
    if asked.action is Action.ViewHotlist and not asked.context["watching"]:
        expected |= _broken(
            operators_view_what_they_watch=Role.OPERATOR in roles
            and not roles & {Role.INVESTIGATOR, Role.AUTHORISER}
        )

    decision = decide(person(roles, is_active=is_active), asked.action, "it", asked.context)

    assert decision.fault == ""
    assert decision.allowed == (not expected)
    if expected:
        assert {rule.id for rule in decision.rules} == expected
        assert len(decision.rules) == len(expected)
    else:
        assert len(decision.rules) == 1


UNTRAINED = (Action.ViewLog, Action.RevokeWatch)
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
    looks = (Action.Search, Action.ViewRead, Action.ViewPatch)
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


GOOD_SCHEMA = (
    "entity User { open: Bool }; action Go appliesTo { principal: User, resource: User, context: {} };"
)
GOOD_RULE = '@id("a") @says("b.") permit (principal, action == Action::"Go", resource);'


@pytest.mark.parametrize(
    ("schema", "rules", "says"),
    [
        ("entity {", GOOD_RULE, "does not parse"),
        (GOOD_SCHEMA, "permit (", "does not parse"),
        (
            GOOD_SCHEMA,
            '@id("a") @says("b.") permit (principal, action == Action::"Fly", resource);',
            "schema",
        ),
        (GOOD_SCHEMA, '@id("a") permit (principal, action == Action::"Go", resource);', "@says"),
        (GOOD_SCHEMA, GOOD_RULE + GOOD_RULE, "one @id"),
    ],
)
def test_a_broken_pack_is_refused_whole(schema, rules, says):
    with pytest.raises(PackError, match=says):
        parse_pack("t", schema, rules)


def test_the_version_changes_with_the_text():
    one = parse_pack("t", GOOD_SCHEMA, GOOD_RULE)
    other = parse_pack("t", GOOD_SCHEMA, GOOD_RULE + " // said again")
    assert one.version != other.version
