"""A query and its limits as the engine's parameters and settings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike.reads.rows import to_ms

if TYPE_CHECKING:
    from turnpike.reads.engine import Parameter, Setting
    from turnpike.reads.models import CameraSpan, ReadQuery, SearchLimits
    from turnpike.reads.queries import Pieces

_BYTES_PER_MB = 1 << 20
_ANY_TEXT = "%"
_WILD = "%_"
_FEW_DAYS = timedelta(days=10)
"""A pattern without a beginning is held against every read of the months by plate, which lie well packed, or of these days by time, which
lie at random. Source: measured with 39 million reads a month: 280 against 540 ms for a week, as much for ten days, twice as much for twenty."""
_FEW_READS: dict[str, Setting] = {
    "query_plan_optimize_lazy_materialization": 0,
    "enable_multiple_prewhere_read_steps": 0,
    "optimize_use_projections": 0,
}
"""Some reads out of each part: what makes a long search quick costs more than it saves. Source: measured, a quarter less
processor time for a plate's year; two threads take a quarter less time again, as a year is in twelve parts."""


def asked(query: ReadQuery, max_rows: int) -> dict[str, Parameter]:
    """What the conditions of `pieces_of` and the statements around them take."""
    # A camera that is withheld throughout, as most are, is left out by its name, without a look at the time.
    spans = [span for span in query.withheld if not _is_throughout(span, query)]
    return {
        "pattern": query.pattern.like,
        "plates": list(query.plates or ()),
        "captured_from_ms": to_ms(query.captured_from),
        "captured_until_ms": to_ms(query.captured_until),
        "camera_ids": list(query.camera_ids or ()),
        "withheld_cameras": [span.camera_id for span in query.withheld if _is_throughout(span, query)],
        "span_cameras": [span.camera_id for span in spans],
        "spans_from_ms": [to_ms(span.captured_from) for span in spans],
        "spans_until_ms": [to_ms(span.captured_until) for span in spans],
        "max_rows": max_rows,
    }


def pieces_of(query: ReadQuery) -> Pieces:
    """The conditions of this query."""
    throughout = [_is_throughout(span, query) for span in query.withheld]
    chosen = {
        "with_plates": query.plates is not None,
        "with_pattern": query.pattern.like != _ANY_TEXT,
        # The second way in goes by hours, which the engine does not conclude from instants.
        "in_hours": _is_by_time(query),
        "with_range": True,
        "with_cameras": query.camera_ids is not None,
        "without_cameras": any(throughout),
        "without_spans": not all(throughout),
    }
    return tuple(piece for piece, is_asked in chosen.items() if is_asked)


def by_time(query: ReadQuery, name: str) -> str:
    """The statement for this query: the one that goes by place and time, or by plate."""
    return f"{name}_by_time" if _is_by_time(query) else name


def engine_settings(query: ReadQuery, limits: SearchLimits) -> dict[str, Setting]:
    """What the engine is to enforce, and for few plates how it is to go about it."""
    settings = _limits(limits)
    if query.plates is not None or query.pattern.is_exact:
        settings |= _FEW_READS
    return settings


def _limits(limits: SearchLimits) -> dict[str, Setting]:
    return {
        "max_execution_time": limits.max_seconds,
        "max_memory_usage": limits.max_memory_mb * _BYTES_PER_MB,
        "max_result_rows": limits.max_rows + 1,  # one more, which tells that there are more
        "max_threads": limits.max_threads,
    }


def _is_by_time(query: ReadQuery) -> bool:
    """Whether the second way in leads to fewer reads: no plate is named, or none by how it begins and in few days."""
    if query.plates is not None:
        return False
    like = query.pattern.like
    return like == _ANY_TEXT or (like[0] in _WILD and query.captured_until - query.captured_from <= _FEW_DAYS)


def _is_throughout(span: CameraSpan, query: ReadQuery) -> bool:
    return span.captured_from <= query.captured_from and query.captured_until <= span.captured_until
