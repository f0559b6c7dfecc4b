"""Parts of an event stream brought together: an event and the pictures that follow it are one message, as if the camera had posted it.

What only says that the camera lives is one now and then: cameras say so each few seconds, and some tell of every movement.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.ingest.feeding import MAX_BODY_BYTES
from turnpike.ingest.stream_parts import PassedOver, StreamPart
from turnpike.ingest.vendor_parts import MAX_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.ingest.stream_settings import EventStream

LIFE_EVERY_S = 60.0
"""How often a sign of life is handed on. Source: ours; a camera counts as silent after ten minutes at the soonest."""
_BOUNDARY, _HASH_LETTERS = b"turnpike-part-", 32
_KEPT_FIELD = re.compile(
    rb"^[ \t\r]*(content-(?:type|disposition)[ \t]*:[^\r\n]*)", re.IGNORECASE | re.MULTILINE
)
_IMAGE = re.compile(rb"^content-type[ \t]*:[ \t]*image/", re.IGNORECASE | re.MULTILINE)
_JPEG = b"\xff\xd8"
_OTHER_LETTERS = b"\0"


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message for the spool, in the form of one that is posted; `is_life` where it only says that the camera lives."""

    content_type: str
    body: bytes
    is_life: bool = False


class Gathering:
    """Takes parts in order and gives messages. `clock` is monotonic, in seconds."""

    def __init__(self, stream: EventStream, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._tells = re.compile(stream.tells_of_vehicle, re.IGNORECASE)
        self._said = re.compile(stream.pictures_said, re.IGNORECASE) if stream.pictures_said else None
        self._parts: list[StreamPart] = []
        self._bytes = 0
        self._pictures_due: int | None = None
        # Of a picture that comes while no event waits; None where it is one more of an event that has all that it said.
        self._why_stray: PassedOver | None = PassedOver.NO_EVENT
        self._life_s = float("-inf")

    @property
    def held_bytes(self) -> int:
        """How much of an event waits for its pictures."""
        return self._bytes

    @property
    def waits(self) -> bool:
        """Whether an event waits for pictures that may still follow."""
        return bool(self._parts)

    @property
    def is_announced(self) -> bool:
        """Whether the event itself said that pictures follow which are not there yet."""
        return self._pictures_due is not None and bool(self._parts)

    def add(self, part: StreamPart) -> tuple[list[StreamMessage], PassedOver | None]:
        """What is whole with this part, and why the part itself was not taken, where it was not."""
        if part.content[:2] == _JPEG or _IMAGE.search(part.head):
            return self._add_picture(part)
        given = self.flush()
        text = part.content
        # What is written in two bytes a letter cannot be looked through so, and is taken for an event.
        if not self._tells.search(text) and _OTHER_LETTERS not in text.strip(_OTHER_LETTERS):
            self._why_stray = PassedOver.NO_EVENT
            return given + self._life(part), None
        self._parts, self._bytes = [part], _size(part)
        self._pictures_due = self._due(text)
        if self._pictures_due == 0:
            given += self.flush()
        return given, None

    def flush(self) -> list[StreamMessage]:
        """The event that waits, with the pictures that came."""
        if not self._parts:
            return []
        message = _message(self._parts)
        has_all = self._pictures_due is not None and len(self._parts) - 1 >= self._pictures_due
        self._why_stray = None if has_all else PassedOver.LATE
        self._parts, self._bytes = [], 0
        return [message]

    def _add_picture(self, part: StreamPart) -> tuple[list[StreamMessage], PassedOver | None]:
        if not self._parts:
            return [], self._why_stray
        if len(self._parts) == MAX_PARTS or self._bytes + _size(part) > MAX_BODY_BYTES:
            return [], PassedOver.TOO_MANY
        self._parts.append(part)
        self._bytes += _size(part)
        if self._pictures_due is not None and len(self._parts) - 1 >= self._pictures_due:
            return self.flush(), None
        return [], None

    def _due(self, text: bytes) -> int | None:
        if self._said is None:
            return self._stream.pictures
        said = self._said.search(text)
        return int(said[1]) if said else self._stream.pictures

    def _life(self, part: StreamPart) -> list[StreamMessage]:
        now_s = self._clock()
        if now_s - self._life_s < LIFE_EVERY_S:
            return []
        self._life_s = now_s
        message = _message([part])
        return [StreamMessage(message.content_type, message.body, is_life=True)]


def _size(part: StreamPart) -> int:
    return len(part.content) + len(part.head) + len(_BOUNDARY) + _HASH_LETTERS + 16


def _message(parts: list[StreamPart]) -> StreamMessage:
    # Of the contents, so that the same event is the same message; none can hold its own hash.
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.content)
    boundary = _BOUNDARY + digest.hexdigest()[:_HASH_LETTERS].encode()
    pieces = []
    for part in parts:
        head = b"\r\n".join(_KEPT_FIELD.findall(part.head))
        pieces += [b"--", boundary, b"\r\n", head, b"\r\n\r\n" if head else b"\r\n", part.content, b"\r\n"]
    pieces += [b"--", boundary, b"--\r\n"]
    return StreamMessage(f"multipart/mixed; boundary={boundary.decode()}", b"".join(pieces))
