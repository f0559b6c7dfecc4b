"""The store, measured in a process of its own: load, merge, ask, ask while reads come in, and purge a day."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from turnpike.bench.apart import answer_process, tell
from turnpike.bench.machine import peak_memory_mb
from turnpike.bench.store_questions import Questions, Sample
from turnpike.bench.store_reads import keyed_reads, plan_of, read_arrow
from turnpike.plates.services import parse_pattern
from turnpike.reads.services import NewBatch, NewRead, Origin, ReadQuery, ReadStore, SearchLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_ORIGIN = Origin("simulation", "none", "simulation")
_INGEST_READS_PER_S, _INGEST_READS_A_BATCH = 3_500, 100
_GROUPS_PER_S = 5


class FillStore(msgspec.Struct, frozen=True):
    """What is asked: so many reads, from a file or made on the way, and how long to ask each kind of question."""

    folder: str
    rows: int
    days: int
    source: str = ""
    seconds: float = 2.0
    checkpoints: tuple[int, ...] = ()
    """Asked at each of these numbers of reads, too."""
    is_whole: bool = True
    """Also the questions while reads come in, and the purge; else lookups alone."""


class StoreFilled(msgspec.Struct, frozen=True):
    """What came of it."""

    figures: dict[str, float]
    growth: dict[int, dict[str, float]]
    plates: tuple[str, ...]
    """Of lookups, for the peer to look up too."""


def fill_store(asked: FillStore) -> StoreFilled:
    """Load and measure."""
    ends_at = datetime.fromtimestamp(plan_of(asked.rows, asked.days).starts_ms / 1000, UTC) + timedelta(
        days=asked.days
    )
    # As of the last day: events are kept of what could still be sent again.
    with contextlib.closing(
        ReadStore.open(Path(asked.folder), now_us=lambda: int(ends_at.timestamp() * 1_000_000))
    ) as store:
        sample = Sample()
        growth: dict[int, dict[str, float]] = {}
        if asked.source:
            loading_s = _load_file(store, Path(asked.source), sample)
        else:
            loading_s = _load(store, keyed_reads(asked.rows, asked.days), asked, sample, growth)
        figures = {
            "reads": asked.rows,
            "load_reads_per_s": round(asked.rows / loading_s),
            **_size(store, Path(asked.folder), asked.rows),
        }
        questions = Questions(store, sample, asked.seconds)
        figures["rows_a_lookup"] = questions.lookup_rows()
        figures |= questions.answered()
        if asked.is_whole:
            figures |= _while_ingesting(store, questions, ends_at)
            figures |= _purged(store, min(sample.captured_at))
        figures["memory_mb"] = peak_memory_mb(os.getpid())
    return StoreFilled(figures, growth, tuple(sample.shuffled().plates[:400]))


def _load(
    store: ReadStore,
    batches: Iterator[pa.RecordBatch],
    asked: FillStore,
    sample: Sample,
    growth: dict[int, dict[str, float]],
) -> float:
    """The seconds that it took to store the reads and to merge them, without the making of them."""
    rows, taken_s, waiting = 0, 0.0, sorted(asked.checkpoints)
    for batch in batches:
        began = time.perf_counter()
        rows += store.load(batch, _ORIGIN)
        taken_s += time.perf_counter() - began
        sample.take(batch)
        tell(f"{rows:,} of {asked.rows:,} reads loaded, {rows / taken_s:,.0f} a second so far")
        while waiting and rows >= waiting[0]:
            began = time.perf_counter()
            store.merge()
            taken_s += time.perf_counter() - began
            figures = _size(store, Path(asked.folder), rows)
            figures |= Questions(store, sample, asked.seconds).answered()
            growth[waiting.pop(0)] = figures
            tell(f"at {rows:,}: " + ", ".join(f"{name} {value:g}" for name, value in figures.items()))
    began = time.perf_counter()
    store.merge()
    return taken_s + time.perf_counter() - began


def _load_file(store: ReadStore, source: Path, sample: Sample) -> float:
    """The seconds that it took to store and merge the reads of a file, two loads at once."""
    began = time.perf_counter()
    for _ in store.load_all(read_arrow(source), _ORIGIN):
        pass
    tell(f"{source.name} loaded in {time.perf_counter() - began:.1f} s; merging")
    store.merge()
    loading_s = time.perf_counter() - began
    for batch in read_arrow(source):
        sample.take(batch)
    return loading_s


def _size(store: ReadStore, folder: Path, rows: int) -> dict[str, float]:
    """All that is on the disk, once what was merged away has gone."""
    store.purge()
    return {"bytes_per_read": round(_bytes_in(folder) / rows, 2)}


def _bytes_in(folder: Path) -> int:
    """Of all files there are; the engine clears some away meanwhile."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - half a million of them
    return size


def _while_ingesting(store: ReadStore, questions: Questions, now: datetime) -> dict[str, float]:
    """The same questions while 3,500 reads a second are appended beside them."""
    done = threading.Event()
    appended: list[int] = []
    thread = threading.Thread(target=_append, args=(store, now, done, appended))
    began = time.perf_counter()
    thread.start()
    figures = questions.answered()
    done.set()
    thread.join()
    elapsed_s = time.perf_counter() - began
    beside = {name.replace("_ms", "_ms_while_ingesting"): value for name, value in figures.items()}
    return {**beside, "ingested_reads_per_s_meanwhile": round(sum(appended) / elapsed_s)}


def _append(store: ReadStore, now: datetime, done: threading.Event, appended: list[int]) -> None:
    batches_a_group = _INGEST_READS_PER_S // _INGEST_READS_A_BATCH // _GROUPS_PER_S
    began, groups = time.perf_counter(), 0
    while not done.is_set():
        group = [_new_batch(now, groups * batches_a_group + number) for number in range(batches_a_group)]
        store.append(group)
        appended.append(batches_a_group * _INGEST_READS_A_BATCH)
        groups += 1
        done.wait(max(0.0, began + groups / _GROUPS_PER_S - time.perf_counter()))


def _new_batch(now: datetime, number: int) -> NewBatch:
    first = number * _INGEST_READS_A_BATCH
    reads = tuple(
        NewRead(
            plate=f"X{at % 1_000_000:06d}",
            raw_text="",
            confidence=0.97,
            captured_at=now + timedelta(milliseconds=at),
            event_key=at,
        )
        for at in range(first, first + _INGEST_READS_A_BATCH)
    )
    return NewBatch(f"nation-{number % 100:05d}", "edge", "reader", "turnpike", bytes(32), now, reads)


def _purged(store: ReadStore, begins: datetime) -> dict[str, float]:
    """The first day hidden, and gone from the disk."""
    day_ends = begins.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    began = time.perf_counter()
    store.hide(day_ends)
    hidden_s = time.perf_counter() - began
    everything = ReadQuery(parse_pattern("*0?*1*"), begins, day_ends)
    still = store.count_matching(everything, 1, SearchLimits())
    purged = store.purge()
    return {
        "hide_ms": round(hidden_s * 1000, 1),
        "hidden_and_found": still,
        "drop_day_ms": round(purged.elapsed_s * 1000),
        "drop_day_reads": purged.reads,
    }


if __name__ == "__main__":
    answer_process(FillStore, fill_store)
