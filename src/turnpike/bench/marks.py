"""A million different registration marks in seconds: what `draw_registrations` draws one by one, drawn by columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.services import draw_registrations

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLE = 20_000
_TOGETHER = {"AA99AAA": (2, 4), "AAA9999": (1, 3)}
"""Where characters depend on each other: the age of a current mark, the county of a Northern Irish one. All others are drawn each for itself."""
_LONGEST = 7


def draw_marks(count: int, seed: int) -> tuple[str, ...]:
    """That many different marks in any order, of the same shapes, and each place with the same characters, as `draw_registrations` gives."""
    rng = np.random.default_rng(seed)
    sampled = draw_registrations(_SAMPLE, rng)
    drawn = np.empty(0, f"S{_LONGEST}")
    while len(drawn) < count:
        # A few more than are missing, since some are drawn twice.
        drawn = np.unique(np.concatenate([drawn, _drawn(sampled, count - len(drawn) + _SAMPLE, rng)]))
    rng.shuffle(drawn)
    return tuple(mark.decode() for mark in drawn[:count].tolist())


def _drawn(sampled: tuple[str, ...], count: int, rng: np.random.Generator) -> NDArray[np.bytes_]:
    by_shape: defaultdict[str, list[str]] = defaultdict(list)
    for mark in sampled:
        by_shape["".join("9" if sign.isdigit() else "A" for sign in mark)].append(mark)
    parts = [
        _of_shape(shape, marks, -(-count * len(marks) // len(sampled)), rng)
        for shape, marks in by_shape.items()
    ]
    return np.concatenate(parts)


def _of_shape(shape: str, marks: list[str], count: int, rng: np.random.Generator) -> NDArray[np.bytes_]:
    """So many of one shape: at each place the character that some mark of the sample has there."""
    known = np.array(marks, f"S{len(shape)}").view("S1").reshape(-1, len(shape))
    made = np.zeros((count, _LONGEST), "S1")
    first, end = _TOGETHER.get(shape, (0, 1))
    made[:, first:end] = known[rng.integers(0, len(known), count), first:end]
    for place in (*range(first), *range(end, len(shape))):
        made[:, place] = known[rng.integers(0, len(known), count), place]
    return made.view(f"S{_LONGEST}").ravel()
