"""Invented registration marks of the shapes that are on British roads, in about their real shares.

They are drawn by chance from what the formats allow, so one may belong to a real vehicle; nothing else
about that vehicle is known here or copied from anywhere.

Source: DVLA INF104 (number plates: formats and their years), shares judged by the age of cars in use.
"""

from __future__ import annotations

import numpy as np

# Current marks: memory tags are a region's letter and an office's letter, without I, Q and Z.
REGION_LETTERS = "AABCDEEFFFGHKLMNPRSTVWXY"
OFFICE_LETTERS = "ABCDEFGHJKLMNOPRSTUVWXY"
SERIAL_LETTERS = "ABCDEFGHJKLMNOPRSTUVWXYZ"
SUFFIX_YEAR_LETTERS = "ABCDEFGHJKLMNPRSTVWXY"
NORTHERN_IRISH_CODES = (
    "AZ",
    "BZ",
    "CZ",
    "DZ",
    "EZ",
    "FZ",
    "GZ",
    "HZ",
    "IL",
    "JI",
    "KZ",
    "LZ",
    "NZ",
    "OI",
    "UI",
    "XI",
)

_FIRST_YEAR = 2
_LAST_YEAR = 26
_SECOND_HALF = 50


def draw_registrations(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """That many different marks, normalised (`AB12CDE`): four in five current, the rest of older shapes."""
    makers = (_current, _prefix, _suffix, _dateless, _northern_irish)
    shares = (0.80, 0.09, 0.03, 0.03, 0.05)
    marks: dict[str, None] = {}
    while len(marks) < count:
        maker = makers[int(rng.choice(len(makers), p=shares))]
        marks.setdefault(maker(rng))
    return tuple(marks)


def _letters(alphabet: str, count: int, rng: np.random.Generator) -> str:
    return "".join(alphabet[int(index)] for index in rng.integers(0, len(alphabet), count))


def _current(rng: np.random.Generator) -> str:
    # Cars in use lean to the last fifteen years.
    year = int(np.clip(rng.triangular(_FIRST_YEAR, 19, _LAST_YEAR), _FIRST_YEAR, _LAST_YEAR))
    age = year if rng.random() < 0.5 else year - 1 + _SECOND_HALF  # noqa: PLR2004 - a fair coin
    return f"{_letters(REGION_LETTERS, 1, rng)}{_letters(OFFICE_LETTERS, 1, rng)}{age:02d}{_letters(SERIAL_LETTERS, 3, rng)}"


def _prefix(rng: np.random.Generator) -> str:
    year = _letters("HJKLMNPRSTVWXY", 1, rng)
    return f"{year}{rng.integers(21, 1000)}{_letters(OFFICE_LETTERS, 3, rng)}"


def _suffix(rng: np.random.Generator) -> str:
    year = _letters(SUFFIX_YEAR_LETTERS, 1, rng)
    return f"{_letters(OFFICE_LETTERS, 3, rng)}{rng.integers(1, 1000)}{year}"


def _dateless(rng: np.random.Generator) -> str:
    return f"{_letters(OFFICE_LETTERS, 3, rng)}{rng.integers(1, 1000)}"


def _northern_irish(rng: np.random.Generator) -> str:
    county = NORTHERN_IRISH_CODES[int(rng.integers(0, len(NORTHERN_IRISH_CODES)))]
    return f"{_letters('BCDFGHJKLMNPRSTUVWXY', 1, rng)}{county}{rng.integers(1000, 10_000)}"
