"""Importing history, for the command line: files, plans, cameras and the import itself."""

from __future__ import annotations

from turnpike.ingest.history.cameras import camera_names, register_cameras
from turnpike.ingest.history.checking import SENTENCES, Why
from turnpike.ingest.history.csv_files import CsvFile
from turnpike.ingest.history.errors import FileRefused, HistoryError, PlanRefused
from turnpike.ingest.history.fields import (
    ISO,
    SCALES,
    TIME_FORMATS,
    TITLES,
    ColumnPlan,
    Field,
    check_zone,
    column_places,
    guessed_columns,
    own_columns,
    read_maps,
)
from turnpike.ingest.history.importing import Task, begun_before, check_history, import_history, preview
from turnpike.ingest.history.opening import open_file
from turnpike.ingest.history.parquet_files import ParquetFile
from turnpike.ingest.history.remembering import (
    needs_zone,
    remember,
    remembered,
    suggested_format,
    suggested_scale,
)
from turnpike.ingest.history.report import ImportReport

__all__ = [
    "ISO",
    "SCALES",
    "SENTENCES",
    "TIME_FORMATS",
    "TITLES",
    "ColumnPlan",
    "CsvFile",
    "Field",
    "FileRefused",
    "HistoryError",
    "ImportReport",
    "ParquetFile",
    "PlanRefused",
    "Task",
    "Why",
    "begun_before",
    "camera_names",
    "check_history",
    "check_zone",
    "column_places",
    "guessed_columns",
    "import_history",
    "needs_zone",
    "open_file",
    "own_columns",
    "preview",
    "read_maps",
    "register_cameras",
    "remember",
    "remembered",
    "suggested_format",
    "suggested_scale",
]
