"""What a log and a witness say to each other: the bodies of `POST <witness>/add-checkpoint` and its answers.

Who runs the connection is elsewhere, on both sides. Source: C2SP tlog-witness.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit.checkpoints import Checkpoint, unverified_checkpoint
from turnpike.audit.errors import AuditError, TamperError
from turnpike.audit.frontier import MAX_TREE_SIZE
from turnpike.audit.hashing import HASH_BYTES
from turnpike.audit.notes import MAX_SIGNATURES, NoteSignature, decode_base64, split_note

if TYPE_CHECKING:
    from turnpike.audit.cosignatures import CosignatureVerifier

ADD_CHECKPOINT = "add-checkpoint"
"""The path below the witness's address."""
SIZE_TYPE = "text/x.tlog.size"
"""The content type of the answer 409, whose body is the size that the witness cosigned last."""
MAX_PROOF_HASHES = 63
MAX_BODY_BYTES = 2**16
"""Far above what a proof of 63 hashes and a checkpoint under a hundred signatures need."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """What a log asks a witness: to cosign a checkpoint that continues the one it cosigned last.

    Raises:
        AuditError: the old size is negative or above the checkpoint's, the proof has more than 63 hashes, one
            is not 32 bytes, or the note is no checkpoint.
    """

    old_size: int
    """Of the checkpoint that the witness cosigned last; 0 if it never did."""
    proof: tuple[bytes, ...]
    """RFC 6962 consistency from the old size to the checkpoint's; empty from 0."""
    note: str
    """The checkpoint, signed by the log."""

    def __post_init__(self) -> None:
        if len(self.proof) > MAX_PROOF_HASHES or any(len(part) != HASH_BYTES for part in self.proof):
            raise AuditError("A consistency proof has at most 63 hashes of 32 bytes; send one of those.")
        if not 0 <= self.old_size <= self.checkpoint.size:
            raise AuditError("The old size is from 0 to the checkpoint's; send a newer checkpoint.")

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says, whoever signed it."""
        return unverified_checkpoint(self.note)

    @property
    def body(self) -> bytes:
        """The body of the request."""
        hashes = "".join(base64.b64encode(part).decode() + "\n" for part in self.proof)
        return f"old {self.old_size}\n{hashes}\n{self.note}".encode()

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """What a body asks. A witness answers 400 where it asks nothing.

        Raises:
            AuditError: as the class does, or it is no such body.
        """
        if len(body) > MAX_BODY_BYTES:
            raise AuditError(f"The request is longer than {MAX_BODY_BYTES} bytes; send a checkpoint alone.")
        try:
            head, separator, note = body.decode().partition("\n\n")
        except UnicodeDecodeError:
            head, separator, note = "", "", ""
        first, *hashes = head.split("\n")
        old = _OLD.fullmatch(first)
        if not separator or old is None:
            raise AuditError("The request is `old` and a size, a proof, an empty line and a checkpoint.")
        return cls(int(old[1]), tuple(decode_base64(part) for part in hashes), note)


def read_cosignature(answer: bytes, note: str, witness: CosignatureVerifier) -> NoteSignature:
    """The line of a witness's answer 200 that is its cosignature of `note`; others' lines are passed over.

    Raises:
        AuditError: the answer is no signature lines.
        TamperError: `witness` did not cosign this checkpoint in it.
    """
    try:
        lines = answer[:MAX_BODY_BYTES].decode().split("\n")
    except UnicodeDecodeError:
        lines = []
    if not 1 < len(lines) <= MAX_SIGNATURES + 1 or lines.pop():
        raise AuditError("The witness's answer is no signature lines; tell who runs it.")
    text = split_note(note)[0]
    for signature in map(NoteSignature.parse, lines):
        if witness.made(signature):
            witness.check(text, signature)
            return signature
    raise TamperError("The witness's answer holds no cosignature by its key; ask it for its key again.")


def write_size(size: int) -> bytes:
    """The body of the answer 409: the size that the witness cosigned last."""
    return b"%d\n" % size


def read_size(answer: bytes) -> int:
    """The size in the answer 409, to send a proof from.

    Raises:
        AuditError: there is none.
    """
    found = _SIZE.fullmatch(answer.decode("ascii", "replace"))
    if found is None or int(found[1]) > MAX_TREE_SIZE:
        raise AuditError("The witness's answer is no size; tell who runs it.")
    return int(found[1])
