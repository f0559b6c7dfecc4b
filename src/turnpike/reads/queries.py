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
    # Rows of Arrow come from an open file of this process; through a server's client they follow the statement.
    "from_rows": "FROM INFILE '/dev/fd/{rows}'",
}


@lru_cache
def sql(name: str) -> str:
    """The statement in `sql/NAME.sql`, with its column lists and engines filled in."""
    folder = resources.files("turnpike.reads") / "sql"
    columns = (folder / "read_columns.sql").read_text("utf-8").strip()
    text = (folder / f"{name}.sql").read_text("utf-8").strip()
    return Template(text).substitute(ENGINES, read_columns=columns)
