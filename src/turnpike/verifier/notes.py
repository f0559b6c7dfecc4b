"""Keys, signed notes, checkpoints and cosignatures.

Source: C2SP signed-note, tlog-checkpoint and tlog-cosignature (Ed25519: type 1 for a log's own key, type 4 for a witness's).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import Altered, Unusable
from .tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG_KEY, WITNESS_KEY = 1, 4
_KEY_BYTES, _ID_BYTES, _SIGNATURE_BYTES, _TIME_BYTES = 32, 4, 64, 8
_MOST_CHARACTERS, _MOST_SIGNATURES = 1_000_000, 100
_LATEST = 253_402_300_799
"""The last second that a calendar of four-digit years has."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its name; `kind` is LOG_KEY or WITNESS_KEY."""

    name: str
    kind: int
    material: bytes

    @classmethod
    def parse(cls, text: str, kind: int) -> Key:
        """The key in a line `name+id+base64`.

        Raises:
            Unusable: it is none, of another kind, or damaged.
        """
        parts = text.strip().split("+", 2)
        decoded = unbase64(parts[2]) if len(parts) == 3 else None  # noqa: PLR2004 - name, id, key
        if decoded is None or len(decoded) != 1 + _KEY_BYTES or not _is_name(parts[0]):
            raise Unusable("A key is one line, name+id+base64, as its owner publishes it; give it so.")
        key = cls(parts[0], decoded[0], decoded[1:])
        if key.kind != kind:
            other = "a log's key (--key)" if key.kind == LOG_KEY else "a witness's key (--witness)"
            raise Unusable(
                f"The key of {key.name} is of another kind: {other}, or one that is not known here."
            )
        if parts[1] != key.key_id.hex():
            raise Unusable(
                f"The key of {key.name} is damaged: its id does not fit; ask its owner for it again."
            )
        return key

    @property
    def key_id(self) -> bytes:
        """4 bytes that tell keys of one name apart; a hint, not a proof."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.material
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the 64 bytes are this key's signature over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.material).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """A line under a note: whose it says it is, and the bytes."""

    name: str
    key_id: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines under it; nothing is checked yet."""

    where: str
    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, where: str, raw: bytes) -> Note:
        """The note in the bytes of the file `where`.

        Raises:
            Altered: they are none.
        """
        try:
            decoded = raw.decode()
        except UnicodeDecodeError:
            decoded = ""
        body, blank, below = decoded.rpartition("\n\n")
        lines = below.split("\n")
        strange = any(character < " " and character != "\n" for character in decoded)
        if not blank or lines.pop() or strange or len(decoded) > _MOST_CHARACTERS:
            raise Altered(where, "it is no signed text any more: it was altered or cut short.")
        if not 1 <= len(lines) <= _MOST_SIGNATURES:
            raise Altered(where, "it has no signature, or too many.")
        return cls(where, body + "\n", tuple(_signature(where, line) for line in lines))

    def signers(self, keys: Sequence[Key]) -> tuple[Key, ...]:
        """Which of the log's keys signed it.

        Raises:
            Altered: a signature of one of them does not hold.
        """
        found = []
        for key in keys:
            for line in self._lines_of(key):
                if not key.holds(line.data, self.text.encode()):
                    raise Altered(
                        self.where, f"the signature of {key.name} does not fit the text: one was altered."
                    )
                found.append(key)
        return tuple(dict.fromkeys(found))

    def cosigned_at(self, witness: Key) -> datetime | None:
        """When that witness cosigned it (UTC); nothing where it did not.

        Raises:
            Altered: its cosignature does not hold.
        """
        found = None
        for line in self._lines_of(witness):
            seconds = int.from_bytes(line.data[:_TIME_BYTES])
            message = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
            whole = len(line.data) == _TIME_BYTES + _SIGNATURE_BYTES and seconds <= _LATEST
            if not whole or not witness.holds(line.data[_TIME_BYTES:], message):
                raise Altered(
                    self.where, f"the cosignature of {witness.name} does not fit the text: one was altered."
                )
            found = datetime.fromtimestamp(seconds, UTC)
        return found

    def _lines_of(self, key: Key) -> list[Signature]:
        return [line for line in self.signatures if (line.name, line.key_id) == (key.name, key.key_id)]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One state of a log: its name, its size in entries and its root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, note: Note) -> Checkpoint:
        """The state that a note tells; whose word it is, the note's signatures say.

        Raises:
            Altered: it tells none.
        """
        lines = note.text.split("\n")[:-1]
        root = unbase64(lines[2]) if len(lines) >= 3 else None  # noqa: PLR2004 - origin, size, root
        if root is None or len(root) != HASH_BYTES or not all(lines) or not _NUMBER.fullmatch(lines[1]):
            raise Altered(
                note.where, "it is no checkpoint any more: an origin, a size and a root, a line each."
            )
        size = int(lines[1])
        if size > MAX_SIZE or (size == 0 and root != EMPTY_ROOT):
            raise Altered(note.where, "no log can have that size and root.")
        return cls(lines[0], size, root)


def unbase64(text: str) -> bytes | None:
    """The bytes, where the text is the one right way to write them."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None


def _signature(where: str, line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    decoded = unbase64(encoded)
    if not line.startswith(_DASH) or not _is_name(name) or decoded is None or len(decoded) <= _ID_BYTES:
        raise Altered(where, "a signature line was altered: a dash, a name and base64 are expected.")
    return Signature(name, decoded[:_ID_BYTES], decoded[_ID_BYTES:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)
