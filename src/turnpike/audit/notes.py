"""Signed notes: a text and lines under it that say who signed it.

Source: C2SP signed-note (Ed25519, signature type 0x01), the format of Go's sumdb/note, so that outsiders
check our signatures with tools that we did not write.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from turnpike.audit.errors import AuditError, TamperError

SEED_BYTES = 32
MAX_NOTE_CHARACTERS = 1_000_000
MAX_SIGNATURES = 100
"""Source: the limits of Go's sumdb/note; C2SP demands that at least 16 are accepted."""

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_KEY_BYTES = 32
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who a signature is checked against: a name and a 32-byte Ed25519 public key.

    Raises:
        AuditError: the name is empty or holds a space or `+`, or the key is no Ed25519 key.
    """

    name: str
    key: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key) != _KEY_BYTES:
            raise AuditError(f"An Ed25519 public key has {_KEY_BYTES} bytes; ask its owner for it again.")

    @property
    def key_id(self) -> bytes:
        """4 bytes that say which key of that name; a hint, not a proof."""
        return key_id_of(self.name, _ED25519 + self.key)

    @property
    def public_key(self) -> str:
        """The C2SP verifier key, `name+keyid+base64`, as `Verifier.parse` takes it."""
        return public_key_of(self.name, _ED25519 + self.key)

    @classmethod
    def parse(cls, public_key: str) -> Verifier:
        """The verifier in a C2SP verifier key.

        Raises:
            AuditError: it is none, its key id is another's, or its signature type is not Ed25519.
        """
        name, material = parse_public_key(public_key)
        if material[:1] != _ED25519:
            raise AuditError("The verifier key is not an Ed25519 key (type 1); ask its owner for it again.")
        return cls(name, material[1:])

    def check(self, text: str, signature: bytes) -> None:
        """Returns when `signature` (64 bytes) is this key's over `text`.

        Raises:
            TamperError: it is not.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise TamperError("The signature does not fit the text: one of them was altered.") from None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a name and the 32-byte seed of an Ed25519 key.

    Raises:
        AuditError: the name is empty or holds a space or `+`, or the seed is not 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != SEED_BYTES:
            raise AuditError(f"A signing seed has {SEED_BYTES} bytes; give one of that length.")

    @property
    def verifier(self) -> Verifier:
        """What others need to check this signer's notes."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw())

    @property
    def public_key(self) -> str:
        """The C2SP verifier key to publish."""
        return self.verifier.public_key

    def sign(self, text: str) -> bytes:
        """The 64-byte signature over `text`."""
        return self._key().sign(text.encode())

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A line under a note: whose key, its 4-byte hint, and what that key made of the text.

    Raises:
        AuditError: the name is empty or holds a space or `+`, or nothing is signed.
    """

    name: str
    key_id: bytes
    signed: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != _KEY_ID_BYTES or not self.signed:
            raise AuditError("A signature line is cut short; fetch the note again.")

    @property
    def line(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signed).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """The signature in a line without its newline.

        Raises:
            AuditError: there is none.
        """
        name, separator, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not separator:
            raise AuditError("A signature line is an em dash, a name and base64; fetch the note again.")
        decoded = decode_base64(encoded)
        return cls(name, decoded[:_KEY_ID_BYTES], decoded[_KEY_ID_BYTES:])


def sign_note(text: str, signer: Signer, *further: Signer) -> str:
    """`text`, which ends in a newline, with a blank line and a signature line of each signer under it.

    Raises:
        AuditError: the text has no newline at its end, or control characters.
    """
    _check_characters(text)
    if not text.endswith("\n"):
        raise AuditError("A note's text ends in a newline; add one.")
    lines = [
        NoteSignature(each.name, each.verifier.key_id, each.sign(text)).line for each in (signer, *further)
    ]
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of `note`, once `verifier`'s signature on it holds; other keys' signatures are passed over.

    Raises:
        AuditError: it is no signed note.
        TamperError: `verifier` did not sign it, or a signature of that key does not hold.
    """
    text, signatures = split_note(note)
    signed = False
    for signature in signatures:
        if signature.name == verifier.name and hmac.compare_digest(signature.key_id, verifier.key_id):
            verifier.check(text, signature.signed)
            signed = True
    if not signed:
        raise TamperError("The note is not signed by the key it should be signed by; fetch it again.")
    return text


def split_note(note: str) -> tuple[str, tuple[NoteSignature, ...]]:
    """The text of `note` and the signatures under it, none of them checked.

    Raises:
        AuditError: it is no signed note.
    """
    _check_characters(note)
    body, separator, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not separator or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise AuditError("This is no signed note: a text, a blank line and signature lines; fetch it again.")
    return body + "\n", tuple(NoteSignature.parse(line) for line in lines)


def key_id_of(name: str, material: bytes) -> bytes:
    """The 4 bytes that say which key of that name signed. `material` is the signature type's byte and the public key."""
    return hashlib.sha256(name.encode() + b"\n" + material).digest()[:_KEY_ID_BYTES]


def public_key_of(name: str, material: bytes) -> str:
    """The C2SP verifier key of it, `name+keyid+base64`."""
    return f"{name}+{key_id_of(name, material).hex()}+{base64.b64encode(material).decode()}"


def parse_public_key(public_key: str) -> tuple[str, bytes]:
    """The name and material in a C2SP verifier key of any signature type.

    Raises:
        AuditError: it is none, or its key id is another's.
    """
    name, _, rest = public_key.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    material = decode_base64(encoded)
    if key_id != key_id_of(name, material).hex():
        raise AuditError("The verifier key is damaged: its key id does not fit; ask its owner for it again.")
    return name, material


def decode_base64(encoded: str) -> bytes:
    """The bytes of `encoded`, which must be the one standard way to write them.

    Raises:
        AuditError: it is not.
    """
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded or base64.b64encode(decoded).decode() != encoded:
        raise AuditError("A part that should be base64 is not; fetch the whole again.")
    return decoded


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise AuditError("A key's name is not empty and has no space and no +; choose another.")


def _check_characters(text: str) -> None:
    if len(text) > MAX_NOTE_CHARACTERS:
        raise AuditError(f"A note has at most {MAX_NOTE_CHARACTERS} characters; fetch it again.")
    if any(
        (character < " " and character != "\n") or "\ud800" <= character <= "\udfff" for character in text
    ):
        raise AuditError("A note has no control characters but newlines; fetch it again.")
