"""The calendar of an agreement as a drawing: a row a field, time from left to right; a table beside it says the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.access.agreement_calendar import cameras_of
from turnpike.access.agreement_terms import SharedField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.access.agreement_calendar import Stretch
    from turnpike.access.agreement_terms import Pact

WIDTH_PX = 720
LABEL_PX = 200
ROW_PX = 34
TOP_PX = 24
_LONGEST_AHEAD = timedelta(days=366)
_MOST_YEARS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """A time in which a field was open for some cameras; `share` of them is above 0 and at most 1."""

    x: float
    y: float
    width: float
    share: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A year's beginning, a consultation or today, as a line at `x`."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, in pixels of a drawing `WIDTH_PX` wide and `height` high."""

    height: int
    rows: tuple[tuple[str, int], ...]
    bars: tuple[Bar, ...]
    years: tuple[Mark, ...]
    consultations: tuple[Mark, ...]
    today: float


def drawing(pact: Pact, stretches: Sequence[Stretch], now: datetime) -> Drawing | None:
    """The drawing from the first consultation or proposal to a year from now at most; None where there are no stretches."""
    if not stretches:
        return None
    held = {one for version in pact.versions for one in version.terms.consultations}
    consulted = sorted({datetime.combine(one.held_on, datetime.min.time(), UTC) for one in held})
    begins_at = min([stretches[0].begins_at, *consulted])
    last = max(stretch.ends_at or stretch.begins_at for stretch in stretches)
    ends_at = max(now, min(last, now + _LONGEST_AHEAD)) + timedelta(days=1)
    px_a_s = (WIDTH_PX - LABEL_PX - 12) / (ends_at - begins_at).total_seconds()

    def x(at: datetime) -> float:
        return round(LABEL_PX + (min(max(at, begins_at), ends_at) - begins_at).total_seconds() * px_a_s, 1)

    cameras = len(cameras_of(pact)) or 1
    bars = [
        Bar(
            x(stretch.begins_at),
            _y(row),
            round(x(stretch.ends_at or ends_at) - x(stretch.begins_at), 1),
            share,
        )
        for stretch in stretches
        if stretch.begins_at < ends_at
        for row, state in enumerate(stretch.states)
        if (share := len(state.open_cameras) / cameras) > 0
    ]
    step = max(1, -(-(ends_at.year - begins_at.year) // _MOST_YEARS))
    years = [
        Mark(x(datetime(year, 1, 1, tzinfo=UTC)), str(year))
        for year in range(begins_at.year + 1, ends_at.year + 1, step)
    ]
    return Drawing(
        height=TOP_PX + ROW_PX * len(SharedField) + 44,
        rows=tuple((field.label, _y(row)) for row, field in enumerate(SharedField)),
        bars=tuple(bars),
        years=tuple(years),
        consultations=tuple(Mark(x(at), "Consultation") for at in consulted),
        today=x(now),
    )


def _y(row: int) -> int:
    return TOP_PX + ROW_PX * row
