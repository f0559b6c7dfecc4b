"""The shapes of British plates, era by era, and the fallback for every other country.

Sources, in words: DVLA leaflet INF104 (registration numbers and number plates: the current format, its
memory tags and age identifiers, letters not used); Road Vehicles (Display of Registration Marks)
Regulations 2001, schedule 3 (the permitted groups and their spacing); Road Vehicles (Registration and
Licensing) Regulations 2002 (trade plates); the Northern Ireland county codes of the Motor Car Act 1903 and
their later additions; Ministry of Defence marks since 1949 and the Foreign Office's series of 1979 as the
public registers of plate history describe them.

A format says what a text could be, never that the mark was issued.
"""

from __future__ import annotations

import re

from turnpike.plates.models import PlateFormat

# I and Q look like 1 and 0; Z looks like 2. Great Britain leaves them out of everything but what is noted below.
_LETTER = "[A-HJ-PR-Y]"
_RANDOM = "[A-HJ-PR-Z]"  # the three last letters of the current format may be Z
_YEAR_LETTER = "[A-HJ-NPR-TV-Y]"  # nor O or U, which look like 0 and V
_UP_TO_999 = r"[1-9]\d{0,2}"
_UP_TO_9999 = r"[1-9]\d{0,3}"
# 0 alone stands on a few civic cars (LM 0, S 0); no mark is padded with zeros.
_DATELESS_NUMBER = rf"{_UP_TO_9999}|0"

_NORTHERN_IRELAND_CODES = (
    "IA|DZ|KZ|RZ|"  # Antrim
    "IB|LZ|XZ|"  # Armagh
    "OI|XI|AZ|CZ|EZ|FZ|GZ|MZ|OZ|PZ|TZ|UZ|WZ|"  # Belfast
    "IJ|BZ|JZ|SZ|"  # Down
    "IL|IG|"  # Fermanagh
    "IW|NZ|YZ|UI|"  # County and city of Londonderry
    "JI|HZ|VZ"  # Tyrone
)
_NORTHERN_IRELAND = rf"[A-PR-Y]?(?:{_NORTHERN_IRELAND_CODES})"


def _british(era: str, description: str, *shapes: str) -> PlateFormat:
    """One format of several shapes; each shape's groups are the parts that spaces divide."""
    return PlateFormat("GB", era, description, re.compile("|".join(shapes), re.ASCII))


CURRENT = _british(
    "current",
    "Since September 2001, AB12 CDE: memory tag, age identifier, three random letters.",
    # 02-50 are the Marches of 2002-2050, 51-99 and 00 the Septembers of 2001-2050; 01 is never issued.
    rf"({_LETTER}{{2}}(?!01)\d{{2}})({_RANDOM}{{3}})",
)
PREFIX = _british(
    "prefix",
    "August 1983 to August 2001, A123 BCD: the first letter tells the year.",
    rf"({_YEAR_LETTER}{_UP_TO_999})({_LETTER}{{3}})",
)
Q_PLATE = _british(
    "q",
    "Since 1983, Q123 ABC: a vehicle whose age or identity cannot be established.",
    rf"(Q{_UP_TO_999})({_LETTER}{{3}})",
)
SUFFIX = _british(
    "suffix",
    "February 1963 to July 1983, ABC 123D: the last letter tells the year.",
    rf"({_LETTER}{{3}})({_UP_TO_999}{_YEAR_LETTER})",
)
NORTHERN_IRELAND = _british(
    "northern ireland",
    "Since 1903, ABZ 1234 or 1234 AZ: a county code with I or Z; dateless, so common as a private mark.",
    rf"({_NORTHERN_IRELAND})({_UP_TO_9999})",
    rf"({_UP_TO_9999})({_NORTHERN_IRELAND})",
)
DIPLOMATIC = _british(
    "diplomatic",
    "Since 1979, 101 D 123 for diplomats, 101 X 123 for other accredited staff; the first part is the mission.",
    r"(\d{3})([DX])(\d{3})",
)
MILITARY = _british(
    "military",
    "Since 1949, 12 AB 34, and since the 1980s AB 12 CD: vehicles of the armed forces.",
    r"(\d{2})([A-Z]{2})(\d{2})",
    r"([A-Z]{2})(\d{2})([A-Z]{2})",
)
DATELESS = _british(
    "dateless",
    "1903 to 1963, ABC 123, AB 1234, A 1 or the reverse: no year; kept or bought as private marks.",
    rf"({_LETTER}{{1,2}})({_DATELESS_NUMBER})",
    rf"({_LETTER}{{3}})({_UP_TO_999})",
    rf"({_DATELESS_NUMBER})({_LETTER}{{1,2}})",
    rf"({_UP_TO_999})({_LETTER}{{3}})",
)
TRADE = _british(
    "trade",
    "Red on white: 123 AB, padded with zeros, until 2015 and 01234 since; names the trader, not the vehicle.",
    rf"(\d{{3}})({_LETTER}{{1,3}})",
    r"(\d{5})",
)
GENERIC = PlateFormat(
    "",
    "generic",
    "Any other country: 2 to 10 letters and digits, at least one of them a digit.",
    re.compile(r"((?=.*\d)[A-Z0-9]{2,10})", re.ASCII),
)

# By how likely each is among the texts that it fits: a text that fits two is more often the first.
BRITISH: tuple[PlateFormat, ...] = (
    CURRENT, PREFIX, Q_PLATE, SUFFIX, NORTHERN_IRELAND, DIPLOMATIC, MILITARY, DATELESS, TRADE,
)  # fmt: skip


def formats_of(plate: str) -> tuple[PlateFormat, ...]:
    """All formats that the normalised `plate` could be, likeliest first.

    `GENERIC` is there only when no other fits. Empty when even that does not fit: no digit, a single
    character, or more than ten; such a plate may still be real, but is worth a second look.
    """
    fitting = tuple(form for form in BRITISH if form.pattern.fullmatch(plate))
    if fitting or not GENERIC.pattern.fullmatch(plate):
        return fitting
    return (GENERIC,)


def display(plate: str) -> str:
    """The normalised `plate` as people write it: spaced as its likeliest format, else unchanged."""
    forms = formats_of(plate)
    fitted = forms[0].pattern.fullmatch(plate) if forms else None
    if fitted is None:
        return plate
    return " ".join(part for part in fitted.groups() if part is not None)


def mask(plate: str) -> str:
    """What stands for `plate` outside the door: as many bullets as it has characters, and nothing else.

    No character is shown, not even the last: with place and time, two letters are enough to find a vehicle.
    """
    return "•" * len(plate)
