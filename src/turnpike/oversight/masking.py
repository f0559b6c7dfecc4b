"""What the console shows of an entry in its lists: everything but plates, for which bullets stand.

The entry's own page shows it whole, to whoever may look at the log; opening it is a look of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from turnpike.oversight.telling import line
from turnpike.plates.services import mask

if TYPE_CHECKING:
    from turnpike.ledger.services import LedgerEntry
    from turnpike.oversight.telling import Line

_PLATES = frozenset({"pattern", "patterns", "plate", "plates"})
_NAMES = frozenset({"read", "request", "case reference", "camera", "cameras", "list", "hotlist", "agreement"})
"""Numbers and names of other things, which a plate cannot stand in."""
# A current British mark however it is written; or letters and digits in one word, as most plates anywhere are.
_LIKE_A_PLATE = re.compile(
    r"\b[A-Z]{2}[0-9]{2} ?[A-Z]{3}\b|\b(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-Z0-9]{4,8}\b", re.IGNORECASE
)


def masked_line(entry: LedgerEntry) -> Line:
    """The entry as a row, with bullets for each plate, and for what may be one in what somebody wrote."""
    shown = line(entry)
    return replace(shown, about=tuple(map(_masked, shown.about)), why=tuple(map(_masked, shown.why)))


def _masked(pair: tuple[str, str]) -> tuple[str, str]:
    word, value = pair
    if word in _PLATES:
        return word, ", ".join(mask(part) for part in value.split(", "))
    if word in _NAMES:
        return pair
    return word, _LIKE_A_PLATE.sub(lambda found: mask(found[0]), value)
