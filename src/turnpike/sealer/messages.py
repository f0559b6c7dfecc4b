"""What goes to and from the sealer: one question and one answer a connection, each a length and as much JSON."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from typing import Protocol

    class Reading(Protocol):
        """What a message is read from."""

        def read(self, size: int, /) -> bytes: ...

    class Writing(Protocol):
        """What a message is written onto."""

        def write(self, body: bytes, /) -> int: ...
        def flush(self) -> None: ...


MAX_MESSAGE_BYTES = 64_000_000
"""Source: ours; 10,000 plates and their marks take some 700 kB, a case with 400 people of 50 declarations each some 57 MB."""
_LENGTH = struct.Struct(">I")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a relation is: its kind, who said so (`self` or a role), and why."""

    kind: str
    told_by: str
    note: str = ""


class Declared(msgspec.Struct, frozen=True):
    """One relation as the records keep it: nobody can tell its plate or its words from it."""

    token: bytes
    words: bytes


class Concerned(msgspec.Struct, frozen=True):
    """One person whose relations count for a look, and all of them."""

    person: str
    declared: tuple[Declared, ...]


class Seal(msgspec.Struct, frozen=True, tag="seal"):
    """Asks for one relation to be sealed."""

    person: str
    plate: str
    words: Words


class Match(msgspec.Struct, frozen=True, tag="match"):
    """Asks which of `plates` one of `people` has a relation to, or chance picks.

    `share` (0 to 1) is how often chance picks a plate that nobody has a relation to; `scope` names who is answered, so that a
    mark of one's own is another than anybody else's for the same plate. What has a mark in `picked` is picked again.
    """

    people: tuple[Concerned, ...]
    plates: tuple[str, ...]
    scope: str
    share: float
    picked: tuple[bytes, ...] = ()


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """Asks what stands behind one flag; `asker` is who is told."""

    asker: str
    mark: bytes
    why: bytes


class Sealed(msgspec.Struct, frozen=True, tag="sealed"):
    """A relation as the records may keep it."""

    token: bytes
    words: bytes


class Matched(msgspec.Struct, frozen=True, tag="matched"):
    """For each plate in order: whether it is flagged, by a relation or by chance; its mark; and of a flagged one why, sealed."""

    flagged: tuple[bool, ...]
    marks: tuple[bytes, ...]
    whys: tuple[bytes, ...]


class Reason(msgspec.Struct, frozen=True):
    """One relation that a flag stands on."""

    person: str
    words: Words


class Told(msgspec.Struct, frozen=True, tag="told"):
    """What a flag stands on; nothing where chance picked."""

    reasons: tuple[Reason, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """No answer, and why: over the budget, sealed with another key, or not understood."""

    why: Literal["budget", "key", "question"]


Question = Seal | Match | Tell
Answer = Sealed | Matched | Told | Refused


def write_message(stream: Writing, message: Question | Answer) -> None:
    """One message onto the stream."""
    body = msgspec.json.encode(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_question(stream: Reading) -> Question:
    """The question on the stream.

    Raises:
        EOFError: it ends before the message does.
        msgspec.MsgspecError: it is too long, or no question.
    """
    question: Question = msgspec.json.decode(_body(stream), type=Question)
    return question


def read_answer(stream: Reading) -> Answer:
    """The answer on the stream. Errors as `read_question`."""
    answer: Answer = msgspec.json.decode(_body(stream), type=Answer)
    return answer


def _body(stream: Reading) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > MAX_MESSAGE_BYTES:
        raise msgspec.ValidationError("The message is too long.")
    return _exactly(stream, length)


def _exactly(stream: Reading, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return body
