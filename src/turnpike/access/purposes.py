"""What a request must say: a purpose from the list, the case it is for, and a reason that says something."""

from __future__ import annotations

import re
from enum import StrEnum

from turnpike.access.errors import RequestError


class Purpose(StrEnum):
    """What a search may be for; the policy pack decides which of them hold.

    Source: ours, after the purposes that the National ANPR Standards for Policing and Law Enforcement
    name. Protest attendance and protected characteristics are no purpose here, and never will be.
    """

    CRIME_INVESTIGATION = "crime_investigation"
    MISSING_PERSON = "missing_person"
    STOLEN_VEHICLE = "stolen_vehicle"
    SERIOUS_THREAT = "serious_threat"
    ROAD_SAFETY = "road_safety"
    MISCONDUCT_INVESTIGATION = "misconduct_investigation"

    @property
    def label(self) -> str:
        """The purpose in words."""
        return _LABELS[self]


_LABELS = {
    Purpose.CRIME_INVESTIGATION: "Investigate a crime",
    Purpose.MISSING_PERSON: "Find a missing person or one at risk",
    Purpose.STOLEN_VEHICLE: "Recover a stolen vehicle",
    Purpose.SERIOUS_THREAT: "Avert a serious threat to life or public safety",
    Purpose.ROAD_SAFETY: "Stop dangerous or uninsured driving",
    Purpose.MISCONDUCT_INVESTIGATION: "Investigate the misconduct of staff",
}

MIN_REASON_CHARACTERS = 20
MAX_REASON_CHARACTERS = 1_000
"""Source for both: ours. Twenty are about four telling words, enough to be held against the case file."""

REASON_HELP = (
    "Say what happened and why this search is needed, in words that somebody who does not know the case can check. "
    "For example: “Burglary in Mill Lane at 02:10; a witness gave part of the plate of the car that left.”"
)
CASE_HELP = (
    "As in your case system: letters, digits, spaces, strokes, full stops and dashes, with at least one digit. "
    "For example: CR/01234/26."
)

_CASE = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 /.\-]{2,30}[A-Z0-9]", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
# Words that fit any search say nothing about this one.
_VAGUE = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "above",
        "asap",
        "check",
        "checks",
        "crime",
        "criminal",
        "do",
        "enquiries",
        "enquiry",
        "etc",
        "for",
        "general",
        "in",
        "inquiries",
        "inquiry",
        "intel",
        "intelligence",
        "interest",
        "inv",
        "investigate",
        "investigation",
        "investigations",
        "job",
        "my",
        "na",
        "needed",
        "of",
        "offence",
        "on",
        "per",
        "please",
        "plate",
        "police",
        "purpose",
        "purposes",
        "reason",
        "reasons",
        "request",
        "required",
        "routine",
        "search",
        "see",
        "tbc",
        "test",
        "the",
        "to",
        "urgent",
        "vehicle",
        "vrm",
        "work",
    ]
)
_REPETITION = 3


def check_case_reference(text: str) -> str:
    """The reference in capitals, single-spaced.

    Raises:
        RequestError: it is blank, has no digit, or has characters that no reference has.
    """
    reference = " ".join(text.split()).upper()
    if not _CASE.fullmatch(reference):
        raise RequestError(
            "case_reference",
            "Give the case reference in 4 to 32 letters, digits, spaces, strokes, full stops or dashes, with at least one digit.",
        )
    return reference


def check_purpose(text: str) -> Purpose:
    """The purpose of that value.

    Raises:
        RequestError: there is none.
    """
    try:
        return Purpose(text)
    except ValueError as error:
        raise RequestError("purpose", "Choose a purpose from the list.") from error


def check_reason(text: str) -> str:
    """The reason, single-spaced.

    Raises:
        RequestError: it says too little (`meaningful_characters` under 20) or is over 1,000 characters.
    """
    reason = " ".join(text.split())
    if len(reason) > MAX_REASON_CHARACTERS:
        raise RequestError("reason", f"Shorten the reason to {MAX_REASON_CHARACTERS:,} characters.")
    if meaningful_characters(reason) < MIN_REASON_CHARACTERS:
        raise RequestError(
            "reason",
            f"Say in at least {MIN_REASON_CHARACTERS} letters what happened and why a search is needed; "
            "words such as “investigation” alone say nothing.",
        )
    return reason


def check_refusal(text: str) -> str:
    """What somebody says of another's request, single-spaced; held to the same length as a reason.

    Raises:
        RequestError: it says too little or too much.
    """
    why = " ".join(text.split())
    if meaningful_characters(why) < MIN_REASON_CHARACTERS or len(why) > MAX_REASON_CHARACTERS:
        raise RequestError(
            "why",
            f"Say in {MIN_REASON_CHARACTERS} letters or more, and {MAX_REASON_CHARACTERS:,} characters at most, what you found.",
        )
    return why


def meaningful_characters(reason: str) -> int:
    """How many letters and digits stand in words that say something: each word once, no vague ones.

    A word that hardly changes its letter (“aaaa”, “ababab”) counts as none.
    """
    words = {word.casefold() for word in _WORD.findall(reason)} - _VAGUE
    return sum(len(word) for word in words if len(word) < _REPETITION * len(set(word)))
