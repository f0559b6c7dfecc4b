"""What is counted while pictures go by: nothing here grows with their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

CONFIDENCE_STEPS = 10_000
"""Confidences are counted to four decimals, as `turnpike read` tells them."""


@dataclass(slots=True)
class Tally:
    """Counts over some pictures and plates.

    `plates` have a text labelled, and the next four are of these: captured, read right, right once O/0 and I/1 are folded, within one
    character. `boxes` are labelled, with a text or without, and `boxes_found` of these were found. Wrong reads were counted on
    `pictures_judged`, whose texts are all known; stray boxes, of `pictures_boxed`, whose boxes are.
    """

    pictures: int = 0
    pictures_unreadable: int = 0
    plates: int = 0
    captured: int = 0
    read_right: int = 0
    read_folded: int = 0
    read_near: int = 0
    boxes: int = 0
    boxes_found: int = 0
    pictures_judged: int = 0
    wrong_reads: int = 0
    pictures_boxed: int = 0
    stray_boxes: int = 0


@dataclass(slots=True)
class ConfidenceTally:
    """Reads by their confidence, right and wrong; `unread` were found as plates and not read."""

    right: Counter[int] = field(default_factory=Counter)
    wrong: Counter[int] = field(default_factory=Counter)
    unread: int = 0

    def add(self, confidence: float, *, is_right: bool) -> None:
        """Count one read of a confidence from 0 to 1."""
        step = min(CONFIDENCE_STEPS, max(0, round(confidence * CONFIDENCE_STEPS)))
        (self.right if is_right else self.wrong)[step] += 1
