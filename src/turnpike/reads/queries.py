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
    # Source: measured, docs/adr/0006-months-and-one-file.md.
    "one_file": "min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000",
    # What a purge or a merge has replaced is off the disk in seconds; safe, as what replaces it is synced first.
    "cleared_soon": (
        "old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, "
        "max_cleanup_delay_period = 1"
    ),
}

_PIECES = ("read_columns", "asked", "kept", "whole_days_kept", "in_span")
"""Files of `sql/` that stand in others by their name."""


@lru_cache
def sql(name: str) -> str:
    """The statement in `sql/NAME.sql`, with its pieces and engines filled in."""
    folder = resources.files("turnpike.reads") / "sql"
    text = (folder / f"{name}.sql").read_text("utf-8").strip()
    pieces = {piece: (folder / f"{piece}.sql").read_text("utf-8").strip() for piece in _PIECES}
    return Template(text).substitute(ENGINES, **pieces)
