"""A registration mark for each vehicle's number, by arithmetic: no table of forty million texts, and no two of one
country alike.

A mark is a head and a tail (`AB12` and `CDE`), each from a small table; which, a few rounds of table look-ups
decide that can be undone, so that two numbers of one shape never meet.

Shapes and their letters are those of `registrations`, with marks of countries whose vehicles are often here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from turnpike.plates.services import layouts_of
from turnpike.simulation.registrations import (
    NORTHERN_IRISH_CODES,
    OFFICE_LETTERS,
    REGION_LETTERS,
    SERIAL_LETTERS,
    SUFFIX_YEAR_LETTERS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MARK_CHARACTERS = 8
"""Longest mark; one fits 64 bits, its first character the lowest."""
_PERIOD = 1000
"""So many vehicle numbers in a row have each shape as often as its share says."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Marks of one kind: every head before every tail. `share` is of a thousand vehicles."""

    country: str
    share: int
    heads: tuple[str, ...]
    tails: tuple[str, ...]


def _spelled(*alphabets: Iterable[str]) -> tuple[str, ...]:
    """Each combination of one from each, in their order."""
    return tuple("".join(parts) for parts in product(*alphabets))


def _letters(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text))


def _numbers(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, last + 1))


_DIGITS = "0123456789"
_TAGS = _spelled(_letters(REGION_LETTERS), OFFICE_LETTERS)
_SERIALS = _spelled(SERIAL_LETTERS, SERIAL_LETTERS, SERIAL_LETTERS)
_THREE_LETTERS = _spelled(OFFICE_LETTERS, OFFICE_LETTERS, OFFICE_LETTERS)
_TO_999 = _numbers(1, 999)


def _ages(first_year: int, last_year: int) -> tuple[str, ...]:
    """Both age identifiers of each year: 24 and 74 for 2024."""
    return tuple(f"{year + half:02d}" for year in range(first_year, last_year + 1) for half in (0, 50))


def _french_letters() -> str:
    return layouts_of("FR")[0].letters


_FRENCH_PAIRS = _spelled(_french_letters(), _french_letters())
_GERMAN_TOWNS = (*"BFHKLMS", "HH", "DD", "AC", "DO", "DU", "HB", "KA", "KS", "LB", "MA", "OF", "WI", "WO")
_POLISH_TOWNS = ("WA", "WI", "KR", "PO", "GD", "LU", "SK", "DW", "EL", "BI", "ZS", "RZ")
_BULGARIAN_TOWNS = ("A", "B", "C", "CA", "CB", "E", "EB", "P", "PB", "X")
_BULGARIAN_LETTERS = layouts_of("BG")[0].letters
_SHAPES: tuple[_Shape, ...] = (
    _Shape("GB", 390, _spelled(_TAGS, _ages(18, 26)), _SERIALS),
    _Shape("GB", 280, _spelled(_TAGS, _ages(10, 17)), _SERIALS),
    _Shape("GB", 130, _spelled(_TAGS, _ages(2, 9)), _SERIALS),
    _Shape("GB", 90, _spelled("HJKLMNPRSTVWXY", _numbers(21, 999)), _THREE_LETTERS),
    _Shape("GB", 28, _THREE_LETTERS, _spelled(_TO_999, SUFFIX_YEAR_LETTERS)),
    _Shape("GB", 29, _THREE_LETTERS, _TO_999),
    _Shape("GB", 38, _spelled("BCDFGHJKLMNPRSTUVWXY", NORTHERN_IRISH_CODES), _numbers(1, 9999)),
    _Shape("IE", 4, _spelled(_numbers(10, 26), "12", ("D", "C", "G", "L", "KY", "MH", "WX", "LH")), _TO_999),
    _Shape("FR", 3, _spelled(_FRENCH_PAIRS, _DIGITS), _spelled(_DIGITS, _DIGITS, _FRENCH_PAIRS)),
    _Shape("DE", 2, _spelled(_GERMAN_TOWNS, _spelled(_letters("ABCDEFGHJKLMNPRSTUVWXYZ"), "ACEKLMPRST")), _numbers(1, 9999)),
    _Shape("PL", 3, _spelled(_POLISH_TOWNS, _DIGITS, _DIGITS), _spelled(_DIGITS, _DIGITS, "ACEFGHJKLMNPRSTUVWXY")),
    _Shape("ES", 1, _spelled(_DIGITS, _DIGITS, _DIGITS, _DIGITS), _spelled(*[layouts_of("ES")[0].letters] * 3)),
    _Shape("NL", 1, _spelled(_DIGITS, _spelled(*[layouts_of("NL")[0].letters] * 3)), _TO_999[99:]),
    _Shape("BG", 1, _spelled(_BULGARIAN_TOWNS, _DIGITS, _DIGITS), _spelled(_DIGITS, _DIGITS, _BULGARIAN_LETTERS, _BULGARIAN_LETTERS)),
)  # fmt: skip
"""Source: British shares are those of `registrations`, four in five current; newer ones oftener. Foreign ones, 1.5 %, are ours."""
COUNTRIES: tuple[str, ...] = tuple(dict.fromkeys(shape.country for shape in _SHAPES))
"""Where they are from; a mark's country is told by its place here."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks of many vehicles: `packed` uint64, a character a byte, the first lowest; `lengths` uint8, 1 to 8.

    `countries` uint8, each a place in `COUNTRIES`.
    """

    packed: NDArray[np.uint64]
    lengths: NDArray[np.uint8]
    countries: NDArray[np.uint8]


