"""The questions that the store is asked, each answered through `ReadStore`, and how long the answers take."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike.bench.timing import percentile
from turnpike.plates.services import confusable_variants, parse_pattern
from turnpike.reads.services import EVERY_PLATE, ReadQuery, SearchLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from turnpike.reads.services import ReadStore

PATTERNS = ("AB?2*", "*2CDE", "?B12C?E")
AREA_CAMERAS = 20
"""Source: ours; a town's."""
_WINDOW = timedelta(minutes=10)
_LIMITS = SearchLimits()
_SAMPLED = 200
"""Reads taken from each load, of whose vehicles, cameras and times the questions are."""


@dataclass(slots=True)
class Sample:
    """Some of the reads that were loaded."""

    plates: list[str] = field(default_factory=list)
    cameras: list[str] = field(default_factory=list)
    captured_at: list[datetime] = field(default_factory=list)
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def take(self, batch: pa.RecordBatch) -> None:
        """Some of these; a vehicle that is read often is asked for often."""
        chosen = self._rng.integers(0, batch.num_rows, min(_SAMPLED, batch.num_rows))
        some = batch.take(chosen)
        self.plates += some.column("plate").to_pylist()
        self.cameras += some.column("camera_id").to_pylist()
        self.captured_at += [
            datetime.fromtimestamp(ms / 1000, UTC)
            for ms in some.column("captured_at").cast("int64").to_pylist()
        ]

    def shuffled(self) -> Sample:
        """The same in an order of no pattern."""
        order = self._rng.permutation(len(self.plates)).tolist()
        return Sample(
            [self.plates[at] for at in order],
            [self.cameras[at] for at in order],
            [self.captured_at[at] for at in order],
        )


class Questions:
    """Questions to a store about what is in it."""

    def __init__(self, store: ReadStore, sample: Sample, for_s: float) -> None:
        self._store = store
        self._sample = sample.shuffled()
        self._for_s = for_s
        self._begins = min(self._sample.captured_at) - timedelta(days=1)
        self._ends = max(self._sample.captured_at) + timedelta(days=1)

    def answered(self) -> dict[str, float]:
        """The p95 of each kind, in milliseconds, and the median of lookups."""
        kinds: dict[str, Callable[[], Iterator[Callable[[], object]]]] = {
            "plate_lookup": self._plate_lookups,
            "pattern_week": self._pattern_weeks,
            "pattern_year": self._pattern_years,
            "lookalike": self._lookalikes,
            "camera_hour": self._camera_hours,
            "area_window": self._area_windows,
            "daily_counts": self._daily_counts,
            "read_by_id": self._reads_by_id,
        }
        figures = {}
        for name, questions in kinds.items():
            taken_ms = self._taken_ms(questions())
            figures[f"{name}_p95_ms"] = round(percentile(taken_ms, 95), 2)
            if name == "plate_lookup":
                figures["plate_lookup_p50_ms"] = round(percentile(taken_ms, 50), 2)
        return figures

    def lookup_rows(self) -> float:
        """How many reads a lookup finds, on average."""
        found = [len(self._lookup((plate,))) for plate in self._sample.plates[:50]]
        return round(sum(found) / len(found), 1)

    def _taken_ms(self, questions: Iterator[Callable[[], object]]) -> list[float]:
        """Warm: some are asked before the clock starts."""
        for ask in itertools.islice(questions, 5):
            ask()
        taken: list[float] = []
        until = time.perf_counter() + self._for_s
        for ask in questions:
            began = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - began) * 1000)
            if time.perf_counter() > until:
                break
        return taken

    def _search(self, query: ReadQuery) -> int:
        return len(self._store.search(query, _LIMITS).rows)

    def _lookup(self, plates: tuple[str, ...]) -> list[str]:
        query = ReadQuery(EVERY_PLATE, self._begins, self._ends, plates=plates)
        return [read.plate for read in self._store.search(query, _LIMITS).rows]

    def _plate_lookups(self) -> Iterator[Callable[[], object]]:
        for plate in itertools.cycle(self._sample.plates):
            yield lambda plate=plate: self._lookup((plate,))  # type: ignore[misc]

    def _lookalikes(self) -> Iterator[Callable[[], object]]:
        for plate in itertools.cycle(self._sample.plates):
            plates = (plate, *sorted(confusable_variants(plate)))
            yield lambda plates=plates: self._lookup(plates)  # type: ignore[misc]

    def _pattern_weeks(self) -> Iterator[Callable[[], object]]:
        for pattern, instant in zip(
            itertools.cycle(PATTERNS), itertools.cycle(self._sample.captured_at), strict=False
        ):
            query = ReadQuery(parse_pattern(pattern), instant, instant + timedelta(days=7))
            yield lambda query=query: self._search(query)  # type: ignore[misc]

    def _pattern_years(self) -> Iterator[Callable[[], object]]:
        for pattern in itertools.cycle(PATTERNS):
            query = ReadQuery(parse_pattern(pattern), self._begins, self._ends)
            yield lambda query=query: self._search(query)  # type: ignore[misc]

    def _places(self) -> Iterator[tuple[str, datetime]]:
        return itertools.cycle(zip(self._sample.cameras, self._sample.captured_at, strict=True))

    def _camera_hours(self) -> Iterator[Callable[[], object]]:
        for camera, instant in self._places():
            hour = instant.replace(minute=0, second=0, microsecond=0)
            query = ReadQuery(EVERY_PLATE, hour, hour + timedelta(hours=1), camera_ids=(camera,))
            yield lambda query=query: self._search(query)  # type: ignore[misc]

    def _area_windows(self) -> Iterator[Callable[[], object]]:
        cameras = sorted(set(self._sample.cameras))
        for camera, instant in self._places():
            at = cameras.index(camera)
            area = tuple(cameras[at : at + AREA_CAMERAS])
            query = ReadQuery(EVERY_PLATE, instant, instant + _WINDOW, camera_ids=area)
            yield lambda query=query: self._search(query)  # type: ignore[misc]

    def _daily_counts(self) -> Iterator[Callable[[], object]]:
        first, last = self._begins.date(), self._ends.date()
        for camera in itertools.cycle(self._sample.cameras):
            yield lambda camera=camera: self._store.daily_counts([camera], first, last)  # type: ignore[misc]

    def _reads_by_id(self) -> Iterator[Callable[[], object]]:
        found = [
            read.read_id
            for camera, instant in itertools.islice(self._places(), 40)
            for read in self._store.search(
                ReadQuery(EVERY_PLATE, instant, instant + _WINDOW, camera_ids=(camera,)),
                SearchLimits(max_rows=1),
            ).rows
        ]
        for read_id in itertools.cycle(found):
            yield lambda read_id=read_id: self._store.get(read_id)  # type: ignore[misc]
