"""Policy: decisions about varied requests, one after another, four in ten of them denials."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from turnpike.bench.centre import ACTOR, fresh_records, trained
from turnpike.bench.errors import BenchFailed
from turnpike.bench.models import Findings
from turnpike.bench.timing import per_s, percentile, timed_ms

if TYPE_CHECKING:
    from turnpike.access.services import Action, Fact
    from turnpike.accounts.services import User

SECONDS, SECONDS_SHORT = 5.0, 1.0
_UNRELATED: dict[str, str | bool | int] = {
    "answered": True,
    "within_budget": True,
    "outside_needed": False,
    "outside_given": False,
}
_REQUEST: dict[str, str | bool | int] = {
    "open": True,
    "emergency": False,
    "reach_days": 90,
    "authorised_days": 0,
}
VARIED, SIX_IN_TEN = 2_000, 6


def measure(*, short: bool) -> Findings:
    """One thread, the pack in force, people whose roles are already loaded; nothing is recorded. No two requests in a row are alike."""
    with fresh_records():
        from turnpike.access import services as access

        asked = _asked()
        allowed = sum(access.decide(*one).allowed for one in asked)
        if allowed * 10 != len(asked) * 6:
            raise BenchFailed("The policy does not decide as this benchmark expects; mend the benchmark.")
        requests = itertools.cycle(asked)
        taken_ms = timed_ms(lambda: access.decide(*next(requests)), for_s=SECONDS_SHORT if short else SECONDS)
    return Findings(
        {
            "decisions_per_s": round(per_s(taken_ms), 1),
            "decision_p95_ms": round(percentile(taken_ms, 95), 3),
        }
    )


def _asked() -> list[tuple[User, Action, str, dict[str, Fact]]]:
    """Requests of seven kinds by people of three, in an order of no pattern: opening, searching, looking, authorising, alerts and lists."""
    from turnpike.access.services import Action
    from turnpike.accounts.services import Role, create_account

    people = {
        role: create_account(role.value, role.value.title(), [role], actor=ACTOR, standing=trained())
        for role in (Role.INVESTIGATOR, Role.OPERATOR, Role.AUTHORISER)
    }
    found: list[tuple[User, Action, str, dict[str, Fact]]] = []
    for number in range(VARIED):
        is_allowed = number % 10 < SIX_IN_TEN
        kinds = _kinds(number, is_allowed=is_allowed)
        role, action, facts = kinds[number % len(kinds)]
        found.append((people[Role(role)], Action(action), f"R-2026-{number:06d}", facts))
    random.Random(1).shuffle(found)  # noqa: S311 - a seeded order
    return found


def _kinds(number: int, *, is_allowed: bool) -> tuple[tuple[str, str, dict[str, Fact]], ...]:
    """One request of each kind, with facts that differ from number to number; a denied one breaks one rule or two."""
    category = ("burglary", "robbery", "homicide", "drugs", "terrorism")[number % 5]
    case: dict[str, str | bool | int] = {
        "open": True,
        "assigned": is_allowed,
        "category": category,
        "severity": "serious",
    }
    told: dict[str, Fact] = {"register_answered": True, "case": case, "review_overdue": False}
    relations = {**_UNRELATED, "outside_needed": not is_allowed}
    under: dict[str, Fact] = {**told, "request": _REQUEST, "relations": relations}
    back = number % 90 if is_allowed else 91 + number % 500
    looked: dict[str, Fact] = {
        "range_hours": 1 + number % 900,
        "longest_range_hours": 2208,
        "days_back": back,
        "plates_in_scope": True,
        "cameras_in_scope": is_allowed,
    }
    opened: dict[str, Fact] = {
        "purpose": "crime_investigation",
        "case_reference": f"CR/{number:05d}/26",
        "reason_characters": 20 + number % 400,
        "emergency": False,
        "scope_patterns": 1 + number % 20,
        "scope_cameras": number % 50,
        "reach_days": number % 90,
        "operator_may_search": True,
    }
    asks: dict[str, Fact] = {"reach_days": number % 90, "severity": "major", "lent_rank": 0}
    requester = "investigator" if is_allowed else "authoriser"
    return (
        ("investigator", "OpenRequest", {**told, **opened}),
        ("investigator", "Search", {**under, **looked}),
        ("investigator", "ViewRead", {**under, "disclosed": is_allowed}),
        ("investigator", "ViewPatch", {**under, "disclosed": is_allowed}),
        (
            "authoriser",
            "AuthoriseRequest",
            {**asks, "requester": requester, "operator": requester},
        ),
        ("operator", "SeeAlert", {"watch": {"active": is_allowed, "covers": True}, "relations": relations}),
        (
            "authoriser",
            "GrantWatch",
            {"operator": "operator", "operator_may_watch": is_allowed, "hours": 1 + number % 24},
        ),
    )
