"""A program: processes that write and erase the log are killed before and after each statement and commit; what is left, as JSON on stdout.

Each is a fork, so that a hundred of them take seconds. The records are put back as they were before each.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

THERE, GROUP = 100, 300
"""Entries that are there, and entries of the group that is written: together they make a node whole."""
ROUNDS, THREADS, LONGEST_S = 6, 8, 0.3
LATER = datetime.now(UTC) + timedelta(days=40_000)
WAL_STEP = 509
"""Bytes between two places at which the write-ahead log is cut; a prime, so that every part of a page is met."""


def main() -> None:
    prepare_records()
    told = {
        "flush": each_step(flush, flushed),
        "erasure": each_step(erase, erased),
        "cut": cut_write_ahead_log(),
        "at_any_moment": killed_at_any_moment(),
        "several": several_processes(),
        "remains": salts_in_files(),
    }
    json.dump(told, sys.stdout)


# ---- what is killed


def flush(say: Callable[[int], None]) -> None:
    """One group, as many callers at once make it."""
    from turnpike.audit import services as audit
    from turnpike.ledger import writing

    group = []
    for n in range(GROUP):
        salt = audit.new_salt()
        contents = (
            b'{"event":"account.signed_in","at":"2026-01-01T00:00:00+00:00","actor":"a","details":{"n":%d}}'
            % n
        )
        group.append(writing._New(salt, contents, audit.commitment(salt, contents), None))
    for receipt in writing._write(group):
        say(receipt.index)


def flushed(said: list[int]) -> dict[str, object]:
    """All of the group is there or nothing of it, and all of it where anybody was told."""
    from turnpike.ledger import services as ledger

    size = ledger.verify().size
    proven = ledger.inclusion(size - 1).size == size
    return {
        "size": size,
        "told": len(said),
        "proven": proven,
        "opened": len(ledger.entries(limit=1000)) == size,
    }


def erase(say: Callable[[int], None]) -> None:
    """Everything is past its time."""
    from turnpike.ledger import services as ledger

    say(ledger.erase_due(actor="system", now=LATER))


def erased(said: list[int]) -> dict[str, object]:
    """Whatever is gone is explained, and the next turn does the rest."""
    from turnpike.ledger import services as ledger

    before = ledger.verify().size
    gone = sum(ledger.is_erased(index) for index in range(THERE))
    ledger.erase_due(actor="system", now=LATER)
    after = ledger.verify().size
    left = sum(not ledger.is_erased(index) for index in range(THERE))
    proven = all(ledger.inclusion(index).size == after for index in (0, THERE - 1))
    return {"size": before, "gone": gone, "told": len(said), "left": left, "proven": proven}


# ---- how


def each_step(work: Callable[[Callable[[int], None]], None], look: Callable[[list[int]], dict[str, object]]):
    """`work` killed at its first step, its second and so on until it comes to its end."""
    found = []
    kept = kept_records()
    for step in range(1, 1000):
        put_back(kept)
        said, was_killed = forked(work, kill_at=step)
        found.append({**look(said), "killed": was_killed})
        if not was_killed:
            break
    return found


@lru_cache(maxsize=1)
def kept_records() -> Path:
    """A copy of records with some entries."""
    from django.db import connections

    from turnpike.ledger import services as ledger

    for n in range(THERE):
        ledger.record(ledger.AuditEvent.READ_VIEWED, actor="a", details={"n": n})
    connections.close_all()
    kept = config.load().data_dir / "kept"
    shutil.copy(config.load().records_path, kept)
    return kept


def put_back(kept: Path) -> None:
    from django.db import connections

    connections.close_all()
    for path in list(records_files()):
        path.unlink()
    shutil.copy(kept, config.load().records_path)


def records_files() -> Iterator[Path]:
    return config.load().data_dir.glob("records.sqlite3*")


def forked(
    work: Callable[[Callable[[int], None]], None], *, kill_at: int | None = None, after_s: float = 0.0
):
    """What `work` said in a process of its own before its end, and whether it was killed."""
    child, receive = begin(work, kill_at)
    if after_s:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    return end(child, receive)


def begin(work: Callable[[Callable[[int], None]], None], kill_at: int | None = None) -> tuple[int, int]:
    """A process that works, and where it tells of it."""
    from django.db import connections

    connections.close_all()
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)

        def say(index: int) -> None:
            os.write(send, b"%d\n" % index)

        try:
            if kill_at is not None:
                kill_at_step(kill_at)
            work(say)
        except BaseException:  # noqa: BLE001 - a fork must end here, whatever happens
            traceback.print_exc()
            os._exit(1)
        os._exit(0)  # as a crash leaves it: nothing is closed
    os.close(send)
    return child, receive


def end(child: int, receive: int) -> tuple[list[int], bool]:
    """All that it told, and whether it was killed."""
    with os.fdopen(receive) as lines:
        said = [int(line) for line in lines.read().split("\n")[:-1]]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, status
    return said, os.WIFSIGNALED(status)


def kill_at_step(number: int) -> None:
    """Before and after each statement and each commit is a step."""
    from django.db.backends.sqlite3.base import DatabaseWrapper, SQLiteCursorWrapper

    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(method):
        def run(*arguments, **named):
            step()
            result = method(*arguments, **named)
            step()
            return result

        return run

    for kind, name in (
        (SQLiteCursorWrapper, "execute"),
        (SQLiteCursorWrapper, "executemany"),
        (DatabaseWrapper, "_commit"),
    ):
        setattr(kind, name, watched(getattr(kind, name)))


def cut_write_ahead_log() -> dict[str, object]:
    """The write-ahead log of a flush cut off at one byte after another: the whole flush is there, or nothing of it."""
    put_back(kept_records())
    forked(flush)
    path = config.load().records_path
    log = path.with_name(path.name + "-wal")
    database, written = path.read_bytes(), log.read_bytes()
    found: dict[str, int] = {}
    folder = config.load().data_dir / "cut"
    folder.mkdir()
    lengths = sorted({*range(0, len(written), WAL_STEP), *range(len(written) - 40, len(written) + 1)})
    for length in lengths:
        (folder / "r").write_bytes(database)
        (folder / "r-wal").write_bytes(written[:length])
        (folder / "r-shm").unlink(missing_ok=True)
        with sqlite3.connect(folder / "r") as records:
            counted = [
                records.execute(f"SELECT {what}").fetchone()[0]
                for what in (
                    "size FROM ledger_treehead",
                    "count(*) FROM ledger_entry",
                    "count(*) FROM ledger_salt",
                )
            ]
        records.close()
        state = (
            "whole" if counted == [THERE + GROUP] * 3 else "none" if counted == [THERE] * 3 else str(counted)
        )
        found[state] = found.get(state, 0) + 1
    return {"states": found, "cuts": len(lengths)}


def writers(say: Callable[[int], None], *, each: int = 10**9) -> None:
    """Threads that write one entry after another, each telling of an entry once it was told so."""
    from turnpike.ledger import services as ledger

    def write() -> None:
        for n in range(each):
            say(ledger.record(ledger.AuditEvent.READ_VIEWED, actor="a", details={"n": n}).index)

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def killed_at_any_moment() -> list[dict[str, object]]:
    """One history over several kills: nobody's entry is lost."""
    from turnpike.ledger import services as ledger

    put_back(kept_records())
    rng = random.Random(6)
    found, told = [], set(range(THERE))
    for _ in range(ROUNDS):
        said, was_killed = forked(writers, after_s=rng.uniform(0.05, LONGEST_S))
        doubled = len(said) != len(set(said)) or bool(told & set(said))
        told |= set(said)
        size = ledger.verify().size
        found.append({"killed": was_killed, "said": len(said), "lost": max(told) >= size, "doubled": doubled})
    return found


def several_processes() -> dict[str, object]:
    """Two processes with threads of their own write at once."""
    from turnpike.ledger import services as ledger

    put_back(kept_records())
    both = [begin(lambda say: writers(say, each=20)) for _ in range(2)]
    said = [end(*one)[0] for one in both]
    size = ledger.verify().size
    return {"size": size, "told_once": sorted(said[0] + said[1]) == list(range(THERE, size))}


def salts_in_files() -> dict[str, int]:
    """How many salts lie in any file of the records before an erasure, and after it."""
    from turnpike.ledger import services as ledger

    put_back(kept_records())
    salts = [ledger.contents(index).salt for index in range(THERE)]

    def lying() -> int:
        stored = b"".join(path.read_bytes() for path in records_files())
        return sum(salt in stored for salt in salts)

    before = lying()
    ledger.erase_due(actor="system", now=LATER)
    return {"before": before, "after": lying()}


if __name__ == "__main__":
    main()
