"""ClickHouse, embedded as chDB: one handle that writes, a few that can only read.

chDB hands what is left of a failed answer to the handle's next query (4.4; `tests/reads/test_engine.py`
shows it), so that one person's rows could reach another. Hence no handle outlives a failure. The engine's
error texts quote plates, so that none of them leaves this module: only the number does.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from turnpike.reads.arrow_insert import ArrowInserter, InsertFailed
from turnpike.reads.errors import SearchTooLarge, StoreUnavailable
from turnpike.reads.queries import Pieces, sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from clickhouse_connect.driver.client import Client
    from numpy.typing import NDArray

    from turnpike.errors import TurnpikeError

Parameter = str | int | bool | list[str] | list[int]
Setting = str | int | float
Row = Sequence[Any]
"""Of a statement's columns, in their order; the `.sql` file says which."""

_Result = TypeVar("_Result")

READERS = 3
"""Searches that can run at once; a further one waits. Source: ours, for two cores."""
READER_WAIT_S = 30.0

_ONE_BLOCK_ROWS = 1 << 21
WRITER_SETTINGS: Mapping[str, Setting] = {
    "async_insert": 0,  # answer when it is on the disk, not when it is queued
    # One insert is one block and so one part, which is there whole or not at all.
    "input_format_parallel_parsing": 0,
    "max_insert_threads": 1,
    "max_insert_block_size": _ONE_BLOCK_ROWS,
    "max_insert_block_size_bytes": 0,
    "min_insert_block_size_rows": _ONE_BLOCK_ROWS,
    "min_insert_block_size_bytes": 0,
    "date_time_input_format": "best_effort",  # RFC 3339, as msgspec writes it
}
READER_SETTINGS: Mapping[str, Setting] = {
    "max_threads": 2,
    "max_execution_time": 30,
    "max_memory_usage": 1 << 30,
    "max_untracked_memory": 1 << 18,  # the default of 4 MiB a thread would blur small limits
    "max_result_rows": 1_000_000,
    "result_overflow_mode": "throw",
    "timeout_overflow_mode": "throw",
    # Last, because it holds from here on; 1 would forbid limits of a single query.
    "readonly": 2,
}

_LIMIT_CODES = frozenset({158, 159, 160, 241, 307, 396})
"""TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES.
Source: ClickHouse, src/Common/ErrorCodes.cpp."""


