"""A pack checked before it decides: rules that can never fire, people nobody could authorise, safeguards, and the tables of what it is meant to decide."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cedarpy

from turnpike.access.authorities import UNAIDED_DAYS
from turnpike.access.categories import Severity
from turnpike.access.overlays import fixed_rules
from turnpike.access.pack_walk import walked
from turnpike.access.policy import Action, base_pack
from turnpike.access.policy_tables import failures
from turnpike.access.possibilities import known_of, standing
from turnpike.access.supposed import Supposed
from turnpike.accounts.services import Rank, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from turnpike.access.pack_walk import Value, WalkedAction, WalkedRule
    from turnpike.access.policy import Pack
    from turnpike.access.policy_tables import Row
    from turnpike.access.rule_facts import Path

_REACH: Path = ("context", "reach_days")
_SEVERITY: Path = ("context", "severity")
_LENT: Path = ("context", "lent_rank")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in a sentence; a fault is to be mended, anything else is good to know."""

    kind: str
    """`safeguard`, `silent`, `shadowed`, `unwalked`, `impossible`, `nobody` or `table`."""
    fault: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a request may be authorised to look for a severity, and by whom."""

    severity: Severity
    more_than_days: int
    least_rank: Rank | None
    """The lowest rank that may; None where nobody may."""
    people: tuple[str, ...]
    """The user names of those here who may."""


def check_pack(pack: Pack, rows: tuple[Row, ...], people: Mapping[str, Supposed]) -> tuple[Finding, ...]:
    """Everything found about a pack, faults first. `people` are the accounts here by user name; with none, nothing is said of them.

    Raises:
        PackError: the pack cannot be walked.
    """
    actions = walked(pack)
    found = [
        *_lost_safeguards(pack),
        *_never(actions),
        *_impossible(actions),
        *_nobody_here(actions, people),
        *_nobody_to_authorise(pack, people),
        *(Finding("table", fault=True, sentence=failure.sentence) for failure in failures(rows, pack)),
        *_shadowed(actions),
    ]
    return tuple(sorted(found, key=lambda finding: not finding.fault))


def reaches(pack: Pack, people: Mapping[str, Supposed]) -> tuple[Reach, ...]:
    """Of each severity, how far back may be authorised beyond each of the pack's steps, by what rank and by whom here, without a lent one."""
    walk = walked(pack)[Action.AuthoriseRequest]
    days = {value for value in walk.values.get(_REACH, ()) if isinstance(value, int)}
    # Another answer can begin only beside a number that a rule names; below the first step nothing is asked for.
    steps = sorted({UNAIDED_DAYS} | {day for day in days if day > UNAIDED_DAYS})
    found = []
    for severity in Severity:
        last: tuple[Rank | None, tuple[str, ...]] | None = None
        for step in steps:
            known: dict[Path, Value] = {_REACH: step + 1, _SEVERITY: severity.value, _LENT: 0}
            ranks = [
                rank for rank in Rank if _may(walk, Supposed(frozenset({Role.AUTHORISER}), rank.level), known)
            ]
            here = tuple(name for name, person in people.items() if _may(walk, person, known))
            answer = (ranks[0] if ranks else None, here)
            if answer != last:
                found.append(Reach(severity, step, *answer))
            last = answer
    return tuple(found)


def _may(walk: WalkedAction, person: Supposed, known: Mapping[Path, Value]) -> bool:
    return standing(walk, {**known_of(person), **known}).possible


def _lost_safeguards(pack: Pack) -> Iterator[Finding]:
    """Rules of the base that no pack may change, and that are not in this one as they are there."""
    parsed = json.loads(cedarpy.policies_to_json_str(pack.policy_text))["staticPolicies"]
    theirs = {rule.id: parsed[key] for key, rule in pack.rules.items()}
    for name, rule in fixed_rules(base_pack().policy_text).items():
        if name not in theirs or any(
            theirs[name][part] != rule[part] for part in rule if part != "annotations"
        ):
            yield Finding(
                "safeguard",
                fault=True,
                sentence=f"The safeguard {name} of the base is missing or changed; restore it.",
            )