class MarkMaker:
    """Says the mark of each vehicle of one seed's nation."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 101])
        self._shape_of, self._rank_of = _turns(rng)
        self._share = np.array([shape.share for shape in _SHAPES], np.int64)
        self._head_count = np.array([len(shape.heads) for shape in _SHAPES], np.int64)
        self._tail_count = np.array([len(shape.tails) for shape in _SHAPES], np.int64)
        self._first_head = np.cumsum(self._head_count) - self._head_count
        self._first_tail = np.cumsum(self._tail_count) - self._tail_count
        self._heads, self._head_lengths = _packed(text for shape in _SHAPES for text in shape.heads)
        self._tails, self._tail_lengths = _packed(text for shape in _SHAPES for text in shape.tails)
        # How far a head turns the tail, and a tail the head: chance, yet the same each time.
        self._tail_turns = [_chances(rng, self._head_count, self._tail_count) for _ in range(2)]
        self._head_turns = [_chances(rng, self._tail_count, self._head_count) for _ in range(2)]
        self._country = np.array([COUNTRIES.index(shape.country) for shape in _SHAPES], np.uint8)

    def marks(self, vehicles: NDArray[np.int64]) -> Marks:
        """Those of `vehicles`, numbers from 0 to 60 million."""
        turn, place = np.divmod(vehicles, _PERIOD)
        shape = self._shape_of[place]
        number = turn * self._share[shape] + self._rank_of[place]
        heads, tails = self._head_count[shape], self._tail_count[shape]
        first_head, first_tail = self._first_head[shape], self._first_tail[shape]
        head, tail = np.divmod(number, tails)
        for tail_turns, head_turns in zip(self._tail_turns, self._head_turns, strict=True):
            tail += tail_turns[first_head + head]
            tail -= tails * (tail >= tails)
            head += head_turns[first_tail + tail]
            head -= heads * (head >= heads)
        head += first_head
        tail += first_tail
        length = self._head_lengths[head]
        return Marks(
            self._heads[head] | (self._tails[tail] << (length.astype(np.uint64) << np.uint64(3))),
            length + self._tail_lengths[tail],
            self._country[shape],
        )


def _turns(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each place in a thousand: its shape, and the how-manieth of that shape it is."""
    shapes = np.repeat(np.arange(len(_SHAPES)), [shape.share for shape in _SHAPES])
    ranks = np.concatenate([np.arange(shape.share) for shape in _SHAPES])
    order = rng.permutation(_PERIOD)
    return shapes[order], ranks[order]


def _chances(
    rng: np.random.Generator, counts: NDArray[np.int64], below: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each shape `counts` numbers under `below`, one shape after another."""
    return np.concatenate([rng.integers(0, most, count) for count, most in zip(counts, below, strict=True)])


def _packed(texts: Iterable[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Short texts as numbers, the first character lowest, and their lengths."""
    spelled = np.array(list(texts), f"S{MARK_CHARACTERS}")
    return spelled.view("<u8").astype(np.uint64), np.char.str_len(spelled).astype(np.uint8)


def most_vehicles() -> int:
    """How many vehicles there can be before a shape has too few marks."""
    return min(len(shape.heads) * len(shape.tails) // shape.share for shape in _SHAPES) * _PERIOD
