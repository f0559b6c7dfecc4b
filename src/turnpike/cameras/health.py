"""When a camera is well and when it is not: rules over what was heard, nothing kept and nothing looked up.

Each rule says of each camera whether it is over its limit, clearly below it, or neither: between the two, and where too little
came to judge, whatever was said before stands. An alarm begins once a camera was over for some minutes on end, and ends likewise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.rhythm import LEAST_LEARNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEAST_JUDGED = 10
"""Of fewer reads no figure is told, and none judged. Source: ours, the rule for counts outside the door."""
SILENT_AFTER_READS = 20.0
"""A camera is silent once it would usually have sent so many. Source: ours; of a nation's 60 million independent gaps
a day e^-20 makes one wrong alarm in eight days, and ten minutes at the least fewer still."""
SILENT_HOURS = 24
"""For a camera whose usual is not known. Source: ours."""
RARE_SILENT_DAYS = 7
"""For one that usually sends less than that. Source: ours."""
_DAY_MS, _HOUR_MS, _MINUTE_MS = 86_400_000, 3_600_000, 60_000
_TIGHT_MS, _TIGHT_SHARE = 3_000.0, 0.25
"""Delays that differ by less than this, or than this share of themselves, are a clock's error and not a slow way."""
_WAY_MS = 3_000.0
"""What a message may take from capture to receipt. Source: ours; a camera looks at some frames and posts by mobile radio."""
LEAST_USUAL = 60.0
"""Of fewer usual reads in the last hour none is judged to be few. Source: ours; of 60 by chance a quarter comes once in 10^11 hours, so that what is told is the road or the camera."""
_CLEAR_SHARE = 0.5
"""An alarm ends below this share of its limit. Source: ours, so that none comes and goes."""


class AlarmKind(StrEnum):
    """What may be wrong with a camera, the worst first."""

    SILENT = "silent"
    CLOCK = "clock"
    LATE = "late"
    FEW = "few"
    UNREAD = "unread"
    UNSURE = "unsure"


class HealthState(StrEnum):
    """How a camera stands, for pages and the map: one of them, the worst where there are several."""

    SILENT = "silent"
    CLOCK = "clock"
    LATE = "late"
    FEW = "few"
    UNREAD = "unread"
    UNSURE = "unsure"
    WORKING = "working"
    WAITING = "waiting"
    CLOSED = "closed"

    @property
    def word(self) -> str:
        """As pages say it."""
        return _STATES[self][0]

    @property
    def shape(self) -> str:
        """How it is drawn, so that colour is never the only sign: circle, square, diamond, triangle, wedge (point down), bars, cross, ring or dash."""
        return _STATES[self][1]

    @property
    def colour(self) -> str:
        """The colour of its tag, as `web/components.html` names them."""
        return _STATES[self][2]


_STATES: Mapping[HealthState, tuple[str, str, str]] = {
    HealthState.SILENT: ("Silent", "cross", "red"),
    HealthState.CLOCK: ("Clock wrong", "diamond", "orange"),
    HealthState.LATE: ("Late", "square", "yellow"),
    HealthState.FEW: ("Few reads", "bars", "pink"),
    HealthState.UNREAD: ("Plates unread", "triangle", "purple"),
    HealthState.UNSURE: ("Unsure", "wedge", "magenta"),
    HealthState.WORKING: ("Working", "circle", "green"),
    HealthState.WAITING: ("Nothing yet", "ring", "blue"),
    HealthState.CLOSED: ("Closed", "dash", "grey"),
}

