"""The arithmetic of the sealer: keyed hashes of a person and a plate, and words that only both together open.

Source: RFC 2104 for HMAC, with a key of its own for each use; NIST SP 800-38D for AES-GCM.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from turnpike.sealer.messages import Flag, Reason, Sealed, Words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from turnpike.sealer.messages import Declared, Match

NAME_BYTES = 8
"""The key's name, at the head of each token: 64 bits, to know another key's tokens by."""
_NONCE_BYTES = 12
_WORDS_BYTES = 2048
_CHANCES = 2**64


class AnotherKey(Exception):
    """Something was sealed with another key."""


class _Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a flag stands on, for the sealer alone: the plate, and who has a relation to it; nobody where chance picked."""

    plate: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Keys:
    name: bytes
    token: bytes
    words: bytes
    mark: bytes
    chance: bytes
    why: bytes


class Sealing:
    """What can be done with the key; nothing of it can be undone without the person and the plate."""

    def __init__(self, key: bytes) -> None:
        uses = ("name", "token", "words", "mark", "chance", "why")
        name, *keys = (hmac.digest(key, b"turnpike sealer 1 " + use.encode(), "sha256") for use in uses)
        self._keys = _Keys(name[:NAME_BYTES], *keys)

    def token(self, person: str, plate: str) -> bytes:
        """The 40 bytes by which a relation is known again: the key's name, then the hash of both."""
        return self._keys.name + hmac.digest(self._keys.token, _both(person, plate), "sha256")

    def seal(self, person: str, plate: str, words: Words) -> Sealed:
        """A relation as the records may keep it, of one length whatever its words."""
        return Sealed(self.token(person, plate), _locked(self._words_key(person, plate), words, b"words"))

    def check(self, tokens: Sequence[bytes]) -> None:
        """Whether these were sealed with this key.

        Raises:
            AnotherKey: one was not.
        """
        if not all(token.startswith(self._keys.name) for token in tokens):
            raise AnotherKey

    def match(
        self, asked: Match, people: Mapping[str, Collection[bytes]], picked: Collection[bytes] = ()
    ) -> tuple[Flag, ...]:
        """Which plates are flagged, given each person's tokens; every person is held against every plate, whatever is found on the way.

        Chance gives each person and plate a lasting lot, so that asking again does not help, and picks as a relation does: wherever
        that person counts.
        """
        limit = asked.chance * _CHANCES
        flags = []
        for place, plate in enumerate(asked.plates):
            mark = hmac.digest(self._keys.mark, _both(asked.scope, plate), "sha256")
            found: list[str] = []
            is_picked = mark in picked
            for person, tokens in people.items():
                is_picked |= limit > 0 and self._lot(person, plate) < limit
                if self.token(person, plate) in tokens:
                    found.append(person)
            if found or is_picked:
                why = _Why(plate, tuple(found))
                flags.append(Flag(place, mark, _locked(self._keys.why, why, mark)))
        return tuple(flags)

    def trace(self, mark: bytes, why: bytes) -> tuple[bytes, ...]:
        """The tokens that the flag with that mark stands on.

        Raises:
            AnotherKey: it was sealed with another key, for another mark, or altered.
        """
        stood = self._stood_on(mark, why)
        return tuple(self.token(person, stood.plate) for person in stood.people)

    def tell(self, mark: bytes, why: bytes, declared: Sequence[Declared]) -> tuple[Reason, ...]:
        """What the flag with that mark stands on, of the relations given; others among them are passed over.

        Raises:
            AnotherKey: as `trace`, or of the words of one.
        """
        stood = self._stood_on(mark, why)
        return tuple(
            Reason(person, self._opened(person, stood.plate, one.words))
            for person in stood.people
            for one in declared
            if one.token == self.token(person, stood.plate)
        )

    def _stood_on(self, mark: bytes, why: bytes) -> _Why:
        opened = _unlocked(self._keys.why, why, mark)
        try:
            return msgspec.json.decode(opened, type=_Why)
        except msgspec.ValidationError as error:
            raise AnotherKey from error

    def _lot(self, person: str, plate: str) -> int:
        return int.from_bytes(hmac.digest(self._keys.chance, _both(person, plate), "sha256")[:8])

    def _words_key(self, person: str, plate: str) -> bytes:
        return hmac.digest(self._keys.words, _both(person, plate), "sha256")

    def _opened(self, person: str, plate: str, words: bytes) -> Words:
        opened = _unlocked(self._words_key(person, plate), words, b"words")
        return msgspec.json.decode(opened, type=Words)


def _both(person: str, plate: str) -> bytes:
    # With its length before it, so that no other pair has the same bytes.
    first = person.encode()
    return b"%d:%b%b" % (len(first), first, plate.encode())


def _locked(key: bytes, told: Words | _Why, bound_to: bytes) -> bytes:
    plain = msgspec.json.encode(told)
    # JSON takes spaces at its end; with them all have one length, or a few.
    padded = plain.ljust(-(-len(plain) // _WORDS_BYTES) * _WORDS_BYTES)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, padded, bound_to)


def _unlocked(key: bytes, locked: bytes, bound_to: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise AnotherKey from error
