"""Any writing of a plate to its one normalised text: A-Z and 0-9, nothing else."""

from __future__ import annotations

import unicodedata

from turnpike.plates.errors import PlateError

MAX_PLATE_CHARACTERS = 16
"""Longest normalised plate. Source: ours; the longest civil marks in Europe have 10, the rest is room
for special series."""

MAX_TEXT_CHARACTERS = 256
"""Longest text looked at, separators included, so that a hostile one costs nothing."""

SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

# Capitals of other scripts that look Latin. Source: article 36 and annex 2 of the Vienna Convention on
# Road Traffic (capital Latin letters); states that write Cyrillic or Greek issue only these for that reason.
_CYRILLIC = dict(zip("АВЕІЈКМНОРСТУХЅ", "ABEIJKMHOPCTYXS", strict=True))  # noqa: RUF001 - look-alikes are meant
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))  # noqa: RUF001 - look-alikes are meant
# Latin letters that Unicode does not decompose into a base letter and a mark.
_LATIN = {
    "Æ": "AE", "Œ": "OE", "ẞ": "SS", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Ħ": "H", "Ŧ": "T",
}  # fmt: skip
_LOOK_ALIKES = _CYRILLIC | _GREEK | _LATIN
_SEPARATING_CATEGORIES = frozenset("ZPSCM")  # spaces, punctuation, symbols, controls, combining marks


def normalise(text: str) -> str:
    """The plate in `text`: 1 to 16 of A-Z and 0-9.

    Case, spaces, dashes, dots and other punctuation fall away; full-width and other compatibility forms,
    accented letters, Cyrillic and Greek capitals that look Latin, and the digits of any script are folded.
    Other letters (Chinese, Arabic, Ш ...) are refused, not dropped: without them two vehicles would share
    one plate. Idempotent.

    Raises:
        PlateError: nothing remains, more than 16 remain, or a letter cannot be folded.
    """
    plate = fold(text)
    if not plate:
        raise PlateError("A plate needs at least one letter or digit.")
    if len(plate) > MAX_PLATE_CHARACTERS:
        raise PlateError(f"A plate has at most {MAX_PLATE_CHARACTERS} letters and digits; give one plate.")
    return plate


def fold(text: str) -> str:
    """`text` as A-Z and 0-9 only, perhaps empty.

    Raises:
        PlateError: the text is over 256 characters or holds a letter that cannot be folded.
    """
    if text.isascii() and text.isalnum() and len(text) <= MAX_PLATE_CHARACTERS:
        return text.upper()  # nearly every text; far faster
    if len(text) > MAX_TEXT_CHARACTERS:
        raise PlateError(f"A plate's text has at most {MAX_TEXT_CHARACTERS} characters; give one plate.")
    capitals = unicodedata.normalize("NFKC", text).upper()
    return "".join(_fold_character(character) for character in unicodedata.normalize("NFKD", capitals))


def _fold_character(character: str) -> str:
    if character in SIGNS:
        return character
    if unicodedata.category(character)[0] in _SEPARATING_CATEGORIES:
        return ""
    if (look_alike := _LOOK_ALIKES.get(character)) is not None:
        return look_alike
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    raise PlateError("A plate is written in Latin letters and digits; leave out or transcribe the others.")
