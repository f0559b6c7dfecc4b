"""Columns of times as instants: a million at a time, each either read or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.history.errors import PlanRefused
from turnpike.ingest.history.fields import DAY_FIRST, ISO, MILLISECONDS, MONTH_FIRST, SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NS, _MS_A_S = 1_000_000, 1_000
_MOST_S = 4_102_444_800
"""The year 2100: beyond, it is no time of a read, and far below what a number could overflow by."""
_CLOCK = r"\d\d(:?\d\d(:?\d\d(\.\d{1,9})?)?)?"
_WITH_OFFSET = rf"^\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(Z|[+-]\d\d(:?\d\d)?)$"
_LOCAL = rf"^\d{{4}}-\d\d-\d\d([T ]{_CLOCK})?$"
"""At least what Arrow reads, so that what becomes of a row never hangs on its neighbours."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_PADDED = r"^\d\d[/.-]\d\d[/.-]\d{4}"
_PADDING = ((r"^(\d[/.-])", r"0\1"), (r"^(\d\d[/.-])(\d[/.-])", r"\10\2"), (r"([T ])(\d:)", r"\10\2"))
"""RE2 knows groups 1 to 9 alone, so that a nought may follow one."""
_ASCII = 128
_DATE_SIGNS = np.frombuffer(b"/.-", np.uint8)
_UTC_NS, _LOCAL_NS = pa.timestamp("ns", tz="UTC"), pa.timestamp("ns")


@dataclass(frozen=True, slots=True)
class Instants:
    """Milliseconds since 1970 (UTC) along the rows; what they are where a row is not `read` says nothing.

    `skipped` are local times that were never, for the clocks went forward; `repeated` those of the hour that autumn repeats,
    taken for the first.
    """

    ms: NDArray[np.int64]
    read: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    repeated: int


def instants(column: pa.Array, time_format: str, zone: str) -> Instants:
    """The instants of a column of text, numbers or Arrow's own timestamps.

    Raises:
        PlanRefused: times have no offset, and no zone was told; or the column is of a kind that holds no times.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _of_timestamps(column.cast(pa.timestamp("ms", tz=kind.tz), safe=False), zone)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _of_numbers(column.cast(pa.float64(), safe=False), time_format)
    if not pa.types.is_string(kind):
        raise PlanRefused(
            "The column of times holds neither text nor numbers nor timestamps; map another one."
        )
    texts = pc.utf8_trim_whitespace(column)
    if time_format in {SECONDS, MILLISECONDS}:
        return _of_numbers(numbers_of(texts), time_format)
    if time_format in {DAY_FIRST, MONTH_FIRST}:
        texts = _year_first(texts, day_first=time_format == DAY_FIRST)
    elif time_format != ISO:
        return _of_pattern(texts, time_format, zone)
    return _of_iso(texts, zone)


def has_offsets(column: pa.Array, time_format: str) -> bool:
    """Whether every time of a few that is there says its own offset from UTC, so that no zone is to be asked for."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return kind.tz is not None
    if not pa.types.is_string(kind) or time_format in {SECONDS, MILLISECONDS}:
        return True
    if "%" in time_format:
        return "%z" in time_format
    return bool(pc.all(pc.match_substring_regex(column, r"(Z|[+-]\d\d:?\d\d)\s*$")).as_py())


def numbers_of(texts: pa.Array) -> pa.Array:
    """Trimmed texts as numbers, null where one is none."""
    try:
        return texts.cast(pa.float64())
    except pa.ArrowInvalid:
        fits = pc.match_substring_regex(texts, _NUMBER)
        return _cast_or_null(pc.if_else(fits, texts, pa.scalar(None, pa.string())), pa.float64())


