"""A pack to read: each rule in words beside its code, by the sections of its file, and where it differs from the base."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from turnpike.access.overlays import ADJUSTABLE, SOURCE, written_rules
from turnpike.access.policy import base_pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.access.policy import Pack

_REST = "Other rules"


@dataclass(frozen=True, slots=True)
class ReadRule:
    """One rule in words and as it is written."""

    id: str
    says: str
    code: str
    section: str
    permits: bool
    adjustable: bool
    source: str
    """Where a force publishes it, or who decided it; empty of the base's own."""
    reading: str
    """What the source leaves open and how it was taken."""
    differs: str
    """Empty, `replaces` where it stands in the place of a rule of the base, `adds` where the base has none."""
    base_says: str
    """The sentence of the rule that it replaces."""


@dataclass(frozen=True, slots=True)
class Section:
    """The rules under one headline of the file."""

    name: str
    rules: tuple[ReadRule, ...]


def read_rules(pack: Pack) -> tuple[Section, ...]:
    """A pack's rules, section by section, in their order.

    Raises:
        PackError: the kept text cannot be taken apart.
    """
    base = written_rules("base", base_pack().policy_text)
    rules = [
        _rule(name, statement.section, statement.text, parsed, base[name][1] if name in base else None)
        for name, (statement, parsed) in written_rules(pack.version, pack.policy_text).items()
    ]
    return tuple(
        Section(name or _REST, tuple(found)) for name, found in groupby(rules, key=lambda rule: rule.section)
    )


def differing(sections: tuple[Section, ...]) -> tuple[ReadRule, ...]:
    """The rules that are not as in the base of today."""
    return tuple(rule for section in sections for rule in section.rules if rule.differs)


def _rule(
    name: str,
    section: str,
    code: str,
    parsed: Mapping[str, object],
    base: Mapping[str, object] | None,
) -> ReadRule:
    words, before = _annotations(parsed), _annotations(base) if base else {}
    same = base is not None and all(parsed[part] == base[part] for part in parsed if part != "annotations")
    differs = (
        "adds" if base is None else "" if same and words.get("says") == before.get("says") else "replaces"
    )
    return ReadRule(
        id=name,
        says=words.get("says", ""),
        code=code,
        section=section,
        permits=parsed["effect"] == "permit",
        adjustable=ADJUSTABLE in words,
        source=words.get(SOURCE, ""),
        reading=words.get("reading", ""),
        differs=differs,
        base_says=before.get("says", "") if differs == "replaces" else "",
    )


def _annotations(rule: Mapping[str, object]) -> dict[str, str]:
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)  # noqa: S101 - Cedar's own JSON; for the type checker
    return {name: str(value or "") for name, value in annotations.items()}
