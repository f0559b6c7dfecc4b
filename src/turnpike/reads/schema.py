"""The store's tables: numbered migrations, run forth at each opening and back only by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import msgspec

from turnpike.reads.errors import SchemaMismatch
from turnpike.reads.queries import ENGINES, sql

if TYPE_CHECKING:
    from turnpike.reads.engine import Session

_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.up\.sql")


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str

    @cached_property
    def up(self) -> tuple[str, ...]:
        """The statements that take this step; each can be run again after a crash."""
        return self._statements("up")

    @cached_property
    def down(self) -> tuple[str, ...]:
        """The statements that take it back."""
        return self._statements("down")

    def _statements(self, direction: str) -> tuple[str, ...]:
        path = resources.files("turnpike.reads") / "migrations"
        text = (path / f"{self.version:04}_{self.name}.{direction}.sql").read_text("utf-8")
        filled = Template(text).substitute(ENGINES)
        return tuple(statement.strip() for statement in filled.split(";\n") if statement.strip())


def migrations() -> tuple[Migration, ...]:
    """All steps, in order."""
    names = (file.name for file in (resources.files("turnpike.reads") / "migrations").iterdir())
    found = (match for match in map(_FILE_NAME.fullmatch, names) if match)
    return tuple(sorted((Migration(int(m["version"]), m["name"]) for m in found), key=lambda m: m.version))


def applied_versions(session: Session) -> frozenset[int]:
    """The steps that this store has taken."""
    return frozenset(version for (version,) in session.query("applied_migrations"))


def migrate(session: Session) -> int:
    """Take every step not taken yet; returns the schema's version.

    Raises:
        SchemaMismatch: the store has steps that this Turnpike does not know.
    """
    session.execute(sql("create_schema_migrations"))
    applied = applied_versions(session)
    known = migrations()
    if applied - {migration.version for migration in known}:
        raise SchemaMismatch("The read store was written by a newer Turnpike; install that one.")
    for migration in known:
        if migration.version not in applied:
            for statement in migration.up:
                session.execute(statement)
            row = msgspec.json.encode((migration.version, migration.name))
            session.insert("record_migration", row, 1)
    return known[-1].version


def reverse(session: Session, migration: Migration) -> None:
    """Take one step back; its tables' contents are lost."""
    for statement in migration.down:
        session.execute(statement)
    session.execute(sql("forget_migration"), {"version": migration.version})
