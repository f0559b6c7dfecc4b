"""A CSV file of history, or a stream of one, a piece of whole rows at a time; unpacked as it is read, and hashed."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from turnpike.ingest.history.checking import Rows, Why
from turnpike.ingest.history.errors import FileRefused, PlanRefused
from turnpike.ingest.history.fields import Field, column_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from turnpike.ingest.history.fields import ColumnPlan
    from turnpike.ingest.history.journal import Mark

PIECE_BYTES = 64 * 2**20
"""Of text at once: some 700,000 rows. Source: ours; two in work and one being read take about half a gigabyte."""
HEAD_BYTES = 64 * 2**10
_READ_BYTES = 4 * 2**20
_HEADER_BYTES = 2**20
_LOOK_BACK_BYTES = 2**20
"""A quoted field with line ends in it is not longer than this. Source: ours."""
_GZIP, _ZSTD, _BOM = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", codecs.BOM_UTF8
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class CsvPiece:
    """Whole rows of text. `ends_at` is where it ends in the unpacked content, `digest` the SHA-256 of all up to there."""

    content: bytes
    first_line: int
    ends_at: int
    lines: int
    digest: bytes


class CsvFile:
    """One pass over a file of text with a header; lines are counted from 1, the header's."""

    kind = "csv"

    def __init__(self, stream: BinaryIO, *, encoding: str = "utf-8", piece_bytes: int = PIECE_BYTES) -> None:
        """Read the beginning.

        Raises:
            FileRefused: there is no header, or it cannot be unpacked.
            PlanRefused: there is no such encoding.
        """
        self._source = _Unpacked(stream, encoding)
        self._piece_bytes = piece_bytes
        self._rest = b""
        self._hash = hashlib.sha256()
        self._ended_at = self._lines = 0
        self._fault: FileRefused | None = None
        self._fill(HEAD_BYTES)
        self.head = self._rest[:HEAD_BYTES]
        """The first bytes of the content, by which an interrupted import is found again."""
        header, self.delimiter = self._read_header()
        self.columns: tuple[str, ...] = tuple(header)

    def close(self) -> None:
        """Let the file go."""
        self._source.close()

    def first_rows(self, count: int) -> CsvPiece:
        """The first rows that follow, at most so many; the next piece has them again."""
        self._fill(_LOOK_BACK_BYTES)
        some = b"\n".join(self._rest[:_LOOK_BACK_BYTES].split(b"\n")[:count])
        if len(some) < len(self._rest):
            some = self._rest[: _whole_rows(self._rest, len(some) + 1)]
        return CsvPiece(some, self._lines + 1, 0, 0, b"")

    def skip(self, marks: Sequence[Mark]) -> None:
        """Go past what was loaded before.

        Raises:
            FileRefused: the content differs from what it was.
        """
        for mark in marks:
            while self._ended_at < mark.ends_at:
                self._fill(min(_READ_BYTES, mark.ends_at - self._ended_at))
                if not self._rest:
                    break
                self._take(min(len(self._rest), mark.ends_at - self._ended_at))
            if self._hash.digest() != mark.digest:
                raise FileRefused(
                    f"The file differs, before line {mark.lines + 1:,}, from the one whose import was begun; give that one, or --anew."
                )

    def pieces(self, ends: Sequence[int] = ()) -> Iterator[CsvPiece]:
        """All that follows, in pieces; the first of them up to `ends`, where those of an interrupted import ended.

        Raises:
            FileRefused: it is cut short, or is no text of lines.
        """
        for ends_at in ends:
            self._fill(ends_at - self._ended_at)
            yield self._piece(min(len(self._rest), ends_at - self._ended_at))
        while self._fill(self._piece_bytes):
            is_last = len(self._rest) < self._piece_bytes and self._fault is None
            if self._fault is not None and b"\n" not in self._rest:
                break
            yield self._piece(len(self._rest) if is_last else _whole_rows(self._rest, self._piece_bytes))
        if self._fault is not None:
            raise self._fault

    def digest(self) -> bytes:
        """The SHA-256 of the content as far as it was read."""
        return self._hash.digest()

    def rows(self, piece: CsvPiece, plan: ColumnPlan) -> Rows:
        """The mapped columns of a piece, each row with its line.

        Raises:
            FileRefused: it is no CSV.
            PlanRefused: a mapped column is missing.
        """
        return read_rows(piece, plan, self.columns, self.delimiter)

    def _piece(self, length: int) -> CsvPiece:
        first_line = self._lines + 1
        content = self._take(length)
        return CsvPiece(content, first_line, self._ended_at, self._lines, self._hash.digest())

    def _take(self, length: int) -> bytes:
        content, self._rest = self._rest[:length], self._rest[length:]
        self._hash.update(content)
        self._ended_at += length
        self._lines += content.count(b"\n")
        return content

    def _fill(self, wanted: int) -> bool:
        """Read on until so much is there, or all; whether anything is."""
        parts, there = [self._rest], len(self._rest)
        while there < wanted:
            try:
                more = self._source.read(max(_READ_BYTES, wanted - there))
            except FileRefused as fault:
                # What was unpacked before it is good, and comes first.
                self._fault, more = fault, b""
            if not more:
                break
            parts.append(more)
            there += len(more)
        self._rest = parts[0] if len(parts) == 1 else b"".join(parts)
        return bool(self._rest)

    def _read_header(self) -> tuple[list[str], str]:
        self._fill(_HEADER_BYTES)
        if self._fault is not None and b"\n" not in self._rest:
            raise self._fault
        line, newline, _ = self._rest[:_HEADER_BYTES].partition(b"\n")
        try:
            text = line.decode("utf-8-sig").rstrip("\r")
        except UnicodeDecodeError as error:
            raise FileRefused("The first line is no UTF-8 text; say --encoding, such as cp1252.") from error
        if not text.strip() or (not newline and len(line) >= _HEADER_BYTES):
            raise FileRefused("The first line must name the columns; put such a line there.")
        delimiter = max(_DELIMITERS, key=text.count)
        try:
            header = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise FileRefused("The first line must name the columns, separated by commas.") from error
        self._take(len(line) + len(newline))
        return [name.strip() for name in header], delimiter


