"""Which of what was found belongs to which labelled plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.evaluation.models import Found, LabelBox, LabelledPlate

FOUND_OVERLAP = 0.3
"""Least overlap of a box with the labelled one for the plate to count as found. Source: ../shared/tools/evaluate.py, detect@0.3."""
STRAY_OVERLAP = 0.1
"""A box that overlaps every labelled one by less, and holds the middle of none, is stray. Source: as above."""
_MIDDLE_COUNTS = 0.01
"""What breaks a tie between two overlaps: holding the plate's middle. Source: as above."""


def overlap(one: LabelBox, other: LabelBox) -> float:
    """Intersection over union of two boxes, 0-1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return inner / (one[2] * one[3] + other[2] * other[3] - inner)


def holds_middle(label: LabelBox, box: LabelBox) -> bool:
    """Whether the middle of the labelled box lies in the other."""
    x, y = label[0] + label[2] / 2, label[1] + label[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def matched(plates: Sequence[LabelledPlate], found: Sequence[Found]) -> list[Found | None]:
    """For each plate the one of `found` that is its own, each used once.

    Boxes that overlap, or where the found one holds the labelled one's middle, belong together, the best pair first. A plate whose
    box is not labelled takes a read of the same text, else the most confident that is left.
    """
    own: list[Found | None] = [None] * len(plates)
    free = set(range(len(found)))
    pairs = sorted(
        (
            (-_closeness(plate.box, one.box), number, other)
            for number, plate in enumerate(plates)
            if plate.box is not None
            for other, one in enumerate(found)
        ),
    )
    for closeness, number, other in pairs:
        if closeness < 0 and own[number] is None and other in free:
            own[number] = found[other]
            free.discard(other)
    unplaced = [number for number, plate in enumerate(plates) if plate.box is None]
    for number in unplaced:
        same = [other for other in free if found[other].text and found[other].text == plates[number].text]
        if same:
            own[number] = found[min(same)]
            free.discard(min(same))
    for number in unplaced:
        if own[number] is None and free:
            # Read ones first, since no box says whether it is this plate that was found and not read.
            best = max(free, key=lambda other: (bool(found[other].text), found[other].confidence, -other))
            own[number] = found[best]
            free.discard(best)
    return own


def is_stray(box: LabelBox, labels: Sequence[LabelBox]) -> bool:
    """Whether a box touches no labelled one."""
    return not any(overlap(label, box) >= STRAY_OVERLAP or holds_middle(label, box) for label in labels)


def _closeness(label: LabelBox, box: LabelBox) -> float:
    return overlap(label, box) + _MIDDLE_COUNTS * holds_middle(label, box)
