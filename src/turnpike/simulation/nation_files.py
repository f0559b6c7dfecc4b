"""A nation's reads as Parquet: one file, or a folder of files, written as they are made; a file is whole or not there."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from turnpike.simulation.errors import NationFileError
from turnpike.simulation.nation_reads import READ_SCHEMA, national_cameras, national_reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from turnpike.simulation.nation_plan import NationPlan

FILE_READS = 10_000_000
"""In each file of a folder; a row group has a twentieth of it."""
_GROUP_READS = 500_000
_SUFFIX = ".parquet"
_CAMERAS = f"_cameras{_SUFFIX}"
"""The underscore keeps it from those who read the folder as one table."""
_WORDS = ["camera_id", "country", "direction", "colour", "make"]
_PLAN_KEY = "turnpike.nation"


@dataclass(slots=True)
class FilesWritten:
    """What lies there now, whole."""

    reads: int = 0
    files: int = 0
    total_bytes: int = 0


def write_reads(
    plan: NationPlan,
    out: Path,
    written: FilesWritten,
    tell: Callable[[int], None],
    *,
    file_reads: int = FILE_READS,
) -> None:
    """Write the plan's reads to `out`: one file where its name ends in `.parquet`, else a folder of them with the cameras.

    `written` grows with each file that is whole, and so tells what there is when this is interrupted; `tell` is given how
    many reads were made, again and again. Each file's metadata hold the plan under `turnpike.nation`.

    Raises:
        NationFileError: `out` is there already, or cannot be written.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise NationFileError(f"{out} is there already; give another name, or delete it first.")
    single = out.suffix == _SUFFIX
    try:
        (out.parent if single else out).mkdir(parents=True, exist_ok=True)
        _write_files(plan, out, written, tell, file_reads=None if single else file_reads)
    except OSError as error:
        raise NationFileError(f"{out} cannot be written: {os.strerror(error.errno or 0)}.") from error
    finally:
        if not single and not written.files:
            with suppress(OSError):
                out.rmdir()


def _write_files(
    plan: NationPlan,
    out: Path,
    written: FilesWritten,
    tell: Callable[[int], None],
    *,
    file_reads: int | None,
) -> None:
    made, left = 0, plan.reads
    group = min(_GROUP_READS, file_reads or _GROUP_READS)
    batches = national_reads(plan, batch_rows=group)
    while left:
        path = out if file_reads is None else out / f"reads-{written.files:05d}{_SUFFIX}"
        rows = 0
        with _whole_file(path, plan) as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += len(batch)
                tell(made + rows)
                if file_reads is not None and rows + group > file_reads:
                    break
        made, left = made + rows, left - rows
        written.reads, written.files = made, written.files + 1
        written.total_bytes += path.stat().st_size
        if file_reads is not None and written.files == 1:
            pq.write_table(_camera_table(plan), out / _CAMERAS)


@contextmanager
def _whole_file(path: Path, plan: NationPlan) -> Iterator[pq.ParquetWriter]:
    """A writer whose file gets its name only when all is in it."""
    part = path.with_name(f"{path.name}.part")
    schema = READ_SCHEMA.with_metadata({_PLAN_KEY: msgspec.json.encode(asdict(plan))})
    try:
        with pq.ParquetWriter(
            part,
            schema,
            compression="zstd",
            use_dictionary=_WORDS,
            write_statistics=["captured_at", "camera_id"],
        ) as writer:
            yield writer
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _camera_table(plan: NationPlan) -> pa.Table:
    return pa.Table.from_pylist([asdict(camera) for camera in national_cameras(plan)])
