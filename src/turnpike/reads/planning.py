"""Which reads of a group are new, and the id of each: worked out by column, before anything is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from turnpike.reads.columns import ReadColumns
from turnpike.reads.identity import ReadId
from turnpike.reads.known_events import event_marks
from turnpike.reads.models import BatchResult
from turnpike.reads.rows import columns_of
from turnpike.reads.tables import batches_table, camera_column, events_table, reads_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from turnpike.reads.models import NewBatch

Event = tuple[int, int]
"""When it was captured, in milliseconds since 1970, and its key."""


@dataclass(frozen=True, slots=True)
class Group:
    """The reads of a group's batches, one after another; batch `at` has `begins[at]` to `begins[at + 1]`.

    Their event keys have the camera mixed in, so that one key of two cameras is two events.
    """

    batches: Sequence[NewBatch]
    reads: ReadColumns
    begins: NDArray[np.int64]

    @classmethod
    def of(cls, batches: Sequence[NewBatch]) -> Group:
        """The group of these batches; at least one."""
        columns = [columns_of(batch) for batch in batches]
        begins = np.zeros(len(batches) + 1, np.int64)
        np.cumsum([len(part) for part in columns], out=begins[1:])
        reads = ReadColumns.joined(columns)
        cameras = np.array([camera_mark(batch.camera_id) for batch in batches], np.uint64)
        own_keys = reads.event_keys ^ np.repeat(cameras, np.diff(begins))
        return cls(batches, replace(reads, event_keys=own_keys), begins)

    def events(self, places: NDArray[np.bool_]) -> list[Event]:
        """The events of the reads in these places."""
        captured = self.reads.captured_ms[places].tolist()
        return list(zip(captured, self.reads.event_keys[places].tolist(), strict=True))

    def repeated(self) -> dict[int, int]:
        """Reads of an event that stands earlier in the group: its place by theirs."""
        marks = event_marks(self.reads.captured_ms, self.reads.event_keys)
        if len(np.unique(marks)) == len(marks):
            return {}
        first: dict[Event, int] = {}
        events = self.events(np.ones(len(marks), np.bool_))
        return {at: first[event] for at, event in enumerate(events) if first.setdefault(event, at) != at}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one commit will write, and what its batches are told."""

    commit_id: int
    last_batch: int
    results: tuple[BatchResult, ...]
    batches: pa.Table
    events: pa.Table
    reads: pa.Table
    captured_ms: NDArray[np.int64]
    event_keys: NDArray[np.uint64]


def plan(group: Group, commit_id: int, earlier: Mapping[int, ReadId]) -> Plan:
    """A commit of what is new in `group`; `earlier` are the places of reads that are stored, with their ids."""
    repeated = {at: first for at, first in group.repeated().items() if first not in earlier}
    is_new = np.ones(len(group.reads), np.bool_)
    is_new[[*earlier, *repeated]] = False
    counts = (
        np.add.reduceat(np.append(is_new, False), group.begins[:-1]) if len(is_new) else group.begins[:-1]
    )
    counts = np.where(np.diff(group.begins) > 0, counts, 0).astype(np.int64)
    has_new = counts > 0
    ids = np.zeros(len(counts), np.uint64)
    ids[has_new] = np.arange(commit_id, commit_id + int(has_new.sum()), dtype=np.uint64)

    owner = np.repeat(np.arange(len(counts)), np.diff(group.begins))
    before: NDArray[np.int64] = np.cumsum(is_new) - is_new  # new reads of the group before each
    own = before - np.repeat(_firsts(before, group.begins), np.diff(group.begins))
    slots = np.where(is_new, own, -1).astype(np.int32)
    duplicates = dict(earlier) | {
        at: ReadId(int(ids[owner[first]]), int(slots[first])) for at, first in repeated.items()
    }
    kept = group.reads.where(is_new)
    some = np.flatnonzero(has_new)
    return Plan(
        commit_id,
        commit_id + len(some) - 1,
        tuple(_results(group, ids, slots, duplicates)),
        *_tables(group, kept, commit_id, ids, counts, slots[is_new], some),
        captured_ms=kept.captured_ms,
        event_keys=kept.event_keys,
    )


@lru_cache(maxsize=20_000)
def camera_mark(camera_id: str) -> int:
    """What is mixed into the event keys of a camera."""
    # Keys are keyed hashes already; this only keeps cameras apart, and is on the disk, so it never changes.
    return int.from_bytes(hashlib.blake2b(camera_id.encode(), digest_size=8).digest(), "little")


def _firsts(values: NDArray[np.int64], begins: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first value of each batch; 0 for an empty one."""
    return np.append(values, 0)[begins[:-1]]


def _results(
    group: Group, ids: NDArray[np.uint64], slots: NDArray[np.int32], duplicates: Mapping[int, ReadId]
) -> list[BatchResult]:
    results = []
    begins, batch_ids = group.begins.tolist(), ids.tolist()
    for at, batch in enumerate(batch_ids):
        begin, end = begins[at], begins[at + 1]
        own = (
            {place - begin: duplicates[place] for place in range(begin, end) if place in duplicates}
            if duplicates
            else {}
        )
        results.append(BatchResult(batch or None, tuple(slots[begin:end].tolist()), own))
    return results


def _tables(
    group: Group,
    kept: ReadColumns,
    commit_id: int,
    ids: NDArray[np.uint64],
    counts: NDArray[np.int64],
    slots: NDArray[np.int32],
    some: NDArray[np.int64],
) -> tuple[pa.Table, pa.Table, pa.Table]:
    batches = [group.batches[at] for at in some.tolist()]
    new_counts, batch_of_read = counts[some], np.repeat(ids[some], counts[some])
    begins = np.cumsum(new_counts) - new_counts
    none = np.zeros(0, np.int64)
    first_ms = np.minimum.reduceat(kept.captured_ms, begins) if len(kept) else none
    last_ms = np.maximum.reduceat(kept.captured_ms, begins) if len(kept) else none
    slots_of_read = slots.astype(np.uint16)
    cameras = camera_column([batch.camera_id for batch in batches], new_counts)
    return (
        batches_table(batches, ids[some], commit_id, new_counts, first_ms, last_ms),
        events_table(kept, batch_of_read, slots_of_read),
        reads_table(kept, cameras, batch_of_read, slots_of_read),
    )
