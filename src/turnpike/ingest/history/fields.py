"""What a file of history may tell of a read, which of its columns tells it, and how its times are written."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from turnpike.ingest.history.errors import PlanRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Field(StrEnum):
    """A part of a read, as `--map` names it."""

    PLATE = "plate"
    CAPTURED_AT = "captured_at"
    CAMERA = "camera"
    RECEIVED_AT = "received_at"
    RAW_TEXT = "raw_text"
    CONFIDENCE = "confidence"
    COUNTRY = "country"
    LANE = "lane"
    DIRECTION = "direction"
    COLOUR = "colour"
    MAKE = "make"
    CLOCK_ERROR_MS = "clock_error_ms"
    FRAMES_AGREEING = "frames_agreeing"


TITLES: Mapping[Field, str] = {
    Field.PLATE: "the plate",
    Field.CAPTURED_AT: "when the vehicle passed (two columns as DATE+TIME)",
    Field.CAMERA: "the camera",
    Field.RECEIVED_AT: "when the old system received it",
    Field.RAW_TEXT: "the writing as it was seen",
    Field.CONFIDENCE: "how sure the reading is",
    Field.COUNTRY: "the plate's country",
    Field.LANE: "the lane",
    Field.DIRECTION: "towards or away",
    Field.COLOUR: "the vehicle's colour",
    Field.MAKE: "the vehicle's make",
    Field.CLOCK_ERROR_MS: "the camera's clock error in milliseconds",
    Field.FRAMES_AGREEING: "how many frames agree",
}
_SYNONYMS: Mapping[Field, Sequence[str]] = {
    Field.PLATE: (
        "vrm", "vrn", "reg", "registration", "registrationmark", "numberplate", "licenseplate", "licenceplate",
        "platenumber", "platetext", "kennzeichen", "immatriculation", "kenteken",
    ),
    Field.CAPTURED_AT: (
        "capturetime", "capturedat", "timestamp", "datetime", "capturedate", "readtime", "readdatetime", "eventtime",
        "passtime", "date+time", "capturedate+capturetime", "time",
    ),
    Field.CAMERA: ("cameraid", "cameraname", "camera", "cam", "source", "sourceid", "site", "siteid", "device", "deviceid"),
    Field.RECEIVED_AT: ("receivedat", "receivedtime", "receiveddate", "inserttime"),
    Field.RAW_TEXT: ("rawtext", "rawplate", "ocrtext"),
    Field.CONFIDENCE: ("confidence", "confidencethousandths", "score", "accuracy", "ocrscore", "readconfidence"),
    Field.COUNTRY: ("country", "countrycode", "nationality"),
    Field.LANE: ("lane", "laneid", "lanenumber"),
    Field.DIRECTION: ("direction", "motion", "heading"),
    Field.COLOUR: ("colour", "color", "vehiclecolour", "vehiclecolor"),
    Field.MAKE: ("make", "vehiclemake", "manufacturer"),
    Field.CLOCK_ERROR_MS: ("clockerrorms",),
    Field.FRAMES_AGREEING: ("framesagreeing", "frames"),
}  # fmt: skip
"""As exports name their columns, without case, spaces and signs. Source: ours."""
_OWN_COLUMNS: Mapping[str, Field] = {
    **{field.value: field for field in Field},
    "camera_id": Field.CAMERA,
    "confidence_thousandths": Field.CONFIDENCE,
}
"""Names that mean the same in every file: Turnpike's own."""
REFUSED_COLUMNS = ("refused_line", "refused_why")
"""Stand first in a file of refused rows, which may be mended and imported in its turn."""

ISO, DAY_FIRST, MONTH_FIRST, SECONDS, MILLISECONDS = (
    "iso",
    "day-first",
    "month-first",
    "seconds",
    "milliseconds",
)
TIME_FORMATS: Mapping[str, str] = {
    ISO: "2026-01-31 08:15:02.125, with or without an offset or Z",
    DAY_FIRST: "31/01/2026 08:15:02",
    MONTH_FIRST: "01/31/2026 08:15:02",
    SECONDS: "seconds since 1970",
    MILLISECONDS: "milliseconds since 1970",
}
SCALES = (1, 100, 1000)


class ColumnPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file is understood: its column (or two, as DATE+TIME) for each field, and how its values are written.

    `time_format` is one of `TIME_FORMATS`, or a pattern of strptime. `time_zone` is the IANA name of the zone of times without an
    offset, empty where all have one. `confidence_of` is what stands for certainty: 1, 100 or 1000.
    """

    columns: dict[str, str]
    time_format: str = ISO
    time_zone: str = ""
    confidence_of: int = 1

    def column(self, field: Field) -> str:
        """The column of that field; empty where the file has none."""
        return self.columns.get(field.value, "")


def header_key(columns: Sequence[str]) -> str:
    """What a file's kind is recognised by: a hash of its column names, without what a file of refused rows adds."""
    own = [name for name in columns if name not in REFUSED_COLUMNS]
    return hashlib.sha256("\x1f".join(own).encode()).hexdigest()


def own_columns(columns: Sequence[str]) -> dict[str, str]:
    """The columns that are named as Turnpike names them."""
    return {
        field.value: name for name in reversed(columns) if (field := _OWN_COLUMNS.get(name.strip().lower()))
    }


def guessed_columns(columns: Sequence[str]) -> dict[str, str]:
    """What the columns are likely to be, by their names: to be suggested, and never taken unasked."""
    found = own_columns(columns)
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(columns)}
    for field, synonyms in _SYNONYMS.items():
        for synonym in synonyms if field.value not in found else ():
            parts = synonym.split("+")
            if all(part in plain for part in parts):
                found[field.value] = "+".join(plain[part] for part in parts)
                break
    return found


def read_maps(pairs: Iterable[str]) -> dict[str, str]:
    """`FIELD=COLUMN` as given to `--map`.

    Raises:
        PlanRefused: a pair is none, or the field is not known.
    """
    columns: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals or name.strip() not in set(Field):
            raise PlanRefused(f"Give --map as FIELD=COLUMN, with one of these fields: {', '.join(Field)}.")
        columns[name.strip()] = column.strip()
    return {name: column for name, column in columns.items() if column}


def column_places(column: str, columns: Sequence[str]) -> tuple[int, ...]:
    """The places of a column, or of two joined by `+`, among a file's columns.

    Raises:
        PlanRefused: the file has no such column, or two of that name.
    """
    names = (column,) if column in columns else tuple(part.strip() for part in column.split("+"))
    if missing := [name for name in names if name not in columns]:
        raise PlanRefused(f"The file has no column {missing[0]!r}; its first line names those that it has.")
    if twice := [name for name in names if list(columns).count(name) > 1]:
        raise PlanRefused(f"The file has two columns {twice[0]!r}; rename one of them.")
    return tuple(list(columns).index(name) for name in names)


def check_plan(plan: ColumnPlan, columns: Sequence[str], *, camera_told: bool) -> None:
    """See that everything needed is mapped, to columns that are there, and written in a way that can be read.

    Raises:
        PlanRefused: the sentence names the option to give.
    """
    for field in (Field.PLATE, Field.CAPTURED_AT):
        if not plan.column(field):
            raise PlanRefused(f"Say which column is {TITLES[field]}: --map {field}=COLUMN.")
    if bool(plan.column(Field.CAMERA)) == camera_told:
        raise PlanRefused(
            "Say which column is the camera, --map camera=COLUMN, or that all are of one, --camera CAMERA; not both."
        )
    for column in plan.columns.values():
        column_places(column, columns)
    if plan.time_format not in TIME_FORMATS and "%" not in plan.time_format:
        raise PlanRefused(
            f"Give --time-format as one of {', '.join(TIME_FORMATS)}, or as a pattern such as '%d.%m.%Y %H:%M:%S'."
        )
    if plan.time_zone:
        check_zone(plan.time_zone)
    if plan.confidence_of not in SCALES:
        raise PlanRefused("Give --confidence-of as 1, 100 or 1000: what stands for certainty in the file.")


def check_zone(name: str) -> None:
    """See that there is such a time zone.

    Raises:
        PlanRefused: there is none of that name here.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PlanRefused("Give --time-zone as a name such as Europe/London, or UTC.") from error