def _never(actions: Mapping[str, WalkedAction]) -> Iterator[Finding]:
    by_rule: dict[str, list[WalkedRule]] = {}
    for walk in actions.values():
        for rule in walk.rules:
            by_rule.setdefault(rule.id, []).append(rule)
    for name, rules in by_rule.items():
        if any(rule.satisfied for rule in rules):
            continue
        if all(rule.complete for rule in rules):
            yield Finding(
                "silent",
                fault=True,
                sentence=f"The rule {name} can never fire: nothing meets its conditions; mend or remove it.",
            )
        else:
            yield Finding(
                "unwalked",
                fault=False,
                sentence=f"The rule {name} was not seen to fire, but it reckons or asks too much to be sure; test it by a table.",
            )


def _shadowed(actions: Mapping[str, WalkedAction]) -> Iterator[Finding]:
    """Forbidding rules that never speak without another on the same action: they change no answer."""
    shadows: dict[str, set[str]] = {}
    for walk in actions.values():
        forbidding = [rule for rule in walk.rules if not rule.permits]
        for rule in forbidding:
            over = {other.id for other in forbidding if other is not rule and _within(rule, other)}
            shadows[rule.id] = shadows.get(rule.id, over) & over
    for name, over in shadows.items():
        for other in sorted(over):
            yield Finding(
                "shadowed",
                fault=False,
                sentence=f"The rule {name} never speaks without {other}: it only adds a sentence.",
            )


def _within(rule: WalkedRule, other: WalkedRule) -> bool:
    if not (rule.complete and rule.satisfied and set(other.facts) <= set(rule.facts)):
        return False
    places = [rule.facts.index(fact) for fact in other.facts]
    return all(tuple(told[place] for place in places) in other.satisfied for told in rule.satisfied)


def _impossible(actions: Mapping[str, WalkedAction]) -> Iterator[Finding]:
    for name, walk in actions.items():
        if not standing(walk, {}).possible:
            yield Finding(
                "impossible",
                fault=True,
                sentence=f"Nobody could ever be allowed {name}: its rules contradict each other; mend them.",
            )


def _nobody_here(actions: Mapping[str, WalkedAction], people: Mapping[str, Supposed]) -> Iterator[Finding]:
    for name, walk in actions.items() if people else ():
        if standing(walk, {}).possible and not any(_may(walk, person, {}) for person in people.values()):
            permits = " ".join(rule.says for rule in walk.rules if rule.permits)
            yield Finding(
                "nobody",
                fault=True,
                sentence=f"Nobody here could be allowed {name} ({permits}) Give somebody the role, rank or training that it takes.",
            )


def _nobody_to_authorise(pack: Pack, people: Mapping[str, Supposed]) -> Iterator[Finding]:
    """What a request may be authorised to do by some rank, and by nobody here; and what nobody may authorise at all."""
    found = reaches(pack, people)
    for place, reach in enumerate(found):
        what = f"looking back more than {reach.more_than_days} days for {reach.severity.label.lower()}"
        before = found[place - 1] if place and found[place - 1].severity is reach.severity else None
        if reach.least_rank is None:
            if before is None or before.least_rank is not None:
                yield Finding(
                    "impossible", fault=False, sentence=f"By the rules nobody could authorise {what}."
                )
        elif people and not reach.people:
            yield Finding(
                "nobody", fault=True, sentence=f"Nobody here could authorise {what}: {_missing(reach)}."
            )
        elif len(reach.people) == 1 and _asks(people[reach.people[0]]):
            yield Finding(
                "nobody",
                fault=False,
                sentence=f"Only {reach.people[0]} could authorise {what}, and nobody what they ask for themselves: have a second person.",
            )


def _asks(person: Supposed) -> bool:
    return Role.INVESTIGATOR in person.roles


def _missing(reach: Reach) -> str:
    rank = reach.least_rank
    least = f"no {rank.label.lower()} or above" if rank is not None and rank is not Rank.STAFF else "nobody"
    return f"{least} with training that counts holds the role authoriser"


def sentences(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The findings as lines: a fault begins with a word that says so."""
    return tuple(f"{'FAULT' if finding.fault else 'note '} {finding.sentence}" for finding in findings)
