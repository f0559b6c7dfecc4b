"""Search patterns from what people type."""

from __future__ import annotations

import re
import unicodedata

from turnpike.plates.errors import PlateError
from turnpike.plates.models import PlatePattern
from turnpike.plates.normalisation import MAX_PLATE_CHARACTERS, MAX_TEXT_CHARACTERS, fold

MIN_LITERAL_CHARACTERS = 2
"""A narrower floor would let one search return a large part of all traffic. Source: ours; purpose
limitation, article 5(1)(b) UK GDPR."""

_WILDCARDS = re.compile(r"[?*]+")


def parse_pattern(text: str) -> PlatePattern:
    """The pattern in `text`: `?` is one character, `*` any run of them, none included.

    The rest is folded as a plate is. Wildcards that stand together are put into one order (`*?*` is `?*`),
    so that one meaning has one text.

    Raises:
        PlateError: fewer than 2 literal characters, more than 16 with the `?`, or a letter that cannot be
            folded.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise PlateError(f"A pattern has at most {MAX_TEXT_CHARACTERS} characters; shorten it.")
    composed = unicodedata.normalize("NFKC", text)
    signs = "".join(part if part in ("?", "*") else fold(part) for part in re.split(r"([?*])", composed))
    pattern = _WILDCARDS.sub(_in_order, signs)
    stars = pattern.count("*")
    if len(pattern) - stars - pattern.count("?") < MIN_LITERAL_CHARACTERS:
        raise PlateError(
            f"A pattern needs at least {MIN_LITERAL_CHARACTERS} letters or digits besides ? and *; add some."
        )
    if len(pattern) - stars > MAX_PLATE_CHARACTERS:
        raise PlateError(f"A pattern stands for at most {MAX_PLATE_CHARACTERS} characters; shorten it.")
    return PlatePattern(pattern)


def _in_order(run: re.Match[str]) -> str:
    return "?" * run[0].count("?") + ("*" if "*" in run[0] else "")
