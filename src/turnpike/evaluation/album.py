"""The failures that a report shows: the gravest of each kind, as many as asked for, the rest counted."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from turnpike.evaluation.models import FailureKind
from turnpike.evaluation.patches import Surroundings, patch_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.evaluation.models import Failure, LabelBox

_NO_BOX = "No box was labelled, so that no part of the picture can be shown."
_NO_PICTURE = "The picture could not be read."
_NOT_A_PLATE_S_SHAPE = "The labelled box does not lie in the picture, or is not of a plate's shape."
_TALLEST = 1.5
"""A box so many times as high as wide shows no plate, and may show a person."""


class Album:
    """Keeps at most `most` failures of each kind, and hands out `most` in all.

    Of misreadings and extra reads the surest are kept, since these do harm; of plates that were missed the first.
    """

    def __init__(self, most: int) -> None:
        self.counts: Counter[FailureKind] = Counter()
        self._most = most
        self._kept: dict[FailureKind, list[tuple[float, int, Failure]]] = {kind: [] for kind in FailureKind}
        self._number = 0

    def add(self, failure: Failure, image: NDArray[np.uint8] | None, box: LabelBox | None) -> None:
        """Count a failure, and keep it with its part of the picture if it is among the gravest."""
        self.counts[failure.kind] += 1
        self._number += 1
        gravity = 0.0 if failure.kind is FailureKind.MISSED else failure.confidence
        kept = self._kept[failure.kind]
        if not self._most or (len(kept) >= self._most and (gravity, -self._number) <= kept[0][:2]):
            return
        entry = (gravity, -self._number, _pictured(failure, image, box))
        (heapq.heappush if len(kept) < self._most else heapq.heapreplace)(kept, entry)

    def shown(self) -> tuple[Failure, ...]:
        """The failures to show, misreadings first; where they are too many, each kind has its turn."""
        queues = [sorted(self._kept[kind], key=lambda entry: (-entry[0], -entry[1])) for kind in FailureKind]
        taken = [0] * len(queues)
        while sum(taken) < self._most and any(
            number < len(queue) for number, queue in zip(taken, queues, strict=True)
        ):
            for place, queue in enumerate(queues):
                if taken[place] < len(queue) and sum(taken) < self._most:
                    taken[place] += 1
        return tuple(
            entry[2] for number, queue in zip(taken, queues, strict=True) for entry in queue[:number]
        )


def _pictured(failure: Failure, image: NDArray[np.uint8] | None, box: LabelBox | None) -> Failure:
    if image is None:
        return replace(failure, why_no_picture=_NO_PICTURE)
    if box is None:
        return replace(failure, why_no_picture=_NO_BOX)
    around = Surroundings.CLOSE if failure.kind is FailureKind.MISREAD else Surroundings.NEAR
    picture = b"" if box[3] > _TALLEST * box[2] else patch_of(image, box, around)
    return replace(failure, picture=picture, why_no_picture="" if picture else _NOT_A_PLATE_S_SHAPE)
