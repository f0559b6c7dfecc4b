"""The tables: numbered steps of SQL, taken in order, each of which can be undone.

A step that writes a large table anew is not taken by itself when a store is opened: it takes time and twice the disk.
Its file says so in its head, `-- rewrites: TABLE`. Such a step also says what it leaves behind, `-- taken when there is:
TABLE.COLUMN`, so that after a crash only its last statements, which clear away, are run again.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Literal

import msgspec

from turnpike.reads.errors import RewriteNeeded, SchemaMismatch
from turnpike.reads.queries import ENGINES, sql

if TYPE_CHECKING:
    from turnpike.reads.engine import Session

LARGE_ROWS = 1_000_000
"""Source: ours; so many are written anew in seconds."""

Way = Literal["up", "down"]
_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.up\.sql")
_REWRITES = re.compile(r"^-- rewrites: (?P<table>\w+)$", re.MULTILINE)
_LEAVES = re.compile(r"^-- taken when there is: (?P<table>\w+)\.(?P<column>\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str

    @cached_property
    def up(self) -> tuple[str, ...]:
        """The statements that take this step; each can be run again after a crash."""
        return self.statements("up")

    @cached_property
    def down(self) -> tuple[str, ...]:
        """The statements that take it back."""
        return self.statements("down")

    def statements(self, way: Way) -> tuple[str, ...]:
        """Those of one way, in order."""
        return tuple(statement.strip() for statement in self._text(way).split(";\n") if statement.strip())

    def rewrites(self, way: Way) -> tuple[str, ...]:
        """The tables that are written anew."""
        return tuple(match["table"] for match in _REWRITES.finditer(self._text(way)))

    def is_taken(self, way: Way, session: Session) -> bool:
        """Whether what a way leaves behind is there, or what the other leaves is not, where the files say what that is."""
        leaves = _LEAVES.search(self._text("up"))
        if leaves is None:
            return False
        found = session.query("has_column", {"table": leaves["table"], "column": leaves["column"]})
        return bool(found[0][0]) == (way == "up")

    def _text(self, way: Way) -> str:
        path = resources.files("turnpike.reads") / "migrations"
        text = (path / f"{self.version:04}_{self.name}.{way}.sql").read_text("utf-8")
        return Template(text).substitute(ENGINES)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a step writes anew."""

    table: str
    rows: int
    bytes_on_disk: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step that is still to be taken, or to be taken back."""

    migration: Migration
    way: Way
    rewrites: tuple[Rewrite, ...]

    @property
    def is_large(self) -> bool:
        """Whether it needs to be asked for."""
        return any(rewrite.rows > LARGE_ROWS for rewrite in self.rewrites)


def migrations() -> tuple[Migration, ...]:
    """All steps, in order."""
    names = (file.name for file in (resources.files("turnpike.reads") / "migrations").iterdir())
    found = (match for match in map(_FILE_NAME.fullmatch, names) if match)
    return tuple(sorted((Migration(int(m["version"]), m["name"]) for m in found), key=lambda m: m.version))


def applied_versions(session: Session) -> frozenset[int]:
    """The steps that this store has taken."""
    return frozenset(version for (version,) in session.query("applied_migrations"))


def steps_to(session: Session, version: int | None = None) -> tuple[Step, ...]:
    """What leads from the store's schema to this version, or to the newest; nothing is changed by asking.

    Raises:
        SchemaMismatch: the store has steps that this Turnpike does not know, or there is no such version.
    """
    session.execute(sql("create_schema_migrations"))
    applied, known = applied_versions(session), migrations()
    if applied - {migration.version for migration in known}:
        raise SchemaMismatch("The read store was written by a newer Turnpike; install that one.")
    newest = known[-1].version
    wanted = newest if version is None else version
    if not 0 <= wanted <= newest:
        raise SchemaMismatch(f"The read store's versions go from 0 to {newest}; name one of them.")
    back: list[tuple[Migration, Way]] = [
        (m, "down") for m in reversed(known) if m.version in applied and m.version > wanted
    ]
    forth: list[tuple[Migration, Way]] = [
        (m, "up") for m in known if m.version not in applied and m.version <= wanted
    ]
    return tuple(
        Step(migration, way, _rewrites(session, migration.rewrites(way))) for migration, way in back + forth
    )


def migrate(session: Session, version: int | None = None, *, rewrite_large: bool = True) -> int:
    """Go to this version of the schema, or to the newest; returns the version that the store has then.

    Raises:
        SchemaMismatch: as `steps_to`.
        RewriteNeeded: a step would write a large table anew, and `rewrite_large` is not given; nothing was changed.
    """
    steps = steps_to(session, version)
    large = [rewrite for step in steps if step.is_large for rewrite in step.rewrites]
    if large and not rewrite_large:
        raise RewriteNeeded(
            f"The read store must be written anew ({max(large, key=lambda one: one.rows).rows:,} reads) before this "
            "Turnpike can use it; look at `turnpike db plan`, then run `turnpike db migrate --rewrite-large`."
        )
    for step in steps:
        if step.way == "up":
            _take(session, step.migration)
        else:
            reverse(session, step.migration)
    return max(applied_versions(session), default=0)


def reverse(session: Session, migration: Migration) -> None:
    """Take one step back."""
    _run(session, migration, "down")
    session.execute(sql("forget_migration"), {"version": migration.version})


def _take(session: Session, migration: Migration) -> None:
    _run(session, migration, "up")
    session.insert("record_migration", msgspec.json.encode((migration.version, migration.name)), 1)


def _run(session: Session, migration: Migration, way: Way) -> None:
    statements = migration.statements(way)
    if migration.is_taken(way, session):
        clearing = itertools.takewhile(
            lambda one: one.startswith("DROP TABLE IF EXISTS"), reversed(statements)
        )
        statements = tuple(reversed(tuple(clearing)))
    for statement in statements:
        session.execute(statement)


def _rewrites(session: Session, tables: tuple[str, ...]) -> tuple[Rewrite, ...]:
    found = (session.query("table_size", {"table": table})[0] for table in tables)
    return tuple(Rewrite(table, *size) for table, size in zip(tables, found, strict=True))
