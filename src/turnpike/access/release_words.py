"""What is said of reads that are not open: which controller's, of which cameras, by which rule, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.access.agreement_terms import SharedField
from turnpike.cameras.services import find_camera

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.access.releasing import Grant, Opening
    from turnpike.access.rulings import Rule

_NAMED = 3
KEPT_FIELDS = (SharedField.COLOUR_MAKE, SharedField.PLATE_PATCH)
"""What Turnpike keeps of a read beside its text; of a vehicle it keeps no picture."""


def notices(opening: Opening) -> tuple[str, ...]:
    """Whose cameras are not searched, and which fields of others' do not come with the reads, each with the rules that say so.

    It is the same whatever was captured.
    """
    closed: dict[tuple[str, tuple[Rule, ...]], list[Grant]] = {}
    parted: dict[tuple[str, SharedField, tuple[Rule, ...]], list[Grant]] = {}
    for grant in opening.grants:
        if not grant.is_open:
            key = (grant.tenure.controller, grant.decisions[SharedField.TEXT].rules)
            closed.setdefault(key, []).append(grant)
            continue
        for field in KEPT_FIELDS:
            if not grant.decisions[field].allowed:
                parted.setdefault((grant.tenure.controller, field, grant.decisions[field].rules), []).append(
                    grant
                )
    return (
        *(_not_searched(whose, rules, grants) for (whose, rules), grants in closed.items()),
        *(_without(whose, field, rules, grants) for (whose, field, rules), grants in parted.items()),
    )


def _not_searched(whose: str, rules: Sequence[Rule], grants: Sequence[Grant]) -> str:
    number = len({grant.tenure.camera_id for grant in grants})
    are = "1 camera of {} is" if number == 1 else f"{number:,} cameras of {{}} are"
    part = (
        ", for the time when it was theirs"
        if any(grant.tenure.since_at or grant.tenure.until_at for grant in grants)
        else ""
    )
    return f"{are.format(whose)} not searched{part} ({_names(grants)}). {_says(rules)}"


def _without(whose: str, field: SharedField, rules: Sequence[Rule], grants: Sequence[Grant]) -> str:
    field_text = field.label[:1].lower() + field.label[1:]
    return f"Reads of {whose} ({_names(grants)}) come without {field_text}. {_says(rules)}"


def _says(rules: Sequence[Rule]) -> str:
    return " ".join(rule.says for rule in rules)


def _names(grants: Sequence[Grant]) -> str:
    """The first few cameras by name, and how many more there are."""
    ids = sorted({grant.tenure.camera_id for grant in grants})
    named = [camera.name if (camera := find_camera(one)) else one for one in ids[:_NAMED]]
    more = len(ids) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")
