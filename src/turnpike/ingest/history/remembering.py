"""Plans that were told once, by the columns of the files that they are for; and what a plan is likely to be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.history.errors import PlanRefused
from turnpike.ingest.history.fields import (
    DAY_FIRST,
    ISO,
    MILLISECONDS,
    MONTH_FIRST,
    SCALES,
    SECONDS,
    ColumnPlan,
    Field,
    header_key,
)
from turnpike.ingest.history.times import has_offsets, instants, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from turnpike.ingest.history.csv_files import CsvFile
    from turnpike.ingest.history.parquet_files import ParquetFile

_NAME = "mappings.json"
_SAMPLE_ROWS = 1_000
_MOST_OF = 0.5
_MILLISECONDS_FROM = 1e11
"""As seconds this lies in the year 5138, as milliseconds in 1973."""


def remembered(folder: Path, columns: Sequence[str]) -> ColumnPlan | None:
    """The plan that was told for a file with these columns.

    Raises:
        PlanRefused: what was kept of plans cannot be read.
    """
    return _all(folder).get(header_key(columns))


def remember(folder: Path, columns: Sequence[str], plan: ColumnPlan) -> None:
    """Keep the plan for the next file with these columns, readable by its owner only. Names of columns are kept, and no row."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    plans = {**_all(folder), header_key(columns): plan}
    draft = folder / f".{_NAME}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(plans))
    draft.replace(folder / _NAME)


def suggested_format(file: CsvFile | ParquetFile, columns: dict[str, str]) -> str:
    """How the first times of a file seem to be written; empty where days and months cannot be told apart, or nothing fits."""
    column = _first(file, columns, Field.CAPTURED_AT)
    if not pa.types.is_string(column.type):
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            return ISO
        largest = pc.max(column).as_py() or 0
        return MILLISECONDS if largest > _MILLISECONDS_FROM else SECONDS
    fits = {
        name: float(instants(column, name, "UTC").read.mean()) if len(column) else 0.0
        for name in (ISO, DAY_FIRST, MONTH_FIRST, MILLISECONDS)
    }
    best, second = sorted(fits.values(), reverse=True)[:2]
    # A few may be wrong; where two forms fit as well as each other, somebody must say which it is.
    if best < _MOST_OF or best == second:
        return ""
    name = max(fits, key=lambda one: fits[one])
    largest = pc.max(numbers_of(column)).as_py() if name == MILLISECONDS else None
    return name if largest is None or largest > _MILLISECONDS_FROM else SECONDS


def needs_zone(file: CsvFile | ParquetFile, columns: dict[str, str], time_format: str) -> bool:
    """Whether a zone must be told for the file's times."""
    names = [field for field in (Field.CAPTURED_AT, Field.RECEIVED_AT) if columns.get(field)]
    return any(not has_offsets(_first(file, columns, field), time_format) for field in names)


def suggested_scale(file: CsvFile | ParquetFile, columns: dict[str, str]) -> int:
    """What seems to stand for certainty in the file's confidences, by the first of them."""
    column = _first(file, columns, Field.CONFIDENCE)
    numbers = numbers_of(pc.utf8_trim_whitespace(column)) if pa.types.is_string(column.type) else column
    largest = pc.max(numbers).as_py() or 0
    return next((scale for scale in SCALES if largest <= scale), SCALES[-1])


def _first(file: CsvFile | ParquetFile, columns: dict[str, str], field: Field) -> pa.Array:
    plan = ColumnPlan({field.value: columns[field.value]})
    column = file.rows(file.first_rows(_SAMPLE_ROWS), plan).columns[field]  # type: ignore[arg-type]  # a file takes its own pieces
    return column.filter(pc.not_equal(column, "")) if pa.types.is_string(column.type) else column


def _all(folder: Path) -> dict[str, ColumnPlan]:
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=dict[str, ColumnPlan])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise PlanRefused(
            f"{folder / _NAME} cannot be read; move it away, and tell the mapping anew."
        ) from error