RAISED_AFTER: Mapping[AlarmKind, int] = {
    AlarmKind.SILENT: 2,
    AlarmKind.CLOCK: 10,
    AlarmKind.LATE: 5,
    # So long that a camera that was silent and reads again is not told of a second time: by then its last hour holds enough.
    AlarmKind.FEW: 30,
    AlarmKind.UNREAD: 10,
    AlarmKind.UNSURE: 10,
}
"""Minutes on end over the limit, and on end clear of it, before an alarm begins or ends. Source: ours."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The site's own, from its settings."""

    silent_minutes: int = 10
    late_ms: float = 60_000.0
    clock_ms: float = 5_000.0
    few_share: float = 0.25
    unsure_drop: float = 0.1
    unread_rise: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is known of each camera, a value a camera in the same order; instants in ms from 1970, UTC; NaN where not known."""

    active: NDArray[np.bool_]
    read_ms: NDArray[np.int64]
    """When its newest read was received; 0 where none ever was."""
    sign_ms: NDArray[np.int64]
    """When anything at all was heard of it; 0 where nothing ever was."""
    since_ms: int
    """From when on this centre has listened."""
    reads: NDArray[np.float64]
    """In the last hour, as everything below."""
    back: NDArray[np.int64]
    """Reads since its alarm of silence began."""
    day_reads: NDArray[np.float64]
    """In the last 24 hours."""
    usual_reads: NDArray[np.float64]
    expected: NDArray[np.float64]
    """How many reads it would usually have sent since its newest, or since this centre listens."""
    delay_ms: NDArray[np.float64]
    """The median from capture to receipt, of the last half hour."""
    floor_ms: NDArray[np.float64]
    """The delay that hardly any read is below: of each ten minutes the lowest twentieth, and the median of these."""
    confidence: NDArray[np.float64]
    usual_confidence: NDArray[np.float64]
    unread: NDArray[np.float64]
    usual_unread: NDArray[np.float64]
    """A share, 0 to 1."""
    aside: NDArray[np.float64]
    aside_for_time: NDArray[np.float64]

    @property
    def clock_error_ms(self) -> NDArray[np.float64]:
        """How far each camera's clock is ahead, negative where it is behind; NaN where that cannot be told from a slow way.

        Nothing can arrive before it was seen, so that a floor below nought is a clock ahead. One above is a clock behind
        only where the delays hardly differ, for a slow way is never so even, and nought where it is no more than a message's way.
        """
        spread = self.delay_ms - self.floor_ms
        even = spread <= np.maximum(_TIGHT_MS, self.floor_ms * _TIGHT_SHARE)
        behind = np.where(self.floor_ms <= _WAY_MS, 0.0, np.where(even, -self.floor_ms, np.nan))
        told = np.where(self.floor_ms < 0, -self.floor_ms, behind)
        return np.where(np.isnan(self.floor_ms), np.nan, told)

    @property
    def way_ms(self) -> NDArray[np.float64]:
        """The delay without what a wrong clock makes of it."""
        return self.delay_ms + np.nan_to_num(self.clock_error_ms)

    @property
    def unread_share(self) -> NDArray[np.float64]:
        """Vehicles of the last hour whose plate was not read, 0 to 1; NaN of none."""
        passes = self.reads + self.unread
        share: NDArray[np.float64] = np.full(len(passes), np.nan)
        return np.divide(self.unread, passes, out=share, where=passes > 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one rule: which cameras are over its limit, and which are clear of it."""

    over: NDArray[np.bool_]
    clear: NDArray[np.bool_]


def judged(
    seen: Figures, limits: Limits, now_ms: int, silent_since_ms: NDArray[np.int64]
) -> dict[AlarmKind, Verdict]:
    """Each rule's word on each camera. `silent_since_ms` is when its standing alarm of silence began, 0 where there is none."""
    verdicts = {
        AlarmKind.SILENT: _silent(seen, limits, now_ms, silent_since_ms),
        AlarmKind.CLOCK: _clock(seen, limits),
        AlarmKind.LATE: _late(seen, limits),
        AlarmKind.FEW: _few(seen, limits, now_ms, silent_since_ms),
        AlarmKind.UNREAD: _unread(seen, limits),
        AlarmKind.UNSURE: _unsure(seen, limits),
    }
    # A closed camera has nothing wrong with it.
    return {
        kind: Verdict(verdict.over & seen.active, verdict.clear | ~seen.active)
        for kind, verdict in verdicts.items()
    }


def told_at_ms(seen: Figures) -> NDArray[np.int64]:
    """When each camera was last heard of, as it may be told: of fewer than ten reads a day only that day's end, so that an alarm's time names no vehicle."""
    return np.where((seen.day_reads >= LEAST_JUDGED) | (seen.sign_ms == 0), seen.sign_ms, _day_end_ms(seen))


