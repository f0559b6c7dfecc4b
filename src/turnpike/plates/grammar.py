"""How likely a text is as a plate, before any picture is looked at: the prior that a reader weighs its scores with.

A text is drawn from one of the grammars: a British era, a country's layout, or free text, each with its share; within a
grammar every mark is as likely as the next. Where the gaps stand is part of it, for `236 OKT` and `2360 KT` differ by nothing else.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike.plates.formats import BRITISH
from turnpike.plates.layouts import GAPS, LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = ""
"""Stands for the country of a text that no grammar foresees."""
_ERA_SHARES = {
    "current": 0.80, "prefix": 0.09, "suffix": 0.012, "northern ireland": 0.03, "dateless": 0.06, "q": 0.002, "diplomatic": 0.002,
    "military": 0.002, "trade": 0.001,
}  # fmt: skip
"""Of British plates on the road. Source: ours; by the age of the licensed vehicles (DVLA's statistics VEH0124) in round figures."""
_ERA_MARKS = {
    "current": 23**5 * 50.0, "prefix": 21 * 999 * 23.0**3, "suffix": 23.0**3 * 999 * 21, "northern ireland": 24 * 40 * 9999.0,
    "q": 999 * 23.0**3, "diplomatic": 2e6, "military": 26.0**4 * 100, "trade": 1.2e7,
}  # fmt: skip
"""How many marks an era's grammar allows, in round figures, all alike. Dateless ones are not: each row of so many letters and digits is about as
common as the next, since short ones are kept and bought."""
_NUMBER_SHARES = {"prefix": (0.25, 0.25, 0.5), "suffix": (0.1, 0.2, 0.7)}
"""How common numbers of one, two and three digits are in these eras: short ones were held back and sold, and are kept. Source: DVLA withheld 1 to 20
of each prefix series for sale; the shares are ours."""
_DATELESS_ROWS = 22.0
_AS_PARTED, _UNPARTED, _PARTED_ELSEWHERE = 1.0, 0.35, 0.04
"""How likely it is that gaps are seen where a grammar puts them, not seen at all, or seen elsewhere. Source: ours; illegal spacing
and screw caps between characters are both common."""
_LETTER_NOT_IN_USE = 0.03
_NOT_ISSUED = 0.05
_FREE_SHARE = 0.15
"""Of every country's plates: private marks, old series, diplomats, what the layouts do not know."""
_FREE_LENGTHS = {2: 0.01, 3: 0.02, 4: 0.05, 5: 0.12, 6: 0.25, 7: 0.33, 8: 0.15, 9: 0.04, 10: 0.02, 11: 0.01}
_FREE_TINY = 1e-4
_NO_DIGIT_SHARE = 0.02
"""Of free texts: the share that is letters alone, which only some countries sell. Source: ours."""


@dataclass(frozen=True, slots=True)
class Prior:
    """The natural logarithm of a text's probability; the country and the grammar that account best for it."""

    log_probability: float
    country: str
    grammar: str


@dataclass(frozen=True, slots=True)
class _Shape:
    country: str
    mark: str
    letters: str
    gaps: frozenset[int]
    """Number of characters before each gap."""
    log_weight: float


def weigh(text: str, countries: Mapping[str, float], today: date | None = None) -> Prior:
    """The prior of `text` (A-Z and 0-9, a space where a gap was seen), given how likely each country is.

    `countries` need not name all; what is missing counts as impossible, and `UNKNOWN` stands for all that is not known here. At
    most about a hundred grammars are looked at; a text of no characters has no probability.
    """
    plain, gaps = _parted(text)
    if not plain:
        return Prior(-math.inf, UNKNOWN, "")
    total, best = 0.0, (0.0, UNKNOWN, "free text")

    def add(likely: float, country: str, grammar: str) -> None:
        nonlocal total, best
        total += likely
        best = max(best, (likely, country, grammar))

    if british := countries.get("GB", 0.0):
        for era, likely in _british(plain, gaps, today or date.today()):  # noqa: DTZ011 - marks are issued by the calendar
            add(british * (1 - _FREE_SHARE) * likely, "GB", era)
    for shape in _shapes().get(_skeleton(plain), ()):
        if share := countries.get(shape.country, 0.0):
            likely = share * (1 - _FREE_SHARE) * math.exp(shape.log_weight)
            add(
                likely * _fit(shape, plain) * _gap_fit(shape.gaps, gaps, len(plain)),
                shape.country,
                shape.mark,
            )
    known = sum(countries.values()) - countries.get(UNKNOWN, 0.0)
    free = countries.get(UNKNOWN, 0.0) + _FREE_SHARE * known
    add(free * _free(plain), UNKNOWN, "free text")
    return Prior(math.log(max(total, 1e-300)), best[1], best[2])


@lru_cache(maxsize=8)
def issued_age_identifiers(today: date) -> frozenset[str]:
    """The two digits of British marks issued so far: each year's own from March, and fifty more from September."""
    short = today.year % 100
    # 50 is the March of 2050 and 00 the September, with which the format ends.
    march = range(2, 1 + min(50, short - (today.month < 3)))  # noqa: PLR2004 - March
    september = range(51, 51 + min(50, short - (today.month < 9)))  # noqa: PLR2004 - September
    return frozenset(f"{number % 100:02d}" for number in (*march, *september))


def _british(plain: str, gaps: frozenset[int], today: date) -> list[tuple[str, float]]:
    found = []
    for form in BRITISH:
        if not (fitted := form.pattern.fullmatch(plain)):
            continue
        ends, at = set(), 0
        for part in fitted.groups():
            at += len(part or "")
            ends.add(at)
        likely = _ERA_SHARES[form.era] / _ERA_MARKS.get(form.era, _DATELESS_ROWS * _row_size(plain))
        if shares := _NUMBER_SHARES.get(form.era):
            digits = sum(character.isdigit() for character in plain)
            # Uniform over 1 to 999 until here: a tenth of a tenth have one digit.
            likely *= shares[digits - 1] / (9 * 10 ** (digits - 1) / 999)
        if form.era == "current" and plain[2:4] not in issued_age_identifiers(today):
            likely *= _NOT_ISSUED
        found.append((form.era, likely * _gap_fit(frozenset(ends) - {0, len(plain)}, gaps, len(plain))))
    return found


def _free(plain: str) -> float:
    """How likely a text is where no grammar holds: by its length, and by whether it has a digit at all."""
    length = len(plain)
    if any(character.isdigit() for character in plain):
        share = (1 - _NO_DIGIT_SHARE) * 36.0**-length / (1 - (26 / 36) ** length)
    else:
        share = _NO_DIGIT_SHARE * 26.0**-length
    return _FREE_LENGTHS.get(length, _FREE_TINY) * share


def _row_size(plain: str) -> float:
    digits = sum(character.isdigit() for character in plain)
    return 23.0 ** (len(plain) - digits) * 10.0**digits


def _gap_fit(own: frozenset[int], seen: frozenset[int], length: int) -> float:
    if seen == own:
        return _AS_PARTED
    # A gap fewer is common, a gap elsewhere is not; the more of them, the less.
    missed, strange = len(own - seen), len(seen - own)
    return max(_UNPARTED**missed * _PARTED_ELSEWHERE**strange, _PARTED_ELSEWHERE**2 / length)


def _fit(shape: _Shape, plain: str) -> float:
    """How well letters stand where they may: less for a letter that is not in use, nothing where a fixed one is another."""
    likely = 1.0
    symbols = (symbol for symbol in shape.mark if symbol not in GAPS)
    for symbol, character in zip(symbols, plain, strict=True):
        if symbol == "L" and character not in shape.letters:
            likely *= _LETTER_NOT_IN_USE
        elif symbol not in "LDX" and symbol != character:
            return 0.0
    return likely


def _skeleton(plain: str) -> str:
    return "".join("D" if character.isdigit() else "L" for character in plain)


def _parted(text: str) -> tuple[str, frozenset[int]]:
    groups = text.split()
    ends, at = set(), 0
    for group in groups[:-1]:
        at += len(group)
        ends.add(at)
    return "".join(groups), frozenset(ends)


@lru_cache(maxsize=1)
def _shapes() -> Mapping[str, tuple[_Shape, ...]]:
    """Every layout by its row of letters and digits; those that allow either at any place count as free text.

    A country's rows are equally likely, however many ways of parting each are listed.
    """
    rows: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for layout in LAYOUTS:
        for mark in layout.marks:
            plain, _ = _parted(_spaced(mark))
            if "X" not in plain:
                rows[layout.country]["".join("D" if s == "D" else "L" for s in plain)].append(
                    (mark, layout.letters)
                )
    found: dict[str, list[_Shape]] = defaultdict(list)
    for country, skeletons in rows.items():
        for skeleton, marks in skeletons.items():
            for mark, letters in marks:
                plain, gaps = _parted(_spaced(mark))
                choices = {"L": len(letters), "D": 10}
                size = sum(math.log(choices.get(symbol, 1)) for symbol in plain)
                weight = -size - math.log(len(skeletons) * len(marks))
                found[skeleton].append(_Shape(country, mark, letters, gaps, weight))
    return {skeleton: tuple(shapes) for skeleton, shapes in found.items()}


def _spaced(mark: str) -> str:
    return "".join(" " if symbol in GAPS else symbol for symbol in mark)
