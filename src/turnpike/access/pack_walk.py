"""A pack walked through: of each action, every rule asked about every combination of the values that make a difference to it.

Cedar itself is asked, rule by rule, so that what is found is what Cedar does. A rule asks about few facts, and of each only the values
that its comparisons name and their neighbours matter; so a few hundred questions a rule stand for all that there could be. Where a rule
reckons or matches patterns that does not hold, and nothing is concluded from its silence.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cedarpy

from turnpike.access.cedar_schema import contexts, person_fields
from turnpike.access.policy import bears_on
from turnpike.access.rule_facts import PRESENT, ROLES, asked_by
from turnpike.access.supposed import SOMEBODY
from turnpike.accounts.services import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from turnpike.access.cedar_schema import Field
    from turnpike.access.policy import Pack
    from turnpike.access.rule_facts import Asked, Path

Value = bool | int | str | frozenset[str] | None
"""One value of a fact; a set for roles and lists; None where what the fact belongs to is not there."""
USERNAME: Path = ("principal", "username")
MOST_QUESTIONS = 20_000
"""Beyond so many combinations a rule is not walked."""
_SOMEBODY_ELSE = "another"


@dataclass(frozen=True, slots=True)
class WalkedRule:
    """One rule on one action: the facts that it asks about, and the combinations of their values in which it is satisfied."""

    id: str
    says: str
    permits: bool
    facts: tuple[Path, ...]
    satisfied: frozenset[tuple[Value, ...]]
    combinations: int
    complete: bool
    """Whether a combination that is not among these is sure not to satisfy it."""


@dataclass(frozen=True, slots=True)
class WalkedAction:
    """One action: the values of each fact that a rule on it asks about, and its rules in the pack's order."""

    action: str
    values: Mapping[Path, tuple[Value, ...]]
    rules: tuple[WalkedRule, ...]


def walked(pack: Pack) -> Mapping[str, WalkedAction]:
    """Every action of a pack, walked; kept for as long as the process lives, since a pack never changes.

    Raises:
        PackError: the schema is of a kind that cannot be walked.
    """
    return _walked(pack)


@lru_cache(maxsize=8)
def _walked(pack: Pack) -> Mapping[str, WalkedAction]:
    parsed = json.loads(cedarpy.policies_to_json_str(pack.policy_text))["staticPolicies"]
    told = contexts(str(pack.schema))
    found = {}
    for action, context in told.items():
        bearing = {key: parsed[key] for key in pack.rules if bears_on(parsed[key]["action"], action)}
        asked = {key: asked_by(rule) for key, rule in bearing.items()}
        fields = {"principal": person_fields(str(pack.schema)), "context": context}
        values = _values(asked.values(), fields)
        rules = tuple(
            _walk(pack, key, bearing[key], asked[key], _Ground(action, values, fields)) for key in bearing
        )
        found[action] = WalkedAction(action, values, rules)
    return found


@dataclass(frozen=True, slots=True)
class _Ground:
    action: str
    values: Mapping[Path, tuple[Value, ...]]
    fields: Mapping[str, Mapping[str, Field]]


def _values(
    asked: Iterable[Asked], fields: Mapping[str, Mapping[str, Field]]
) -> Mapping[Path, tuple[Value, ...]]:
    """Of each fact that any of the rules asks about, the values that make a difference."""
    every = list(asked)
    facts = {fact for one in every for fact in one.facts}
    facts |= {presence for fact in facts for presence in _presences(fact, fields)}
    groups = _groups(facts, {pair for one in every for pair in one.pairs})
    roles = sorted({role for one in every for role in one.roles})
    found: dict[Path, tuple[Value, ...]] = {}
    for fact in sorted(facts):
        if fact == ROLES:
            found[fact] = tuple(frozenset(held) for held in _subsets(roles))
        elif fact == USERNAME:
            found[fact] = (SOMEBODY,)
        elif fact[-1] == PRESENT:
            found[fact] = (True, False)
        else:
            group = groups[fact]
            named = {value for one in every for other in group for value in one.literals.get(other, ())}
            found[fact] = _differing(fact, _kind(fact, fields), named, group)
    return found


def _differing(fact: Path, kind: str, named: set[str | int], group: frozenset[Path]) -> tuple[Value, ...]:
    if fact[-1].rpartition("_")[2] == "rank":
        return tuple(rank.level for rank in Rank)
    if kind == "Long":
        near = range(-len(group), len(group) + 1)
        numbers = {value for value in named if isinstance(value, int)} or {0}
        return tuple(sorted({number + step for number in numbers for step in near} | {0}))
    texts = sorted(str(value) for value in named)
    if kind == "String":
        own = [SOMEBODY] if USERNAME in group else []
        return tuple(dict.fromkeys([*texts, *own, "", _SOMEBODY_ELSE]))
    if kind == "Set":
        return (frozenset(), *(frozenset([text]) for text in texts), frozenset(texts))
    return (True, False)


