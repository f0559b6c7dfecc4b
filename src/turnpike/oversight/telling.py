"""An entry in words: what was done, to what, why, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from turnpike.access.services import Purpose
from turnpike.ledger.services import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ledger.services import Details, LedgerEntry

WORDS: Mapping[AuditEvent, str] = MappingProxyType(
    {
        AuditEvent.CONTENTS_ERASED: "Erased the contents of old entries, by rule",
        AuditEvent.LOG_KEY_ROTATED: "Let a new key of the log take over",
        AuditEvent.LOG_KEY_REVOKED: "Revoked a key of the log",
        AuditEvent.LOG_KEY_DESTROYED: "Destroyed a key of the log whose time was over",
        AuditEvent.LOG_NOT_PUBLISHED: "The log is not published any more",
        AuditEvent.LOG_PUBLISHED_AGAIN: "The log is published again",
        AuditEvent.LOG_WITNESS_MISSING: "A witness did not cosign the log",
        AuditEvent.LOG_WITNESS_BACK: "A witness cosigns the log again",
        AuditEvent.SIGNED_IN: "Signed in",
        AuditEvent.SIGNED_OUT: "Signed out",
        AuditEvent.SESSION_ENDED: "A session ended",
        AuditEvent.SIGN_IN_FAILED: "A sign-in failed",
        AuditEvent.LOCKED_OUT: "Was kept out after too many failed sign-ins",
        AuditEvent.SHARED_USE_SUSPECTED: "Was in use from two addresses at once: a shared account?",
        AuditEvent.PROVED_AGAIN: "Proved again who they are",
        AuditEvent.FACTOR_ADDED: "Added a second factor",
        AuditEvent.FACTOR_USED: "Used a second factor",
        AuditEvent.FACTOR_REMOVED: "Removed a second factor",
        AuditEvent.FACTORS_FORGOTTEN: "Took all second factors from an account",
        AuditEvent.IDENTITY_BOUND: "Bound a provider's subject to an account",
        AuditEvent.IDENTITY_UNBOUND: "Unbound an account from its provider",
        AuditEvent.SERVICE_KEY_ISSUED: "Issued a system's key",
        AuditEvent.SERVICE_KEY_REVOKED: "Revoked a system's keys",
        AuditEvent.ACCOUNT_CREATED: "Made an account",
        AuditEvent.ACCOUNT_CHANGED: "Changed an account's rank, roles or training",
        AuditEvent.ACCOUNT_CLOSED: "Closed an account",
        AuditEvent.PASSWORD_SET: "Chose a password",
        AuditEvent.ONE_TIME_SIGN_IN_ISSUED: "Issued a one-time sign-in",
        AuditEvent.PAGE_REFUSED: "Was refused a page",
        AuditEvent.DECISION_DENIED: "Was denied",
        AuditEvent.GROUND_REFUSED: "Gave what is no ground",
        AuditEvent.POLICY_FAULT: "Was denied by a policy fault",
        AuditEvent.POLICY_CHANGED: "Another policy pack decides from now on",
        AuditEvent.REQUEST_OPENED: "Opened a request",
        AuditEvent.REQUEST_CLOSED: "Closed a request",
        AuditEvent.REQUEST_OUTCOME: "Told what came of a request",
        AuditEvent.AUTHORITY_GRANTED: "Let a request look further back",
        AuditEvent.AUTHORITY_REFUSED: "Refused to let a request look further back",
        AuditEvent.AUTHORITY_DELEGATED: "Lent their authority",
        AuditEvent.DELEGATION_ENDED: "Ended a loan of authority",
        AuditEvent.EMERGENCY_REVIEWED: "Reviewed an emergency",
        AuditEvent.RELATION_DECLARED: "Declared a relation",
        AuditEvent.RELATION_ENDED: "Ended a declared relation",
        AuditEvent.RELATION_CHECKS_MANY: "Had many plates checked for relations to one person",
        AuditEvent.OUTSIDE_VIEWED: "Looked at what asks for an outside decision",
        AuditEvent.OUTSIDE_GRANTED: "Let a look go on, from outside",
        AuditEvent.OUTSIDE_REFUSED: "Refused a look, from outside",
        AuditEvent.CASE_CHANGED: "Kept what the register says of a case",
        AuditEvent.CASES_IMPORTED: "Imported cases",
        AuditEvent.ALERT_WITHHELD: "Withheld an alert until an outside decision",
        AuditEvent.HOTLIST_ENTRY_WITHHELD: "Withheld a hotlist entry from somebody close to the vehicle",
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
        AuditEvent.CAMERA_CONTROLLER_CHANGED: "Said whose a camera's reads are",
        AuditEvent.CAMERA_KEY_ISSUED: "Issued a camera's key",
        AuditEvent.CAMERA_KEY_REVOKED: "Revoked a camera's keys",
        AuditEvent.FEED_OPENED: "Opened a feed of cameras' messages",
        AuditEvent.FEED_CHANGED: "Changed a feed's settings",
        AuditEvent.FEED_CLOSED: "Closed a feed",
        AuditEvent.FEED_CAMERA_MAPPED: "Said which camera a feed's name stands for",
        AuditEvent.FEED_SECRET_ISSUED: "Issued a feed's address or password",
        AuditEvent.FEED_SECRET_REVOKED: "Revoked a feed's addresses or password",
        AuditEvent.PUBLIC_CONSULTED: "Kept that the public was consulted",
        AuditEvent.AGREEMENT_PROPOSED: "Proposed an agreement's terms",
        AuditEvent.AGREEMENT_DECIDED: "Decided an agreement's terms",
        AuditEvent.AGREEMENT_REFUSED: "Refused an agreement's terms",
        AuditEvent.AGREEMENT_ENDED: "Ended an agreement",
        AuditEvent.READS_DISCLOSED: "Was given reads of another controller",
        AuditEvent.DELETION_PROVEN: "Kept a proof of deletion",
        AuditEvent.READS_COLLECTED: "Reads came in",
        AuditEvent.READS_QUARANTINED: "Reads were quarantined",
        AuditEvent.READS_REFUSED: "Reads were refused",
        AuditEvent.FEED_REFUSED: "A feed's messages were refused",
        AuditEvent.MESSAGES_QUARANTINED: "Cameras' messages were quarantined",
        AuditEvent.MESSAGES_REFUSED: "Cameras' messages cannot be taken",
        AuditEvent.MESSAGES_TAKEN_AGAIN: "Cameras' messages are taken again",
        AuditEvent.MESSAGES_REPLAYED: "Put quarantined messages through again",
        AuditEvent.MESSAGES_GONE: "Messages that were never understood went",
        AuditEvent.LEDGER_VIEWED: "Looked at the log",
        AuditEvent.BUNDLE_TAKEN: "Took a copy of the log",
        AuditEvent.WHO_COULD_SEE_ASKED: "Asked who could see a read",
        AuditEvent.LOG_SEARCHED: "Searched the log",
        AuditEvent.LOG_SAMPLED: "Drew entries of the log by chance",
        AuditEvent.READ_FOLLOWED: "Followed a read through the log",
        AuditEvent.SEARCHES_COMPARED: "Compared a secret list of searches with the log",
        AuditEvent.COMPARISON_RETURNED: "Was told how a secret list compares",
    }
)

_WHY = ("request", "case_reference", "purpose", "reason", "legal_basis")
# On an entry's own page only: too long for a row, or the same in each.
_APART = (
    "rules",
    "policy",
    "asked",
    "reads",
    "payload_sha256",
    "payloads_sha256",
    "key_sha256",
    "keys_sha256",
)
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
    told = _told(details) if entry.event is AuditEvent.DECISION_DENIED else ()
    return Line(
        index=entry.index,
        at=entry.at,
        actor=entry.actor,
        what=WORDS[entry.event],
        about=(
            *(
                (_word(name), _short(_value(name, details[name])))
                for name in about
                if details[name] is not False
            ),
            *((name, _short(value)) for name, value in told),
        ),
        why=tuple((_word(name), _value(name, details[name])) for name in _WHY if details.get(name)),
    )


def facts(entry: LedgerEntry) -> tuple[tuple[str, str], ...]:
    """Everything that the entry says, whole, as pairs of a word and its value; what a decision was told, fact by fact."""
    said = tuple(
        (_word(name).capitalize(), _value(name, detail))
        for name, detail in entry.details.items()
        if name != "asked" or not _told(entry.details)
    )
    return said + tuple(
        (f"Told: {name}", value) for name, value in (*_who(entry.details), *_told(entry.details))
    )


def _told(details: Details) -> tuple[tuple[str, str], ...]:
    """The facts that a decision was told, each in a word and its value; nested ones are named after what they belong to."""
    context = _asked(details).get("context")
    found = []
    for name, fact in context.items() if isinstance(context, dict) else ():
        if isinstance(fact, dict):
            found += [(f"{_word(name)} {_word(part)}", _value(part, value)) for part, value in fact.items()]
        else:
            found.append((_word(name), _value(name, fact)))
    return tuple(found)


def _who(details: Details) -> tuple[tuple[str, str], ...]:
    """How the person stood when it was decided."""
    person = _asked(details).get("principal")
    if not isinstance(person, dict):
        return ()
    roles = [str(role["id"]) for role in person["parents"]]
    standing = {name: value for name, value in person["attrs"].items() if name != "username"}
    return (
        ("roles", _value("roles", roles)),
        *((_word(name), _value(name, value)) for name, value in standing.items()),
    )


def _asked(details: Details) -> dict[str, Any]:
    asked = details.get("asked")
    found = msgspec.json.decode(asked) if isinstance(asked, str) and asked else {}
    return found if isinstance(found, dict) else {}


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