def _day_end_ms(seen: Figures) -> NDArray[np.int64]:
    """The end of the UTC day in which each was last heard of."""
    return -(-seen.sign_ms // _DAY_MS) * _DAY_MS


def _silent(seen: Figures, limits: Limits, now_ms: int, silent_since_ms: NDArray[np.int64]) -> Verdict:
    heard = seen.sign_ms > 0
    quiet_ms = now_ms - np.maximum(told_at_ms(seen), seen.since_ms)
    reads_quiet_ms = now_ms - np.maximum(seen.read_ms, seen.since_ms)
    unknown = np.isnan(seen.expected)
    missed = (seen.expected >= SILENT_AFTER_READS) & (reads_quiet_ms >= limits.silent_minutes * _MINUTE_MS)
    without_usual = unknown & (quiet_ms >= SILENT_HOURS * _HOUR_MS)
    rare = quiet_ms >= RARE_SILENT_DAYS * _DAY_MS
    over = heard & (missed | without_usual | rare)
    # Ten reads, so that an alarm's end names no vehicle either; a rare camera's is told at its day's end.
    back = seen.back >= LEAST_JUDGED
    rarely_back = (seen.sign_ms > silent_since_ms) & (_day_end_ms(seen) <= now_ms)
    return Verdict(over, ~over & (back | rarely_back))


def _clock(seen: Figures, limits: Limits) -> Verdict:
    enough = seen.reads >= LEAST_JUDGED
    error = np.abs(seen.clock_error_ms)
    # So far out that its reads are not even taken.
    refused = (seen.aside_for_time >= LEAST_JUDGED) & (seen.aside_for_time > seen.reads)
    over = refused | (enough & (error > limits.clock_ms))
    return Verdict(over, ~refused & enough & (error < limits.clock_ms * _CLEAR_SHARE))


def _late(seen: Figures, limits: Limits) -> Verdict:
    enough = seen.reads >= LEAST_JUDGED
    return Verdict(
        enough & (seen.way_ms > limits.late_ms), enough & (seen.way_ms < limits.late_ms * _CLEAR_SHARE)
    )


def _few(seen: Figures, limits: Limits, now_ms: int, silent_since_ms: NDArray[np.int64]) -> Verdict:
    enough = seen.usual_reads >= LEAST_USUAL
    # One that is silent is told of as that.
    silent = _silent(seen, limits, now_ms, silent_since_ms).over | (silent_since_ms > 0) | (seen.sign_ms == 0)
    share = np.divide(seen.reads, seen.usual_reads, out=np.full(len(seen.reads), np.nan), where=enough)
    return Verdict(
        enough & ~silent & (share < limits.few_share),
        enough & (share > min(1.0, limits.few_share / _CLEAR_SHARE)),
    )


def _unsure(seen: Figures, limits: Limits) -> Verdict:
    enough = seen.reads >= LEAST_LEARNT
    drop = seen.usual_confidence - seen.confidence
    return Verdict(enough & (drop > limits.unsure_drop), enough & (drop < limits.unsure_drop * _CLEAR_SHARE))


def _unread(seen: Figures, limits: Limits) -> Verdict:
    enough = seen.reads + seen.unread >= LEAST_LEARNT
    rise = seen.unread_share - np.nan_to_num(seen.usual_unread)
    return Verdict(enough & (rise > limits.unread_rise), enough & (rise < limits.unread_rise * _CLEAR_SHARE))


class Holding:
    """For how many minutes on end each camera was over each limit, or clear of it: what makes an alarm begin and end once."""

    def __init__(self) -> None:
        self._over = {kind: np.zeros(0, np.int32) for kind in AlarmKind}
        self._clear = {kind: np.zeros(0, np.int32) for kind in AlarmKind}

    def step(
        self, kind: AlarmKind, verdict: Verdict, standing: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """After one more minute: the cameras whose alarm begins, and those whose standing one ends."""
        over = self._over[kind] = _longer(self._over[kind], verdict.over)
        clear = self._clear[kind] = _longer(self._clear[kind], verdict.clear)
        return (
            ~standing & (over >= RAISED_AFTER[kind]),
            standing & (clear >= RAISED_AFTER[kind]),
        )


def _longer(minutes: NDArray[np.int32], now: NDArray[np.bool_]) -> NDArray[np.int32]:
    grown = np.zeros(len(now), np.int32)
    grown[: len(minutes)] = minutes
    return np.where(now, grown + 1, 0).astype(np.int32)
