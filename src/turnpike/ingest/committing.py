"""What makes a group of messages durable, in the order that loses nothing whenever it is cut off.

1. Reads that were put aside go into quarantine.
2. Patches, then reads: a stored read always has its patch.
3. New reads are matched against the hotlists.
4. The ledger gets its entry, and only then the senders their answer.
5. `MatchedUpTo` moves on. A crash or fault between 2 and 5 leaves it behind, and 3 to 5 are done again.

A store that fails in 2 may have stored the reads all the same, and answers the retry that they are duplicates. So
after any fault the next group takes what is to be matched and recorded from the store and not from memory.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from turnpike.cameras.services import Heard, Sign, hear
from turnpike.hotlists.services import match, match_column
from turnpike.ingest import quarantine
from turnpike.ingest.columns import ABOUT_TIME
from turnpike.ingest.messages import Answer, Quarantined
from turnpike.ingest.models import MatchedUpTo
from turnpike.ledger.services import AuditEvent, record
from turnpike.reads.services import ReadId, StoredRead, columns_of, new_reads, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from turnpike.images.services import PatchStore
    from turnpike.ingest.checking import Message
    from turnpike.reads.services import BatchResult, NewBatch, NewRead, ReadStore

_CATCH_UP_READS = 10_000


class Committer:
    """The durable side of ingest; used by one thread at a time."""

    def __init__(self, store: ReadStore, patches: PatchStore) -> None:
        self._store = store
        self._patches = patches
        # The newest batch up to which every read is both matched and in the ledger.
        self._newest_batch = 0
        # Whether the store may hold reads after that batch: a group was begun and not finished.
        self._is_behind = False

    def catch_up(self) -> int:
        """Match and enter into the ledger what was stored before a crash could keep that from happening.

        Returns how many reads that were.
        """
        caught_up = 0
        cursor, _ = MatchedUpTo.objects.get_or_create(id=1)
        self._newest_batch = cursor.batch
        while reads := self._store.since(self._newest_batch, _CATCH_UP_READS):
            match(reads)
            _record_collection(Counter(read.camera_id for read in reads), (), after_restart=True)
            self._newest_batch = reads[-1].read_id.batch
            self.settle()
            caught_up += len(reads)
        return caught_up

    def commit(self, messages: Sequence[Message]) -> tuple[Answer, ...]:
        """Store, match and record these messages; on return all of it is on the disk. An answer a message."""
        quarantine.keep(messages)
        batches = [message.batch for message in messages]
        was_behind, self._is_behind = self._is_behind, True
        results = self._store.append(
            batches, before_commit=lambda planned: self._keep_patches(messages, planned)
        )
        if was_behind:
            # Asked only now: an append settles first what became of the one before it.
            untold = self._untold()
            match(untold)
            counts, stored = (
                Counter(read.camera_id for read in untold),
                {read.read_id.batch for read in untold},
            )
        else:
            _match_stored(batches, results)
            counts, stored = _counts(batches, results), {result.batch or 0 for result in results}
        _record_collection(counts, batches, after_restart=False)
        self._newest_batch = max({self._newest_batch, *stored})
        self._is_behind = False
        hear([one for told in map(_heard, messages, results) for one in told])
        return tuple(map(_answer, messages, results))

    def settle(self) -> None:
        """Note how far reads were matched and recorded; a crash before this costs only doing so again."""
        MatchedUpTo.objects.filter(id=1, batch__lt=self._newest_batch).update(batch=self._newest_batch)

    def _keep_patches(self, messages: Sequence[Message], planned: Sequence[BatchResult]) -> None:
        for message, result in zip(messages, planned, strict=True):
            patches = {
                slot: patch for at, patch in message.patches.items() if (slot := result.slots[at]) >= 0
            }
            if patches and result.batch is not None:
                self._patches.write(result.batch, patches)

    def _untold(self) -> list[StoredRead]:
        """Every read after the newest finished batch, as the store has it."""
        reads: list[StoredRead] = []
        batch = self._newest_batch
        while page := self._store.since(batch, _CATCH_UP_READS):
            reads += page
            batch = page[-1].read_id.batch
        return reads


def _match_stored(batches: Sequence[NewBatch], results: Sequence[BatchResult]) -> None:
    """Match what was stored now; reads are made objects only where a plate is found."""
    stored = [
        (batch, result) for batch, result in zip(batches, results, strict=True) if result.batch is not None
    ]
    places = [
        [at for at, slot in enumerate(result.slots) if slot >= 0]
        if result.earlier
        else range(len(result.slots))
        for _, result in stored
    ]
    plates = [columns_of(batch).plates for batch, _ in stored]
    column = list(
        chain.from_iterable(map(own.__getitem__, at) for own, at in zip(plates, places, strict=True))
    )

    def reads_at(positions: Sequence[int]) -> list[StoredRead]:
        wanted, found, first = set(positions), [], 0
        for (batch, result), own in zip(stored, places, strict=True):
            at = [own[place - first] for place in range(first, first + len(own)) if place in wanted]
            found += _stored_reads(batch, result, at)
            first += len(own)
        return found

    match_column(column, reads_at)


def _heard(message: Message, result: BatchResult) -> Iterator[Heard | Sign]:
    """What a camera's health is told of its message: the times and confidences of what was stored now."""
    batch = message.batch
    received_ms = round(batch.received_at.timestamp() * 1000)
    if result.batch is not None:
        columns = columns_of(batch)
        captured_ms, confidence = columns.captured_ms, columns.confidence_thousandths
        if result.earlier:
            stored = np.array(result.slots) >= 0
            captured_ms, confidence = captured_ms[stored], confidence[stored]
        yield Heard(batch.camera_id, received_ms, captured_ms, confidence, batch.adapter)
    if message.put_aside or result.batch is None:
        for_time = sum(aside.reason in ABOUT_TIME for aside in message.put_aside)
        yield Sign(batch.camera_id, received_ms, aside=len(message.put_aside), aside_for_time=for_time)


