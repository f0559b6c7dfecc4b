"""Arrow into the embedded engine, straight from memory.

The client's own way leaves what it inserts in a temporary file, and lines of JSON cost the engine five times as
much. On a server the same statement and bytes go through the client's `raw_insert`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import chdb
import pyarrow as pa

from turnpike.reads.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chdb.state.sqlitelike import Connection

FORMAT = "ArrowStream"
_CODE = re.compile(r"Code: (\d+)")


class InsertFailed(Exception):
    """The engine failed; `code` is ClickHouse's, None where it gave none. Its text, which may quote a plate, is left behind."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class ArrowInserter:
    """One engine handle that inserts tables; used by one thread at a time, and of no use after a failure."""

    def __init__(self, path: Path, database: str, settings: Mapping[str, str | int | float]) -> None:
        self._connection: Connection = chdb.connect(str(path))  # type: ignore[no-untyped-call]
        self._connection.query(f"USE {database}")
        for name, value in settings.items():
            self._connection.query(f"SET {name} = {value!r}")

    def insert(self, statement: str, table: pa.Table) -> None:
        """Insert all rows of the table, whose columns are the statement's, as one block.

        Raises:
            InsertFailed: the engine failed.
            StoreUnavailable: it took in another number of rows.
        """
        try:
            stream = self._connection.send_insert(statement, FORMAT)
            stream.append(_stream(table))  # type: ignore[no-untyped-call]
            written = stream.finish().rows_written
        except RuntimeError as error:
            found = _CODE.search(str(error))
            code = int(found[1]) if found else None
        else:
            if written != table.num_rows:
                raise StoreUnavailable("The read store took in another number of rows than it was given.")
            return
        raise InsertFailed(code)  # out here, so that the engine's text is not even its context

    def close(self) -> None:
        """Give the handle back."""
        self._connection.close()


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    contents: bytes = sink.getvalue().to_pybytes()
    return contents
