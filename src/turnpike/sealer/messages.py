"""What goes to and from the sealer: a few messages a connection, each a length and as much MessagePack.

A big question comes in blocks: first what is known of each person (`Hold`, without an answer), then the plates, block by block.
"""

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


MAX_MESSAGE_BYTES = 1_000_000
"""Source: ours; a block of anything is at most half of it, whatever the case and the search."""
TOKENS_A_MESSAGE = 10_000
"""Of 40 bytes, or marks of 32: some 430 kB."""
PLATES_A_MESSAGE = 500
"""Held against a case of 400 people that takes the sealer about a second, which is within what whoever asks waits for."""
MAX_HELD = 200_000
"""Most tokens and marks that one connection may tell. Source: ours; a case of 400 people with 500 declarations each."""
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


class Hold(msgspec.Struct, frozen=True, tag="hold"):
    """Tells, for what is asked next on the same connection, of a person and of all their tokens; or of marks that were picked before.

    Each person whose relations count is told of, with or without tokens.
    """

    person: str | None = None
    tokens: tuple[bytes, ...] = ()
    picked: tuple[bytes, ...] = ()


class Seal(msgspec.Struct, frozen=True, tag="seal"):
    """Asks for one relation to be sealed; `asker` is who declares it."""

    asker: str
    person: str
    plate: str
    words: Words


class Match(msgspec.Struct, frozen=True, tag="match"):
    """Asks which of `plates` one of the people held has a relation to, or chance picks; `asker` is who looks, and pays for it.

    `chance` (0 to 1) is how often it picks one plate for one person; `scope` names who is answered, so that a mark of one's own is
    another than anybody else's for the same plate. What has a mark among those picked before is picked again.
    """

    asker: str
    plates: tuple[str, ...]
    scope: str
    chance: float


class Trace(msgspec.Struct, frozen=True, tag="trace"):
    """Asks for the tokens behind one flag, whose words are then to be told; `asker` is who is told."""

    asker: str
    mark: bytes
    why: bytes


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """Asks what stands behind one flag, given the relations that `Trace` named."""

    asker: str
    mark: bytes
    why: bytes
    declared: tuple[Declared, ...]


class Sealed(msgspec.Struct, frozen=True, tag="sealed"):
    """A relation as the records may keep it."""

    token: bytes
    words: bytes


class Flag(msgspec.Struct, frozen=True):
    """A plate that is flagged, by a relation or by chance: its place in the question, its mark, and why, sealed."""

    place: int
    mark: bytes
    why: bytes


class Matched(msgspec.Struct, frozen=True, tag="matched"):
    """The plates that are flagged, in their order; and about whom so much was asked today that it should be looked into."""

    flags: tuple[Flag, ...]
    alarmed: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True):
    """One relation that a flag stands on."""

    person: str
    words: Words


class Traced(msgspec.Struct, frozen=True, tag="traced"):
    """The tokens that a flag stands on; none where chance picked."""

    tokens: tuple[bytes, ...]


class Told(msgspec.Struct, frozen=True, tag="told"):
    """What a flag stands on; nothing where chance picked."""

    reasons: tuple[Reason, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """No answer, and why: over the asker's budget, over what may be asked about one person, sealed with another key, or not understood."""

    why: Literal["budget", "ceiling", "key", "question"]


Question = Hold | Seal | Match | Trace | Tell
Answer = Sealed | Matched | Traced | Told | Refused


def write_message(stream: Writing, message: Question | Answer) -> None:
    """One message onto the stream."""
    body = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_question(stream: Reading) -> Question:
    """The question on the stream.

    Raises:
        EOFError: it ends before the message does.
        msgspec.MsgspecError: it is too long, or no question.
    """
    question: Question = msgspec.msgpack.decode(_body(stream), type=Question)
    return question


def read_answer(stream: Reading) -> Answer:
    """The answer on the stream. Errors as `read_question`."""
    answer: Answer = msgspec.msgpack.decode(_body(stream), type=Answer)
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
