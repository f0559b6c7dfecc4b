"""The id of a read: its batch and its slot in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.reads.errors import InvalidReadId

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOT_BITS = 16
TEXT_CHARACTERS = 16
_BITS_PER_CHARACTER = 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Source: Crockford's Base32, https://www.crockford.com/base32.html: no I, L, O or U."""
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_AS_WRITTEN_BY_HAND = str.maketrans("OIL", "011")


def _text(number: int, characters: int) -> str:
    """The lowest bits of `number`, five a character."""
    places = range((characters - 1) * _BITS_PER_CHARACTER, -1, -_BITS_PER_CHARACTER)
    return "".join(_ALPHABET[number >> place & 31] for place in places)


_TAIL_CHARACTERS = 3
_TAIL_BITS = _TAIL_CHARACTERS * _BITS_PER_CHARACTER
_TAILS = tuple(_text(slot, _TAIL_CHARACTERS) for slot in range(1 << _TAIL_BITS))
"""How the ids of a batch's first 32,768 slots end; their beginning is one."""


@dataclass(frozen=True, slots=True, order=True)
class ReadId:
    """A read's id, ordered as reads were stored; says nothing of the plate."""

    batch: int
    """Microseconds since 1970 at the second of the commit, counted up from there; 64 bits."""
    slot: int
    """The read's place in its batch; 16 bits."""

    @property
    def text(self) -> str:
        """The id in 16 characters of Crockford's Base32, for addresses and other folders' records."""
        return _text(self.batch << SLOT_BITS | self.slot, TEXT_CHARACTERS)

    @classmethod
    def parse(cls, text: str) -> ReadId:
        """The id whose `text` this is; lower case, O for 0 and I or L for 1 are taken as meant.

        Raises:
            InvalidReadId: the text is no such id.
        """
        number = 0
        characters = text.upper().translate(_AS_WRITTEN_BY_HAND)
        if len(characters) != TEXT_CHARACTERS or not _VALUES.keys() >= set(characters):
            raise InvalidReadId(f"A read's id is {TEXT_CHARACTERS} letters and digits; copy it whole.")
        for character in characters:
            number = number << _BITS_PER_CHARACTER | _VALUES[character]
        return cls(number >> SLOT_BITS, number & (1 << SLOT_BITS) - 1)

    def __str__(self) -> str:
        """As `text`."""
        return self.text


def texts_of(batch: int, slots: Sequence[int]) -> list[str]:
    """The `text` of each of one batch's reads, all below slot 32,768."""
    head = _text(batch << SLOT_BITS >> _TAIL_BITS, TEXT_CHARACTERS - _TAIL_CHARACTERS)
    return [head + _TAILS[slot] for slot in slots]
