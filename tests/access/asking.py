"""What a decision may be asked: any action with facts that fit its schema, and the rules that those facts break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from turnpike.access.agreement_terms import PICTURES, FieldFacts, SharedField
from turnpike.access.categories import Category, Severity
from turnpike.access.policy import Action, Fact
from turnpike.access.purposes import Purpose
from turnpike.accounts.services import Role, User
from turnpike.hotlists.services import LegalBasis, Priority

if TYPE_CHECKING:
    from collections.abc import Callable

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


yes_or_no = st.booleans()
_texts = st.one_of(st.just(""), st.just(ME), st.text(max_size=12))
_numbers = st.one_of(st.integers(-3, 400), st.integers(-(2**63), 2**63 - 1))
_purposes = st.one_of(st.sampled_from([item.value for item in Purpose]), _texts)
_bases = st.one_of(st.sampled_from([item.value for item in LegalBasis]), _texts)
_priorities = st.one_of(st.sampled_from([item.value for item in Priority]), _texts)


def rules_broken(**rules: bool) -> frozenset[str]:
    return frozenset(name.replace("_", "-") for name, broken in rules.items() if broken)


_cases = st.none() | st.fixed_dictionaries(
    {
        "open": yes_or_no,
        "assigned": yes_or_no,
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


def _of_relations(draw: st.DrawFn) -> tuple[dict[str, Fact], frozenset[str]]:
    """What relations say of a look, and which rules that breaks."""
    told: dict[str, str | bool] = {
        name: draw(yes_or_no) for name in ("answered", "within_budget", "outside_needed", "outside_given")
    }
    broken = rules_broken(
        relations_are_checked=not told["answered"],
        relations_within_budget=not told["within_budget"],
        outside_authoriser_decides=bool(told["outside_needed"]) and not told["outside_given"],
    )
    return {"relations": told}, broken


def _of_case(draw: st.DrawFn, *, emergency: bool) -> tuple[dict[str, Fact], frozenset[str]]:
    """What the register says, and which rules that breaks wherever a case counts; in an emergency there is none."""
    answered, overdue = draw(yes_or_no), draw(yes_or_no)
    case = None if emergency else draw(_cases)
    known: dict[str, Fact] = {} if case is None else {"case": case}
    broken = rules_broken(
        case_register_answers=not answered,
        emergencies_are_reviewed=overdue,
        case_is_open=case is not None and not case["open"],
        case_is_yours=case is not None and not case["assigned"],
    )
    return {"register_answered": answered, "review_overdue": overdue, **known}, broken


def _open_request(draw: st.DrawFn) -> Asked:
    purpose, number, letters, emergency = draw(_purposes), draw(_texts), draw(_numbers), draw(yes_or_no)
    plates, cameras, days, may_search = draw(_numbers), draw(_numbers), draw(_numbers), draw(yes_or_no)
    told, broken = _of_case(draw, emergency=emergency)
    case = told.get("case")
    return Asked(
        Action.OpenRequest,
        {
            "purpose": purpose,
            "case_reference": number,
            "reason_characters": letters,
            "emergency": emergency,
            "scope_patterns": plates,
            "scope_cameras": cameras,
            "reach_days": days,
            "operator_may_search": may_search,
            **told,
        },
        broken
        | rules_broken(
            scope_is_stated=not emergency and plates <= 0 and cameras <= 0,
            scope_has_a_cap=plates > 20 or cameras > 50,
            cameras_without_a_plate_are_a_week=cameras > 0 and plates == 0 and days > 7,
            operator_may_search=not may_search,
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
    is_open, emergency = draw(st.none() | yes_or_no), draw(yes_or_no)
    context: dict[str, Fact] = {}
    stated, authorised = draw(_numbers), draw(_numbers)
    if is_open is not None:
        context["request"] = {
            "open": is_open,
            "emergency": emergency,
            "reach_days": stated,
            "authorised_days": authorised,
        }
    told, broken = _of_case(draw, emergency=emergency)
    related, outside = _of_relations(draw)
    context |= told | related
    broken |= outside
    broken |= rules_broken(
        request_is_yours=is_open is None,
        request_is_open=is_open is False,
        case_is_still_known=is_open is not None
        and not emergency
        and bool(told["register_answered"])
        and "case" not in told,
    )
    if action is Action.Search:
        hours, longest, back = (draw(_numbers) for _ in range(3))
        plates, cameras = draw(yes_or_no), draw(yes_or_no)
        context |= {"range_hours": hours, "longest_range_hours": longest, "days_back": back}
        context |= {"plates_in_scope": plates, "cameras_in_scope": cameras}
        under = is_open is not None
        broken |= rules_broken(
            range_is_short_enough=hours > longest,
            plates_are_in_scope=under and not plates,
            cameras_are_in_scope=under and not cameras,
            time_is_in_scope=under and back > stated,
            older_needs_authority=under
            and back > 90
            and back > authorised
            and not (emergency and back <= 366),
        )
        return Asked(action, context, broken)
    disclosed = draw(yes_or_no)
    if action is Action.ExportReads:
        reads, most = draw(_numbers), draw(_numbers)
        context |= {"purpose": draw(_purposes), "whole": draw(yes_or_no), "reads": reads, "most_reads": most}
        broken |= rules_broken(export_has_reads=reads < 1, export_is_small_enough=reads > most)
    return Asked(
        action, {**context, "disclosed": disclosed}, broken | rules_broken(read_was_disclosed=not disclosed)
    )


def _authority(draw: st.DrawFn, action: Action) -> Asked:
    requester, operator, days, lent = draw(_texts), draw(_texts), draw(_numbers), draw(st.integers(0, 7))
    severity = draw(st.sampled_from(["", *(item.value for item in Severity)]))
    # The person of these tests has no rank.
    long, longer = 90 < days <= 366, days > 366
    broken = rules_broken(
        requester_is_another=requester == ME,
        operator_is_another=operator == ME and requester != ME,
        a_year_needs_an_inspector=action is Action.AuthoriseRequest
        and long
        and severity in ("serious", "major", "counter_terrorism")
        and lent < 3,
        a_year_of_volume_needs_a_superintendent=action is Action.AuthoriseRequest
        and long
        and severity == "volume"
        and lent < 5,
        beyond_a_year_counter_terrorism=action is Action.AuthoriseRequest
        and longer
        and not (severity == "counter_terrorism" and lent >= 6),
    )
    facts: dict[str, Fact] = {
        "requester": requester,
        "operator": operator,
        "reach_days": days,
        "severity": severity,
    }
    return Asked(action, {**facts, "lent_rank": lent}, broken)


def _delegate(draw: st.DrawFn) -> Asked:
    holder, rank, authorises, days = draw(_texts), draw(st.integers(-3, 7)), draw(yes_or_no), draw(_numbers)
    return Asked(
        Action.DelegateAuthority,
        {"holder": holder, "holder_rank": rank, "holder_authorises": authorises, "days": days},
        rules_broken(
            delegate_is_another_authoriser=not authorises or holder == ME,
            delegate_is_a_rank_below=rank < -1,
            delegation_is_short=not 1 <= days <= 28,
        ),
    )


def _review(draw: st.DrawFn) -> Asked:
    requester = draw(_texts)
    return Asked(
        Action.ReviewEmergency, {"requester": requester}, rules_broken(reviewer_is_another=requester == ME)
    )


def _outside(draw: st.DrawFn) -> Asked:
    concerned, other = draw(yes_or_no), draw(yes_or_no)
    return Asked(
        Action.DecideOutside,
        {"concerned": concerned, "another_force": other},
        rules_broken(outside_is_not_concerned=concerned),
    )


def _propose(draw: st.DrawFn) -> Asked:
    basis, reason, days, priority = draw(_bases), draw(_texts), draw(_numbers), draw(_priorities)
    told, broken = _of_case(draw, emergency=False)
    related, outside = _of_relations(draw)
    return Asked(
        Action.ProposeHotlistEntry,
        {"legal_basis": basis, "reason": reason, "weed_days": days, "priority": priority, **told, **related},
        broken
        | outside
        | rules_broken(
            entry_has_a_case=bool(told["register_answered"]) and "case" not in told,
            entry_has_legal_basis=basis not in {item.value for item in LegalBasis},
            entry_has_reason=reason == "",
            entry_has_priority=priority not in {item.value for item in Priority},
            entry_is_weeded=not 1 <= days <= 366,
        ),
    )


def _grant(draw: st.DrawFn) -> Asked:
    operator, may_watch, hours = draw(_texts), draw(yes_or_no), draw(_numbers)
    return Asked(
        Action.GrantWatch,
        {"operator": operator, "operator_may_watch": may_watch, "hours": hours},
        rules_broken(
            watch_is_for_another=operator == ME,
            watch_is_for_an_operator=not may_watch,
            watch_is_a_shift=not 1 <= hours <= 24,
        ),
    )


def _see(draw: st.DrawFn) -> Asked:
    watch = draw(st.none() | st.fixed_dictionaries({"active": yes_or_no, "covers": yes_or_no}))
    related, outside = _of_relations(draw)
    if watch is None:
        return Asked(Action.SeeAlert, related, outside | rules_broken(watch_is_yours=True))
    broken = rules_broken(watch_is_active=not watch["active"], watch_covers_the_list=not watch["covers"])
    return Asked(Action.SeeAlert, {"watch": watch, **related}, broken | outside)


def _authorise(draw: st.DrawFn) -> Asked:
    proposer = draw(_texts)
    told, broken = _of_case(draw, emergency=False)
    # A review that its proposer owes stops no authoriser.
    told.pop("review_overdue")
    broken -= rules_broken(emergencies_are_reviewed=True)
    broken |= rules_broken(
        proposer_is_another=proposer in ("", ME),
        entry_has_a_case=bool(told["register_answered"]) and "case" not in told,
    )
    return Asked(Action.AuthoriseHotlistEntry, {"proposer": proposer, **told}, broken)


def _refuse(draw: st.DrawFn) -> Asked:
    proposer = draw(_texts)
    broken = rules_broken(proposer_is_another=proposer in ("", ME))
    return Asked(Action.RefuseHotlistEntry, {"proposer": proposer}, broken)


_facts_of_agreements = st.fixed_dictionaries(dict.fromkeys(FieldFacts().plain(), yes_or_no))


def _disclose(draw: st.DrawFn) -> Asked:
    told, field = draw(_facts_of_agreements), draw(st.sampled_from(list(SharedField)))
    there, named = told["there"], told["names_camera"] and told["names_field"]
    broken = rules_broken(
        agreement_is_there=not there,
        agreement_is_decided=there and not told["decided"],
        agreement_has_begun=there and told["decided"] and not told["begun"],
        agreement_lasts=there and not told["lasts"],
        agreement_stands=there and not told["stands"],
        agreement_names_the_purpose=there and not told["names_purpose"],
        agreement_names_the_camera=there and not told["names_camera"],
        agreement_names_the_field=there and not told["names_field"],
        consultation_covers_it=there and named and not told["consulted"],
        assessment_is_named=there and not told["assessed"],
        pictures_have_their_own_assessment=there
        and told["names_field"]
        and field in PICTURES
        and not told["pictures_assessed"],
    )
    return Asked(Action.Disclose, {"agreement": told, "field": field.value}, broken)


def _decide_agreement(draw: st.DrawFn) -> Asked:
    proposer, reference = draw(_texts), draw(_texts)
    broken = rules_broken(
        terms_are_decided_by_another=proposer in ("", ME), decision_is_named=reference == ""
    )
    return Asked(Action.DecideAgreement, {"proposer": proposer, "decision_reference": reference}, broken)


def _act(draw: st.DrawFn) -> Asked:
    active, outcome = draw(yes_or_no), draw(_texts)
    related, outside = _of_relations(draw)
    broken = rules_broken(watch_is_active_to_act=not active, outcome_is_given=outcome == "")
    return Asked(Action.ActOnAlert, {"watch_active": active, "outcome": outcome, **related}, broken | outside)


FACTS: Mapping[Action, Callable[[st.DrawFn], Asked]] = {
    Action.OpenRequest: _open_request,
    Action.Search: lambda draw: _under_request(draw, Action.Search),
    Action.ViewRead: lambda draw: _under_request(draw, Action.ViewRead),
    Action.ViewPatch: lambda draw: _under_request(draw, Action.ViewPatch),
    Action.ExportReads: lambda draw: _under_request(draw, Action.ExportReads),
    Action.AuthoriseRequest: lambda draw: _authority(draw, Action.AuthoriseRequest),
    Action.RefuseRequest: lambda draw: _authority(draw, Action.RefuseRequest),
    Action.DelegateAuthority: _delegate,
    Action.ReviewEmergency: _review,
    Action.DecideOutside: _outside,
    Action.ProposeHotlistEntry: _propose,
    Action.AuthoriseHotlistEntry: _authorise,
    Action.RefuseHotlistEntry: _refuse,
    Action.GrantWatch: _grant,
    Action.ViewHotlist: lambda draw: Asked(Action.ViewHotlist, {"watching": draw(yes_or_no)}, frozenset()),
    Action.SeeAlert: _see,
    Action.ActOnAlert: _act,
    Action.Disclose: _disclose,
    Action.DecideAgreement: _decide_agreement,
}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Any action, with facts that fit its schema."""
    action = draw(st.sampled_from(list(Action)))
    facts = FACTS.get(action)
    return facts(draw) if facts else Asked(action, {}, frozenset())
