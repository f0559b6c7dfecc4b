"""Characters that are taken for each other, and the plates one such mistake away."""

from __future__ import annotations

from turnpike.plates.models import ConfusableSet

CONFUSABLE: tuple[ConfusableSet, ...] = (
    ConfusableSet(
        frozenset("0ODQ"), "Round: 0 and O are one drawing on British plates; D and Q differ by a stroke."
    ),
    ConfusableSet(frozenset("1IL"), "Upright: 1 and I are one drawing on British plates; L loses its foot."),
    ConfusableSet(frozenset("2Z"), "The upper bow of 2 is read as an angle."),
    ConfusableSet(frozenset("4A"), "Both close to a triangle with a bar when blurred."),
    ConfusableSet(frozenset("5S"), "The corners of 5 are read as a bow."),
    ConfusableSet(frozenset("6G"), "G with its bar closed by dirt or a fixing bolt."),
    ConfusableSet(frozenset("7T"), "T that lost the left half of its bar."),
    ConfusableSet(frozenset("8B"), "The left side of 8 is read as straight."),
    ConfusableSet(frozenset("CG"), "G without its bar."),
    ConfusableSet(frozenset("UV"), "The bottom of U is read as pointed."),
    ConfusableSet(frozenset("VY"), "The stem of Y hides behind the frame or a bolt."),
)
"""Source: ours, by the shapes of the prescribed font (Road Vehicles (Display of Registration Marks)
Regulations 2001, schedule 4), where 0 and O, and 1 and I, do not differ. Kept short on purpose: every set
adds vehicles that are stopped for another's plate. A character may be in two sets; the relation is
symmetric, not transitive."""


def _partners() -> dict[str, frozenset[str]]:
    characters = frozenset[str]().union(*(group.characters for group in CONFUSABLE))
    return {
        character: frozenset[str]().union(
            *(group.characters for group in CONFUSABLE if character in group.characters)
        )
        - {character}
        for character in characters
    }


PARTNERS: dict[str, frozenset[str]] = _partners()
"""Each confusable character with all it is taken for; not itself."""


def confusable_variants(plate: str) -> frozenset[str]:
    """All plates that differ from the normalised `plate` in exactly one confusable character."""
    return frozenset(
        plate[:position] + other + plate[position + 1 :]
        for position, character in enumerate(plate)
        for other in PARTNERS.get(character, ())
    )
