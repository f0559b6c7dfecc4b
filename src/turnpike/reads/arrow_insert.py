"""Arrow into the embedded engine, straight from memory.

The client's own way leaves what it inserts in a temporary file, and lines of JSON cost the engine five times as
much. chDB's streaming insert would be another way, but says that all is well where a part could not be written
(4.4; `tests/reads/test_engine.py` shows it). On a server the same bytes go through the client's `raw_insert`.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import chdb
import pyarrow as pa

from turnpike.reads.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from chdb.state.sqlitelike import Connection

_HAS_MEMORY_FILES = hasattr(os, "memfd_create")
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
            with _open_file(table) as descriptor:
                read = self._connection.query(statement.format(rows=descriptor)).rows_read()
        except RuntimeError as error:
            found = _CODE.search(str(error))
            code = int(found[1]) if found else None
        else:
            if read != table.num_rows:
                raise StoreUnavailable("The read store took in another number of rows than it was given.")
            return
        raise InsertFailed(code)  # out here, so that the engine's text is not even its context

    def close(self) -> None:
        """Give the handle back."""
        self._connection.close()


@contextmanager
def _open_file(table: pa.Table) -> Iterator[int]:
    """The table as an Arrow stream in a file without a name, in memory where the system has such; its descriptor."""
    with os.fdopen(os.memfd_create("rows"), "w+b") if _HAS_MEMORY_FILES else tempfile.TemporaryFile() as file:
        with pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        file.seek(0)
        yield file.fileno()
