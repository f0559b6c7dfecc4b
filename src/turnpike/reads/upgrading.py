"""The schema of a store that no server uses: what is to be done to it, and doing it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from turnpike.reads.engine import WRITER_SETTINGS, Session, started
from turnpike.reads.schema import Step, migrate, steps_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATABASE = "turnpike"


def planned_steps(path: Path, version: int | None = None) -> tuple[Step, ...]:
    """What leads from the schema of the store in `path` to this version, or to the newest.

    Raises:
        StoreUnavailable: the path is in use.
        SchemaMismatch: a newer Turnpike wrote the store, or there is no such version.
    """
    with _session(path) as session:
        return steps_to(session, version)


def migrate_store(path: Path, version: int | None = None, *, rewrite_large: bool) -> int:
    """Go there; returns the version that the store has then.

    Raises:
        StoreUnavailable: the path is in use, or the engine failed; run it again.
        SchemaMismatch: as `planned_steps`.
        RewriteNeeded: a large table would be written anew, and that was not asked for; nothing was changed.
    """
    with _session(path) as session:
        return migrate(session, version, rewrite_large=rewrite_large)


@contextmanager
def _session(path: Path) -> Iterator[Session]:
    with started(path.resolve(), _DATABASE):
        session = Session(path.resolve(), _DATABASE, WRITER_SETTINGS)
        try:
            yield session
        finally:
            session.close()
