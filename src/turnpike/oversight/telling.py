"""An entry in words: what was done, to what, why, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.access.services import Purpose
from turnpike.ledger.services import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ledger.services import LedgerEntry

WORDS: Mapping[AuditEvent, str] = MappingProxyType(
    {
        AuditEvent.SIGNED_IN: "Signed in",
        AuditEvent.SIGNED_OUT: "Signed out",
        AuditEvent.SESSION_ENDED: "A session ended",
        AuditEvent.SIGN_IN_FAILED: "A sign-in failed",
        AuditEvent.ACCOUNT_CREATED: "Made an account",
        AuditEvent.ACCOUNT_CHANGED: "Changed an account's rank or training",
        AuditEvent.ACCOUNT_CLOSED: "Closed an account",
        AuditEvent.PASSWORD_SET: "Chose a password",
        AuditEvent.ONE_TIME_SIGN_IN_ISSUED: "Issued a one-time sign-in",
        AuditEvent.PAGE_REFUSED: "Was refused a page",
        AuditEvent.DECISION_DENIED: "Was denied",
        AuditEvent.GROUND_REFUSED: "Gave what is no ground",
        AuditEvent.POLICY_FAULT: "Was denied by a policy fault",
        AuditEvent.REQUEST_OPENED: "Opened a request",
        AuditEvent.REQUEST_CLOSED: "Closed a request",
        AuditEvent.REQUEST_OUTCOME: "Told what came of a request",
        AuditEvent.AUTHORITY_GRANTED: "Let a request look further back",
        AuditEvent.AUTHORITY_REFUSED: "Refused to let a request look further back",
        AuditEvent.AUTHORITY_DELEGATED: "Lent their authority",
        AuditEvent.DELEGATION_ENDED: "Ended a loan of authority",
        AuditEvent.EMERGENCY_REVIEWED: "Reviewed an emergency",
        AuditEvent.CASE_CHANGED: "Kept what the register says of a case",
        AuditEvent.CASES_IMPORTED: "Imported cases",
        AuditEvent.WATCH_GRANTED: "Granted a watch",
        AuditEvent.WATCH_REVOKED: "Revoked a watch",
        AuditEvent.SEARCH_INTENDED: "Asked for a search",
        AuditEvent.SEARCH_RETURNED: "Was given search results",
        AuditEvent.SEARCH_FAILED: "A search failed",
        AuditEvent.SEARCH_REFUSED: "Asked for too much in a search",
        AuditEvent.READ_VIEWED: "Opened a read",
        AuditEvent.PATCH_VIEWED: "Looked at a picture",
        AuditEvent.ALERT_SEEN: "Saw an alert",
        AuditEvent.EXPORT_INTENDED: "Asked for an export",
        AuditEvent.READS_EXPORTED: "Was given an export",
        AuditEvent.EXPORT_NOT_MADE: "Was given no export",
        AuditEvent.ALERT_ACTIONED: "Acted on an alert",
        AuditEvent.HOTLIST_VIEWED: "Looked at a hotlist",
        AuditEvent.HOTLIST_CREATED: "Made a hotlist",
        AuditEvent.HOTLIST_ENTRY_PROPOSED: "Proposed a hotlist entry",
        AuditEvent.HOTLIST_ENTRY_AUTHORISED: "Authorised a hotlist entry",
        AuditEvent.HOTLIST_ENTRY_REFUSED: "Refused a hotlist entry",
        AuditEvent.HOTLIST_ENTRY_WITHDRAWN: "Withdrew a hotlist entry",
        AuditEvent.ALTERATION_NOT_DONE: "Did not do what was logged; somebody else was first",
        AuditEvent.CAMERA_REGISTERED: "Registered a camera",
        AuditEvent.CAMERA_KEY_ISSUED: "Issued a camera's key",
        AuditEvent.CAMERA_KEY_REVOKED: "Revoked a camera's keys",
        AuditEvent.READS_COLLECTED: "Reads came in",
        AuditEvent.READS_QUARANTINED: "Reads were quarantined",
        AuditEvent.READS_REFUSED: "Reads were refused",
        AuditEvent.LEDGER_VIEWED: "Looked at the log",
    }
)

_WHY = ("request", "case_reference", "purpose", "reason", "legal_basis")
# On an entry's own page only: too long for a row, or the same in each.
_APART = ("rules", "policy", "asked", "reads", "payload_sha256", "payloads_sha256")
_PURPOSES = {purpose.value: purpose.label for purpose in Purpose}
_INSTANTS = ("_at", "_from", "_until")
_LONGEST_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a row: `about` and `why` are pairs of a word and its value."""

    index: int
    at: datetime
    actor: str
    what: str
    about: tuple[tuple[str, str], ...]
    why: tuple[tuple[str, str], ...]


def line(entry: LedgerEntry) -> Line:
    """The entry as a row of the log."""
    details = entry.details
    about = [name for name in details if name not in _WHY and name not in _APART]
    return Line(
        index=entry.index,
        at=entry.at,
        actor=entry.actor,
        what=WORDS[entry.event],
        about=tuple(
            (_word(name), _short(_value(name, details[name]))) for name in about if details[name] is not False
        ),
        why=tuple((_word(name), _value(name, details[name])) for name in _WHY if details.get(name)),
    )


def facts(entry: LedgerEntry) -> tuple[tuple[str, str], ...]:
    """Everything that the entry says, whole, as pairs of a word and its value."""
    return tuple((_word(name).capitalize(), _value(name, detail)) for name, detail in entry.details.items())


def _word(name: str) -> str:
    return name.replace("_", " ")


def _value(name: str, detail: object) -> str:
    if detail is None:
        return "none"
    if isinstance(detail, bool):
        return "yes" if detail else "no"
    if isinstance(detail, list):
        return ", ".join(str(part) for part in detail) or "none"
    if name == "purpose" and detail in _PURPOSES:
        return _PURPOSES[str(detail)]
    if name.endswith(_INSTANTS):
        return _instant(str(detail))
    return str(detail) or "none"


def _instant(text: str) -> str:
    """An ISO 8601 instant as pages show it; anything else unchanged."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
