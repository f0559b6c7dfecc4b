"""The forms that makers' messages come in, within bounds: multipart, XML, JSON and `key=value` lines, the last three as one kind of tree.

No document type and no entity is ever read. What is cut short at the end, has no final boundary, or is padded with NUL bytes, as cameras
send it, is read all the same. A body is never held twice: parts are views of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

import msgspec

from turnpike.ingest.vendor_messages import NotUnderstood
from turnpike.ingest.vendor_tree import MAX_DEPTH, MAX_ELEMENTS, Sprout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from turnpike.ingest.vendor_messages import VendorMessage
    from turnpike.ingest.vendor_tree import Element

MAX_PARTS = 64
"""Source: ours; one for each sighting that a message may hold."""
MAX_HEAD_BYTES = 4096
MAX_TAG_BYTES = 256 * 1024
"""Of one XML tag with its attributes, or one comment. Source: ours; makers' tags have under 200 bytes."""
MAX_LINES_BYTES = 2**20
"""Of `key=value` lines. Source: ours; Dahua's longest have about 20 kB."""
_CHUNK_BYTES = 64 * 1024
# What is no UTF-8 is marked, not left out: a plate less a character would be another plate.
_MARKED = bytes(range(128)) + b"?" * 128
_PADDING = b"\0 \t\r\n"
_MARK = b"\xef\xbb\xbf"
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,"]{1,200}))""", re.IGNORECASE)
_NAME = re.compile(rb"""(?:^|[;\s])(file)?name\s*=\s*(?:"([^"\r\n]*)"|([^\s;"]+))""", re.IGNORECASE)
_TYPE = re.compile(rb"^content-type\s*:\s*([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_TOO_MANY = "The message holds more values than any camera's; look at what was set on the camera."
_TOO_DEEP = "The message is nested too deep; look at what was set on the camera."
_NO_JSON = "The message is not well-formed JSON."
_NO_XML = "The message is not well-formed XML."
_DOCTYPE = "The message holds a document type definition; no camera's message does, and none is read."


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart message. Name, file name and content type in small letters; `content` is a view of the message's body."""

    name: str
    file_name: str
    content_type: str
    content: memoryview

    @property
    def is_jpeg(self) -> bool:
        """Whether it begins as a JPEG does, whatever its head says."""
        return bytes(self.content[:2]) == b"\xff\xd8"


def parts_of(message: VendorMessage) -> Sequence[Part]:
    """The parts of a multipart message; of any other the whole body as its one part.

    The boundary is the header's, or where that is not found in the body, the body's own first line.

    Raises:
        NotUnderstood: over 64 parts.
    """
    body = message.body
    boundary = _boundary(message)
    if boundary is None:
        return [Part("", "", message.content_type.partition(";")[0].strip().lower(), memoryview(body))]
    parts = []
    for count, (start, end) in enumerate(_between(body, boundary)):
        if count == MAX_PARTS:
            raise NotUnderstood(f"The message has over {MAX_PARTS} parts.")
        part = _part(body, start, end)
        if part is not None:
            parts.append(part)
    return parts


def json_of(text: bytes | memoryview) -> object:
    """What a JSON text holds; where some bytes are no UTF-8, all that are beyond ASCII become question marks.

    Raises:
        NotUnderstood: it is no JSON, or holds over 50,000 values or 32 levels.
    """
    # A value takes up to a hundred times its own comma, so that they are counted first.
    content = bytes(text).strip(_PADDING).removeprefix(_MARK)
    if sum(map(content.count, (b",", b"[", b"{"))) > MAX_ELEMENTS:
        raise NotUnderstood(_TOO_MANY)
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise NotUnderstood(_TOO_DEEP) from error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return msgspec.json.decode(content.translate(_MARKED))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotUnderstood(_NO_JSON) from error


def tree_of_json(text: bytes | memoryview) -> Element:
    """A JSON text as a tree: an object's members are its elements, an array's values repeat its name.

    Raises:
        NotUnderstood: as `json_of`.
    """
    root = Sprout("")
    _grow(root, json_of(text), 0)
    return root.grown()


def tree_of_xml(text: bytes | memoryview) -> Element:
    """An XML text as a tree of local names; neither namespaces nor attributes are kept.

    Raises:
        NotUnderstood: it is no XML, has a document type, or holds over 50,000 elements or 32 levels.
    """
    content = memoryview(text)
    try:
        return _XmlReader(None).read(content)
    except (expat.ExpatError, ValueError, LookupError):
        # Invalid UTF-8, an encoding that is not known, or NUL bytes at the end, as cameras written in C send.
        mended = bytes(content).strip(_PADDING).translate(_MARKED, b"\0")
    try:
        return _XmlReader("utf-8").read(memoryview(mended))
    except (expat.ExpatError, ValueError) as error:
        raise NotUnderstood(_NO_XML) from error


def tree_of_lines(text: bytes | memoryview) -> Element:
    """Lines such as `Events[0].TrafficCar.Lane=2` as a tree; a line without `=` or with an empty name is left out.

    Raises:
        NotUnderstood: over 1 MiB, or over 50,000 elements or 32 levels.
    """
    if len(text) > MAX_LINES_BYTES:
        raise NotUnderstood(_TOO_MANY)
    root, count = Sprout(""), 0
    for line in bytes(text).decode(errors="replace").splitlines():
        path, equals, value = line.partition("=")
        steps = path.strip().split(".")
        if not equals or not all(steps):
            continue
        count += len(steps)
        if len(steps) > MAX_DEPTH or count > MAX_ELEMENTS:
            raise NotUnderstood(_TOO_DEEP if len(steps) > MAX_DEPTH else _TOO_MANY)
        sprout = root
        for step in steps:
            sprout = sprout.at(step)
        sprout.texts = [value.strip().strip("\0")]
    return root.grown()


def _boundary(message: VendorMessage) -> bytes | None:
    body, media = message.body, message.content_type
    if (named := _BOUNDARY.search(media)) is not None and "multipart" in media.lower():
        boundary = b"--" + (named[1] or named[2]).encode(errors="replace")
        # Some cameras write the two dashes into the header as well, and not once more into the body.
        for found in (boundary, boundary[2:]):
            if found.startswith(b"--") and found in body:
                return found
    first = bytes(body[:MAX_HEAD_BYTES]).lstrip(_PADDING).split(b"\n", 1)[0].strip(_PADDING)
    return first if first.startswith(b"--") and len(first) > len(b"--") else None


def _between(body: bytes, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of what stands between boundaries that begin a line; the last may go to the body's end."""
    start: int | None = None
    at = body.find(boundary)
    while at != -1:
        after = at + len(boundary)
        if at == 0 or body[at - 1 : at] == b"\n":
            if start is not None:
                yield start, at
            if body[after : after + 2] == b"--":
                return
            line_end = body.find(b"\n", after)
            start = len(body) if line_end == -1 else line_end + 1
        at = body.find(boundary, after)
    if start is not None and start < len(body):
        yield start, len(body)


def _part(body: bytes, start: int, end: int) -> Part | None:
    """The part in that range, without the line end before its boundary; None where it is empty."""
    for line_end in (b"\n", b"\r"):
        if end > start and body[end - 1 : end] == line_end:
            end -= 1
    if body[start : start + 1] == b"\r" and body[start + 1 : start + 2] != b"\n":
        start += 1  # some cameras end the boundary's line with the two the wrong way round
    head, content_at = b"", start
    if body[start : start + 2] == b"\r\n" or body[start : start + 1] == b"\n":
        content_at = body.index(b"\n", start) + 1
    else:
        ends = [
            (at, at + len(blank))
            for blank in (b"\r\n\r\n", b"\n\n")
            if (at := body.find(blank, start, min(end, start + MAX_HEAD_BYTES))) != -1
        ]
        if ends:
            head, content_at = body[start : min(ends)[0]], min(ends)[1]
    if content_at >= end:
        return None
    names = {bool(found[1]): found[2] or found[3] or b"" for found in _NAME.finditer(head)}
    media = _TYPE.search(head)
    return Part(
        _small(names.get(False, b"")),
        _small(names.get(True, b"")),
        _small(media[1] if media else b""),
        memoryview(body)[content_at:end],
    )


def _small(text: bytes) -> str:
    return text.decode(errors="replace").lower()


def _grow(sprout: Sprout, value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotUnderstood(_TOO_DEEP)
    if isinstance(value, dict):
        for name, inner in value.items():
            for one in inner if isinstance(inner, list) else [inner]:
                _grow(sprout.new(str(name)), one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _grow(sprout.new("item"), one, depth + 1)
    elif isinstance(value, bool):
        sprout.texts = ["true" if value else "false"]
    elif value is not None:
        sprout.texts = [str(value)]


class _XmlReader:
    """Reads one XML text into a tree."""

    def __init__(self, encoding: str | None) -> None:
        # Nothing outside of the text is ever asked for: no handler of external entities is set, and a document type ends it.
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.buffer_size = _CHUNK_BYTES
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._root = Sprout("")
        self._open = [self._root]
        self._elements = 0

    def read(self, content: memoryview) -> Element:
        """In pieces, so that a tag that never ends is not collected."""
        for at in range(0, len(content), _CHUNK_BYTES):
            self._parser.Parse(content[at : at + _CHUNK_BYTES], False)  # noqa: FBT003 - the C function takes no names
            if at + _CHUNK_BYTES - max(0, self._parser.CurrentByteIndex) > MAX_TAG_BYTES:
                raise NotUnderstood("The message has an XML tag or comment that is longer than any camera's.")
        self._parser.Parse(b"", True)  # noqa: FBT003
        return self._root.grown()

    def _refuse(self, *_: object) -> None:
        raise NotUnderstood(_DOCTYPE)

    def _start(self, name: str, _: object) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise NotUnderstood(_TOO_MANY)
        if len(self._open) > MAX_DEPTH:
            raise NotUnderstood(_TOO_DEEP)
        self._open.append(self._open[-1].new(name.rpartition(":")[2]))

    def _end(self, _: str) -> None:
        self._open.pop().trim()

    def _text(self, text: str) -> None:
        self._open[-1].texts.append(text)
