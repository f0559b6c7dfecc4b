"""What is no ground for a look, whoever asks: taking part in a protest, who somebody is, and one's own affairs.

Words alone cannot tell every such reason, and are not meant to: what they catch is refused and written down for whoever reviews, what they
miss still names a case, stands in the log and is read. Source: Equality Act 2010, section 4, for the characteristics; ours for the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.access.errors import RequestError
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.accounts.services import User

_GATHERING = (
    r"(?:protests?|demonstrations?|demos?|march(?:es)?|rall(?:y|ies)|vigils?|pickets?|strikes?|sit-ins?)"
)
_TAKING_PART = r"(?:attend(?:s|ed|ing|ance|ees?)?|t(?:ake|akes|ook|aking) part|participa\w+|organis\w+|went to|going to|seen at|activists?|protesters?)"
_KIN = (
    r"(?:ex|wife|husband|partner|girlfriend|boyfriend|spouse|mother|father|mum|dad|sister|brother|daughter|son|family|friend|mate|"
    r"neighbour|landlord|tenant|lodger|colleague|boss|house|home|street|car|vehicle|own)"
)
_FAITH_OR_ORIGIN = (
    r"(?:muslims?|jew(?:s|ish)?|christians?|catholics?|hindus?|sikhs?|buddhists?|black|asian|african|arabs?|gyps(?:y|ies)|roma|travellers?|"
    r"foreign(?:ers?)?|immigrants?|migrants?|gay|lesbians?|bisexuals?|trans(?:gender|sexuals?)?|disabled|pregnant)"
)


@dataclass(frozen=True, slots=True)
class NoGround:
    """One kind of reason that never counts: its name in the ledger, and what the person is told."""

    kind: str
    says: str
    words: re.Pattern[str]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


NO_GROUNDS = (
    NoGround(
        "protest",
        "Taking part in a protest is no ground for a search: say which crime this is about.",
        _any(
            rf"\b{_TAKING_PART}\b[^.]{{0,40}}\b{_GATHERING}\b",
            rf"\b{_GATHERING}\b[^.]{{0,20}}\b(?:attendance|attendees?|participa\w+|organisers?)\b",
        ),
    ),
    NoGround(
        "characteristic",
        "Who somebody is, or what they believe, is no ground for a search: say what they are suspected of having done.",
        _any(
            rf"\b(?:because|since|as|for being)\b[^.]{{0,12}}\b(?:is|are|was|were|being)\b[^.]{{0,12}}\b{_FAITH_OR_ORIGIN}\b",
            rf"\bfor being\b[^.]{{0,12}}\b{_FAITH_OR_ORIGIN}\b",
            r"\b(?:worshippers?|members? of|visitors? (?:to|of)|people at)\b[^.]{0,20}\b(?:mosques?|church(?:es)?|synagogues?|temples?|gurdwaras?|union)\b",
        ),
    ),
    NoGround(
        "personal",
        "One's own affairs are no ground for a search: pass it to somebody who has nothing to do with it.",
        _any(
            rf"\bmy\s+{_KIN}\b",
            r"\b(?:as|for) a (?:favour|friend|mate)\b",
            r"\b(?:curious|curiosity|nosy|personal reasons?)\b",
        ),
    ),
)


def forbidden_ground(reason: str) -> NoGround | None:
    """The first of NO_GROUNDS that a reason gives, if it gives one."""
    return next((ground for ground in NO_GROUNDS if ground.words.search(reason)), None)


def refuse_no_ground(user: User, reason: str) -> None:
    """Let a reason pass that gives none of NO_GROUNDS.

    Raises:
        RequestError: it gives one; that it did is in the ledger, for whoever reviews.
        LedgerError: that could not be recorded.
    """
    if (found := forbidden_ground(reason)) is not None:
        record(
            AuditEvent.GROUND_REFUSED,
            actor=user.username,
            details={"ground": found.kind, "reason": reason},
        )
        raise RequestError("reason", found.says)
