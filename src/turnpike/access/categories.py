"""What an investigation is about, and how severe the force counts that."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(StrEnum):
    """How severe a category counts, from the least.

    Source: National ANPR Standards for Policing and Law Enforcement, which grade access by priority and volume crime, serious
    crime, major incidents and counter-terrorism.
    """

    VOLUME = "volume"
    SERIOUS = "serious"
    MAJOR = "major"
    COUNTER_TERRORISM = "counter_terrorism"

    @property
    def label(self) -> str:
        """The severity in words."""
        return _SEVERITY_LABELS[self]


class Category(StrEnum):
    """What a case is about; the policy pack says which purposes each can have. Source: ours."""

    VEHICLE_CRIME = "vehicle_crime"
    BURGLARY = "burglary"
    THEFT = "theft"
    ROAD_TRAFFIC = "road_traffic"
    DRUGS = "drugs"
    VIOLENCE = "violence"
    ROBBERY = "robbery"
    SEXUAL_OFFENCE = "sexual_offence"
    ORGANISED_CRIME = "organised_crime"
    HOMICIDE = "homicide"
    MISSING_PERSON = "missing_person"
    THREAT_TO_LIFE = "threat_to_life"
    TERRORISM = "terrorism"
    MISCONDUCT = "misconduct"

    @property
    def label(self) -> str:
        """The category in words."""
        return self.value.replace("_", " ").capitalize()


_SEVERITY_LABELS = {
    Severity.VOLUME: "Priority and volume crime",
    Severity.SERIOUS: "Serious crime",
    Severity.MAJOR: "Major incident",
    Severity.COUNTER_TERRORISM: "Counter-terrorism",
}

USUAL_SEVERITIES: Mapping[Category, Severity] = MappingProxyType(
    {
        Category.VEHICLE_CRIME: Severity.VOLUME,
        Category.BURGLARY: Severity.VOLUME,
        Category.THEFT: Severity.VOLUME,
        Category.ROAD_TRAFFIC: Severity.VOLUME,
        Category.DRUGS: Severity.VOLUME,
        Category.VIOLENCE: Severity.VOLUME,
        Category.ROBBERY: Severity.SERIOUS,
        Category.SEXUAL_OFFENCE: Severity.SERIOUS,
        Category.ORGANISED_CRIME: Severity.SERIOUS,
        Category.MISCONDUCT: Severity.SERIOUS,
        Category.HOMICIDE: Severity.MAJOR,
        Category.MISSING_PERSON: Severity.MAJOR,
        Category.THREAT_TO_LIFE: Severity.MAJOR,
        Category.TERRORISM: Severity.COUNTER_TERRORISM,
    }
)
"""Unless the force's settings say otherwise. Source: ours, after the same standards."""


def check_severities() -> None:
    """See that the settings grade only categories that there are.

    Raises:
        ConfigurationError: they name another.
    """
    unknown = sorted(set(config.load().case_severities) - set(Category))
    if unknown:
        raise ConfigurationError(
            f"case_severities names no category of cases with {', '.join(unknown)}; docs/settings.md lists them."
        )


def severity_of(category: Category) -> Severity:
    """How severe this force counts a category."""
    set_here = config.load().case_severities.get(category.value)
    return Severity(set_here) if set_here else USUAL_SEVERITIES[category]
