"""The durable outbox: what was read and not yet taken by the centre.

A read and the mark that its picture is done are one transaction, flushed to the disk, so that a roadside
killed at any instant neither loses a read nor makes it again under another name.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from turnpike.edge.errors import EdgeError, OutboxUnavailable
from turnpike.edge.models import PostedRead, Sampling, WaitingRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS done (item BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS begun (item BLOB PRIMARY KEY, every_s REAL NOT NULL, frames INTEGER) WITHOUT ROWID;
"""
_EVENT_ID_BYTES = 16


class Outbox:
    """One camera's queue in one SQLite file (mode 0600); safe for several threads.

    What works on the file raises OutboxUnavailable where the disk does not play along; nothing is half done then.
    """

    def __init__(self, path: Path) -> None:
        """Open the queue, making it where there is none.

        Raises:
            EdgeError: the file cannot be opened or is no outbox.
        """
        self._lock = threading.Lock()
        self._arrival = threading.Condition(self._lock)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (secrets.token_bytes(32),))
            self._secret: bytes = self._db.execute("SELECT key FROM secret").fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            raise EdgeError(f"The outbox {path} cannot be opened: {error}; name another file.") from error

    def event_id(self, *parts: str) -> str:
        """A name for an event that is the same each time the same picture is read, and tells nothing of it.

        A keyed hash (BLAKE2b, 128 bits) under a secret that never leaves this outbox.
        """
        named = "\0".join(parts).encode()
        return hashlib.blake2b(named, key=self._secret, digest_size=_EVENT_ID_BYTES).hexdigest()

    def put(self, reads: Iterable[PostedRead], *, model: str, item: str | None = None) -> None:
        """Keep reads for sending and mark their item as done, both or neither, flushed before this returns."""
        rows = [(read.event_id, model, msgspec.json.encode(read)) for read in reads]
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO waiting (event_id, model, body) VALUES (?, ?, ?)", rows)
            if item is not None:
                key = self._item_key(item)
                db.execute("INSERT OR IGNORE INTO done VALUES (?)", (key,))
                db.execute("DELETE FROM begun WHERE item = ?", (key,))
            self._arrival.notify_all()

    def begin(self, item: str, sampling: Sampling) -> Sampling:
        """Remember how a video is sampled; what comes back is how it was begun, until it is done.

        Another sampling would find the same vehicles on other frames, and so under other names.
        """
        key = self._item_key(item)
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO begun VALUES (?, ?, ?)", (key, sampling.every_s, sampling.frames)
            )
            row = db.execute("SELECT every_s, frames FROM begun WHERE item = ?", (key,)).fetchone()
        return Sampling(*row)

    def is_done(self, item: str) -> bool:
        """Whether an item (a picture, a video) was read to its end before."""
        key = self._item_key(item)
        with self._held() as db:
            return db.execute("SELECT 1 FROM done WHERE item = ?", (key,)).fetchone() is not None

    def waiting(self, limit: int) -> tuple[WaitingRead, ...]:
        """The oldest waiting reads of one model, at most `limit`, in order."""
        with self._held() as db:
            rows = db.execute(
                "SELECT position, model, body FROM waiting ORDER BY position LIMIT ?", (limit,)
            ).fetchall()
        reads = [WaitingRead(*row) for row in rows]
        return tuple(read for read in reads if read.model == reads[0].model)

    def remove(self, reads: Sequence[WaitingRead]) -> None:
        """Forget what the centre has taken."""
        with self._transaction() as db:
            db.executemany("DELETE FROM waiting WHERE position = ?", [(read.position,) for read in reads])

    def __len__(self) -> int:
        with self._held() as db:
            count: int = db.execute("SELECT count(*) FROM waiting").fetchone()[0]
        return count

    def wait_for_arrival(self, timeout_s: float) -> None:
        """Return when something new may be waiting, or when the time is over."""
        with self._arrival:
            self._arrival.wait(timeout_s)

    def wake(self) -> None:
        """Let a waiting thread look again."""
        with self._arrival:
            self._arrival.notify_all()

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise OutboxUnavailable(
                    f"The outbox does not work now ({type(error).__name__}); look at its disk's room and health."
                ) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it flushed to the disk at the end, or none of it and the file as free as before."""
        with self._held() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk ends it by itself
                    db.execute("ROLLBACK")
                raise

    def _item_key(self, item: str) -> bytes:
        return hashlib.blake2b(item.encode(), key=self._secret, digest_size=_EVENT_ID_BYTES).digest()
