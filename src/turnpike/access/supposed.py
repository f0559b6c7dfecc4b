"""Decisions about people who are supposed and not signed in: for tables, checks and the question who could see a read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from turnpike.access.policy import decide_again
from turnpike.accounts.services import Rank

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from turnpike.access.policy import Pack
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User

SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class Supposed:
    """A person as a decision knows them; `rank` is the level of a `Rank`."""

    roles: frozenset[str]
    rank: int = 0
    trained: bool = True
    open: bool = True
    username: str = SOMEBODY

    @classmethod
    def of(cls, user: User, on: date) -> Supposed:
        """An account as it stands now, with its training on a day."""
        trained = user.trained_until is not None and on <= user.trained_until
        return cls(
            frozenset(role.value for role in user.roles), Rank(user.rank).level, trained, user.is_active
        )

    def told(self) -> dict[str, Any]:
        """As a decision is told of a person."""
        return {
            "uid": {"type": "User", "id": self.username},
            "attrs": {
                "username": self.username,
                "open": self.open,
                "rank": self.rank,
                "trained": self.trained,
            },
            "parents": [{"type": "Role", "id": role} for role in sorted(self.roles)],
        }


def decide_supposed(person: Supposed, action: str, context: Mapping[str, Any], pack: Pack) -> Decision:
    """The decision about a supposed person; nothing is recorded."""
    told = {"principal": person.told(), "action": action, "resource": "supposed", "context": dict(context)}
    return decide_again(msgspec.json.encode(told).decode(), pack)
