"""Copies of the records database while it is in use, without the salts by which the log's contents can be read.

A salt that was destroyed by rule must not live on in a backup. So salts go into a file of their own, which is kept for days,
or not at all: then what is restored can be proven and not read.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from turnpike import config
from turnpike.durable import sync_folder
from turnpike.site.errors import BackupRefused

if TYPE_CHECKING:
    from pathlib import Path


def back_up(records: Path, salts: Path | None) -> None:
    """Copy the records to `records`, and the salts, if they are wanted, to `salts`; both only their owner can read, and new.

    Nothing waits for it, and both are of one moment. On return they are on the disk.

    Raises:
        BackupRefused: a file of that name is there, its folder is not, or there are no records.
    """
    source = config.load().records_path
    if not source.exists():
        raise BackupRefused(f"There are no records in {source.parent}; set TURNPIKE_DATA_DIR.")
    wanted = [records] if salts is None else [records, salts]
    for path in wanted:
        _make(path)
    try:
        with closing(sqlite3.connect(source)) as database:
            _copy(database, records)
        if salts is not None:
            with closing(sqlite3.connect(salts)) as apart:
                apart.execute("ATTACH DATABASE ? AS whole", [str(records)])
                # Both columns by name: the file is read again by a later version.
                apart.execute('CREATE TABLE ledger_salt ("index" INTEGER PRIMARY KEY, salt BLOB NOT NULL)')
                apart.execute('INSERT INTO ledger_salt SELECT "index", salt FROM whole.ledger_salt')
                apart.commit()
        with closing(sqlite3.connect(records)) as copy:
            copy.execute("DELETE FROM ledger_salt")
            copy.commit()
            # Writes the file anew: nothing of what was deleted is left in its free pages.
            copy.execute("VACUUM")
            # One file, with none beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        for path in wanted:
            path.unlink(missing_ok=True)
        raise BackupRefused("The records could not be copied; is there room on the disk?") from error
    for path in wanted:
        _sync(path)


def restore(records: Path, salts: Path | None) -> int:
    """Put a copy of the records in place where there are none, with the salts of those entries that still have contents; how many.

    Raises:
        BackupRefused: there are records already, or a file is no such copy.
    """
    target = config.load().records_path
    _make(target)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(records))}?mode=rw", uri=True)) as copy:
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError
            _copy(copy, target)
        restored = _put_back(target, salts) if salts else 0
    except sqlite3.Error as error:
        target.unlink()
        raise BackupRefused("That is no whole copy made by `turnpike backup`; take another.") from error
    _sync(target)
    return restored


def _put_back(target: Path, salts: Path) -> int:
    with closing(sqlite3.connect(target)) as database:
        database.execute("ATTACH DATABASE ? AS apart", [f"{salts.resolve(strict=True)}"])
        put = database.execute(
            'INSERT INTO ledger_salt ("index", salt) SELECT "index", apart.ledger_salt.salt FROM apart.ledger_salt'
            " JOIN ledger_entry USING (\"index\") WHERE sealed != x''"
        )
        database.commit()
        return put.rowcount


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        source.backup(copy)


def _make(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError as error:
        raise BackupRefused(
            f"{path} is there already, and is not written over; give another name."
        ) from error
    except OSError as error:
        raise BackupRefused(
            f"{path} cannot be written; give one in a folder that is there and yours."
        ) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
