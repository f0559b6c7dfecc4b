"""Which of the texts in a street are plates, and what of a text is the plate.

The rules are general ones about plates and other writing; none is fitted to a set of pictures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, combinations, groupby, pairwise

from turnpike.plates.services import BRITISH, PlateError, display, formats_of, normalise

MIN_CHARACTERS, MAX_CHARACTERS = 4, 9
"""Of a plate that is believed without knowing its country. Source: ours; marks in Europe have 4 to 9
but for a few private ones, and shorter texts in a street are mostly something else."""
MAX_CHANGES = 3
"""Between letters and digits along a plate. Source: ours; AB12CDE has 2, Czech 3A21234 has 2; words with
digits for letters have more."""
_MAX_LOWERCASE = 1  # plates are in capitals; one may be misread

# British eras whose syntax is narrow enough to tell a plate by itself; "A 12" or "12345" is not.
_TELLING_ERAS = frozenset({"current", "prefix", "suffix", "q"})
_ALL_ERAS = frozenset(form.era for form in BRITISH)
_MAX_BRITISH_CHARACTERS = 7
# The distinguishing signs that stand beside plates of Europe, and how ISO writes them; those of one letter
# are left out, since many marks begin with one letter and a space.
# Source: United Nations, distinguishing signs used on vehicles in international traffic.
_SIGNS = {
    "GB": "GB", "UK": "GB", "SK": "SK", "CZ": "CZ", "PL": "PL", "RO": "RO", "HR": "HR", "BG": "BG", "DK": "DK",
    "LT": "LT", "LV": "LV", "EST": "EE", "FIN": "FI", "IRL": "IE", "NL": "NL", "GR": "GR", "CY": "CY", "SLO": "SI",
    "UA": "UA", "CH": "CH", "SRB": "RS", "BIH": "BA", "MNE": "ME",
}  # fmt: skip
_WRITTEN_TOGETHER = frozenset({"GB", "UK"})
_SIGN_AHEAD = re.compile(r"^\W*([A-Z]{2,3})(?:[\s|\]\)*©®:]+)(?=\S)")
_NEVER_ON_PLATES = re.compile(r"[/@%€£$+&#?!]|WWW|\.CO", re.IGNORECASE)
# Road numbers, and quantities with their units.
_OTHER_WRITING = re.compile(
    r"[ABEM]\d{1,4}M?|\d+(?:M|KM|CM|MM|KG|T|MPH|KMH|AM|PM|ST|ND|RD|TH|YDS?|MINS?|HRS?|HP|V|W|L|X\d+)|V\d{1,2}|\d{1,2}V"
)
_LOOK_ALIKES = {"O": "0", "0": "O", "I": "1", "1": "I"}
_MAX_EXCHANGED = 3
# Two letters, three digits, two letters is the shape of France, Italy, Slovakia, Georgia and part of Poland's
# marks; none has a digit at its end. Source: ours, by those countries' registration rules. A digit one place
# earlier is left alone: Poland has two letters, four digits and a letter too.
_ENDS_IN_A_LETTER = re.compile(r"([A-Z]{2}\d{3}[A-Z])([01])")


@dataclass(frozen=True, slots=True)
class PlateText:
    """A text taken for a plate; `telling` where its syntax alone shows that it is one."""

    text: str
    country: str | None
    telling: bool


def plate_in(written: str) -> PlateText | None:
    """The plate in a line of writing, without country sign and other noise before it; None for other writing.

    O and 0, and I and 1, are exchanged where that, and only that, makes a British plate: on those plates each
    pair is one drawing, so that the place decides. So too at the end of the common shape of the Continent.
    """
    if _NEVER_ON_PLATES.search(written) or sum(sign.islower() for sign in written) > _MAX_LOWERCASE:
        return None
    sign = _SIGN_AHEAD.match(written)
    country = _SIGNS.get(sign[1]) if sign else None
    for rest, known in (
        ((written[sign.end() :], country), (written, None)) if sign and country else ((written, None),)
    ):
        if (plate := _plate(rest, known)) is not None:
            return plate
    return None


def telling_text(text: str) -> str | None:
    """`text` as a British plate of a telling era, look-alikes exchanged where needed; None if it is none."""
    return _fitted(text, _TELLING_ERAS)


def text_of_crop(text: str) -> str:
    """`text`, known to be a whole plate, look-alikes exchanged where only that makes a British plate of any era."""
    return _fitted(text, _ALL_ERAS) or text


def _fitted(text: str, eras: frozenset[str]) -> str | None:
    """`text` in the shape of one of the eras, by the fewest exchanges of look-alikes; None if none or several."""
    places = [place for place, character in enumerate(text) if character in _LOOK_ALIKES]
    if len(text) > _MAX_BRITISH_CHARACTERS:
        return None
    for exchanges in range(min(len(places), _MAX_EXCHANGED) + 1):
        variants = (
            "".join(_LOOK_ALIKES[c] if at in chosen else c for at, c in enumerate(text))
            for chosen in combinations(places, exchanges)
        )
        found = [variant for variant in variants if _is_british(variant, eras)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _plate(written: str, country: str | None) -> PlateText | None:
    try:
        text = normalise(written)
    except PlateError:
        return None
    if country in (None, "GB"):
        for start in range(3 if len(text) > _MAX_BRITISH_CHARACTERS else 1):
            if (british := telling_text(text[start:])) is not None and _parts_agree(written, british):
                return PlateText(british, "GB", telling=True)
    if len(text) == MAX_CHARACTERS and text[:2] in _WRITTEN_TOGETHER:
        text = text[2:]
    if ended := _ENDS_IN_A_LETTER.fullmatch(text):
        text = ended[1] + _LOOK_ALIKES[ended[2]]
    return PlateText(text, country, telling=False) if _looks_like_a_plate(text) else None


def _parts_agree(written: str, british: str) -> bool:
    """Whether the writing is parted, if at all, where the British plate would be: RK-340AO is not RK34 OAO."""
    ahead = sum(character.isalnum() for character in written) - len(british)
    gaps, passed = set(), -ahead
    for before, after in pairwise(written):
        passed += before.isalnum()
        if before.isalnum() and not after.isalnum():
            gaps.add(passed)
    own = {len(british), *accumulate(len(part) for part in display(british).split())}
    return all(gap <= 0 or gap in own for gap in gaps)


def _looks_like_a_plate(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return (
        MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS
        and 0 < letters < len(text)
        and sum(1 for _ in groupby(text, str.isdigit)) - 1 <= MAX_CHANGES
        and not _OTHER_WRITING.fullmatch(text)
    )


def _is_british(text: str, eras: frozenset[str]) -> bool:
    return any(form.country == "GB" and form.era in eras for form in formats_of(text))
