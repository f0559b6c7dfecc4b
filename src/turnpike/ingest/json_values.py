"""JSON as makers of cameras send it, read without building what nobody asks for.

A message is decoded into a shape that names the wanted fields, each still as it was written (`Raw`, a view of the body): a field that is missing,
of another type or strange spoils no other, what nobody asked for costs no memory, and pictures are decoded from the body itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import Raw

from turnpike.ingest.vendor_messages import MAX_SIGHTINGS, Fault, NotUnderstood
from turnpike.ingest.vendor_values import MAX_PICTURE_BYTES

NOTHING = Raw(b"null")
"""What a field holds that the message does not have."""
NOT_JSON = "The message is not well-formed JSON."
NO_OBJECT = "The message is not a JSON object."

MAX_SCALAR_BYTES = 4096
MAX_COMMAS = 20_000
"""In a list that is looked at. Source: ours; 64 sightings with a hundred values each have a third of it, and base64 has no commas."""
_MAX_INT = 2**63
_DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
_JPEG = b"\xff\xd8"
_SPACES = re.compile(rb"\\[nrt]|\s")
_PADDING = b"\x00 \t\r\n"

type_scalar = str | int | float | bool | None
Shape = TypeVar("Shape", bound=msgspec.Struct)


@cache
def _decoder(shape: type[Shape]) -> msgspec.json.Decoder[Shape]:
    return msgspec.json.Decoder(shape)


_scalar_decoder = msgspec.json.Decoder(type_scalar)
_list_decoder = msgspec.json.Decoder(list[Raw])
_any_decoder = msgspec.json.Decoder(Raw)


def without_padding(body: bytes) -> bytes:
    """The body without a byte order mark, and without the NULs and blanks that small devices put after it."""
    return body.removeprefix(b"\xef\xbb\xbf").strip(_PADDING)


def whole(body: bytes, shape: type[Shape]) -> Shape:
    """The message as `shape`.

    Raises:
        NotUnderstood: it is no well-formed JSON, or no object.
    """
    try:
        decoded: Shape = _decoder(shape).decode(without_padding(body))
    except msgspec.ValidationError as error:
        raise NotUnderstood(NO_OBJECT) from error
    except _DAMAGED as error:
        raise NotUnderstood(NOT_JSON) from error
    return decoded


def checked(body: bytes) -> Raw:
    """The message as one value, well-formed.

    Raises:
        NotUnderstood: it is no well-formed JSON.
    """
    try:
        return _any_decoder.decode(without_padding(body))
    except _DAMAGED as error:
        raise NotUnderstood(NOT_JSON) from error


def part(raw: Raw, shape: type[Shape]) -> Shape:
    """An object within the message; without any field where it is none."""
    try:
        decoded: Shape = _decoder(shape).decode(raw)
    except _DAMAGED:
        return shape()
    return decoded


def scalar(raw: Raw) -> type_scalar:
    """A text, number or truth; None for what is neither, too long, or a whole number beyond 64 bits. Bytes that are no UTF-8 are replaced."""
    written = memoryview(raw)
    if written.nbytes > MAX_SCALAR_BYTES:
        return None
    try:
        value = _scalar_decoder.decode(bytes(written).decode("utf-8", "replace"))
    except _DAMAGED:
        return None
    return None if isinstance(value, int) and abs(value) >= _MAX_INT else value


def items(raw: Raw) -> list[Raw]:
    """The values of a list; none where it is no list, or one too long to be any maker's."""
    written = bytes(memoryview(raw))
    if not written.startswith(b"[") or written.count(b",") > MAX_COMMAS:
        return []
    try:
        return _list_decoder.decode(written)
    except _DAMAGED:
        return []


def over_the_most(found: int) -> tuple[Fault, ...]:
    """The fault of a message that holds more vehicles than are taken of one."""
    if found <= MAX_SIGHTINGS:
        return ()
    return (Fault(f"The message holds more than {MAX_SIGHTINGS} vehicles; those after were left out."),)


def jpeg(raw: Raw) -> bytes | None:
    """The JPEG of a base64 text, with or without a `data:` head, line breaks or padding; None for what is none, and for over 8 MiB."""
    view = memoryview(raw)
    if bytes(view[:1]) != b'"' or view.nbytes > MAX_PICTURE_BYTES * 4 // 3 + 256:
        return None
    text = bytes(view[1:-1])
    if text.startswith(b"data:"):
        text = text[text.find(b",", 0, 128) + 1 :]
    if b"\\" in text or b" " in text:
        # Some writers of JSON escape each slash, and some of base64 break it into lines.
        text = _SPACES.sub(b"", text.replace(b"\\/", b"/"))
    try:
        content = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if content.startswith(_JPEG) else None
