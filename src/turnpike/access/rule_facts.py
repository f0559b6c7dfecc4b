"""Which facts a rule asks about and which values make a difference to it, read from the rule as Cedar gives it in JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str, ...]
"""Where a fact stands: `("principal", "rank")`, `("context", "case", "open")`; `("roles",)` is the set of the person's roles."""
ROLES: Path = ("roles",)
PRESENT = "?"
"""The last part of a path that says whether what stands before it is there at all."""
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})
_JOINED = frozenset({"&&", "||"})
_MEMBERS = frozenset({"contains", "containsAll", "containsAny"})
_WHOLE = frozenset({"if-then-else", "Set", "Record", "isEmpty", "!"})


@dataclass(slots=True)
class Asked:
    """What one rule asks about."""

    facts: set[Path] = field(default_factory=set)
    literals: dict[Path, set[str | int]] = field(default_factory=dict)
    """The values with which a fact is compared."""
    pairs: set[tuple[Path, Path]] = field(default_factory=set)
    """Facts that are compared with each other."""
    roles: set[str] = field(default_factory=set)
    complete: bool = True
    """Whether the values named here are all that matter; not so where the rule reckons or matches patterns."""


def asked_by(rule: Mapping[str, Any]) -> Asked:
    """What a rule's conditions ask about."""
    asked = Asked()
    for condition in rule["conditions"]:
        _walk(condition["body"], asked)
    return asked


def _walk(expression: object, asked: Asked) -> None:
    path = path_of(expression)
    if path is not None:
        asked.facts.add(path)
        return
    if not isinstance(expression, dict) or "Value" in expression or "Var" in expression:
        return
    ((kind, parts),) = expression.items()
    if kind in _COMPARED:
        _compare(parts["left"], parts["right"], asked)
    elif kind in _MEMBERS:
        _member(parts["left"], parts["right"], asked)
    elif kind == "has":
        _present(parts, asked)
    elif kind == "in":
        _belongs(parts["left"], parts["right"], asked)
    else:
        asked.complete &= kind in _JOINED | _WHOLE
        _walk_parts(parts, asked)


def _walk_parts(parts: object, asked: Asked) -> None:
    if isinstance(parts, dict):
        parts = list(parts.values())
    for part in parts if isinstance(parts, list) else ():
        _walk(part, asked)


def path_of(expression: object) -> Path | None:
    """The path of a fact that an expression is; nothing where it is something else."""
    if not isinstance(expression, dict) or "." not in expression:
        return None
    left = expression["."]["left"]
    before = (left["Var"],) if isinstance(left, dict) and "Var" in left else path_of(left)
    return None if before is None else (*before, expression["."]["attr"])


def _compare(left: object, right: object, asked: Asked) -> None:
    one, other = path_of(left), path_of(right)
    if one and other:
        asked.facts |= {one, other}
        asked.pairs.add((one, other))
        return
    fact, value = (one, _literals(right)) if one else (other, _literals(left))
    if fact is None or not value:
        asked.complete = False
        _walk(left, asked)
        _walk(right, asked)
        return
    asked.facts.add(fact)
    asked.literals.setdefault(fact, set()).update(value)


def _member(left: object, right: object, asked: Asked) -> None:
    """A list that holds a fact, or a fact that is a list and holds something."""
    fact, values = (path_of(left), _literals(right)) if path_of(left) else (path_of(right), _literals(left))
    if fact is None or (path_of(left) and path_of(right)):
        asked.complete = False
        _walk(left, asked)
        _walk(right, asked)
        return
    asked.facts.add(fact)
    asked.literals.setdefault(fact, set()).update(values)


def _present(parts: Mapping[str, Any], asked: Asked) -> None:
    left = parts["left"]
    before = (left["Var"],) if "Var" in left else path_of(left)
    if before is None:
        asked.complete = False
        return
    asked.facts.add((*before, parts["attr"], PRESENT))


def _belongs(left: object, right: object, asked: Asked) -> None:
    named = [
        part["Value"]["__entity"]
        for part in (
            right["Set"] if isinstance(right, dict) and isinstance(right.get("Set"), list) else [right]
        )
        if isinstance(part, dict) and isinstance(part.get("Value"), dict)
    ]
    if left == {"Var": "action"}:
        return
    if left != {"Var": "principal"} or any(entity.get("type") != "Role" for entity in named):
        asked.complete = False
        return
    asked.facts.add(ROLES)
    asked.roles |= {entity["id"] for entity in named}


def _literals(expression: object) -> set[str | int]:
    if not isinstance(expression, dict):
        return set()
    parts = expression["Set"] if isinstance(expression.get("Set"), list) else [expression]
    values = [part.get("Value") for part in parts if isinstance(part, dict)]
    return {value for value in values if isinstance(value, str | int)}
