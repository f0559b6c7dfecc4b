"""What an agreement between two controllers says, and which of it holds at an instant; pure, with no database.

Terms are never edited: each decision is a version of its own, in force from its day until the next begins, and so
what was allowed on any day can be said for good.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from turnpike.access.purposes import Purpose

if TYPE_CHECKING:
    from datetime import date

HOTLIST_MATCHING = "hotlist_matching"
"""The purpose of holding another controller's reads against hotlists; searches have the others."""


class SharedField(StrEnum):
    """One part of a read that an agreement can open; `TEXT` is the plate as read, when, where and how surely."""

    TEXT = "text"
    COLOUR_MAKE = "colour_make"
    PLATE_PATCH = "plate_patch"
    VEHICLE_PICTURE = "vehicle_picture"

    @property
    def label(self) -> str:
        """The field in words."""
        return _FIELDS[self]


_FIELDS = {
    SharedField.TEXT: "Plate text, time and place",
    SharedField.COLOUR_MAKE: "Colour and make",
    SharedField.PLATE_PATCH: "Picture of the plate",
    SharedField.VEHICLE_PICTURE: "Picture of the vehicle",
}
PICTURES = frozenset({SharedField.PLATE_PATCH, SharedField.VEHICLE_PICTURE})
AGREED_PURPOSES = (*(purpose.value for purpose in Purpose), HOTLIST_MATCHING)


def agreed_purpose_label(purpose: str) -> str:
    """A purpose of an agreement in words."""
    return "Match against hotlists" if purpose == HOTLIST_MATCHING else Purpose(purpose).label


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """What the public was asked: on which day, by whom, about which cameras and fields, and how many people were told."""

    number: str
    controller: str
    reference: str
    held_on: date
    cameras: frozenset[str]
    fields: frozenset[SharedField]
    people_told: int

    def covers(self, camera_id: str, field: SharedField) -> bool:
        """Whether it was about this field of this camera's reads."""
        return camera_id in self.cameras and field in self.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to be shared; days are of UTC and `until_on` is the last one that counts.

    `dpia` and `pictures_dpia` are references of data protection impact assessments; the second is the one that pictures
    need, and `pictures_dpia_names` are the fields that it names. `people_affected` is how many people's journeys the
    cameras read, as the parties estimate it.
    """

    purposes: frozenset[str]
    cameras: frozenset[str]
    fields: frozenset[SharedField]
    legal_basis: str
    dpia: str
    consultations: tuple[Consultation, ...]
    people_affected: int
    retention_days: int
    from_on: date
    until_on: date
    pictures_dpia: str = ""
    pictures_dpia_names: frozenset[SharedField] = frozenset()


@dataclass(frozen=True, slots=True)
class Version:
    """Terms, and when they were decided; None while they wait."""

    number: int
    terms: Terms
    proposed_at: datetime
    decided_at: datetime | None = None

    @property
    def begins_at(self) -> datetime | None:
        """The first instant at which they can count; None while they wait."""
        return max(self.decided_at, _midnight(self.terms.from_on)) if self.decided_at else None

    @property
    def ends_at(self) -> datetime:
        """The first instant after their last day."""
        return _midnight(self.terms.until_on + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the policy is told of one agreement about one field of one camera's reads, for one purpose, at an instant."""

    there: bool = False
    decided: bool = False
    begun: bool = False
    lasts: bool = False
    stands: bool = False
    names_purpose: bool = False
    names_camera: bool = False
    names_field: bool = False
    consulted: bool = False
    assessed: bool = False
    pictures_assessed: bool = False

    def plain(self) -> dict[str, str | bool]:
        """By name, as the policy's schema has them."""
        return {fact.name: getattr(self, fact.name) for fact in fields(self)}


NO_AGREEMENT = FieldFacts()


@dataclass(frozen=True, slots=True)
class Pact:
    """One agreement with all its versions, those that were refused left out."""

    number: str
    discloser: str
    recipient: str
    versions: tuple[Version, ...]
    ended_at: datetime | None = None

    def version_at(self, at: datetime) -> Version | None:
        """The version whose terms count then: of those that have begun the last one, whether or not its time is over.

        Where none has begun it is the one that begins next, or else the one that waits: what it would open is no secret,
        and the policy says why it does not yet.
        """
        known = [_as_known(version, at) for version in self.versions if version.proposed_at <= at]
        decided = [(version.begins_at, version.number, version) for version in known if version.begins_at]
        begun = [one for one in decided if one[0] <= at]
        if begun:
            return max(begun, key=lambda one: one[:2])[2]
        if decided:
            return min(decided, key=lambda one: one[:2])[2]
        return known[-1] if known else None

    def facts(self, at: datetime, purpose: str, camera_id: str, field: SharedField) -> FieldFacts:
        """What the policy is told; `NO_AGREEMENT` where there are no terms at all."""
        version = self.version_at(at)
        if version is None:
            return NO_AGREEMENT
        terms, begins_at = version.terms, version.begins_at
        consulted_by = (version.decided_at or at).date()
        return FieldFacts(
            there=True,
            decided=begins_at is not None,
            begun=begins_at is not None and begins_at <= at,
            lasts=at < version.ends_at,
            stands=self.ended_at is None or at < self.ended_at,
            names_purpose=purpose in terms.purposes,
            names_camera=camera_id in terms.cameras,
            names_field=field in terms.fields,
            consulted=any(
                one.controller == self.discloser
                and one.held_on <= consulted_by
                and one.covers(camera_id, field)
                for one in terms.consultations
            ),
            assessed=terms.dpia != "",
            pictures_assessed=terms.pictures_dpia not in ("", terms.dpia)
            and field in terms.pictures_dpia_names,
        )

    def turning_points(self) -> tuple[datetime, ...]:
        """Every instant at which what it allows, or why it does not, may change; in order."""
        points = {self.ended_at} | {version.decided_at for version in self.versions}
        points |= {version.begins_at for version in self.versions}
        points |= {version.ends_at for version in self.versions if version.begins_at}
        points |= {version.proposed_at for version in self.versions}
        known = sorted(point for point in points if point is not None)
        # Once it has ended nothing changes any more.
        return tuple(point for point in known if self.ended_at is None or point <= self.ended_at)


def _as_known(version: Version, at: datetime) -> Version:
    """The version as it stood then: one that was decided later was waiting."""
    return version if version.decided_at and version.decided_at <= at else replace(version, decided_at=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
