"""An agreement in plain words: what it opens at an instant, what it does not and why, and what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from turnpike.access.agreement_calendar import cameras_of, states_at
from turnpike.access.agreement_terms import agreed_purpose_label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from turnpike.access.agreement_calendar import FieldState
    from turnpike.access.agreement_terms import Consultation, Pact, Version
    from turnpike.access.rulings import Rule

_OLD_YEARS = 3
"""A consultation older than this when terms were decided on it is said to be. Source: ours; London's was eight."""


def standing(pact: Pact, at: datetime) -> str:
    """In a few words, whether it is in force then."""
    version = pact.version_at(at)
    if pact.ended_at and pact.ended_at <= at:
        return "Ended"
    if version is None or version.begins_at is None:
        return "Waits for a decision"
    if at < version.begins_at:
        return "Not begun"
    return "In force" if at < version.ends_at else "Past its time"


def summary(pact: Pact, at: datetime) -> tuple[str, ...]:
    """What it allows then, sentence by sentence; nothing that is not in its terms and the policy."""
    version = pact.version_at(at)
    if version is None:
        return ("There were no terms yet.",)
    terms = version.terms
    states = states_at(pact, at)
    purposes = "; ".join(
        _lower(agreed_purpose_label(purpose)) for purpose in sorted(terms.purposes, key=agreed_purpose_label)
    )
    if any(state.open_cameras for state in states):
        first = f"{pact.recipient} may see reads of {pact.discloser}, for these purposes alone: {purposes}."
    else:
        first = f"{pact.recipient} sees no read of {pact.discloser} by this agreement. It is meant for: {purposes}."
    return (
        first,
        f"The terms are for {day(terms.from_on)} to {day(terms.until_on)}.",
        *of_fields(pact, states),
        f"{pact.recipient} deletes what it is given within {_count(terms.retention_days, 'day')}, and proves it.",
        *_behind(version, at),
    )


def as_decided(pact: Pact, number: int, at: datetime) -> tuple[str, ...]:
    """What terms that wait would allow if they were decided at `at`, on their first day or from then."""
    waiting = next(version for version in pact.versions if version.number == number)
    decided = replace(waiting, decided_at=at)
    begins_at = decided.begins_at or at
    others = tuple(version for version in pact.versions if version.number != number)
    return summary(replace(pact, versions=(*others, decided)), begins_at)


def of_fields(pact: Pact, states: Sequence[FieldState]) -> tuple[str, ...]:
    """Each field in a sentence; where nothing at all is open for a reason that all share, that one reason."""
    cameras = len(cameras_of(pact))
    shared = _shared([rules for state in states for rules in state.closed])
    if shared and not any(state.open_cameras for state in states):
        return (f"Nothing is open. {says(shared)}",)
    return tuple(_of_field(state, cameras) for state in states)


def _of_field(state: FieldState, cameras: int) -> str:
    """One field: for how many cameras it is open, and why it is off for the others."""
    label = state.field.label
    if not state.closed:
        return f"{label}: open for {'the camera' if cameras == 1 else f'all {cameras:,} cameras'}."
    shared = _shared(list(state.closed))
    if not state.open_cameras and shared:
        return f"{label}: off. {says(shared)}"
    off = " ".join(
        f"Off for {_count(len(those), 'camera')}: {says(rules)}"
        for rules, those in sorted(state.closed.items(), key=lambda one: -len(one[1]))
    )
    if not state.open_cameras:
        return f"{label}: off. {off}"
    return f"{label}: open for {len(state.open_cameras):,} of {_count(cameras, 'camera')}. {off}"


def _shared(groups: Sequence[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    """The rules that every group has, in the order of the first."""
    return tuple(rule for rule in groups[0] if all(rule in group for group in groups)) if groups else ()


def of_consultation(consultation: Consultation) -> str:
    """One consultation: when, of how many, about what."""
    about = ", ".join(_lower(field.label) for field in sorted(consultation.fields))
    return (
        f"{consultation.reference}, {day(consultation.held_on)}: {consultation.people_told:,} people were told about"
        f" {_count(len(consultation.cameras), 'camera')} ({about})."
    )


def says(rules: Sequence[Rule]) -> str:
    """The sentences of the rules that failed."""
    return " ".join(rule.says for rule in rules)


def day(on: date) -> str:
    """A day as pages write it."""
    return f"{on.day} {on:%B %Y}"


def _behind(version: Version, at: datetime) -> tuple[str, ...]:
    """The assessments and consultations behind terms, and how far they reach."""
    terms, decided_on = version.terms, (version.decided_at or at).date()
    said = [
        f"It stands on the impact assessment {terms.dpia}."
        if terms.dpia
        else "It names no impact assessment."
    ]
    if terms.pictures_dpia:
        named = ", ".join(_lower(field.label) for field in sorted(terms.pictures_dpia_names)) or "nothing"
        said.append(f"For pictures it stands on {terms.pictures_dpia}, which names: {named}.")
    if not terms.consultations:
        said.append("It stands on no consultation of the public.")
    for one in terms.consultations:
        years = (decided_on - one.held_on).days // 365
        age = f" It was {years} years old when this was decided." if years >= _OLD_YEARS else ""
        reach = (
            f" The terms concern {terms.people_affected:,} people."
            if terms.people_affected > one.people_told
            else ""
        )
        said.append(f"It stands on a consultation: {of_consultation(one)}{age}{reach}")
    return tuple(said)


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
