"""What the plate library hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re


@dataclass(frozen=True, slots=True)
class PlateFormat:
    """One shape that plates of a country and era have."""

    country: str
    """ISO 3166-1 alpha-2, or empty where any country may be meant."""
    era: str
    """Short name, such as "current" or "dateless"; unique within a country."""
    description: str
    """For people: years, an example and what is special."""
    pattern: re.Pattern[str]
    """Matches a whole normalised plate; its groups are the parts that a space divides."""


@dataclass(frozen=True, slots=True)
class ConfusableSet:
    """Characters that people and cameras take for each other on a plate."""

    characters: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """What to search for: A-Z and 0-9, `?` for one character, `*` for any run; made by `parse_pattern`."""

    text: str

    @property
    def is_exact(self) -> bool:
        """True where the pattern has no wildcard, so that it is a plate."""
        return "?" not in self.text and "*" not in self.text

    @property
    def literal_prefix(self) -> str:
        """What stands before the first wildcard, perhaps nothing: what an index can use."""
        return self.text.split("*", 1)[0].split("?", 1)[0]

    @property
    def like(self) -> str:
        """The pattern for SQL's LIKE; needs no escaping, since literals are A-Z and 0-9 only."""
        return self.text.replace("?", "_").replace("*", "%")

    def covers(self, other: PlatePattern) -> bool:
        """True where every plate that fits `other` fits this pattern too; in time of one text times the other.

        A wildcard of `other` is a sign of its own here, which only the same or a wider one takes.
        """
        reached = {0}
        for sign in (*other.text, ""):
            # What `*` may skip, it skips before the next sign.
            reached |= {at + 1 for at in _runs(self.text, reached)}
            if not sign:
                break
            reached = {
                following
                for at in reached
                if at < len(self.text)
                for following in _steps(self.text[at], sign, at)
            }
        return len(self.text) in reached

    def matches(self, plate: str) -> bool:
        """True where the whole normalised `plate` fits; in time of pattern times plate at worst."""
        at, retry_from, star = 0, 0, -1
        position = 0
        while position < len(plate):
            sign = self.text[at] if at < len(self.text) else ""
            if sign == "*":
                star, retry_from = at, position
                at += 1
            elif sign in ("?", plate[position]):
                at += 1
                position += 1
            elif star >= 0:  # let the last star take one character more
                retry_from += 1
                at, position = star + 1, retry_from
            else:
                return False
        return self.text[at:] in ("", "*")


def _runs(pattern: str, reached: set[int]) -> set[int]:
    """The places of stars that stand at a place reached, or right behind another star there."""
    found = {at for at in reached if pattern[at : at + 1] == "*"}
    frontier = found
    while frontier := {at + 1 for at in frontier if pattern[at + 1 : at + 2] == "*"} - found:
        found |= frontier
    return found


def _steps(own: str, sign: str, at: int) -> tuple[int, ...]:
    """Where a pattern's sign at `at` leads by a sign of the other text: past it, to itself, or nowhere."""
    if own == "*":
        return (at,)
    if own == sign or (own == "?" and sign != "*"):
        return (at + 1,)
    return ()