def _cast_or_null(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column as another kind, null where a value is none: halved again and again until each such value is found."""
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, kind)
    middle = len(texts) // 2
    halves = (texts.slice(0, middle), texts.slice(middle))
    return pa.concat_arrays([_cast_or_null(half, kind) for half in halves])


def _of_iso(texts: pa.Array, zone: str) -> Instants:
    # Nearly every file has all of its times written as its first.
    kind = _UTC_NS if pc.any(pc.match_substring_regex(texts.slice(0, 1), _WITH_OFFSET)).as_py() else _LOCAL_NS
    try:
        return _of_timestamps(texts.cast(kind), zone)
    except pa.ArrowInvalid:
        pass  # some are not
    with_offset, local = (
        _mask(pc.match_substring_regex(texts, pattern)) for pattern in (_WITH_OFFSET, _LOCAL)
    )
    parts = [
        (mask, _of_timestamps(_cast_or_null(texts.filter(pa.array(mask)), kind), zone))
        for mask, kind in ((with_offset, _UTC_NS), (local, _LOCAL_NS))
        if mask.any()
    ]
    return _joined(len(texts), parts)


def _of_pattern(texts: pa.Array, pattern: str, zone: str) -> Instants:
    found = pc.strptime(texts, format=pattern, unit="s", error_is_null=True)
    if "%z" in pattern:
        found = found.cast(pa.timestamp("s", tz="UTC"))
    return _of_timestamps(found, zone)


def _of_numbers(numbers: pa.Array, time_format: str) -> Instants:
    if time_format not in {SECONDS, MILLISECONDS}:
        raise PlanRefused("The times are numbers; say --time-format seconds, or milliseconds.")
    values: NDArray[np.float64] = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
    ms = values * _MS_A_S if time_format == SECONDS else values
    read = (ms >= 0) & (ms < _MOST_S * _MS_A_S)  # what is no number is neither
    none = np.zeros(len(ms), np.bool_)
    return Instants(np.rint(np.where(read, ms, 0)).astype(np.int64), read, none, 0)


def _of_timestamps(stamps: pa.Array, zone: str) -> Instants:
    read = _mask(pc.is_valid(stamps))
    skipped, repeated = np.zeros(len(stamps), np.bool_), 0
    if stamps.type.tz is None:
        if not zone:
            raise PlanRefused("The file's times have no offset; say their zone: --time-zone Europe/London.")
        stamps, skipped, repeated = _in_zone(stamps, zone)
    per_ms = {"s": 0, "ms": 1, "us": 1_000, "ns": _NS}[stamps.type.unit]
    numbers = pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    ms = numbers // per_ms if per_ms else numbers * _MS_A_S
    return Instants(ms, read & ~skipped, skipped, repeated)


def _in_zone(stamps: pa.Array, zone: str) -> tuple[pa.Array, NDArray[np.bool_], int]:
    try:
        told = pc.assume_timezone(stamps, timezone=zone, ambiguous="raise", nonexistent="raise")
        return told, np.zeros(len(stamps), np.bool_), 0
    except pa.ArrowInvalid:
        # Some are of the two nights a year in which the clocks change.
        before, after, second = (
            pc.assume_timezone(stamps, timezone=zone, ambiguous=ambiguous, nonexistent=nonexistent)
            for ambiguous, nonexistent in (
                ("earliest", "earliest"),
                ("earliest", "latest"),
                ("latest", "earliest"),
            )
        )
    skipped = _mask(pc.not_equal(before, after))
    return before, skipped, int(_mask(pc.not_equal(before, second)).sum())


def _year_first(texts: pa.Array, *, day_first: bool) -> pa.Array:
    """Dates that begin with the day or the month, as ISO 8601 writes them; what is no such date becomes none of those either."""
    order = (6, 7, 8, 9, 2, 3, 4, 5, 0, 1) if day_first else (6, 7, 8, 9, 2, 0, 1, 5, 3, 4)
    if (turned := _turned(texts, order)) is not None:
        return turned
    for pattern, padded in _PADDING:
        texts = pc.replace_substring_regex(texts, pattern, padded)
    texts = pc.if_else(pc.match_substring_regex(texts, _PADDED), texts, "")
    first, second, year, rest = (
        pc.utf8_slice_codeunits(texts, begin, end) for begin, end in ((0, 2), (3, 5), (6, 10), (10, None))
    )
    day, month = (first, second) if day_first else (second, first)
    return pc.binary_join_element_wise(pc.binary_join_element_wise(year, month, day, "-"), rest, "")


def _turned(texts: pa.Array, order: tuple[int, ...]) -> pa.Array | None:
    """The texts with their first ten characters in this order and dashes for their signs, a hundred times as fast as one by one;
    nothing where they are not all of one length and written alike.
    """
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    width = lengths["min"]
    if texts.null_count or not width or width != lengths["max"] or width < len(order):
        return None
    _, places, data = texts.buffers()
    begin = int(np.frombuffer(places, np.int32)[texts.offset])
    signs = np.frombuffer(data, np.uint8, len(texts) * width, begin).reshape(-1, width)
    if (signs >= _ASCII).any() or not np.isin(signs[:, (2, 5)], _DATE_SIGNS).all():
        return None
    turned = signs.copy()
    turned[:, : len(order)] = signs[:, order]
    turned[:, (4, 7)] = ord("-")
    offsets = np.arange(0, (len(texts) + 1) * width, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(turned)])


def _joined(count: int, parts: list[tuple[NDArray[np.bool_], Instants]]) -> Instants:
    """One column of what was read of several parts of it; what is in no part is not read."""
    ms, read, skipped = np.zeros(count, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for mask, part in parts:
        ms[mask], read[mask], skipped[mask] = part.ms, part.read, part.skipped
    return Instants(ms, read, skipped, sum(part.repeated for _, part in parts))


def _mask(column: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.fill_null(column, False).to_numpy(zero_copy_only=False)  # noqa: FBT003 - Arrow's own signature
    return found
