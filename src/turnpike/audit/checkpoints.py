"""What a log signs: its name, its size and its root.

Source: C2SP tlog-checkpoint on C2SP signed-note.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit.errors import AuditError
from turnpike.audit.frontier import MAX_TREE_SIZE
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES
from turnpike.audit.notes import decode_base64, open_note, sign_note, split_note

if TYPE_CHECKING:
    from turnpike.audit.notes import Signer, Verifier

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One state of a log.

    Raises:
        AuditError: the origin is empty or more than one line, the size negative or above 2^63 - 1, the
            root not 32 bytes, or not the empty root at size 0.
    """

    origin: str
    """The log's name, such as `example.org/turnpike`; also the name of the key that signs."""
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise AuditError("A checkpoint's origin is one line that is not empty.")
        if not 0 <= self.size <= MAX_TREE_SIZE:
            raise AuditError("A checkpoint's size is from 0 to 2^63 - 1.")
        if len(self.root) != HASH_BYTES or (self.size == 0 and self.root != EMPTY_ROOT):
            raise AuditError("A checkpoint's root has 32 bytes, and at size 0 is the empty tree's.")

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, *further: Signer) -> str:
    """The checkpoint as a signed note, under more than one key of the log while one takes over from another.

    Raises:
        AuditError: a signer's name is not the origin; a key of one log must not speak for another.
    """
    for each in (signer, *further):
        _check_origin(checkpoint.origin, each.name)
    return sign_note(checkpoint.text, signer, *further)


def open_checkpoint(text: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in `text`, once `verifier`'s signature holds. Extension lines are passed over.

    Raises:
        AuditError: it is no checkpoint of the log that the verifier names.
        TamperError: it is not signed by that key, or was altered.
    """
    checkpoint = parse_checkpoint(open_note(text, verifier))
    _check_origin(checkpoint.origin, verifier.name)
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text, without its signatures. Extension lines are passed over.

    Raises:
        AuditError: it is none.
    """
    lines = text.split("\n")[:-1]
    if len(lines) < _LINES or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise AuditError("This is no checkpoint: an origin, a size and a root, a line each; fetch it again.")
    return Checkpoint(lines[0], int(lines[1]), decode_base64(lines[2]))


def unverified_checkpoint(note: str) -> Checkpoint:
    """What a signed note says of a log, whoever signed it: to know whose key to check it with, no more.

    Raises:
        AuditError: it is no signed note, or no checkpoint.
    """
    return parse_checkpoint(split_note(note)[0])


def _check_origin(origin: str, name: str) -> None:
    if origin != name:
        raise AuditError(
            "The checkpoint is another log's: its origin is not the key's name; use that log's key."
        )
