"""What several makers write in like ways: plates that are none, regions, ways of driving, times."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from typing import TYPE_CHECKING

from turnpike.ingest.vendor_values import instant_of, text_of

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from turnpike.reads.services import Direction

_NO_PLATE = frozenset(
    {
        "noplate",
        "noplates",
        "nonumberplate",
        "nolicenseplate",
        "nolicenceplate",
        "notread",
        "unread",
        "unlicensed",
    }
)
_NOT_OF_PLATES = re.compile(r"[\s._/-]")
_REGION = re.compile(r"([a-z]{2})(?:-([a-z]{2,3}))?", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})([ T])(\d{1,2})(:.*)")
_COUNTRY_OF = {"UK": "GB", "EL": "GR"}
_HALF_WIDTH_DEGREES = 60.0
_TURN_DEGREES = 360.0
_MAX_ID_CHARACTERS = 96
"""Source: ours; with what is put before and after it an id of a read has at most 128."""


def plate_of(value: object) -> str:
    """The plate as it was written; empty for none, and for the words that stand for none."""
    text = text_of(value)
    return "" if _NOT_OF_PLATES.sub("", text).lower() in _NO_PLATE else text


def identity_of(value: object) -> str:
    """A maker's id of an event or a pass, which must not be cut: one too long stands as its hash."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    written = str(value).strip()
    if len(written) <= _MAX_ID_CHARACTERS and written.isprintable():
        return written
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()


def country_of_region(value: object) -> str:
    """Two capital letters of a region such as `gb`, `us-ca` (a state's) or `eu-de` (a continent's); empty where it is neither."""
    match = _REGION.fullmatch(text_of(value))
    if match is None:
        return ""
    first, second = match[1].upper(), (match[2] or "").upper()
    country = second if first == "EU" else first
    return _COUNTRY_OF.get(country, country) if len(country) == 2 else ""  # noqa: PLR2004 - ISO 3166-1 alpha-2


def direction_of_angle(degrees: float | None, *, away_at: float, towards_at: float) -> Direction:
    """The way of driving from its angle in the picture, where the camera looks along the road: within 60 degrees of either, else empty.

    Upwards in the picture is away from the camera, downwards towards it; makers count the angle from different sides.
    """
    if degrees is None:
        return ""
    if _is_near(degrees, towards_at):
        return "towards"
    if _is_near(degrees, away_at):
        return "away"
    return ""


def _is_near(degrees: float, other: float) -> bool:
    apart = abs((degrees - other + _TURN_DEGREES / 2) % _TURN_DEGREES - _TURN_DEGREES / 2)
    return apart <= _HALF_WIDTH_DEGREES


def instant_written(value: object, zone: tzinfo = UTC) -> datetime | None:
    """As `instant_of`, and also of dates written with slashes or dots, the year first."""
    if isinstance(value, str) and (match := _YEAR_FIRST.fullmatch(value.strip()[:64])):
        year, month, day, between, hour, rest = match.groups()
        value = f"{year}-{month:0>2}-{day:0>2}{between}{hour:0>2}{rest}"
    return instant_of(value, zone)
