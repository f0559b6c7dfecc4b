"""The list of refused rows: lines and reasons, or the rows themselves where somebody asks for a file of them to mend."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from turnpike.ingest.history.checking import SENTENCES, Why
from turnpike.ingest.history.csv_files import CsvPiece
from turnpike.ingest.history.errors import PlanRefused
from turnpike.ingest.history.fields import REFUSED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.ingest.history.parquet_files import ParquetPiece


class RefusedList:
    """A CSV file for its owner only (mode 0600): the line and the reason of each refused row, and where `with_rows` the row after them.

    It grows by a piece at a time, and is cut back to where an interrupted import was done.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        delimiter: str,
        *,
        with_rows: bool,
        length: int,
        is_new: bool,
    ) -> None:
        """`length` is how long it is by the journal; `is_new` where the import begins.

        Raises:
            PlanRefused: an import begins and there is such a file, or it cannot be written.
        """
        self._path, self._delimiter, self.with_rows = path, delimiter, with_rows
        try:
            if is_new and with_rows and path.exists():
                raise PlanRefused(f"{path} is there already; give --refused another name.")
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            with open(descriptor, "r+b") as file:  # noqa: PTH123 - a descriptor, not a path
                self.length = min(file.seek(0, os.SEEK_END), length)
                file.truncate(self.length)
        except OSError as error:
            raise PlanRefused(f"{path} cannot be written; give --refused another name.") from error
        if self.length == 0:
            self._write(_row([*REFUSED_COLUMNS, *(columns if with_rows else ())], delimiter))

    def cut_back(self, length: int) -> None:
        """Take back what was added beyond that length."""
        if self.length > length:
            os.truncate(self._path, length)
            self.length = length

    def add(self, piece: CsvPiece | ParquetPiece, lines: NDArray[np.int64], why: NDArray[np.uint8]) -> None:
        """The refused rows of a piece, in the order of their lines; on the disk on return."""
        rows = np.flatnonzero(why)
        if not len(rows):
            return
        rows = rows[np.argsort(lines[rows], kind="stable")]
        texts = _texts(piece, lines, rows, self._delimiter) if self.with_rows else [b""] * len(rows)
        written = bytearray()
        for row, text in zip(rows.tolist(), texts, strict=True):
            start = _row([str(lines[row]), SENTENCES[Why(why[row])]], self._delimiter)
            written += start[:-1] + self._delimiter.encode() + text + b"\n" if self.with_rows else start
        self._write(bytes(written))

    def _write(self, content: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self.length += len(content)


def _row(values: Sequence[str], delimiter: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerow(values)
    return written.getvalue().encode()


def _texts(
    piece: CsvPiece | ParquetPiece, lines: NDArray[np.int64], rows: NDArray[np.int64], delimiter: str
) -> list[bytes]:
    """The rows as they stand in the file; of Parquet as text."""
    if not isinstance(piece, CsvPiece):
        taken = piece.table.take(pa.array(rows)).to_pylist()
        return [
            _row(["" if value is None else str(value) for value in row.values()], delimiter)[:-1]
            for row in taken
        ]
    ends = np.flatnonzero(np.frombuffer(piece.content, np.uint8) == ord("\n")) + 1
    begins = np.concatenate([[0], ends])
    in_order = np.sort(lines)
    following = np.searchsorted(in_order, lines[rows], side="right")
    last = piece.first_line + len(begins)
    next_line = np.array([in_order[at] if at < len(in_order) else last for at in following.tolist()])
    texts = []
    for line, until in zip(lines[rows].tolist(), next_line.tolist(), strict=True):
        begin = int(begins[line - piece.first_line])
        at = until - piece.first_line
        end = int(begins[at]) if at < len(begins) else len(piece.content)
        texts.append(piece.content[begin:end].rstrip(b"\r\n"))
    return texts
