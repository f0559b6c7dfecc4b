"""What recognition makes of a passing: mostly the mark, sometimes another, and how sure it is of it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from turnpike.plates.services import PARTNERS
from turnpike.simulation.nation_marks import MARK_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from turnpike.simulation.nation_marks import Marks
    from turnpike.simulation.nation_plan import NationPlan

_MISREAD, _MISREAD_SPREAD = 0.030, 0.5
"""Mean share of misreads, and how far cameras differ (of the logarithm). Source: ours; forces ask their cameras for 95 % or more."""
_DOUBTED = 0.04
"""Of the plates that are read rightly, the share with another candidate beside them. Source: ours."""
_SPACED, _AS_SEEN = 0.018, 0.012
"""Shares whose raw text is the mark with its gap, and the mark with an 0 for an O or the other way round. Source: ours."""
_NO_PATCH = 0.03
_CERTAIN, _MISREAD_CERTAIN = (0.955, 0.045, 0.35, 0.999), (0.62, 0.16, 0.15, 0.97)
"""Median, spread, least and most of the confidence in what is read rightly and in what is not. Source: ours."""
_FRAMES, _FRAMES_SPREAD, _FRAMES_MOST = 6.0, 0.55, 40
"""Median frames that agree, and their spread (of the logarithm). Source: ours; a second of passing at several frames a second."""
_TABLE = 65_536
_NO_MARK = np.uint64(0)
_GAP_AFTER = 4
"""Where a current British mark of seven characters has its gap."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Short texts for some rows: `rows` ascending, `packed` and `lengths` as those of `Marks`."""

    rows: NDArray[np.int64]
    packed: NDArray[np.uint64]
    lengths: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Columns of one length, and texts of some of the rows."""

    packed: NDArray[np.uint64]
    """What is read, packed as a mark; its length is the mark's."""
    confidence: NDArray[np.uint16]
    """Thousandths."""
    frames: NDArray[np.uint16]
    has_patch: NDArray[np.bool_]
    raw_texts: Texts
    candidates: Texts
    candidate_confidence: NDArray[np.uint16]
    """Thousandths, one for each of `candidates`."""


