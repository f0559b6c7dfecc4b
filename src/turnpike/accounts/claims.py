"""What a provider's claims mean here, by the configured mapping alone: a value that stands in none gives nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from turnpike.accounts.roles import Rank, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.config import OidcProvider


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a provider says of a person; None where it is not asked for it, so that what is kept here stays."""

    force: str | None = None
    roles: frozenset[Role] | None = None
    rank: Rank | None = None
    has_training: bool = False
    trained_until: date | None = None


def claimed(provider: OidcProvider, claims: Mapping[str, object]) -> Claimed:
    """Force, roles, rank and training that these claims give by this provider's mapping.

    `has_training` says whether training is told by this provider; its last day is then `trained_until`, or none. Where several ranks are
    claimed, the lowest counts.
    """
    force, roles, rank = None, None, None
    if provider.force_claim:
        known = {
            provider.forces[value]
            for value in _values(claims, provider.force_claim)
            if value in provider.forces
        }
        # Two forces at once are none.
        force = known.pop() if len(known) == 1 else ""
    if provider.roles_claim:
        named = (provider.roles.get(value, ()) for value in _values(claims, provider.roles_claim))
        roles = frozenset(Role(role) for held in named for role in held)
    if provider.rank_claim:
        ranks = [
            provider.ranks[value] for value in _values(claims, provider.rank_claim) if value in provider.ranks
        ]
        rank = min((Rank(one) for one in ranks), key=lambda one: one.level, default=Rank.STAFF)
    until = _day(claims.get(provider.trained_until_claim)) if provider.trained_until_claim else None
    return Claimed(force, roles, rank, bool(provider.trained_until_claim), until)


def vouches(provider: OidcProvider, claims: Mapping[str, object]) -> bool:
    """Whether the provider says, in a way that the configuration takes for it, that a second factor was used."""
    return bool(set(provider.second_factor_amr) & set(_values(claims, "amr")))


def _values(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A claim's values: one text, or a list of them; anything else is none."""
    told = claims.get(name)
    if isinstance(told, str):
        return (told,)
    return tuple(value for value in told if isinstance(value, str)) if isinstance(told, list) else ()


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
