"""An endless multipart answer cut into its parts, within bounds, and the same parts however its bytes arrive.

Source: RFC 2046, section 5.1, and what cameras make of it: the two dashes written into the header as well, no boundary in the header, line ends of one byte or
the wrong way round, a length that is missing or wrong, a closing boundary after which it goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HEAD_BYTES = 4096
"""Of one part's head, and of a line that may be a boundary. Source: ours; cameras' have under 300."""
MAX_PART_BYTES = 16 * 2**20 - 64 * 1024
"""Of one part's contents, so that with its head it is a message as large as may be posted. Source: ours."""
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,"]{1,200}))""", re.IGNORECASE)
_LENGTH = re.compile(rb"^[ \t]*content-length[ \t]*:[ \t]*(\d{1,12})[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_FIELD = re.compile(rb"[ \t\r]*[a-z-]{1,60}[ \t]*:", re.IGNORECASE)
# A blank line between boundary and head, as some cameras send it: of a part without a head the contents would begin so.
_BLANK_LINE_TOO_MANY = re.compile(rb"\r?\n(?=content-)", re.IGNORECASE)
_TOLD_BY_BYTES = len(b"\r\ncontent-")
_LINE_REST = rb"(--)?[ \t\r\0]{0,64}"
_ANY_BOUNDARY = rb"--(?=[^\r\n]*[^\s-])[^\r\n]{1,199}?"
_MAX_BOUNDARY_LINE_BYTES = 512
_FED_BYTES = 16 * 1024
_BLANK = b"\0 \t\r\n"


class PassedOver(Enum):
    """Why something that came was not taken; the value is what is said of it."""

    TOO_LARGE = "a part was larger than 16 MB; let the camera send smaller pictures"
    LONG_HEAD = "the head of a part was longer than any camera's"
    CUT = "the connection ended within a part"
    STRAY = (
        "something stood between two parts that belongs to neither; a length that the camera tells is wrong"
    )
    NO_EVENT = "a picture came without an event before it"
    LATE = "a picture came so late that its event was handed on without it"
    TOO_MANY = "an event came with more pictures than one message may hold"


@dataclass(frozen=True, slots=True)
class StreamPart:
    """One part: its head's lines, without the blank one, and its contents."""

    head: bytes
    content: bytes


type_step = tuple[bool, "StreamPart | PassedOver | None"]
"""Whether something was done, and what it gave."""


class _Place(Enum):
    BETWEEN = 1  # before a boundary; nothing that is there is taken
    HEAD = 2
    COUNTED = 3  # contents whose length the head told
    UNCOUNTED = 4  # contents up to the next boundary


class Splitter:
    """Takes the answer's bytes in pieces of any size and gives its parts, and what was passed over, in order.

    Where a boundary is looked for, what is held begins with a line end, its own or one that is put there.
    """

    def __init__(self, content_type: str, *, max_part_bytes: int = MAX_PART_BYTES) -> None:
        named = _BOUNDARY.search(content_type)
        written = (named[1] or named[2]).encode("latin-1", "replace") if named else b""
        self._max_part_bytes = max_part_bytes
        self._pattern, self._last_pattern = _patterns(written)
        self._data = bytearray(b"\n")
        self._place = _Place.BETWEEN
        self._has_begun = self._is_end = False
        self._head = b""
        self._length = 0
        # Before here no boundary begins.
        self._looked_at = 0
        # Whether what stands before the next boundary is to be told of, and whether there is such.
        self._tells_of_stray = self._is_stray = False

    @property
    def held_bytes(self) -> int:
        """How much waits to become a part."""
        return len(self._data)

    @property
    def is_within_part(self) -> bool:
        """Whether a part has begun and is not whole; some cameras send its boundary as soon as the one before is over."""
        is_before = self._place is _Place.BETWEEN or (
            self._place is _Place.HEAD and not self._data.strip(_BLANK)
        )
        return not is_before

    def feed(self, data: bytes) -> list[StreamPart | PassedOver]:
        """What is whole with these bytes."""
        found: list[StreamPart | PassedOver] = []
        # Little at once: what follows a part is moved, and a hostile piece may hold thousands.
        for at in range(0, len(data), _FED_BYTES):
            self._data += data[at : at + _FED_BYTES]
            found += self._steps()
        return found

    def end(self) -> list[StreamPart | PassedOver]:
        """What is left when the answer ends: without a length, contents are whole then."""
        self._is_end = True
        found = list(self._steps())
        if self._place is _Place.UNCOUNTED and self._data.strip(_BLANK):
            found.append(StreamPart(self._head, bytes(self._data[1:])))
        elif self._place is _Place.COUNTED or (self._place is _Place.HEAD and self._data.strip(_BLANK)):
            found.append(PassedOver.CUT)
        elif self._tells_of_stray and (self._is_stray or self._data.strip(_BLANK)):
            found.append(PassedOver.STRAY)
        self._data.clear()
        self._seek(tells_of_stray=False)
        return found

    def _steps(self) -> Iterator[StreamPart | PassedOver]:
        steps = {
            _Place.BETWEEN: self._between,
            _Place.HEAD: self._in_head,
            _Place.COUNTED: self._counted,
            _Place.UNCOUNTED: self._uncounted,
        }
        goes_on = True
        while goes_on:
            goes_on, found = steps[self._place]()
            if found is not None:
                yield found

    def _between(self) -> type_step:
        found = self._boundary()
        before = self._data[: found.start() if found else self._looked_at]
        self._is_stray = self._is_stray or bool(before.strip(_BLANK))
        if found is None:
            del self._data[: self._looked_at]
            self._looked_at = 0
            return False, None
        told = PassedOver.STRAY if self._is_stray and self._tells_of_stray else None
        self._pass_boundary(found)
        return True, told

    def _in_head(self) -> type_step:
        data = self._data
        if len(data) < _TOLD_BY_BYTES and not self._is_end:
            return False, None
        if (blank := _BLANK_LINE_TOO_MANY.match(data)) is not None:
            del data[: blank.end()]
        first_end = data.find(b"\n", 0, MAX_HEAD_BYTES)
        if first_end != -1 and not _FIELD.match(data, 0, first_end):
            # There is no head.
            if not data[:first_end].strip(b"\r"):
                del data[: first_end + 1]
            return self._begin_content(b"")
        found = _HEAD_END.search(data, 0, MAX_HEAD_BYTES)
        if found is not None:
            head = bytes(data[: found.start()])
            del data[: found.end()]
            return self._begin_content(head)
        if len(data) < MAX_HEAD_BYTES:
            return False, None
        self._seek(tells_of_stray=False)
        return True, PassedOver.LONG_HEAD

    def _begin_content(self, head: bytes) -> type_step:
        told = _LENGTH.search(head)
        self._head, self._length = head, int(told[1]) if told else 0
        if self._length > self._max_part_bytes:
            self._seek(tells_of_stray=False)
            return True, PassedOver.TOO_LARGE
        # A length of nothing is what some tell of everything.
        self._place = _Place.COUNTED if self._length else _Place.UNCOUNTED
        if not self._length:
            self._data[:0] = b"\n"
            self._looked_at = 0
        return True, None

    def _counted(self) -> type_step:
        if len(self._data) < self._length:
            return False, None
        part = StreamPart(self._head, bytes(self._data[: self._length]))
        del self._data[: self._length]
        self._seek(tells_of_stray=True)
        return True, part

    def _uncounted(self) -> type_step:
        found = self._boundary()
        end = found.start() if found else self._looked_at
        if found and end > 1 and self._data[end - 1 : end] == b"\r":
            end -= 1
        # Of one that has not ended, the last byte may be half a line end.
        if end - (1 if found else 2) > self._max_part_bytes:
            if found:
                self._pass_boundary(found)
            else:
                self._seek(tells_of_stray=False)
            return True, PassedOver.TOO_LARGE
        if found is None:
            return False, None
        part = StreamPart(self._head, bytes(self._data[1:end])) if end > 1 else None
        self._pass_boundary(found)
        return True, part

    def _boundary(self) -> re.Match[bytes] | None:
        """The next line that is a boundary; without one, `_looked_at` says from where it may still come."""
        pattern = self._last_pattern if self._is_end else self._pattern
        found = pattern.search(self._data, self._looked_at)
        if found is None:
            line = self._data.rfind(b"\n", self._looked_at)
            is_long = line == -1 or len(self._data) - line > _MAX_BOUNDARY_LINE_BYTES
            self._looked_at = len(self._data) if is_long else line
        return found

    def _pass_boundary(self, found: re.Match[bytes]) -> None:
        is_last = found[2] is not None
        if not self._has_begun:
            # Whatever was named, the first that comes is the one.
            self._pattern, self._last_pattern = _patterns(found[1].removeprefix(b"--"), dashes=False)
            self._has_begun = True
        # Its line end stays where the next boundary may follow at once.
        del self._data[: found.end()]
        if is_last:
            self._seek(tells_of_stray=False)
        else:
            self._place, self._looked_at, self._tells_of_stray = _Place.HEAD, 0, False

    def _seek(self, *, tells_of_stray: bool) -> None:
        self._place = _Place.BETWEEN
        self._data[:0] = b"\n"
        self._looked_at, self._is_stray, self._tells_of_stray = 0, False, tells_of_stray


def _patterns(written: bytes, *, dashes: bool = True) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A line that is a boundary, with group 1 the boundary and 2 where it is the last; the second takes the answer's end for a line's too."""
    # Some write the two dashes into the header as well, and not once more into the body.
    both = [b"--" + written, written] if dashes and written.startswith(b"--") else [b"--" + written]
    boundary = b"|".join(map(re.escape, both)) if written else _ANY_BOUNDARY
    line = b"\n(" + boundary + b")" + _LINE_REST
    return re.compile(line + b"\n"), re.compile(line + b"(?:\n|\\Z)")
