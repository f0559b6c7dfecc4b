"""The files of an export: the reads as CSV, Parquet or GeoJSON, and the one ZIP that they leave in.

What a camera, its owner or a plate's writing says is text that somebody else chose, so that no cell of a CSV is ever a formula.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from turnpike.reads.services import StoredRead

Cell = str | int | float | bool | datetime | None

_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the full-width ones are meant
"""Source: OWASP, CSV Injection."""
_EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)
_OWNER_ONLY = 0o600 << 16


class ExportFormat(StrEnum):
    """What an export's reads are written as; the values are the files' endings."""

    CSV = "csv"
    PARQUET = "parquet"
    GEOJSON = "geojson"

    @property
    def label(self) -> str:
        """The format in words, and what it is good for."""
        return {
            ExportFormat.CSV: "CSV, for a spreadsheet",
            ExportFormat.PARQUET: "Parquet, for analysis",
            ExportFormat.GEOJSON: "GeoJSON, for a map: each read where its camera stands",
        }[self]

    @property
    def media(self) -> str:
        """The media type."""
        return {
            ExportFormat.CSV: "text/csv",
            ExportFormat.PARQUET: "application/vnd.apache.parquet",
            ExportFormat.GEOJSON: "application/geo+json",
        }[self]


class Place(Protocol):
    """What an export needs to know of a camera: its name, and where it stands in WGS 84 degrees."""

    name: str
    latitude: float
    longitude: float


def rows_of(reads: Iterable[StoredRead], places: Mapping[str, Place]) -> list[dict[str, Cell]]:
    """A row a read, in order; `places` by camera id, none where a camera is registered no more."""
    return [_row(read, places.get(read.camera_id)) for read in reads]


def _row(read: StoredRead, place: Place | None) -> dict[str, Cell]:
    return {
        "read": read.read_id.text,
        "plate": read.plate,
        "raw_text": read.raw_text,
        "confidence": read.confidence,
        "candidates": "; ".join(f"{text} {share:.3f}" for text, share in read.candidates),
        "country": read.country,
        "captured_at": read.captured_at,
        "received_at": read.received_at,
        "clock_error_ms": read.clock_error_ms,
        "camera": read.camera_id,
        "camera_name": place.name if place else "",
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "lane": read.lane or None,
        "direction": read.direction,
        "frames_agreeing": read.frames_agreeing,
        "colour": read.colour,
        "make": read.make,
        "picture_kept": read.has_patch,
        "software": read.software,
        "model": read.model,
        "adapter": read.adapter,
    }


def written(rows: Sequence[Mapping[str, Cell]], form: ExportFormat) -> bytes:
    """The file of at least one row."""
    return {
        ExportFormat.CSV: _as_csv,
        ExportFormat.PARQUET: _as_parquet,
        ExportFormat.GEOJSON: _as_geojson,
    }[form](rows)


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """The named files as one ZIP; the same files give the same bytes, whenever it is made."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files:
            entry = zipfile.ZipInfo(name, _EARLIEST_IN_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever this runs on
            entry.external_attr = _OWNER_ONLY
            archive.writestr(entry, contents)
    return packed.getvalue()


def _as_csv(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # Source: RFC 4180
    writer.writerow(rows[0])
    writer.writerows([_in_csv(cell) for cell in row.values()] for row in rows)
    return text.getvalue().encode()


def _in_csv(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        return _instant(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str) and cell.lstrip(" ")[:1] in _FORMULA_STARTS:
        return f"'{cell}"
    return cell


def _as_parquet(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    kinds: dict[type, Any] = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int32(),
        float: pa.float64(),
        datetime: pa.timestamp("ms", tz="UTC"),
    }
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    fields = []
    for name, cells in columns.items():
        known = next((cell for cell in cells if cell is not None), None)
        fields.append((name, kinds[int if name == "lane" else float if known is None else type(known)]))
    packed = io.BytesIO()
    parquet.write_table(pa.Table.from_pydict(columns, pa.schema(fields)), packed, compression="zstd")
    return packed.getvalue()


def _as_geojson(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """Source: RFC 7946; a read of a camera whose place is not known has no geometry."""
    features = [
        {
            "type": "Feature",
            "geometry": None
            if row["latitude"] is None
            else {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
            "properties": {
                name: _instant(cell) if isinstance(cell, datetime) else cell
                for name, cell in row.items()
                if name not in ("latitude", "longitude")
            },
        }
        for row in rows
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