class Reader:
    """Reads marks as the cameras of one nation do."""

    def __init__(self, plan: NationPlan) -> None:
        rng = np.random.default_rng([plan.seed, 105])
        quality = np.exp(rng.normal(0, _MISREAD_SPREAD, plan.camera_count) - _MISREAD_SPREAD**2 / 2)
        self._misread_below = np.minimum(quality * _MISREAD * _TABLE, _TABLE // 5).astype(np.uint16)
        self._less_certain = np.minimum(12 * quality, 60).astype(np.uint16)
        """Thousandths that a camera's confidence loses."""
        self._certain = _table(lambda z: 1000 * _below_most(z, _CERTAIN))
        self._misread_certain = _table(lambda z: 1000 * _below_most(z, _MISREAD_CERTAIN))
        self._frames = _table(
            lambda z: min(max(1.0, _FRAMES * float(np.exp(_FRAMES_SPREAD * z))), _FRAMES_MOST)
        )

    def read(self, marks: Marks, cameras: NDArray[np.int32], rng: np.random.Generator) -> Readings:
        """What is read of each mark by its camera."""
        chances = rng.integers(0, 2**64, len(cameras), dtype=np.uint64).view(np.uint16).reshape(-1, 4)
        packed = marks.packed.copy()
        confidence = self._certain[chances[:, 0]] - self._less_certain[cameras]
        wrong = np.flatnonzero(chances[:, 1] < self._misread_below[cameras])
        read, changed = _one_mistaken(marks.packed[wrong], rng)
        wrong, read = wrong[changed], read[changed]
        packed[wrong] = read
        confidence[wrong] = self._misread_certain[chances[wrong, 0]]
        doubted = np.flatnonzero(chances[:, 1] >= np.uint16(_TABLE * (1 - _DOUBTED)))
        confidence[doubted] = np.maximum(confidence[doubted], 300) - chances[doubted, 2] % 250
        return Readings(
            packed,
            confidence,
            self._frames[chances[:, 2]],
            chances[:, 3] >= np.uint16(_TABLE * _NO_PATCH),
            _raw_texts(marks, packed, chances[:, 3], rng),
            *_candidates(marks, confidence, wrong, doubted, rng),
        )


def _candidates(
    marks: Marks,
    confidence: NDArray[np.uint16],
    wrong: NDArray[np.int64],
    doubted: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[Texts, NDArray[np.uint16]]:
    """The true mark of each misread, and a mistaken one of each plate in doubt."""
    mistaken, changed = _one_mistaken(marks.packed[doubted], rng)
    rows = np.concatenate([wrong, doubted[changed]])
    packed = np.concatenate([marks.packed[wrong], mistaken[changed]])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    left = 1000 - confidence[rows].astype(np.int64)
    share = (left * rng.integers(300, 900, len(rows)) // 1000).astype(np.uint16)
    return Texts(rows, packed[order], marks.lengths[rows]), share


def _one_mistaken(
    packed: NDArray[np.uint64], rng: np.random.Generator
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Each mark with one character taken for another that looks like it, and whether it has such a character."""
    characters = packed.view(np.uint8).reshape(-1, MARK_CHARACTERS).copy()
    upper = np.cumsum(_PARTNER_COUNT[characters], axis=1, dtype=np.int64)
    every = np.arange(len(packed))
    drawn = (rng.random(len(packed)) * upper[:, -1]).astype(np.int64)
    place = np.minimum((upper <= drawn[:, None]).sum(axis=1), MARK_CHARACTERS - 1)
    character = characters[every, place]
    partner = drawn - upper[every, place] + _PARTNER_COUNT[character]
    can = upper[:, -1] > 0
    characters[every, place] = np.where(can, _PARTNERS[character, np.maximum(partner, 0)], character)
    return characters.view(np.uint64).ravel(), can


def _raw_texts(
    marks: Marks, read: NDArray[np.uint64], chance: NDArray[np.uint16], rng: np.random.Generator
) -> Texts:
    """Where the writing as it was seen is not the plate's: a gap in it, or a round or upright character not yet decided."""
    spaced_below, seen_below = (
        np.uint16(_TABLE * (1 - _SPACED - _AS_SEEN)),
        np.uint16(_TABLE * (1 - _AS_SEEN)),
    )
    spaced = np.flatnonzero(
        (chance >= spaced_below) & (chance < seen_below) & (marks.lengths == _GAP_AFTER + 3)
    )
    seen = np.flatnonzero(chance >= seen_below)
    as_seen = read[seen].view(np.uint8).reshape(-1, MARK_CHARACTERS).copy()
    drawn = rng.random(as_seen.shape) < 0.5  # noqa: PLR2004 - a fair coin
    as_seen = np.where(drawn, _SAME_DRAWING[as_seen], as_seen)
    seen_packed = as_seen.view(np.uint64).ravel()
    differs = seen_packed != read[seen]
    head = read[spaced] & np.uint64(0xFFFFFFFF)
    with_gap = head | np.uint64(ord(" ") << 32) | (read[spaced] >> np.uint64(32) << np.uint64(40))
    rows = np.concatenate([spaced, seen[differs]])
    packed = np.concatenate([with_gap, seen_packed[differs]])
    lengths = np.concatenate([marks.lengths[spaced] + np.uint8(1), marks.lengths[seen[differs]]])
    order = np.argsort(rows, kind="stable")
    return Texts(rows[order], packed[order], lengths[order])


def _table(value: Callable[[float], float]) -> NDArray[np.uint16]:
    """`value` of a normal variable's 65,536 quantiles: one look-up draws it."""
    normal = NormalDist()
    coarse = [value(normal.inv_cdf((step + 0.5) / 4096)) for step in range(4096)]
    return np.repeat(np.rint(coarse), _TABLE // 4096).astype(np.uint16)


def _below_most(z: float, shape: tuple[float, float, float, float]) -> float:
    """A skewed quantile: it falls away far below the median and hardly above it."""
    median, spread, least, most = shape
    shifted = median + (spread * 2.2 * z if z < 0 else spread * z)
    return min(max(shifted, least), most)


def _partner_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    counts = np.zeros(256, np.uint8)
    partners = np.zeros((256, max(len(others) for others in PARTNERS.values())), np.uint8)
    for character, others in PARTNERS.items():
        counts[ord(character)] = len(others)
        partners[ord(character), : len(others)] = [ord(other) for other in sorted(others)]
    return counts, partners


def _same_drawing() -> NDArray[np.uint8]:
    """0 and O, 1 and I are one drawing on British plates."""
    table = np.arange(256, dtype=np.uint8)
    for one, other in ("0O", "1I"):
        table[ord(one)], table[ord(other)] = ord(other), ord(one)
    return table


_PARTNER_COUNT, _PARTNERS = _partner_tables()
_SAME_DRAWING = _same_drawing()
