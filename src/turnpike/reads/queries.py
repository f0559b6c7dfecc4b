"""The SQL of this folder, by name, from `sql/` and `migrations/`."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from string import Template

ENGINES = {
    # The only place that names table engines: a cluster would say ReplicatedMergeTree here.
    "merge_tree": "MergeTree",
    # What is answered is on the disk: parts are synced when they are inserted and when they are merged.
    # Source: measured with strace, tests/reads/test_durability.py.
    "durable": (
        "fsync_after_insert = 1, fsync_part_directory = 1, "
        "min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1"
    ),
    # All columns of a part in one file: a vehicle's year is in twelve parts, and what costs is opening files.
    # Source: measured, docs/adr/0007-months-in-one-file.md.
    "one_file": "min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000",
    # What a purge or a merge has replaced is off the disk in seconds; safe, as what replaces it is synced first.
    "cleared_soon": (
        "old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, "
        "max_cleanup_delay_period = 1"
    ),
    # Rows of Arrow come from an open file of this process; through a server's client they follow the statement.
    "from_rows": "FROM INFILE '/dev/fd/{rows}'",
}

Pieces = tuple[str, ...]
"""Names of files of `sql/` that hold one condition each."""

_ALWAYS = ("read_columns", "in_span", "in_span_hours")
"""Pieces that stand in others by their own name."""


@lru_cache(maxsize=512)
def sql(name: str, asked: Pieces = (), kept: Pieces = ()) -> str:
    """The statement in `sql/NAME.sql`, with its pieces and engines filled in.

    `$asked` and `$kept` become all of their conditions, and only those: one that excludes nothing would cost as much as
    one that does. `$whole_days_kept` is `$kept` by days.
    """
    return Template(_text(name)).substitute(
        ENGINES,
        **{piece: _text(piece) for piece in _ALWAYS},
        asked=_all_of(asked),
        kept=_all_of(kept),
        whole_days_kept=_all_of(tuple(f"whole_days_{piece}" for piece in kept)),
    )


def _all_of(pieces: Pieces) -> str:
    return "\n  AND ".join(map(_text, pieces)) or "true"


def _text(name: str) -> str:
    return (resources.files("turnpike.reads") / "sql" / f"{name}.sql").read_text("utf-8").strip()
