"""Every kind of event that the ledger knows; each is described in `docs/audit-events.md`.

The first word groups by what the law asks to be logged. Source: Data Protection Act 2018, section 62
(collection, alteration, consultation, disclosure, combination, erasure).
"""

from __future__ import annotations

from enum import StrEnum


class AuditEvent(StrEnum):
    """What happened."""

    @property
    def is_look(self) -> bool:
        """Whether somebody looked at something, so that a receipt is due to them."""
        return self.value.startswith(("consultation.", "disclosure."))

    SIGNED_IN = "account.signed_in"
    SIGNED_OUT = "account.signed_out"
    SESSION_ENDED = "account.session_ended"
    SIGN_IN_FAILED = "account.sign_in_failed"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_CLOSED = "account.closed"
    PASSWORD_SET = "account.password_set"  # noqa: S105 - a name, not a password
    ONE_TIME_SIGN_IN_ISSUED = "account.one_time_sign_in_issued"
    PAGE_REFUSED = "access.page_refused"
    DECISION_DENIED = "access.decision_denied"
    GROUND_REFUSED = "access.ground_refused"
    POLICY_FAULT = "access.policy_fault"
    REQUEST_OPENED = "access.request_opened"
    REQUEST_CLOSED = "access.request_closed"
    REQUEST_OUTCOME = "access.request_outcome"
    AUTHORITY_GRANTED = "access.authority_granted"
    AUTHORITY_REFUSED = "access.authority_refused"
    AUTHORITY_DELEGATED = "access.authority_delegated"
    DELEGATION_ENDED = "access.delegation_ended"
    EMERGENCY_REVIEWED = "access.emergency_reviewed"
    CASE_CHANGED = "access.case_changed"
    CASES_IMPORTED = "access.cases_imported"
    WATCH_GRANTED = "access.watch_granted"
    WATCH_REVOKED = "access.watch_revoked"
    SEARCH_INTENDED = "consultation.search_intended"
    SEARCH_RETURNED = "consultation.search_returned"
    SEARCH_FAILED = "consultation.search_failed"
    SEARCH_REFUSED = "consultation.search_refused"
    READ_VIEWED = "consultation.read_viewed"
    PATCH_VIEWED = "consultation.patch_viewed"
    ALERT_SEEN = "consultation.alert_seen"
    EXPORT_INTENDED = "disclosure.export_intended"
    READS_EXPORTED = "disclosure.reads_exported"
    EXPORT_NOT_MADE = "disclosure.export_not_made"
    ALERT_ACTIONED = "alteration.alert_actioned"
    HOTLIST_VIEWED = "consultation.hotlist_viewed"
    HOTLIST_CREATED = "alteration.hotlist_created"
    HOTLIST_ENTRY_PROPOSED = "alteration.hotlist_entry_proposed"
    HOTLIST_ENTRY_AUTHORISED = "alteration.hotlist_entry_authorised"
    HOTLIST_ENTRY_REFUSED = "alteration.hotlist_entry_refused"
    HOTLIST_ENTRY_WITHDRAWN = "alteration.hotlist_entry_withdrawn"
    ALTERATION_NOT_DONE = "alteration.not_done"
    CAMERA_REGISTERED = "alteration.camera_registered"
    CAMERA_KEY_ISSUED = "alteration.camera_key_issued"
    CAMERA_KEY_REVOKED = "alteration.camera_key_revoked"
    READS_COLLECTED = "collection.reads_collected"
    READS_QUARANTINED = "collection.reads_quarantined"
    READS_REFUSED = "collection.reads_refused"
    LEDGER_VIEWED = "consultation.ledger_viewed"
