"""Roles, and what each may reach. No role opens a read by itself: that takes a request or a watch."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.web.services import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """What a person does here; one person may hold several, and no role is exempt from the door."""

    OPERATOR = "operator"
    INVESTIGATOR = "investigator"
    AUTHORISER = "authoriser"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PROFESSIONAL_STANDARDS = "professional_standards"
    COMMISSIONER = "commissioner"


class Rank(StrEnum):
    """What a person's authority is; a policy compares levels, never names.

    Source: the ranks of the police forces of England and Wales; staff have no rank of their own here.
    """

    STAFF = "staff"
    CONSTABLE = "constable"
    SERGEANT = "sergeant"
    INSPECTOR = "inspector"
    CHIEF_INSPECTOR = "chief_inspector"
    SUPERINTENDENT = "superintendent"
    CHIEF_SUPERINTENDENT = "chief_superintendent"
    CHIEF_OFFICER = "chief_officer"

    @property
    def level(self) -> int:
        """From 0 for staff, one up a rank."""
        return list(Rank).index(self)

    @property
    def label(self) -> str:
        """The rank in words."""
        return self.value.replace("_", " ").capitalize()


PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.ALERTS_WATCH,
                Permission.HOTLISTS_VIEW,
                Permission.CAMERAS_VIEW,
            }
        ),
        Role.INVESTIGATOR: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.READS_SEARCH,
                Permission.HOTLISTS_VIEW,
                Permission.HOTLISTS_PROPOSE,
                Permission.AGREEMENTS_VIEW,
                Permission.CAMERAS_VIEW,
            }
        ),
        Role.AUTHORISER: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.HOTLISTS_VIEW,
                Permission.REQUESTS_AUTHORISE,
                Permission.OUTSIDE_DECIDE,
                Permission.HOTLISTS_AUTHORISE,
                Permission.WATCHES_GRANT,
                Permission.AGREEMENTS_VIEW,
                Permission.AGREEMENTS_DECIDE,
                Permission.CAMERAS_VIEW,
                Permission.CAMERAS_APPROVE,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.AUDIT_VIEW,
                Permission.AGREEMENTS_VIEW,
                Permission.CAMERAS_VIEW,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.CAMERAS_VIEW,
                Permission.CAMERAS_MANAGE,
                Permission.MESSAGES_VIEW,
                Permission.PEOPLE_MANAGE,
            }
        ),
        Role.PROFESSIONAL_STANDARDS: frozenset(
            {Permission.SIGNED_IN, Permission.OUTSIDE_DECIDE, Permission.CAMERAS_VIEW}
        ),
        Role.COMMISSIONER: frozenset(
            {
                Permission.SIGNED_IN,
                Permission.AUDIT_VIEW,
                Permission.LOG_CHECK,
                Permission.AGREEMENTS_VIEW,
                Permission.CAMERAS_VIEW,
            }
        ),
    }
)
