"""What can come of a request."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What came of a request."""

    ARREST = "arrest"
    VEHICLE_FOUND = "vehicle_found"
    PERSON_SAFE = "person_safe"
    EVIDENCE = "evidence"
    ELIMINATED = "eliminated"
    NOTHING = "nothing"
    NOT_USED = "not_used"

    @property
    def label(self) -> str:
        """The outcome in words."""
        return _LABELS[self]


_LABELS = {
    Outcome.ARREST: "Somebody was arrested",
    Outcome.VEHICLE_FOUND: "The vehicle was found",
    Outcome.PERSON_SAFE: "Somebody was found or made safe",
    Outcome.EVIDENCE: "It became evidence or led on",
    Outcome.ELIMINATED: "A vehicle or person was ruled out",
    Outcome.NOTHING: "Nothing came of it",
    Outcome.NOT_USED: "It was not needed in the end",
}
