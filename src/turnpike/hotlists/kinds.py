"""The words that entries and hits are described with."""

from __future__ import annotations

from django.db.models import TextChoices


class Priority(TextChoices):
    """How soon a hit wants an answer; the order is that of urgency."""

    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class LegalBasis(TextChoices):
    """The law that lets a vehicle be looked for.

    Attendance of a protest and protected characteristics are on no list and never will be.
    Source: as each names it; UK law, as in force in 2025.
    """

    LAW_ENFORCEMENT = (
        "law-enforcement",
        "Necessary for a law enforcement task (Data Protection Act 2018, section 35)",
    )
    SURVEILLANCE = (
        "surveillance",
        "Directed surveillance authorisation (Regulation of Investigatory Powers Act 2000, section 28)",
    )
    COURT = "court", "Warrant or order of a court"
    SEIZURE = "seizure", "No insurance or licence (Road Traffic Act 1988, section 165A)"
    LIFE = "life", "Protection of life (Data Protection Act 2018, schedule 8, paragraph 3)"
    CIVIL = "civil", "Civil enforcement (Traffic Management Act 2004, part 6)"


class EntryState(TextChoices):
    """Where an entry stands; only an authorised one alerts, and only before its weed date."""

    PROPOSED = "proposed", "Proposed"
    AUTHORISED = "authorised", "Authorised"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class MatchKind(TextChoices):
    """How the plate read agrees with the plate wanted."""

    EXACT = "exact", "Exact match"
    NEAR = "near", "Possible misread: check the picture"


class Outcome(TextChoices):
    """What was done about a hit."""

    CONFIRMED = "confirmed", "Confirmed and passed on"
    OTHER_VEHICLE = "other-vehicle", "Not the vehicle"
    MISREAD = "misread", "Plate was misread"
    NO_RESOURCE = "no-resource", "Nobody was free to respond"
    OTHER = "other", "Something else"

    @property
    def needs_note(self) -> bool:
        """Whether the outcome says too little by itself."""
        return self in _NEED_A_NOTE


_NEED_A_NOTE = frozenset({Outcome.OTHER_VEHICLE, Outcome.NO_RESOURCE, Outcome.OTHER})
