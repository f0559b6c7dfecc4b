"""What a message may be written in: JSON, lines of JSON, msgpack or an Arrow stream; packed or not.

Each form is first decoded whole, with the types that `messages.py` declares. Only where that fails is the
message taken apart into reads of JSON, so that each is judged on its own and put aside as JSON.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec
import pyarrow as pa

from turnpike.ingest.arrow_body import ArrowForm, as_json
from turnpike.ingest.errors import MediaRefused, NotUnderstood, TooLarge
from turnpike.ingest.messages import Envelope, PostedRead, Source, SourceLine, WholeMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what it cannot decode."""
JSON_MEDIA, LINES_MEDIA = b"application/json", b"application/x-ndjson"
MSGPACK_MEDIA, ARROW_MEDIA = b"application/vnd.msgpack", b"application/vnd.apache.arrow.stream"
_NO_READS = "The message holds no read; send at least one."
_CODECS = {b"gzip": "gzip", b"zstd": "zstd"}
_NOT_THE_ENVELOPE = (
    'The message is not what this address takes: {"source": {"software": …, "model": …}, "reads": [ … ]} '
    "with at least one read and nothing else."
)


class Form(Protocol):
    """One way to write a message."""

    def whole(self, body: bytes) -> tuple[Source, Sequence[PostedRead]]:
        """All of it at once, where nothing is wrong.

        Raises:
            ValueError: something is; `apart` says what. All of `UNREADABLE` are such.
        """
        ...

    def apart(self, body: bytes) -> tuple[Source, Sequence[bytes]]:
        """Its source, and each read as JSON, be it good or bad.

        Raises:
            NotUnderstood: it is no message at all.
        """
        ...


class JsonForm:
    """`{"source": …, "reads": [ … ]}`."""

    _whole = msgspec.json.Decoder(WholeMessage)
    _apart = msgspec.json.Decoder(Envelope)

    def whole(self, body: bytes) -> tuple[Source, Sequence[PostedRead]]:
        """As `Form`."""
        message = self._whole.decode(body)
        return message.source, message.reads

    def apart(self, body: bytes) -> tuple[Source, Sequence[bytes]]:
        """As `Form`."""
        try:
            envelope = self._apart.decode(body)
        except msgspec.ValidationError as error:
            raise NotUnderstood(_NOT_THE_ENVELOPE) from error
        except UNREADABLE as error:
            raise NotUnderstood("The message is not well-formed JSON.") from error
        return envelope.source, [bytes(raw) for raw in envelope.reads]


class LinesForm:
    """A first line `{"source": …}`, then a read a line."""

    _source = msgspec.json.Decoder(SourceLine)
    _reads = msgspec.json.Decoder(PostedRead)

    def whole(self, body: bytes) -> tuple[Source, Sequence[PostedRead]]:
        """As `Form`."""
        first, _, rest = body.partition(b"\n")
        reads = self._reads.decode_lines(rest)
        if not reads:
            raise NotUnderstood(_NO_READS)
        return self._source.decode(first).source, reads

    def apart(self, body: bytes) -> tuple[Source, Sequence[bytes]]:
        """As `Form`."""
        first, _, rest = body.partition(b"\n")
        try:
            source = self._source.decode(first).source
        except UNREADABLE as error:
            raise NotUnderstood('The first line must be {"source": {"software": …, "model": …}}.') from error
        reads = [line for line in rest.split(b"\n") if line.strip()]
        if not reads:
            raise NotUnderstood(_NO_READS)
        return source, reads


class MsgpackForm:
    """The JSON's envelope in msgpack; `patch` is binary, `captured_at` text or msgpack's own instant."""

    _whole = msgspec.msgpack.Decoder(WholeMessage)
    _apart = msgspec.msgpack.Decoder(Envelope)

    def whole(self, body: bytes) -> tuple[Source, Sequence[PostedRead]]:
        """As `Form`."""
        message = self._whole.decode(body)
        return message.source, message.reads

    def apart(self, body: bytes) -> tuple[Source, Sequence[bytes]]:
        """As `Form`."""
        try:
            envelope = self._apart.decode(body)
            return envelope.source, [_msgpack_as_json(bytes(raw)) for raw in envelope.reads]
        except msgspec.ValidationError as error:
            raise NotUnderstood(_NOT_THE_ENVELOPE) from error
        except UNREADABLE as error:
            raise NotUnderstood("The message is not well-formed msgpack.") from error


@dataclass(frozen=True, slots=True)
class Posted:
    """A body as it came, with its two headers, in small letters and without parameters."""

    body: bytes
    media: bytes = JSON_MEDIA
    encoding: bytes = b""


FORMS: Mapping[bytes, Form] = {
    JSON_MEDIA: JsonForm(),
    LINES_MEDIA: LinesForm(),
    MSGPACK_MEDIA: MsgpackForm(),
    b"application/msgpack": MsgpackForm(),
    ARROW_MEDIA: ArrowForm(),
}


def check_headers(media: bytes, encoding: bytes) -> None:
    """Refuse what nothing here can read.

    Raises:
        MediaRefused: naming what can be sent.
    """
    if media not in FORMS:
        known = ", ".join(name.decode() for name in FORMS)
        raise MediaRefused(f"Send the reads as one of: {known}.")
    if encoding not in {b"", b"identity"} and encoding not in _CODECS:
        raise MediaRefused("Send the reads unpacked, or packed with gzip or zstd.")


def unpacked(posted: Posted, *, max_bytes: int) -> bytes:
    """The body without its Content-Encoding; never more than `max_bytes` and one are made of it.

    Raises:
        NotUnderstood: it is not packed as it says, or cut short.
        TooLarge: it would be larger.
    """
    codec = _CODECS.get(posted.encoding)
    if codec is None:
        return posted.body
    try:
        with pa.CompressedInputStream(pa.BufferReader(posted.body), codec) as stream:
            body: bytes = stream.read(max_bytes + 1)
    except (OSError, pa.ArrowException) as error:
        raise NotUnderstood(f"The message is not whole {codec}.") from error
    if len(body) > max_bytes:
        raise TooLarge(
            f"A message holds at most {max_bytes >> 20} MB when unpacked; send fewer reads in each."
        )
    return body


def _msgpack_as_json(raw: bytes) -> bytes:
    try:
        return as_json(msgspec.msgpack.decode(raw))
    except UNREADABLE:
        return as_json(f"not msgpack of text, SHA-256 {hashlib.sha256(raw).hexdigest()}")
