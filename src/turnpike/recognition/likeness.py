"""How far apart the texts of two readings are, for telling whether they are of one plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnpike.recognition.models import Reading

_EDIT_COST = 2.0
_MOST_COST = 9.0
_PART_COST = 1.5
_LEAST_PART = 2
_UNKNOWN_COST = 1.0
_LEAST_TRUST = 0.3
_ABSENCE_COST = 3.0


def is_part(text: str, whole: str) -> bool:
    """Whether `text` is what is left of `whole` where something covers the rest."""
    return _LEAST_PART <= len(text) < len(whole) and text in whole


def text_difference(reading: Reading, known: str) -> float:
    """How far the reading's text is from `known`, however much it is to be trusted: 0 for the same, up to 9."""
    if not reading.text or not known:
        return _UNKNOWN_COST
    if reading.text == known:
        return 0.0
    if (
        is_part(reading.text, known)
        or is_part(known, reading.text)
        or any(other.text == known for other in reading.candidates)
    ):
        return _PART_COST
    return min(_MOST_COST, _EDIT_COST * edit_distance(reading.text, known))


def text_cost(reading: Reading, known: str) -> float:
    """What it costs to take the reading's text for a look at `known`: 0 for the same, up to 12; less where the reading is itself in doubt, more where it
    is hardly of a plate.

    A text that the reading has among its candidates is near; one of which a part is missing, as where something covers it, is nearer than its
    edits say. Source: ours, set on rendered traffic.
    """
    if reading.text == known and known:
        return 0.0
    trust = max(_LEAST_TRUST, reading.confidence) if reading.text and known else 1.0
    # What is hardly a plate must not take the place of one that is read a little differently.
    return text_difference(reading, known) * trust + _ABSENCE_COST * (1 - reading.presence)


def edit_distance(one: str, other: str) -> int:
    """Least number of characters put in, left out or exchanged to get from one text to the other.

    Source: V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
    """
    row = list(range(len(other) + 1))
    for above, character in enumerate(one, 1):
        before, row[0] = row[0], above
        for at, against in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (character != against))
    return row[-1]