class _Unpacked:
    """The bytes of a stream as UTF-8, unpacked where they are gzip or zstd."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
        start = buffered.peek(4)[:4]
        self._buffered = buffered
        self._stream: Any = buffered
        self._is_gzip = start.startswith(_GZIP)
        if self._is_gzip:
            self._stream = gzip.GzipFile(fileobj=buffered)
        elif start.startswith(_ZSTD):
            self._stream = pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd")
        try:
            plain = codecs.lookup(encoding).name == "utf-8"
            self._decoder = None if plain else codecs.getincrementaldecoder(encoding)(errors="replace")
        except LookupError as error:
            raise PlanRefused("There is no such --encoding; give utf-8, cp1252 or latin-1.") from error

    def close(self) -> None:
        """Let the stream go, and what unpacks it."""
        self._stream.close()
        self._buffered.close()

    def read(self, size: int) -> bytes:
        """Some of what follows; nothing at the end.

        Raises:
            FileRefused: it cannot be unpacked.
        """
        try:
            # Only what is there at once: before a fault nothing is lost.
            packed = self._stream.read1(size) if self._is_gzip else self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise FileRefused(
                "The file cannot be unpacked to its end; it is cut short or damaged. What came before stays loaded."
            ) from error
        if self._decoder is None:
            return bytes(packed)
        text = self._decoder.decode(bytes(packed), final=not packed)
        return text.encode() or (self.read(size) if packed else b"")


def _whole_rows(content: bytes, most: int) -> int:
    """How long the longest beginning of whole rows is; a line end in quotes ends none.

    Raises:
        FileRefused: no line ends.
    """
    end = content.rfind(b"\n", 0, most) + 1
    if not end:
        raise FileRefused("The file has no line ends where some must be; it is no CSV.")
    quotes = content.count(b'"', 0, end)
    tried = end
    while quotes % 2 and tried > end - _LOOK_BACK_BYTES:
        before = content.rfind(b"\n", 0, tried - 1) + 1
        if not before:
            break
        quotes -= content.count(b'"', before, tried)
        tried = before
    # A quote that nothing closes is writing like any other.
    return end if quotes % 2 else tried


def read_rows(piece: CsvPiece, plan: ColumnPlan, columns: Sequence[str], delimiter: str) -> Rows:
    """The mapped columns of a piece, each row with its line; as `CsvFile.rows`."""
    content, not_text = _as_text(piece.content)
    places = {field: column_places(plan.column(field), columns) for field in Field if plan.column(field)}
    wanted = sorted({place for of_field in places.values() for place in of_field})
    wrong: list[int] = []

    def other_length(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row.number)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(
                use_threads=False,
                column_names=[str(place) for place in range(len(columns))],
                block_size=len(content) + 1,
            ),
            arrow_csv.ParseOptions(
                delimiter=delimiter,
                # Where there is no quote, not looking for any takes a third less time.
                quote_char='"' if (has_quotes := b'"' in content) else False,
                newlines_in_values=has_quotes,
                ignore_empty_lines=False,
                invalid_row_handler=other_length,
            ),
            arrow_csv.ConvertOptions(
                column_types={str(place): pa.string() for place in wanted},
                include_columns=[str(place) for place in wanted],
                check_utf8=False,  # it was seen to
                strings_can_be_null=False,
                null_values=[],
            ),
        )
    except pa.ArrowInvalid as error:
        raise FileRefused(
            f"From line {piece.first_line:,} on the file cannot be read as CSV; look there for a quote that is not closed."
        ) from error
    return _with_spoilt(piece, content, table, places, wrong, not_text)


def _with_spoilt(
    piece: CsvPiece,
    content: bytes,
    table: pa.Table,
    places: Mapping[Field, tuple[int, ...]],
    wrong: Sequence[int],
    not_text: frozenset[int],
) -> Rows:
    """The rows, with those that were skipped after the others, each at its line."""
    count = table.num_rows + len(wrong)
    line_of = _lines(content, count, piece.first_line)
    skipped = np.array(wrong, np.int64) - 1
    kept = np.ones(count, np.bool_)
    kept[skipped] = False
    lines = np.concatenate([line_of[kept], line_of[skipped]])
    spoilt = dict.fromkeys(range(table.num_rows, count), Why.COLUMNS)
    if not_text:
        # The row that a line is of began on it or before.
        order = np.argsort(lines)
        bad = np.searchsorted(lines[order], np.array(sorted(not_text)) + piece.first_line, side="right") - 1
        spoilt |= dict.fromkeys(order[bad].tolist(), Why.NOT_TEXT)
    missing = pa.array([""] * len(wrong), pa.string())

    def column(place: int) -> pa.Array:
        found = table.column(str(place)).combine_chunks()
        whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        return pa.concat_arrays([whole, missing]) if len(missing) else whole

    columns = {field: joined([column(place) for place in of_field]) for field, of_field in places.items()}
    return Rows(columns, lines, spoilt)


def joined(parts: list[pa.Array]) -> pa.Array:
    """One column of one or two: a date and a time with a space between."""
    if len(parts) == 1:
        return parts[0]
    texts = [pc.utf8_trim_whitespace(part.cast(pa.string())) for part in parts]
    whole = pc.binary_join_element_wise(*texts, " ")
    # Where both are empty nothing is told.
    return pc.utf8_trim_whitespace(whole)


def _lines(content: bytes, rows: int, first_line: int) -> NDArray[np.int64]:
    """The line on which each row begins."""
    newlines = content.count(b"\n")
    if newlines + (not content.endswith(b"\n")) == rows:
        return np.arange(first_line, first_line + rows)
    # Some rows have line ends in quotes: those do not end a row.
    signs = np.frombuffer(content, np.uint8)
    quoted = np.bitwise_xor.accumulate(signs == ord('"'))
    ends = np.flatnonzero(signs == ord("\n"))
    row_ends = np.flatnonzero(~quoted[ends])
    begins = np.concatenate([[0], row_ends + 1])[:rows] + first_line
    padding = np.full(max(0, rows - len(begins)), begins[-1] if len(begins) else first_line)
    return np.concatenate([begins, padding]).astype(np.int64)


def _as_text(content: bytes) -> tuple[bytes, frozenset[int]]:
    """The content as UTF-8, and which of its lines (from 0) were not: their foreign bytes are replaced."""
    content = content.removeprefix(_BOM)
    if content.isascii():
        return content, frozenset()
    try:
        content.decode()
    except UnicodeDecodeError:
        lines = content.split(b"\n")
        mended = [_mended(line) for line in lines]
        bad = frozenset(
            at for at, (line, whole) in enumerate(zip(lines, mended, strict=True)) if line != whole
        )
        return b"\n".join(mended), bad
    return content, frozenset()


def _mended(line: bytes) -> bytes:
    return line if line.isascii() else line.decode(errors="replace").encode()