def _walk(pack: Pack, key: str, rule: Mapping[str, Any], asked: Asked, ground: _Ground) -> WalkedRule:
    presences = {presence for fact in asked.facts for presence in _presences(fact, ground.fields)}
    facts = tuple(sorted(asked.facts | presences))
    many = math.prod(len(ground.values[fact]) for fact in facts) > MOST_QUESTIONS
    values = tuple((fact, ground.values[fact]) for fact in facts)
    # Cedar's own name of a rule and its sentences make no difference to when it fires.
    conditions = json.dumps({part: rule[part] for part in rule if part != "annotations"})
    satisfied, combinations = (frozenset(), 0) if many else _satisfied(conditions, ground.action, values)
    named = pack.rules[key]
    return WalkedRule(
        named.id,
        named.says,
        rule["effect"] == "permit",
        facts,
        satisfied,
        combinations,
        asked.complete and not many,
    )


@lru_cache(maxsize=2048)
def _satisfied(
    rule: str, action: str, values: tuple[tuple[Path, tuple[Value, ...]], ...]
) -> tuple[frozenset[tuple[Value, ...]], int]:
    """The combinations that satisfy a rule, and of how many; kept, since packs share most of their rules."""
    facts = tuple(fact for fact, _ in values)
    combinations = list(dict.fromkeys(combinations_of(facts, dict(values))))
    alone = cedarpy.PolicySet.from_json_str(
        f'{{"staticPolicies": {{"alone": {rule}}}, "templates": {{}}, "templateLinks": []}}'
    )
    satisfied = frozenset(
        combination
        for combination in combinations
        if _fires(alone, action, dict(zip(facts, combination, strict=True)))
    )
    return satisfied, len(combinations)


def combinations_of(
    facts: tuple[Path, ...], values: Mapping[Path, tuple[Value, ...]]
) -> Iterator[tuple[Value, ...]]:
    """Every combination of the facts' values; what belongs to something that is not there is None."""
    for combination in itertools.product(*(values[fact] for fact in facts)):
        told = dict(zip(facts, combination, strict=True))
        yield tuple(None if _is_absent(fact, told) else value for fact, value in told.items())


def _is_absent(fact: Path, told: Mapping[Path, Value]) -> bool:
    """Whether something that the fact belongs to is not there; of a presence, something before it."""
    ends = range(1, len(fact) - 1 if fact[-1] == PRESENT else len(fact) + 1)
    return any(not told.get((*fact[:end], PRESENT), True) for end in ends)


def _fires(alone: cedarpy.PolicySet, action: str, told: Mapping[Path, Value]) -> bool:
    attributes: dict[str, object] = {"username": SOMEBODY}
    context: dict[str, Any] = {}
    for fact, value in told.items():
        if fact[0] == "principal":
            attributes[fact[1]] = value
        elif fact[0] == "context" and value is not None:
            _put(context, fact[1:], value)
    roles = told.get(ROLES, frozenset())
    parents = sorted(roles) if isinstance(roles, frozenset) else []
    person = {
        "uid": {"type": "User", "id": SOMEBODY},
        "attrs": attributes,
        "parents": [{"type": "Role", "id": role} for role in parents],
    }
    result = cedarpy.is_authorized(
        {
            "principal": person["uid"],
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Thing", "id": "it"},
            "context": context,
        },
        alone,
        _entities(json.dumps([person])),
    )
    return bool(result.diagnostics.reasons)


@lru_cache(maxsize=2048)
def _entities(people: str) -> cedarpy.Entities:
    return cedarpy.Entities.from_json_str(people)


def _put(context: dict[str, Any], path: Path, value: Value) -> None:
    if path[-1] == PRESENT:
        if not value:
            return
        path, value = path[:-1], None
    for part in path[:-1]:
        context = context.setdefault(part, {})
    if value is None:
        context.setdefault(path[-1], {})
    else:
        context[path[-1]] = sorted(value) if isinstance(value, frozenset) else value


def _presences(fact: Path, fields: Mapping[str, Mapping[str, Field]]) -> Iterator[Path]:
    """Whether each optional thing is there to which a fact belongs."""
    known = fields.get(fact[0], {})
    for end, part in enumerate(fact[1:-1] if fact[-1] == PRESENT else fact[1:], start=2):
        if part not in known:
            return
        if known[part].optional:
            yield (*fact[:end], PRESENT)
        known = known[part].shape.fields


def _kind(fact: Path, fields: Mapping[str, Mapping[str, Field]]) -> str:
    known, kind = fields.get(fact[0], {}), "Bool"
    for part in fact[1:]:
        if part not in known:
            return "Bool"
        kind, known = known[part].shape.kind, known[part].shape.fields
    return kind


def _groups(facts: set[Path], pairs: set[tuple[Path, Path]]) -> Mapping[Path, frozenset[Path]]:
    """Of each fact, all that are compared with it, straight or through others; itself among them."""
    groups = {fact: frozenset([fact]) for fact in facts}
    for one, other in pairs:
        joined = groups[one] | groups[other]
        groups |= dict.fromkeys(joined, joined)
    return groups


def _subsets(items: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(items) + 1):
        yield from itertools.combinations(items, size)
