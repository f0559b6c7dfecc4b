"""The policy asked about one field of another controller's reads, for a person or for anybody who may look at all."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from turnpike.access.policy import Action, decide
from turnpike.accounts.services import Role, User

if TYPE_CHECKING:
    from turnpike.access.agreement_terms import FieldFacts, SharedField
    from turnpike.access.policy import Fact
    from turnpike.access.rulings import Decision


class FieldRules:
    """Decisions for one person, or with None for anybody who may look; those about the same facts are made once."""

    def __init__(self, user: User | None = None) -> None:
        self._user = user or _anybody()
        self._made: dict[tuple[str, FieldFacts, SharedField], Decision] = {}

    def decide(self, number: str, field: SharedField, facts: FieldFacts) -> Decision:
        """Whether the agreement of that number opens the field; `none` is the number where there is none."""
        key = (number, facts, field)
        if key not in self._made:
            self._made[key] = decide(self._user, Action.Disclose, number, context_of(field, facts))
        return self._made[key]


def context_of(field: SharedField, facts: FieldFacts) -> dict[str, Fact]:
    """What the policy is told."""
    return {"agreement": facts.plain(), "field": field.value}


def _anybody() -> User:
    anybody = User(username="anybody", is_active=True, trained_until=date.max)
    # In no database, so that the roles cannot be asked for there.
    anybody.__dict__["roles"] = frozenset({Role.INVESTIGATOR, Role.OPERATOR})
    return anybody
