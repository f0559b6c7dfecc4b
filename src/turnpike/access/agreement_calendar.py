"""What an agreement allowed when: each field at any instant, and the whole of its time in stretches of the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.agreement_terms import SharedField
from turnpike.access.disclosure_rules import FieldRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from turnpike.access.agreement_terms import Pact
    from turnpike.access.rulings import Rule


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field at one instant: the cameras for which it was open, and by which rules it was not for the others.

    `closed` holds the cameras by the rules that failed. Cameras are all that any terms ever named.
    """

    field: SharedField
    open_cameras: frozenset[str]
    closed: Mapping[tuple[Rule, ...], frozenset[str]]

    @property
    def is_whole(self) -> bool:
        """Whether it was open for every camera."""
        return bool(self.open_cameras) and not self.closed


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing changed: `[begins_at, ends_at)`, without end where `ends_at` is None."""

    begins_at: datetime
    ends_at: datetime | None
    version: int
    """0 where no terms were there yet."""
    states: tuple[FieldState, ...]


def cameras_of(pact: Pact) -> frozenset[str]:
    """Every camera that terms of it name which were decided; where none were, those of the terms that wait."""
    decided = [version.terms.cameras for version in pact.versions if version.decided_at]
    return frozenset[str]().union(*(decided or [version.terms.cameras for version in pact.versions]))


def states_at(
    pact: Pact, at: datetime, *, purpose: str | None = None, rules: FieldRules | None = None
) -> tuple[FieldState, ...]:
    """Each field then, for a purpose; for None, for whatever purposes the terms of that time name."""
    rules = rules or FieldRules()
    version = pact.version_at(at)
    asked = purpose if purpose is not None else min(version.terms.purposes, default="") if version else ""
    states, alike = [], _alike(pact)
    for field in SharedField:
        opened = set[str]()
        closed: dict[tuple[Rule, ...], set[str]] = {}
        for cameras in alike:
            facts = pact.facts(at, asked, next(iter(cameras)), field)
            decision = rules.decide(pact.number, field, facts)
            if decision.allowed:
                opened |= cameras
            else:
                closed.setdefault(decision.rules, set()).update(cameras)
        fixed = {failed: frozenset(cameras) for failed, cameras in closed.items()}
        states.append(FieldState(field, frozenset(opened), fixed))
    return tuple(states)


def calendar(pact: Pact) -> tuple[Stretch, ...]:
    """The whole time of an agreement from its first proposal on, oldest first; stretches that are alike are one."""
    rules = FieldRules()
    stretches: list[Stretch] = []
    points = pact.turning_points()
    for begins_at, ends_at in zip(points, (*points[1:], None), strict=True):
        version = pact.version_at(begins_at)
        states = states_at(pact, begins_at, rules=rules)
        number = version.number if version else 0
        if stretches and (stretches[-1].version, stretches[-1].states) == (number, states):
            stretches[-1] = Stretch(stretches[-1].begins_at, ends_at, number, states)
        else:
            stretches.append(Stretch(begins_at, ends_at, number, states))
    return tuple(stretches)


def _alike(pact: Pact) -> tuple[frozenset[str], ...]:
    """The cameras in groups that the same terms and consultations name: what is decided for one holds for all of its group."""
    naming = [version.terms.cameras for version in pact.versions]
    naming += [one.cameras for version in pact.versions for one in version.terms.consultations]
    groups: dict[tuple[bool, ...], set[str]] = {}
    for camera_id in cameras_of(pact):
        groups.setdefault(tuple(camera_id in cameras for cameras in naming), set()).add(camera_id)
    return tuple(map(frozenset, groups.values()))
