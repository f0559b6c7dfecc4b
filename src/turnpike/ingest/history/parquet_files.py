"""A Parquet file of history, a range of rows at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from turnpike.ingest.history.checking import Rows
from turnpike.ingest.history.csv_files import joined
from turnpike.ingest.history.errors import FileRefused
from turnpike.ingest.history.fields import Field, column_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from turnpike.ingest.history.fields import ColumnPlan
    from turnpike.ingest.history.journal import Mark

PIECE_ROWS = 1_000_000
MAGIC = b"PAR1"
_UNREADABLE = "The file cannot be read as Parquet; it is cut short or damaged."


@dataclass(frozen=True, slots=True)
class ParquetPiece:
    """Rows of the file; `ends_at` and `lines` are the number of its last, counted from 1; `digest` is the file's SHA-256."""

    table: pa.Table
    first_line: int
    ends_at: int
    lines: int
    digest: bytes


class ParquetFile:
    """One pass over a Parquet file; a row's line is its number, from 1."""

    kind = "parquet"

    def __init__(self, path: Path, *, piece_rows: int = PIECE_ROWS) -> None:
        """Hash the file and read its footer.

        Raises:
            FileRefused: it is no Parquet.
        """
        self._piece_rows = piece_rows
        try:
            with path.open("rb") as stream:
                self._digest = hashlib.file_digest(stream, "sha256").digest()
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise FileRefused(_UNREADABLE) from error
        self.head = self._digest
        self.columns: tuple[str, ...] = tuple(self._file.schema_arrow.names)
        self._at = 0

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def first_rows(self, count: int) -> ParquetPiece:
        """The first rows, at most so many."""
        try:
            some = list(islice(self._file.iter_batches(count), 1))
        except (OSError, pa.ArrowException) as error:
            raise FileRefused(_UNREADABLE) from error
        return ParquetPiece(pa.Table.from_batches(some, self._file.schema_arrow), 1, 0, 0, b"")

    def skip(self, marks: Sequence[Mark]) -> None:
        """Go past what was loaded before.

        Raises:
            FileRefused: it is another file.
        """
        for mark in marks:
            if mark.digest != self._digest:
                raise FileRefused("The file differs from the one whose import was begun; give that one.")
            self._at = mark.ends_at

    def pieces(self, ends: Sequence[int] = ()) -> Iterator[ParquetPiece]:
        """All rows that follow; the first pieces up to `ends`.

        Raises:
            FileRefused: it is damaged.
        """
        wanted, waiting, there = list(ends), list[pa.RecordBatch](), 0
        for batch in self._batches():
            waiting.append(batch)
            there += batch.num_rows
            while there and there >= (length := self._length(wanted)):
                table = pa.Table.from_batches(waiting)
                yield self._piece(table.slice(0, length))
                del wanted[:1]
                waiting, there = table.slice(length).to_batches(), there - length
        if there:
            yield self._piece(pa.Table.from_batches(waiting))

    def digest(self) -> bytes:
        """The SHA-256 of the file."""
        return self._digest

    def rows(self, piece: ParquetPiece, plan: ColumnPlan) -> Rows:
        """The mapped columns of a piece.

        Raises:
            PlanRefused: a mapped column is missing.
        """
        columns = {}
        for field in Field:
            if name := plan.column(field):
                parts = [
                    _plain(piece.table.column(place))
                    for place in column_places(name, piece.table.column_names)
                ]
                columns[field] = joined(parts)
        lines = np.arange(piece.first_line, piece.first_line + piece.table.num_rows)
        return Rows(columns, lines, {})

    def _length(self, wanted: Sequence[int]) -> int:
        return wanted[0] - self._at if wanted else self._piece_rows

    def _piece(self, table: pa.Table) -> ParquetPiece:
        first_line = self._at + 1
        self._at += table.num_rows
        return ParquetPiece(table, first_line, self._at, self._at, self._digest)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """From the present row on; groups of rows that lie before it are not read."""
        metadata = self._file.metadata
        rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        ends = list(accumulate(rows))
        groups = [group for group, end in enumerate(ends) if end > self._at]
        missing = self._at - (ends[groups[0]] - rows[groups[0]]) if groups else 0
        try:
            for batch in self._file.iter_batches(min(self._piece_rows, 250_000), row_groups=groups):
                if missing >= batch.num_rows:
                    missing -= batch.num_rows
                    continue
                yield batch.slice(missing)
                missing = 0
        except (OSError, pa.ArrowException) as error:
            raise FileRefused(_UNREADABLE) from error


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Text as plain text without nulls; numbers and timestamps as they are."""
    found = column.combine_chunks()
    whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if pa.types.is_large_string(whole.type) or pa.types.is_string_view(whole.type):
        whole = whole.cast(pa.string())
    if pa.types.is_decimal(whole.type):
        whole = whole.cast(pa.float64())
    return pc.fill_null(whole, "") if pa.types.is_string(whole.type) and whole.null_count else whole
