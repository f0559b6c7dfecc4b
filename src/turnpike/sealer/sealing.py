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

from turnpike.sealer.messages import Matched, Reason, Sealed, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.sealer.messages import Declared, Match

NAME_BYTES = 8
"""The key's name, at the head of each token: 64 bits, to know another key's tokens by."""
_NONCE_BYTES = 12
_WORDS_BYTES = 2048
_CHANCES = 2**64


class AnotherKey(Exception):
    """Something was sealed with another key."""


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

    def match(self, asked: Match) -> Matched:
        """Which plates are flagged; every person is held against every plate, whatever is found on the way.

        Chance gives each person and plate a lasting lot, so that asking again does not help, and picks as a relation does: wherever
        that person counts. The share is parted among the people and plates, so that a look is picked that often in all.

        Raises:
            AnotherKey: a token was sealed with another key.
        """
        known = [(one.person, self._by_token(one.declared)) for one in asked.people]
        limit = asked.share * _CHANCES / max(1, len(known) * len(asked.plates))
        before = frozenset(asked.picked)
        flagged, marks, whys = [], [], []
        for plate in asked.plates:
            mark = hmac.digest(self._keys.mark, _both(asked.scope, plate), "sha256")
            found: list[Reason] = []
            picked = mark in before
            for person, declared in known:
                picked |= limit > 0 and self._lot(person, plate) < limit
                locked = declared.get(self.token(person, plate), ())
                found.extend(Reason(person, self._opened(person, plate, words)) for words in locked)
            flagged.append(bool(found) or picked)
            marks.append(mark)
            whys.append(_locked(self._keys.why, found, mark) if found or picked else b"")
        return Matched(tuple(flagged), tuple(marks), tuple(whys))

    def tell(self, mark: bytes, why: bytes) -> tuple[Reason, ...]:
        """What the flag with that mark stands on.

        Raises:
            AnotherKey: it was sealed with another key, for another mark, or altered.
        """
        return msgspec.json.decode(_unlocked(self._keys.why, why, mark), type=tuple[Reason, ...])

    def _by_token(self, declared: Sequence[Declared]) -> Mapping[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for one in declared:
            if not one.token.startswith(self._keys.name):
                raise AnotherKey
            found.setdefault(one.token, []).append(one.words)
        return found

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


def _locked(key: bytes, told: Words | list[Reason], bound_to: bytes) -> bytes:
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
