"""PostgreSQL in a process of its own: one logged table, the same columns, two indexes, COPY, VACUUM, CHECKPOINT, lookups.

Both indexes are there while reads come in, as both ways into our store are; making them afterwards is quicker, and is
measured beside it (`load_reads_per_s_indexes_after`).
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike.bench.apart import answer_process
from turnpike.bench.errors import BenchFailed
from turnpike.bench.postgresql import Compared, CompareWith
from turnpike.bench.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = """
CREATE TABLE {name} (
  plate text NOT NULL, raw_text text NOT NULL, captured_at timestamptz(3) NOT NULL, camera_id text NOT NULL,
  confidence_thousandths smallint NOT NULL, candidates text NOT NULL, country text NOT NULL, lane smallint NOT NULL,
  direction text NOT NULL, clock_error_ms integer NOT NULL, frames_agreeing smallint NOT NULL, colour text NOT NULL,
  make text NOT NULL, has_patch boolean NOT NULL, batch bigint NOT NULL, slot smallint NOT NULL
)"""
_INDEXES = (
    "CREATE INDEX ON {name} (plate, captured_at)",
    "CREATE INDEX ON {name} (camera_id, captured_at)",
)
_LOOKUP = "SELECT * FROM reads WHERE plate = $1 ORDER BY captured_at DESC LIMIT 500"
_SETTINGS = {
    "shared_buffers": "4GB", "effective_cache_size": "12GB", "maintenance_work_mem": "1GB", "max_wal_size": "16GB",
    "checkpoint_timeout": "15min", "wal_compression": "lz4", "work_mem": "64MB", "listen_addresses": "",
}  # fmt: skip
"""Source: ours, for 16 to 32 GB; what is written is logged and synced, as by default."""
_TIME = re.compile(r"^Time: ([\d.]+) ms", re.MULTILINE)


def compare(asked: CompareWith) -> Compared:
    """Load, settle, look up."""
    with _server(asked) as (ask, csv):
        later_s = _load(ask, csv, "reads_later", indexes_first=False)
        ask("DROP TABLE reads_later")
        ask("CHECKPOINT")
        loaded_s = _load(ask, csv, "reads", indexes_first=True)
        size = int(ask("SELECT pg_total_relation_size('reads')").strip())
        lookups_ms = _lookups_ms(ask, asked.plates)
        version = "PostgreSQL " + ask("SHOW server_version").strip()
    return Compared(
        {
            "bytes_per_read": round(size / asked.rows, 2),
            "load_reads_per_s": round(asked.rows / loaded_s),
            "load_reads_per_s_indexes_after": round(asked.rows / later_s),
            "plate_lookup_p95_ms": round(percentile(lookups_ms, 95), 3),
            "plate_lookup_p50_ms": round(percentile(lookups_ms, 50), 3),
        },
        version,
    )


def _load(ask: _Ask, csv: str, name: str, *, indexes_first: bool) -> float:
    """Seconds until the reads are in, indexed, vacuumed and written by a checkpoint."""
    began = time.perf_counter()
    copy = f"COPY {name} FROM '{csv}' (FORMAT csv)"
    indexes = [index.format(name=name) for index in _INDEXES]
    ask(_TABLE.format(name=name))
    for statement in [*indexes, copy] if indexes_first else [copy, *indexes]:
        ask(statement)
    ask(f"VACUUM ANALYZE {name}")
    ask("CHECKPOINT")
    return time.perf_counter() - began


def _lookups_ms(ask: _Ask, plates: tuple[str, ...]) -> list[float]:
    """Each plate once to warm up and once timed, on one connection, prepared."""
    script = [f"PREPARE lookup (text) AS {_LOOKUP};"]
    script += [f"EXECUTE lookup ('{plate}') \\g /dev/null" for plate in plates]
    script += ["\\timing on", *script[1:]]
    return [float(found) for found in _TIME.findall(ask("\n".join(script)))]


class _Ask:
    """Asks the server by `psql`."""

    def __init__(self, binaries: str, folder: Path, owner: str | None) -> None:
        self._command = [
            f"{binaries}/psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(folder),
            "-d",
            "postgres",
        ]
        self._owner = owner

    def __call__(self, script: str) -> str:
        done = _run(self._command, self._owner, script)
        if done.returncode:
            raise BenchFailed(f"PostgreSQL failed: {done.stderr.strip()[:200]}")
        return done.stdout


@contextmanager
def _server(asked: CompareWith) -> Iterator[tuple[_Ask, str]]:
    """A server of its own and the file that it may read, on a socket in its folder; under another account where this one is root's, as it demands."""
    owner = "postgres" if os.geteuid() == 0 else None
    folder, csv = Path(tempfile.mkdtemp(prefix="turnpike-bench-")), asked.csv
    try:
        if owner:
            account = pwd.getpwnam(owner)
            os.chown(folder, account.pw_uid, account.pw_gid)
            # The file is in a folder of root's alone.
            csv = shutil.move(asked.csv, str(folder / "reads.csv"))
            os.chown(csv, account.pw_uid, account.pw_gid)
        data, binaries = folder / "data", asked.binaries
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        _must(
            [f"{binaries}/initdb", "-D", str(data), "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            owner,
        )
        control = [f"{binaries}/pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(folder / "log")]
        _must([*control, "-o", f"-k {folder} {settings}", "start"], owner)
        try:
            yield _Ask(binaries, folder, owner), str(csv)
        finally:
            _run([*control, "-m", "fast", "stop"], owner)
    except KeyError:
        raise BenchFailed(
            "PostgreSQL does not run as root, and there is no account `postgres` here."
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _must(command: list[str], owner: str | None) -> None:
    done = _run(command, owner)
    if done.returncode:
        raise BenchFailed(f"PostgreSQL could not be started: {(done.stderr or done.stdout).strip()[:300]}")


def _run(command: list[str], owner: str | None, script: str = "") -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryFile("w+") as written:  # a server that stays would hold a pipe open
        done = subprocess.run(  # noqa: S603 - programs of the system
            command,
            input=script,
            stdout=written,
            stderr=subprocess.STDOUT,
            text=True,
            user=owner,
            cwd="/",
            check=False,
        )
        written.seek(0)
        text = written.read()
    return subprocess.CompletedProcess(command, done.returncode, text, text)


if __name__ == "__main__":
    answer_process(CompareWith, compare)