class Session:
    """One engine handle, used by one thread at a time and replaced after each failure."""

    def __init__(self, path: Path, database: str, settings: Mapping[str, Setting]) -> None:
        self._path = path
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._inserter: ArrowInserter | None = None
        self._closed = False

    def query(
        self,
        name: str,
        parameters: Mapping[str, Parameter] | None = None,
        limits: Mapping[str, Setting] | None = None,
        *,
        asked: Pieces = (),
        kept: Pieces = (),
    ) -> Sequence[Row]:
        """The rows that the query in `sql/NAME.sql` finds, with the conditions that it is to have.

        Raises:
            SearchTooLarge: a limit was reached.
            StoreUnavailable: the engine failed.
        """
        statement = sql(name, asked, kept)
        return self._run(
            lambda client: client.query(statement, dict(parameters or {}), dict(limits or {})).result_rows
        )

    def insert(self, name: str, rows: bytes, count: int) -> None:
        """Insert `count` rows, given as lines of JSON, by the statement in `sql/NAME.sql`.

        The rows travel with the statement; the client's own way would leave them in a temporary file.

        Raises:
            StoreUnavailable: the engine failed, and it is not known whether the rows are there.
        """
        statement = sql(name)
        answer = self._run(lambda client: client.command(statement, data=rows))
        summary = getattr(answer, "summary", {})
        if int(summary.get("read_rows", -1)) != count:
            raise StoreUnavailable("The read store took in another number of rows than it was given.")

    def insert_table(self, name: str, table: pa.Table) -> None:
        """Insert all rows of an Arrow table by the statement in `sql/NAME.sql`, whose columns it has.

        Raises:
            StoreUnavailable: the engine failed, and it is not known whether the rows are there.
        """
        statement = sql(name)
        self._run(lambda _: self._inserting().insert(statement, table))

    def numbers(
        self, name: str, parameters: Mapping[str, Parameter] | None = None
    ) -> tuple[NDArray[np.generic], ...]:
        """The columns, all of numbers, that the query in `sql/NAME.sql` finds.

        Raises:
            StoreUnavailable: the engine failed.
        """
        statement = sql(name)
        found = self._run(lambda client: client.query_arrow(statement, dict(parameters or {})))
        return tuple(column.to_numpy() for column in found.columns)

    def run(self, name: str, parameters: Mapping[str, Parameter] | None = None, *, kept: Pieces = ()) -> None:
        """Run the statement in `sql/NAME.sql`, which answers with nothing.

        Raises:
            StoreUnavailable: the engine failed.
        """
        self.execute(sql(name, kept=kept), parameters)

    def execute(self, statement: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run a statement of a migration.

        Raises:
            StoreUnavailable: the engine failed.
        """
        self._run(lambda client: client.command(statement, dict(parameters or {})))

    def close(self) -> None:
        """Give the handle back, once what it is doing is done."""
        with self._lock:
            self._closed = True
            self._drop()

    def _run(self, call: Callable[[Client], _Result]) -> _Result:
        try:
            with self._lock:
                return self._attempt(call)
        except ClickHouseError as error:
            failure = _failure(error.code if isinstance(error, Error) else None)
        except InsertFailed as error:
            failure = _failure(error.code)
        raise failure  # out here, so that the engine's text is not even its context

    def _attempt(self, call: Callable[[Client], _Result]) -> _Result:
        if self._closed:
            raise StoreUnavailable("The read store is closed; open it again.")
        if self._client is None:
            self._client = _connect(self._path, self._database, self._settings)
        try:
            return call(self._client)
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        client, self._client = self._client, None
        inserter, self._inserter = self._inserter, None
        if inserter is not None:
            inserter.close()
        if client is not None:
            client.close()

    def _inserting(self) -> ArrowInserter:
        if self._inserter is None:
            self._inserter = ArrowInserter(self._path, self._database, self._settings)
        return self._inserter


class Sessions:
    """Some sessions alike, each leased to one thread at a time; one waits for a free one, as long as it takes without `wait_s`."""

    def __init__(
        self,
        path: Path,
        database: str,
        settings: Mapping[str, Setting],
        number: int,
        wait_s: float | None = None,
    ) -> None:
        self._wait_s = wait_s
        self._sessions = [Session(path, database, settings) for _ in range(number)]
        self._free: queue.LifoQueue[Session] = queue.LifoQueue()
        for session in self._sessions:
            self._free.put(session)

    @contextmanager
    def lease(self) -> Iterator[Session]:
        """A session for this thread alone.

        Raises:
            StoreUnavailable: none was free in time.
        """
        try:
            session = self._free.get(timeout=self._wait_s)
        except queue.Empty:
            raise StoreUnavailable("Too many searches are running; try again in a minute.") from None
        try:
            yield session
        finally:
            self._free.put(session)

    def close(self) -> None:
        """Close each session, once what it is doing is done."""
        for session in self._sessions:
            session.close()


class Readers(Sessions):
    """The sessions that can only read."""

    def __init__(self, path: Path, database: str) -> None:
        super().__init__(path, database, READER_SETTINGS, READERS, READER_WAIT_S)

    def query(
        self,
        name: str,
        parameters: Mapping[str, Parameter] | None = None,
        limits: Mapping[str, Setting] | None = None,
        *,
        asked: Pieces = (),
        kept: Pieces = (),
    ) -> Sequence[Row]:
        """As `Session.query`, on any free session."""
        with self.lease() as session:
            return session.query(name, parameters, limits, asked=asked, kept=kept)


@contextmanager
def started(path: Path, database: str) -> Iterator[None]:
    """Make the folder and the database where they are not there yet; the engine runs at least meanwhile.

    Raises:
        StoreUnavailable: the engine cannot be started there.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    session = Session(path, "default", WRITER_SETTINGS)
    try:
        session.execute(f"CREATE DATABASE IF NOT EXISTS {database} ENGINE = Atomic")
        yield
    finally:
        session.close()


def _connect(path: Path, database: str, settings: Mapping[str, Setting]) -> Client:
    try:
        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(path),
            database=database,
            settings=dict(settings),
            show_clickhouse_errors=False,
        )
    except ClickHouseError as error:
        code = error.code if isinstance(error, Error) else None
    reason = "another process uses it, or this process another path" if code is None else f"error {code}"
    raise StoreUnavailable(
        f"The read store at {path} cannot be opened ({reason}); stop the other one, or look at its disk."
    )


def _failure(code: int | None) -> TurnpikeError:
    if code in _LIMIT_CODES:
        return SearchTooLarge(
            "The search would take too long or too much memory; narrow its time range, its cameras or its plate."
        )
    return StoreUnavailable(
        f"The read store's engine failed (ClickHouse error {code or 'unknown'}); try again, "
        "and run `turnpike doctor` if it stays."
    )
