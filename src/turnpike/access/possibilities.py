"""What can be allowed at all under a pack, and what speaks against it, where some facts are known and the others are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.pack_walk import combinations_of
from turnpike.access.rule_facts import PRESENT, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from turnpike.access.pack_walk import Value, WalkedAction, WalkedRule
    from turnpike.access.rule_facts import Path
    from turnpike.access.supposed import Supposed


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pack says of an action where some facts are known."""

    possible: bool
    """Whether there is anything that the open facts could be under which it is allowed."""
    against: tuple[WalkedRule, ...]
    """The rules that speak against it whatever the open facts are."""
    conditions: tuple[WalkedRule, ...]
    """The rules that speak against it or not, as the open facts are."""


def standing(walk: WalkedAction, known: Mapping[Path, Value]) -> Standing:
    """What is possible of an action where the facts in `known` are as they are there.

    A rule that could not be walked whole counts as a condition, and never as one that always or never speaks.
    """
    values = _narrowed(walk, known)
    against, conditions = [], []
    for rule in walk.rules:
        if rule.permits:
            continue
        left = set(combinations_of(rule.facts, values))
        if rule.complete and left <= rule.satisfied:
            against.append(rule)
        elif not rule.complete or left & rule.satisfied:
            conditions.append(rule)
    return Standing(not against and _solvable(walk, values), tuple(against), tuple(conditions))


def known_of(person: Supposed) -> Mapping[Path, Value]:
    """What is known of a person, as facts."""
    return {
        ROLES: person.roles,
        ("principal", "rank"): person.rank,
        ("principal", "trained"): person.trained,
        ("principal", "open"): person.open,
    }


def _narrowed(walk: WalkedAction, known: Mapping[Path, Value]) -> dict[Path, tuple[Value, ...]]:
    """The values that are left of each fact; of roles, those that the action's rules ask about."""
    values = dict(walk.values)
    for fact, value in known.items():
        if fact not in values:
            continue
        if fact == ROLES and isinstance(value, frozenset):
            asked_about: frozenset[str] = frozenset().union(
                *(held for held in values[ROLES] if isinstance(held, frozenset))
            )
            values[fact] = (value & asked_about,)
        else:
            values[fact] = (_stand_in(fact, value, values[fact]),)
    return values


def _stand_in(fact: Path, value: Value, among: tuple[Value, ...]) -> Value:
    """The value itself, or one of those that were walked which no comparison tells from it."""
    if value in among or isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        below = [other for other in among if isinstance(other, int) and other <= value]
        return max(below) if below else min(other for other in among if isinstance(other, int))
    if isinstance(value, str) and fact[-1] != PRESENT:
        return "another"
    return value


def _solvable(walk: WalkedAction, values: Mapping[Path, tuple[Value, ...]]) -> bool:
    """Whether some combination of the open facts satisfies a permit and no forbidding rule."""
    forbidding = [rule for rule in walk.rules if not rule.permits and rule.complete]
    facts = _ordered(values, forbidding)
    due: dict[Path, list[WalkedRule]] = {fact: [] for fact in facts}
    for rule in forbidding:
        if rule.facts:
            due[max(rule.facts, key=facts.index)].append(rule)
    permits = [rule for rule in walk.rules if rule.permits]

    def go_on(place: int, told: dict[Path, Value]) -> bool:
        if place == len(facts):
            return any(_satisfied(rule, told) for rule in permits)
        fact = facts[place]
        absent = any(told.get((*fact[:end], PRESENT)) is False for end in range(1, len(fact)))
        for value in (None,) if absent else values[fact]:
            told[fact] = value
            if not any(_satisfied(rule, told) for rule in due[fact]) and go_on(place + 1, told):
                return True
        told.pop(fact)
        return False

    return not any(not rule.facts and rule.satisfied for rule in forbidding) and go_on(0, {})


def _ordered(values: Mapping[Path, tuple[Value, ...]], rules: Iterable[WalkedRule]) -> list[Path]:
    """The facts so that rules can be asked early: presences first, then rule by rule, those that ask least before."""
    facts = sorted((fact for fact in values if fact[-1] == PRESENT), key=len)
    for rule in sorted(rules, key=lambda rule: len(rule.facts)):
        facts += [fact for fact in rule.facts if fact not in facts]
    return facts + [fact for fact in values if fact not in facts]


def _satisfied(rule: WalkedRule, told: Mapping[Path, Value]) -> bool:
    return tuple(told[fact] for fact in rule.facts) in rule.satisfied
