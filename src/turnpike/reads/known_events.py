"""Which events of the last minutes may be stored already: told from memory, never missed, rarely wrong.

A retry has the `captured_at` of the first attempt to the millisecond. So only the keys of what was captured
lately need be in memory, whatever any clock says; for older ones the table is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPAN_MS = 10_000
"""Captured time that one table of keys is for: a group of reads meets two or three of them."""
MOST_EVENTS = 6_000_000
"""Keys kept: at most 200 MB. Source: ours; half an hour at 3,500 reads a second, a minute at 100,000."""
MOST_SPANS = 20_000
"""Tables kept, which cost something empty too: two days of a camera that sends now and then. Source: ours."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio. Source: Knuth, The Art of Computer Programming, volume 3, section 6.4."""
_FIRST_PLACES = 1 << 4


class KnownEvents:
    """Marks of the events captured from `horizon_ms` on; used by one thread at a time."""

    def __init__(self, horizon_ms: int, *, most_events: int = MOST_EVENTS) -> None:
        self.horizon_ms = horizon_ms
        """What was captured before is not in memory."""
        self._most_events = most_events
        self._spans: dict[int, _Marks] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many events are remembered."""
        return self._count

    def may_hold(self, captured_ms: NDArray[np.int64], event_keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """For each event whether it may be stored: true for each that is, and for each before the horizon."""
        suspects = captured_ms < self.horizon_ms
        marks, spans = event_marks(captured_ms, event_keys), captured_ms // SPAN_MS
        for span in np.unique(spans[~suspects]).tolist():
            if span in self._spans:
                inside = np.flatnonzero(spans == span)
                suspects[inside] |= self._spans[span].holds(marks[inside])
        return suspects

    def add(self, captured_ms: NDArray[np.int64], event_keys: NDArray[np.uint64]) -> None:
        """Remember these; what was captured first is forgotten where they become too many."""
        recent = captured_ms >= self.horizon_ms
        marks, spans = event_marks(captured_ms[recent], event_keys[recent]), captured_ms[recent] // SPAN_MS
        for span in np.unique(spans).tolist():
            self._count += self._spans.setdefault(span, _Marks()).add(marks[spans == span])
        if self._count > self._most_events or len(self._spans) > MOST_SPANS:
            self._forget_oldest()

    def forget_before(self, captured_ms: int) -> None:
        """Keep nothing of what was captured before, so that the table is asked for all of it."""
        self.horizon_ms = max(self.horizon_ms, captured_ms)
        for span in [span for span in self._spans if (span + 1) * SPAN_MS <= self.horizon_ms]:
            self._count -= len(self._spans.pop(span))

    def _forget_oldest(self) -> None:
        for span in sorted(self._spans):
            if self._count <= self._most_events and len(self._spans) <= MOST_SPANS:
                break
            self._count -= len(self._spans.pop(span))
            self.horizon_ms = max(self.horizon_ms, (span + 1) * SPAN_MS)


def event_marks(captured_ms: NDArray[np.int64], event_keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number a pair of instant and key, other than 0; two pairs share one about never, which costs a look into the table."""
    marks = event_keys ^ (captured_ms.astype(np.uint64) * _SPREAD)
    marks[marks == 0] = 1
    return marks


class _Marks:
    """A set of numbers other than 0: open addressing with linear probing, a whole array at once."""

    def __init__(self) -> None:
        self._places = np.zeros(_FIRST_PLACES, np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def holds(self, marks: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """For each whether it is in the set."""
        found = np.zeros(len(marks), np.bool_)
        sought, at = np.arange(len(marks)), self._start(marks)
        while len(sought):
            there = self._places[at]
            found[sought[there == marks[sought]]] = True
            on = (there != 0) & (there != marks[sought])
            sought, at = sought[on], (at[on] + 1) & (len(self._places) - 1)
        return found

    def add(self, marks: NDArray[np.uint64]) -> int:
        """Put them in; how many were not there."""
        marks = np.unique(marks)
        marks = marks[~self.holds(marks)]
        self._grow(len(marks))
        self._put(marks)
        self._count += len(marks)
        return len(marks)

    def _put(self, marks: NDArray[np.uint64]) -> None:
        """Numbers that are not there, each once."""
        at = self._start(marks)
        while len(marks):
            free = self._places[at] == 0
            self._places[at[free]] = marks[free]
            # Of several for one place the last has it; the others go on.
            on = self._places[at] != marks
            marks, at = marks[on], (at[on] + 1) & (len(self._places) - 1)

    def _grow(self, more: int) -> None:
        """At least half of the places stay free, which keeps probes short."""
        places = len(self._places)
        while places < 2 * (self._count + more):
            places *= 2
        if places > len(self._places):
            old, self._places = self._places, np.zeros(places, np.uint64)
            self._put(old[old != 0])

    def _start(self, marks: NDArray[np.uint64]) -> NDArray[np.int64]:
        mixed = (marks * _SPREAD) >> np.uint64(32)
        return mixed.astype(np.int64) & (len(self._places) - 1)
