"""A force's own rules laid over the base pack: adjustable rules replaced by name, forbidding rules added, nothing taken away.

A rule of the base that is not marked `@adjustable` stays as it is in every pack, and no pack can add a permit. So a force can be
stricter wherever it likes, and otherwise only where the base says that forces differ.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cedarpy

from turnpike.access.cedar_text import statements
from turnpike.access.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.access.cedar_text import Statement

ADJUSTABLE, SOURCE = "adjustable", "source"
_SCOPE = ("effect", "principal", "action", "resource")
_Written = tuple["Statement", "Mapping[str, object]"]


def laid_over(pack: str, title: str, base: str, overlay: str) -> str:
    """The whole policy text of a pack: the base's, with a force's rules in the place of those that they replace, and the others at the end.

    Raises:
        PackError: the overlay does not parse, or does what no force may: replace a rule that is not adjustable, widen whom or what
            a rule is about, permit something, or say nothing of where a rule comes from.
    """
    if not title.isprintable():
        raise PackError(
            f"The title of the policy pack {pack} has characters that no line holds; write it in one line."
        )
    theirs, ours = written_rules(pack, overlay), written_rules("base", base)
    for name, (_, rule) in theirs.items():
        if not str(_annotations(rule).get(SOURCE) or ""):
            raise PackError(
                f"The rule {name} of the policy pack {pack} has no @source; say where it is published or decided."
            )
        _check(pack, name, rule, ours[name][1] if name in ours else None)
    text = base
    # From the end, so that the places of the earlier rules hold.
    for name, (statement, _) in reversed(list(ours.items())):
        if name in theirs:
            text = text[: statement.start] + theirs[name][0].text + text[statement.end :]
    added = [statement.text for name, (statement, _) in theirs.items() if name not in ours]
    if not added:
        return text
    headline = f"// ---- {title} ".ljust(103, "-")
    return "\n\n".join([text.rstrip("\n"), headline, *added]) + "\n"


def written_rules(pack: str, text: str) -> Mapping[str, _Written]:
    """Each rule of a policy text by its @id: as it is written, and as Cedar reads it.

    Raises:
        PackError: the text does not parse, holds a template, or two rules of one name or of none.
    """
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        raise PackError(f"The policy pack {pack} does not parse; mend it: {error}.") from error
    found = statements(text)
    if len(parsed) != len(found):
        raise PackError(
            f"The policy pack {pack} holds a template; write a rule without ?principal and ?resource."
        )
    rules = {
        str(_annotations(parsed[f"policy{place}"]).get("id") or ""): (statement, parsed[f"policy{place}"])
        for place, statement in enumerate(found)
    }
    if "" in rules or len(rules) < len(found):
        raise PackError(f"The policy pack {pack} has a rule without @id, or two of one; give each its own.")
    return rules


def fixed_rules(base: str) -> Mapping[str, Mapping[str, object]]:
    """The rules of the base that no pack may lack or change, by their @id, as Cedar reads them."""
    rules = written_rules("base", base)
    return {name: rule for name, (_, rule) in rules.items() if ADJUSTABLE not in _annotations(rule)}


def _check(pack: str, name: str, rule: Mapping[str, object], replaced: Mapping[str, object] | None) -> None:
    if replaced is None:
        if rule["effect"] != "forbid":
            raise PackError(
                f"The policy pack {pack} permits something by {name}; a force's pack only forbids more."
            )
        return
    if ADJUSTABLE not in _annotations(replaced):
        raise PackError(
            f"The policy pack {pack} replaces {name}, which is a safeguard of every force; leave it as it is."
        )
    if any(rule[part] != replaced[part] for part in _SCOPE):
        raise PackError(
            f"The policy pack {pack} gives {name} another effect or action than the base; only its conditions may differ."
        )


def _annotations(rule: Mapping[str, object]) -> Mapping[str, object]:
    annotations = rule.get("annotations", {})
    assert isinstance(annotations, dict)  # noqa: S101 - Cedar's own JSON; for the type checker
    return annotations
