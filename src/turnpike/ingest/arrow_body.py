"""A message as an Arrow IPC stream, which another's hand may have written: read within bounds."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.errors import NotUnderstood
from turnpike.ingest.messages import PostedRead, ReadRow, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ROWS = 10_000
"""As many as `batch_max_reads` can allow."""
MAX_DICTIONARY_TEXT = 256
"""Longest text of a dictionary, in bytes: one may stand for every row, and each row is made of its own."""

_FIELDS = PostedRead.__struct_fields__
_DEFAULTS = {
    field.name: () if field.default is msgspec.NODEFAULT else field.default
    for field in msgspec.structs.fields(PostedRead)
    if not field.required
}
_REQUIRED = set(_FIELDS) - _DEFAULTS.keys()
_RECORD_BATCH, _DICTIONARY_BATCH = 3, 2


class ArrowForm:
    """An Arrow IPC stream with a column a field, and `software` and `model` in its schema's metadata."""

    def whole(self, body: bytes) -> tuple[Source, Sequence[PostedRead]]:
        """As `Form`."""
        source, columns = _arrow(body)
        if not _REQUIRED <= columns.keys() <= set(_FIELDS):
            raise NotUnderstood("The stream lacks a column, or has one that this interface does not know.")
        count = len(next(iter(columns.values())))
        absent = {name: [default] * count for name, default in _DEFAULTS.items() if name not in columns}
        rows = zip(*((columns | absent)[name] for name in _FIELDS), strict=True)
        return source, msgspec.convert(list(rows), list[ReadRow])

    def apart(self, body: bytes) -> tuple[Source, Sequence[bytes]]:
        """As `Form`."""
        source, columns = _arrow(body)
        if not columns or not next(iter(columns.values())):
            raise NotUnderstood("The message holds no read; send at least one.")
        rows = zip(*columns.values(), strict=True)
        # What is null was left out.
        return source, [
            as_json({name: value for name, value in zip(columns, row, strict=True) if value is not None})
            for row in rows
        ]


def _arrow(body: bytes) -> tuple[Source, dict[str, list[Any]]]:
    try:
        _check_unpacked(body)
        with pa.ipc.open_stream(pa.BufferReader(body)) as stream:
            _check_types(stream.schema)
            table = stream.read_all()
        table.validate(full=True)
        _check_sizes(table)
        columns = {
            name: column.to_pylist() for name, column in zip(table.column_names, table.columns, strict=True)
        }
    except (OSError, pa.ArrowException, ValueError, struct.error) as error:
        raise NotUnderstood("The message is no whole Arrow IPC stream of plain columns.") from error
    facts = {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for key, value in (table.schema.metadata or {}).items()
        if key in {b"software", b"model"}
    }
    try:
        return msgspec.convert(facts, Source), columns
    except msgspec.ValidationError as error:
        raise NotUnderstood("The stream's schema must name its software in its metadata.") from error


def _check_types(schema: pa.Schema) -> None:
    """Only what a read has: nothing that unfolds, as run ends and views do."""
    if len(set(schema.names)) != len(schema.names):
        raise NotUnderstood("The stream has two columns of one name.")
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
        is_plain = pa.types.is_primitive(kind) or pa.types.is_null(kind)
        if not (is_text or is_plain or pa.types.is_list(kind)):
            raise NotUnderstood(
                f"The stream's columns are text, numbers, instants, binaries or lists; not {kind}."
            )


def _check_sizes(table: pa.Table) -> None:
    if table.num_rows > MAX_ROWS:
        raise NotUnderstood(f"A stream holds at most {MAX_ROWS} reads; send fewer in each.")
    for column in table.columns:
        for part in column.chunks if pa.types.is_dictionary(column.type) else ():
            longest = pc.max(pc.binary_length(part.dictionary)).as_py() or 0
            if longest > MAX_DICTIONARY_TEXT:
                raise NotUnderstood(
                    f"A dictionary's texts have at most {MAX_DICTIONARY_TEXT} bytes; write the column plain."
                )


def _check_unpacked(body: bytes) -> None:
    """Refuse buffers packed one by one: how much they unpack to is known only by unpacking them.

    Source: Arrow columnar format, Message.fbs: a record batch says in its fourth field how it is packed.
    """
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(body)):
        metadata = message.metadata.to_pybytes()
        (root,) = struct.unpack_from("<I", metadata)
        kind_at, header_at = _field_at(metadata, root, 1), _field_at(metadata, root, 2)
        kind = metadata[kind_at] if kind_at else 0
        batch = header_at and _followed(metadata, header_at)
        if kind == _DICTIONARY_BATCH:
            batch_at = _field_at(metadata, batch, 1)
            batch = batch_at and _followed(metadata, batch_at)
        if kind in {_RECORD_BATCH, _DICTIONARY_BATCH} and batch and _field_at(metadata, batch, 3):
            raise NotUnderstood(
                "Send the stream's buffers unpacked, and pack the whole with Content-Encoding."
            )


def _field_at(metadata: bytes, table: int, field: int) -> int:
    """Where a flatbuffer's table has this field; 0 where it has none."""
    (back,) = struct.unpack_from("<i", metadata, table)
    vtable, at = table - back, 4 + 2 * field
    (size,) = struct.unpack_from("<H", metadata, vtable)
    if at >= size:
        return 0
    (offset,) = struct.unpack_from("<H", metadata, vtable + at)
    return table + int(offset) if offset else 0


def _followed(metadata: bytes, at: int) -> int:
    return at + int(struct.unpack_from("<I", metadata, at)[0])


def as_json(read: Any) -> bytes:
    """A read of another form as JSON; null where it is nothing that JSON can hold."""
    try:
        return msgspec.json.encode(read)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return b"null"
