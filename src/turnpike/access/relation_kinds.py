"""What somebody can be to a vehicle, which looks need an outside authoriser for it, and in which words that is refused."""

from __future__ import annotations

from enum import StrEnum


class RelationKind(StrEnum):
    """Whose vehicle it is, seen from the person."""

    OWN = "own"
    HOUSEHOLD = "household"
    FAMILY = "family"
    COLLEAGUE = "colleague"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The relation in words."""
        return _RELATIONS[self]


class LookKind(StrEnum):
    """Which look needs an outside authoriser."""

    SEARCH = "search"
    PATTERN = "pattern"
    READ = "read"
    ENTRY = "entry"
    ALERT = "alert"

    @property
    def label(self) -> str:
        """The look in words."""
        return _LOOKS[self]


class OutsideRefusal(StrEnum):
    """Why an outside authoriser refuses; whoever asked is shown it, so that none of these tells chance from relation."""

    NOT_NEEDED = "not_needed"
    NOT_SHOWN = "not_shown"
    TOO_EARLY = "too_early"

    @property
    def label(self) -> str:
        """The sentence that is shown."""
        return _REFUSALS[self]


_RELATIONS = {
    RelationKind.OWN: "Own vehicle",
    RelationKind.HOUSEHOLD: "Vehicle of the household",
    RelationKind.FAMILY: "Vehicle of family or of a former partner",
    RelationKind.COLLEAGUE: "Vehicle of a colleague",
    RelationKind.OTHER: "Vehicle of somebody else who is close",
}
_LOOKS = {
    LookKind.SEARCH: "A search for one plate",
    LookKind.PATTERN: "A search for one plate",
    LookKind.READ: "Opening one read",
    LookKind.ENTRY: "A hotlist entry",
    LookKind.ALERT: "An alert of a hotlist",
}
_REFUSALS = {
    OutsideRefusal.NOT_NEEDED: "The case does not need this look.",
    OutsideRefusal.NOT_SHOWN: "The reason does not show why this look is needed.",
    OutsideRefusal.TOO_EARLY: "Other lines of enquiry come first.",
}
