"""Two plates side by side, character by character."""

from __future__ import annotations

from dataclasses import dataclass

from turnpike.plates.services import display


@dataclass(frozen=True, slots=True)
class ComparedCharacter:
    """One place of both plates; a space where the plate wanted is written with one."""

    wanted: str
    read: str

    @property
    def differs(self) -> bool:
        """Whether another character was read than is wanted."""
        return self.wanted != self.read


def compare(*, wanted: str, read: str) -> tuple[ComparedCharacter, ...]:
    """Each character of the normalised plate `wanted`, spaced as it is written, beside the one read.

    Plates of unequal length are compared from the left; what is missing is empty.
    """
    rest = iter(read)
    spaced = [
        ComparedCharacter(character, " " if character == " " else next(rest, ""))
        for character in display(wanted)
    ]
    spaced.extend(ComparedCharacter("", character) for character in rest)
    return tuple(spaced)
