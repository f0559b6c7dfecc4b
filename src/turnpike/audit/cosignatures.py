"""A witness's word that a log's checkpoint continues all that it saw of that log before, and when it said so.

A cosignature stands under the checkpoint like the log's own signature, and holds a time. Enough of them, by
bodies that the log's owner does not command, show that everybody is shown one log.

Source: C2SP tlog-cosignature, Ed25519 (signature type 0x04).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.audit.checkpoints import Checkpoint, open_checkpoint
from turnpike.audit.errors import AuditError, TamperError
from turnpike.audit.notes import (
    NoteSignature,
    Signer,
    Verifier,
    key_id_of,
    parse_public_key,
    public_key_of,
    split_note,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TYPE = b"\x04"
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """Whose cosignatures are checked: a witness's name and 32-byte Ed25519 public key.

    Raises:
        AuditError: the name is empty or holds a space or `+`, or the key is no Ed25519 key.
    """

    name: str
    key: bytes

    def __post_init__(self) -> None:
        self._verifier()

    @property
    def key_id(self) -> bytes:
        """4 bytes that say which key of that name, other than those of the same key as a log's; a hint."""
        return key_id_of(self.name, _TYPE + self.key)

    @property
    def public_key(self) -> str:
        """The C2SP verifier key, `name+keyid+base64`, as `CosignatureVerifier.parse` takes it."""
        return public_key_of(self.name, _TYPE + self.key)

    @classmethod
    def parse(cls, public_key: str) -> CosignatureVerifier:
        """The verifier in a C2SP verifier key.

        Raises:
            AuditError: it is none, its key id is another's, or it is not for Ed25519 cosignatures.
        """
        name, material = parse_public_key(public_key)
        if material[:1] != _TYPE:
            raise AuditError("This is no witness's key (Ed25519, type 4); ask the witness for it again.")
        return cls(name, material[1:])

    def made(self, signature: NoteSignature) -> bool:
        """Whether a line claims to be this witness's."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def check(self, text: str, signature: NoteSignature) -> datetime:
        """When this witness cosigned a checkpoint's `text`, in UTC, to the second. That may be in the future.

        Raises:
            TamperError: it did not.
        """
        signed = signature.signed
        if not self.made(signature) or len(signed) != _TIME_BYTES + _SIGNATURE_BYTES:
            raise TamperError("This is no cosignature of that witness; ask it for one again.")
        seconds = int.from_bytes(signed[:_TIME_BYTES])
        self._verifier().check(_cosigned_text(text, seconds), signed[_TIME_BYTES:])
        try:
            return _EPOCH + timedelta(seconds=seconds)
        except OverflowError:
            raise TamperError("The witness's clock is beyond the year 9999; ask it for another.") from None

    def _verifier(self) -> Verifier:
        return Verifier(self.name, self.key)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Who cosigns: a witness's name and the 32-byte seed of an Ed25519 key that it uses for nothing else.

    Raises:
        AuditError: the name is empty or holds a space or `+`, or the seed is not 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        self._signer()

    @property
    def verifier(self) -> CosignatureVerifier:
        """What others need to check this witness's cosignatures."""
        return CosignatureVerifier(self.name, self._signer().verifier.key)

    @property
    def public_key(self) -> str:
        """The C2SP verifier key to publish."""
        return self.verifier.public_key

    def cosign(self, note: str, at: datetime) -> NoteSignature:
        """The cosignature of the checkpoint in `note`, said `at` an aware instant since 1970.

        The witness has to have opened the note with the log's key and checked that it continues what it saw.

        Raises:
            AuditError: it is no signed note, or the instant is before 1970.
        """
        if at < _EPOCH:
            raise AuditError("A cosignature's time is after 1970; set the witness's clock.")
        seconds = int((at - _EPOCH).total_seconds())
        signed = self._signer().sign(_cosigned_text(split_note(note)[0], seconds))
        return NoteSignature(self.name, self.verifier.key_id, seconds.to_bytes(_TIME_BYTES) + signed)

    def _signer(self) -> Signer:
        return Signer(self.name, self.seed)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint that its log signed, and which of the known witnesses cosigned it, when."""

    checkpoint: Checkpoint
    cosigned_by: Mapping[str, datetime]


def open_cosigned(note: str, log: Verifier, witnesses: Sequence[CosignatureVerifier]) -> Cosigned:
    """The checkpoint in `note`, once `log` signed it, with the witnesses that cosigned it, each name once.

    How many are enough is the caller's to say. Lines under other keys are passed over.

    Raises:
        AuditError: it is no checkpoint of that log, or one key is given under two names.
        TamperError: it is not signed by the log, or a known key's line does not hold.
    """
    keys = {log.key: log.name}
    for witness in witnesses:
        if keys.setdefault(witness.key, witness.name) != witness.name or witness.key == log.key:
            raise AuditError("Each witness has a key of its own, which is not the log's; ask for it again.")
    checkpoint = open_checkpoint(note, log)
    text, signatures = split_note(note)
    cosigned_by: dict[str, datetime] = {}
    for witness in witnesses:
        for signature in filter(witness.made, signatures):
            at = witness.check(text, signature)
            cosigned_by[witness.name] = max(at, cosigned_by.get(witness.name, at))
    return Cosigned(checkpoint, MappingProxyType(cosigned_by))


def add_signatures(note: str, signatures: Iterable[NoteSignature]) -> str:
    """`note` with further lines under it, those of a key that has one already replaced. None is checked.

    Raises:
        AuditError: it is no signed note.
    """
    text, standing = split_note(note)
    by_key = {(signature.name, signature.key_id): signature for signature in (*standing, *signatures)}
    return f"{text}\n{''.join(signature.line for signature in by_key.values())}"


def _cosigned_text(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"
