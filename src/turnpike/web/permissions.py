"""What may be asked of a person before a page is shown; which role holds which is said by `accounts`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Permission(StrEnum):
    """One thing a signed-in person may be allowed to do. No permission shows a read by itself."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """A member's value goes into the ledger; its label completes “your role does not let you …”."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    SIGNED_IN = "signed_in", "use this site"
    ALERTS_WATCH = "alerts.watch", "watch alerts"
    READS_SEARCH = "reads.search", "search reads"
    REQUESTS_AUTHORISE = "requests.authorise", "authorise and review requests"
    OUTSIDE_DECIDE = "outside.decide", "decide about others' looks from outside"
    HOTLISTS_VIEW = "hotlists.view", "see hotlists"
    HOTLISTS_PROPOSE = "hotlists.propose", "propose hotlist entries"
    HOTLISTS_AUTHORISE = "hotlists.authorise", "authorise hotlist entries"
    WATCHES_GRANT = "watches.grant", "grant watches"
    AGREEMENTS_VIEW = "agreements.view", "see agreements"
    AGREEMENTS_DECIDE = "agreements.decide", "propose, decide and end agreements"
    CAMERAS_VIEW = "cameras.view", "see cameras"
    CAMERAS_MANAGE = "cameras.manage", "manage cameras"
    CAMERAS_APPROVE = "cameras.approve", "approve why cameras stand"
    MESSAGES_VIEW = "messages.view", "see quarantined messages"
    AUDIT_VIEW = "audit.view", "see the audit log"
    LOG_CHECK = "log.check", "check the log for the commissioner"
    PEOPLE_MANAGE = "people.manage", "manage people"