def _counts(batches: Sequence[NewBatch], results: Sequence[BatchResult]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for batch, result in zip(batches, results, strict=True):
        if result.batch is not None:
            counts[batch.camera_id] += len(result.slots) - len(result.earlier)
    return counts


def _record_collection(
    counts: Mapping[str, int], batches: Iterable[NewBatch], *, after_restart: bool
) -> None:
    record(
        AuditEvent.READS_COLLECTED,
        actor="system",
        details={
            "cameras": [f"{camera_id}: {count}" for camera_id, count in sorted(counts.items())],
            "payloads_sha256": [f"{batch.camera_id}: {batch.payload_sha256.hex()}" for batch in batches],
            "after_restart": after_restart,
        },
    )


def _answer(message: Message, result: BatchResult) -> Answer:
    read_ids: list[str | None]
    if result.batch is not None and not result.earlier:
        ids: Sequence[str] = texts_of(result.batch, result.slots)
    else:
        own = texts_of(result.batch or 0, [max(slot, 0) for slot in result.slots])
        ids = [result.earlier[at].text if at in result.earlier else text for at, text in enumerate(own)]
    if message.put_aside:
        read_ids = [None] * len(message)
        for index, text in zip(message.indexes, ids, strict=True):
            read_ids[index] = text
    else:
        read_ids = list(ids)
    return Answer(
        stored=len(result.slots) - len(result.earlier),
        duplicates=len(result.earlier),
        quarantined=tuple(
            Quarantined(aside.index, aside.event_id, aside.reason) for aside in message.put_aside
        ),
        read_ids=tuple(read_ids),
    )


def _stored_reads(batch: NewBatch, result: BatchResult, places: Sequence[int]) -> list[StoredRead]:
    if result.batch is None:
        return []
    reads = new_reads(columns_of(batch), places)
    return [
        _stored(batch, read, ReadId(result.batch, result.slots[at]))
        for at, read in zip(places, reads, strict=True)
    ]


def _stored(batch: NewBatch, read: NewRead, read_id: ReadId) -> StoredRead:
    return StoredRead(
        read_id=read_id,
        camera_id=batch.camera_id,
        plate=read.plate,
        raw_text=read.raw_text,
        confidence=read.confidence,
        candidates=read.candidates,
        country=read.country,
        lane=read.lane,
        direction=read.direction,
        captured_at=read.captured_at,
        clock_error_ms=read.clock_error_ms,
        frames_agreeing=read.frames_agreeing,
        colour=read.colour,
        make=read.make,
        has_patch=read.has_patch,
        received_at=batch.received_at,
        software=batch.software,
        model=batch.model,
        adapter=batch.adapter,
    )
