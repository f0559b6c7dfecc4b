"""A file of history by what it holds, whatever its name is."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from turnpike.ingest.history.csv_files import CsvFile
from turnpike.ingest.history.errors import FileRefused
from turnpike.ingest.history.parquet_files import MAGIC, ParquetFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def open_file(path: Path | None, *, encoding: str = "utf-8") -> Iterator[CsvFile | ParquetFile]:
    """The file at that path, or CSV from stdin where there is none; plain, or packed with gzip or zstd.

    Raises:
        FileRefused: it cannot be read.
        PlanRefused: there is no such encoding.
    """
    with closing(_opened(path, encoding)) as file:
        yield file


def _opened(path: Path | None, encoding: str) -> CsvFile | ParquetFile:
    if path is None:
        return CsvFile(sys.stdin.buffer, encoding=encoding)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise FileRefused(f"{path} cannot be read; give a file of CSV or Parquet.") from error
    if stream.peek(len(MAGIC)).startswith(MAGIC):
        stream.close()
        return ParquetFile(path)
    try:
        return CsvFile(stream, encoding=encoding)
    except BaseException:
        stream.close()
        raise
